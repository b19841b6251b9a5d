"""Writes the schemas that are made from the code: `python -m tests.make_schemas FOLDER`.

The CDDL files beside them are written by hand. tests/elicense/test_schemas.py holds all of them against the code.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import issuer.web.openapi
import verifier.web.openapi
from tests.made import acts, lists, named, reports, scope, wallets
from tests.made.basics import dump


def made() -> dict[str, dict[str, Any]]:
    """Every made schema by the name of its file."""
    return {
        acts.NAME: acts.act_schema(),
        lists.ANCHOR: lists.anchor_schema(),
        lists.LISTS: lists.list_of_lists_schema(),
        lists.STATUS: lists.status_schema(),
        lists.TRUST: lists.trust_schema(),
        named.NAME: named.licence_schema(),
        reports.NAME: reports.report_schema(),
        scope.ANSWER: scope.answer_schema(),
        scope.QUESTION: scope.question_schema(),
        wallets.NAME: wallets.type_schema(),
        "issuer.openapi.json": issuer.web.openapi.document(),
        "verifier.openapi.json": verifier.web.openapi.document(wallets=True),
    }


def main(folder: Path) -> None:
    """Write them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in made().items():
        (folder / name).write_bytes(dump(schema))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
