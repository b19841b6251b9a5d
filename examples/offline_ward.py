"""A ward without a network: the lists come on a stick in the morning, codes are scanned from pictures all day.

    python -m examples.offline_ward --stick demo/lists --here ward/lists demo/pictures/nurse-valid.png ...

The folder on the stick is copied as it is; nothing on it is believed before it is opened again here, and an older stick
cannot bring an ended licence back. When the data grows old the ward is told, and no answer is *valid* any more.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from elicense.errors import Rejected
from verifier import Checker, Folder


def take_over(stick: Folder, here: Folder, at: int) -> str:
    """Take what is newer on the stick into our own folder, after every check; say what came."""
    held = stick.signed()
    if not (here.path / "anchor.json").exists():
        here.create(*stick.anchor())  # the first time: compare the root keys with those printed on paper
    trust = here.put_trust_list(held.trust_list or b"")
    came = 0
    for uri, data in held.status_lists.items():
        try:
            here.put_status_list(data, uri, trust, at)
            came += 1
        except Rejected as refused:
            print("not taken:", refused.reason.code)
    return f"trust list {trust.sequence}, {came} status lists"


def main() -> int:
    """Take the lists over and judge the pictures; status 1 if any is not valid."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stick", type=Path, required=True, help="a folder that a verifier with a network has filled")
    parser.add_argument("--here", type=Path, required=True, help="this ward's own folder")
    parser.add_argument("pictures", nargs="+", type=Path)
    given = parser.parse_args()
    here = Folder(given.here)
    print(take_over(Folder(given.stick), here, int(time.time())))
    checker = Checker(here.load())
    words = set()
    for picture in given.pictures:
        for report in checker.check_picture(picture.read_bytes(), at=int(time.time()), source=picture.name):
            print(f"{picture.name}: {report.to_text('en').splitlines()[0]}")
            words.add(report.word)
    return 0 if words == {"valid"} else 1


if __name__ == "__main__":
    raise SystemExit(main())
