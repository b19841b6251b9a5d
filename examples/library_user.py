"""The core library in twenty lines: a trust list, a status list and a code in; a verdict out. No file format of ours.

python -m examples.library_user --lists demo/lists CODE
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from elicense import Outcome, check_text, open_status_list, open_trust_list
from verifier import Folder


def main() -> int:
    """Judge one code and print what is certain about it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lists", type=Path, required=True, help="a verifier's folder; only its signed files are read")
    parser.add_argument("code", help="the text of a QR code")
    given = parser.parse_args()

    held = Folder(given.lists).signed()  # bytes, as they were published, and the pinned root keys
    trust = open_trust_list(held.trust_list or b"", held.anchor)
    lists = {uri: open_status_list(data, uri, trust) for uri, data in held.status_lists.items()}
    verdict = check_text(given.code, trust, lists, at=int(time.time()))

    print(verdict.outcome.value, *verdict.reasons)
    if verdict.outcome is Outcome.VALID:
        licence = verdict.require()
        print(licence.kind.text, licence.number, licence.name)
    return 0 if verdict.outcome is Outcome.VALID else 1


if __name__ == "__main__":
    raise SystemExit(main())
