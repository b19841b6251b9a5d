"""A hospital's own system asks a verifier's HTTP interface before it gives a locum access to its records.

    elicense-verifier serve --folder demo/lists --port 8081
    python -m examples.hospital_system --verifier http://127.0.0.1:8081 --institution MBT10001246010011A1001 CODE ...

Only the standard library is used: this is all that another system needs.
"""

from __future__ import annotations

import argparse
import json
import urllib.error
import urllib.request
from typing import Any


def ask(verifier: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Post JSON and return the answer, a problem document (RFC 9457) included."""
    request = urllib.request.Request(  # noqa: S310 - the address is the operator's own
        verifier.rstrip("/") + path, json.dumps(body).encode("utf-8"), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as refused:
        found = json.load(refused)
    return found


def may_enter(report: dict[str, Any], institution: str) -> tuple[bool, str]:
    """Decide on the report alone: valid, a person's, and of this institution or filed at it."""
    if report["outcome"] != "valid":
        return False, report["heading"] + ": " + report["sentence"]
    licence = report["licence"]
    places = [licence.get("institution", {}), *licence.get("filings", [])]
    if institution not in {place.get("number") for place in places}:
        return False, "not registered or filed at this institution"
    return True, f"{licence['name']} ({licence['number']})"


def main() -> int:
    """Ask about each code; status 1 if anybody is turned away."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--verifier", required=True, help="where the verifier serves")
    parser.add_argument("--institution", required=True, help="our registration number")
    parser.add_argument("codes", nargs="+", help="texts of QR codes")
    given = parser.parse_args()
    answer = ask(given.verifier, "/v1/batch", {"texts": given.codes, "lang": "en"})
    if "reports" not in answer:
        print("no answer:", answer.get("title", answer))
        return 1
    decided = [may_enter(report, given.institution) for report in answer["reports"]]
    for allowed, why in decided:
        print("access" if allowed else "NO ACCESS", "-", why)
    return 0 if all(allowed for allowed, _ in decided) else 1


if __name__ == "__main__":
    raise SystemExit(main())
