"""The page's library gives every live code of the vectors the answer that stands there."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from elicense import Anchor
from elicense.keys import b64url_decode
from tests.js.node import Node
from tests.project.tree import ROOT

FOLDER: Final = ROOT / "tests" / "vectors" / "live"
HELD: Final = json.loads((FOLDER / "world.json").read_text("utf-8"))
CASES: Final = json.loads((FOLDER / "judge.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("status", HELD["status"])
def test_each_code_that_answers_no_challenge_is_judged_as_its_vector_says(node: Node, status: str) -> None:
    """A page asks nobody: cases in which a verifier has given a challenge are for programs that do."""
    lists = {uri: b64url_decode(data) for uri, data in HELD["status"][status].items()}
    node.lists(Anchor.from_json(HELD["anchor"]), HELD["trust"].encode("ascii"), lists)
    cases = [case for case in CASES if case["status"] == status and case["challenge"] is None]
    assert cases
    for case in cases:
        assert _told(node.check(case["text"], case["at"])["reports"]["en"]) == case["expect"], case["name"]


def _told(report: Any) -> dict[str, Any]:
    return {
        "outcome": report["outcome"],
        "reasons": [reason["code"] for reason in report["reasons"]],
        "shown": report["shown"]["how"],
        "shown_at": report["shown"]["at"],
        "licence_number": report["licence"] and report["licence"]["number"],
    }
