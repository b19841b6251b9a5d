"""The kit against everybody: our Python, our JavaScript, other people's libraries where they can play the role."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conformance import kit
from tests.js.node import MISSING, NODE
from tests.outside.install import installed

HERE = Path(__file__).parent
WALLETS = {"judge-presentation", "open-sd-jwt"}
ALL = {"judge", "open-trust-list", "follow-trust-list", "open-status-list", "read-link", "open-sign1", *WALLETS}


def test_most_cases_are_hostile_and_every_question_is_asked() -> None:
    assert kit.share_of_hostile() >= 0.6
    asked = [case.ask for case in kit.cases()]
    assert set(asked) == ALL
    assert len(asked) >= 500


def test_ids_tell_cases_apart_and_lines_are_complete() -> None:
    ids = [case.line["id"] for case in kit.cases()]
    assert len(set(ids)) == len(ids)
    assert all("expect" not in json.dumps(case.line) for case in kit.cases())


def test_our_python_is_right_in_everything() -> None:
    results = kit.hold([sys.executable, "-m", "tests.conformance.ours"])
    assert kit.table(results).count("not {") == 0, kit.table(results)
    assert not any(result.wrong or result.unsupported for result in results.values())
    assert results.keys() == ALL


def test_our_javascript_is_right_in_everything_it_does() -> None:
    if NODE is None:
        pytest.skip(MISSING)
    results = kit.hold([NODE, str(HERE / "page.mjs")])
    assert not any(result.wrong for result in results.values()), kit.table(results)
    assert [ask for ask, result in sorted(results.items()) if result.unsupported] == sorted({"open-sign1", *WALLETS})


@pytest.mark.parametrize("library", ["auth0", "cose-kit"])
def test_other_peoples_libraries_open_our_tokens_and_refuse_bad_signatures(library: str) -> None:
    folder = installed()
    results = kit.hold([NODE or "node", str(folder / "cose.mjs"), library], ["open-sign1"])
    assert not results["open-sign1"].wrong, kit.table(results)
    assert results["open-sign1"].right >= 100


@pytest.mark.parametrize(
    "program",
    ["import sys; sys.exit()", "print('not json'); print('[]'); print('{}')", "print('{\"id\": 1}')"],
    ids=["nothing", "noise", "another id"],
)
def test_a_program_that_does_not_answer_is_wrong(program: str) -> None:
    """The kit itself can fail."""
    results = kit.hold([sys.executable, "-c", program], ["read-link"])
    assert results["read-link"].right == 0
    assert results["read-link"].wrong


def test_a_program_that_finds_everything_valid_is_wrong() -> None:
    program = (
        "import sys, json\n"
        "for line in sys.stdin:\n"
        "    print(json.dumps({'id': json.loads(line)['id'], 'outcome': 'valid', 'reasons': []}))"
    )
    result = kit.hold([sys.executable, "-c", program], ["judge"])["judge"]
    assert 0 < result.right < 100
    assert len(result.wrong) > 200
