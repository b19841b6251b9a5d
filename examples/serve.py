"""Keep issuer and verifier running on the data of the demonstration.

    python -m examples.serve [--folder demo]

The issuer answers where the demonstration put it; the verifier's API listens beside it and refreshes its lists.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from examples.office import Office
from verifier import Folder
from verifier.web.serve import run

_REFRESH_SECONDS = 60


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("demo"))
    parser.add_argument("--verifier-port", type=int, default=8090)
    given = parser.parse_args()
    settings = given.folder / "issuer" / "issuer.toml"
    if not settings.exists():
        sys.stderr.write(f"{settings} is missing. Run this first: make demo\n")
        return 64
    issuer = tomllib.loads(settings.read_text("utf-8"))["base_url"]
    office = Office(given.folder, urlsplit(issuer).port or 80)
    office.serve()
    verifier = f"http://127.0.0.1:{given.verifier_port}"
    sys.stdout.write(f"issuer   {issuer}  (API: {issuer}/api/v1/openapi.json, health: {issuer}/healthz)\n")
    sys.stdout.write(f"verifier {verifier}  (API: {verifier}/openapi.json)\n")
    sys.stdout.write(
        f"try: .venv/bin/elicense-verifier check --folder {office.lists} {given.folder}/cards/nurse-valid.png\n"
    )
    sys.stdout.write("end with Ctrl-C\n")
    sys.stdout.flush()
    try:
        run(Folder(office.lists), host="127.0.0.1", port=given.verifier_port, refresh_every=_REFRESH_SECONDS)
    except KeyboardInterrupt:
        pass
    finally:
        office.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
