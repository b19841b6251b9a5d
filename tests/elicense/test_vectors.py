"""The vectors are answered as they say, cover every reason, are what the script writes, and hold on every machine."""

from __future__ import annotations

import collections
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from elicense import Reason
from tests import make_vectors, run_vectors
from tests.project.tree import ROOT

CASES: Final = tuple(run_vectors.cases())
OF_OTHERS: Final = {
    Reason.TRUST_BAD, Reason.TRUST_ROLLED_BACK, Reason.CLOCK_BAD, Reason.CODE_OLD, Reason.REPLAYED,
}  # fmt: skip
"""Reasons that are never said of what a wallet shows: those of loading lists and of live codes."""


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES}))
def test_each_vector_is_answered_as_it_says(name: str) -> None:
    wrong = {
        case["name"]: {"answer": answer, "expected": case["expect"]}
        for file, case in CASES
        if file == name and (answer := run_vectors.answer(name, case)) != case["expect"]
    }
    assert wrong == {}


def _reasons(value: Any) -> set[str]:
    """Every reason that an answer somewhere inside expects."""
    if isinstance(value, list):
        return set().union(*map(_reasons, value))
    if isinstance(value, dict):
        own = {value["refused"]} if isinstance(value.get("refused"), str) else set()
        return own | set(value.get("reasons", ())) | set().union(*map(_reasons, value.values()))
    return set()


def test_every_reason_occurs() -> None:
    """Those of live codes stand in a folder of their own."""
    live = [json.loads(path.read_text("utf-8")) for path in (run_vectors.FOLDER / "live").glob("*.json")]
    found = _reasons([case["expect"] for _, case in CASES]) | _reasons(live)
    assert found == {reason.code for reason in Reason}


def test_every_reason_that_a_wallet_can_get_occurs() -> None:
    found = _reasons([case["expect"] for name, case in CASES if name in {"sdjwt/presented", "sdjwt/refused"}])
    assert found == {reason.code for reason in Reason} - {reason.code for reason in OF_OTHERS}
    wallets = [case["expect"] for name, case in CASES if name.startswith("sdjwt/")]
    hostile = [one for one in wallets if "refused" in one or one.get("outcome", "valid") != "valid"]
    assert len(hostile) / len(wallets) > 0.6
    assert f"{len(wallets)}, most of them hostile" in (ROOT / "docs" / "sdjwt.md").read_text("utf-8")


def test_most_vectors_are_hostile() -> None:
    """A format is known by what it refuses."""
    good = [
        case
        for _, case in CASES
        if case["expect"].get("outcome", "valid") == "valid" and "refused" not in case["expect"]
    ]
    assert len(CASES) > 500
    assert 1 - len(good) / len(CASES) > 0.7


def test_names_are_unique_and_a_refused_token_shows_nothing() -> None:
    names = collections.Counter((name, case["name"]) for name, case in CASES)
    assert names.most_common(1)[0][1] == 1
    for name, case in CASES:
        if name.startswith("licence/") and case["expect"]["licence"] is None:
            assert set(case["expect"]) == {"outcome", "reasons", "licence"}
            assert case["expect"]["outcome"] != "valid"


def test_the_files_are_what_the_script_writes(tmp_path: Path) -> None:
    make_vectors.write(tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.json")}
    folders = {path.parts[0] for path in made}
    assert folders == {"world.json", "licence", "link", "sdjwt", "status", "trust"}
    kept = {
        path.relative_to(run_vectors.FOLDER) for folder in folders for path in (run_vectors.FOLDER / folder).glob("*")
    }
    assert kept == {path for path in made if len(path.parts) > 1}
    assert [path for path, data in made.items() if (run_vectors.FOLDER / path).read_bytes() != data] == []


@pytest.mark.parametrize(
    ("flags", "settings"),
    [
        ((), {"PYTHONHASHSEED": "1", "TZ": "America/Los_Angeles", "LC_ALL": "C"}),
        (("-O",), {"PYTHONHASHSEED": "4294967295", "TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0"}),
        (("-X", "int_max_str_digits=640"), {"TZ": "Pacific/Kiritimati", "LC_ALL": "zh_CN.GB18030"}),
    ],
    ids=["west", "east", "few digits"],
)
def test_the_answers_are_the_same_whatever_the_machine_is_set_to(
    flags: tuple[str, ...], settings: dict[str, str]
) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in {"TZ", "LC_ALL", "PYTHONUTF8"}}
    ran = subprocess.run(
        [sys.executable, *flags, "-m", "tests.run_vectors"],
        cwd=ROOT, env=kept | settings, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert ran.stdout.strip() == run_vectors.digest(case["expect"] for _, case in CASES)
    assert not ran.stderr
