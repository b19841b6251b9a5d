"""A platform checks the roster of tomorrow: a CSV file in, the people who may not work out, for a person to look at.

    python -m examples.roster --lists demo/lists roster.csv

The file has the columns `shift`, `person` and `code`. What is printed is CSV again, with the reason in two languages.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

from verifier import Checker, Folder


def main() -> int:
    """Judge every row; print those that are not valid; status 1 if there is any."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lists", type=Path, required=True)
    parser.add_argument("roster", type=Path)
    given = parser.parse_args()
    checker, at = Checker(Folder(given.lists).load()), int(time.time())
    out = csv.writer(sys.stdout)
    out.writerow(["shift", "person", "outcome", "reasons", "zh", "en"])
    bad = 0
    with given.roster.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            report = checker.check_text(row["code"], at=at)
            if report.word != "valid":
                bad += 1
                told = {lang: report.to_json(lang) for lang in ("zh", "en")}
                reasons = " ".join(map(str, report.reasons))
                shift, person = (_plain(row[name]) for name in ("shift", "person"))
                out.writerow([shift, person, report.word, reasons, told["zh"]["sentence"], told["en"]["sentence"]])
    return 1 if bad else 0


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


if __name__ == "__main__":
    raise SystemExit(main())
