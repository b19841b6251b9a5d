"""The vectors of the live code are what the code makes, and are judged as they say, from the files alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from elicense import (
    Anchor,
    Challenge,
    Replays,
    SoftwareSigner,
    StatusList,
    Verdict,
    check_text,
    open_status_list,
    open_trust_list,
    present,
    qr,
)
from elicense.keys import b64url_decode
from elicense.presentation import prepare
from tests import make_live_vectors
from tests.project.tree import ROOT

FOLDER = ROOT / "tests" / "vectors" / "live"


def _read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


HELD = _read("world")
TRUST = open_trust_list(HELD["trust"].encode("ascii"), Anchor.from_json(HELD["anchor"]))


def _lists(name: str) -> dict[str, StatusList]:
    return {uri: open_status_list(b64url_decode(data), uri, TRUST) for uri, data in HELD["status"][name].items()}


LISTS = {name: _lists(name) for name in HELD["status"]}


def _challenge(asked: Any) -> Challenge | None:
    return asked and Challenge(audience=asked["audience"], nonce=b64url_decode(asked["nonce"]))


def _told(verdict: Verdict) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome.value,
        "reasons": list(map(str, verdict.reasons)),
        "shown": verdict.shown.value,
        "shown_at": verdict.shown_at,
        "licence_number": verdict.licence and verdict.licence.number,
    }


def test_the_files_are_what_the_code_makes(tmp_path: Path) -> None:
    make_live_vectors.write(tmp_path)
    made, kept = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in (tmp_path, FOLDER))
    assert made == kept


@pytest.mark.parametrize("case", _read("judge")["cases"], ids=lambda case: str(case["name"]))
def test_each_code_is_judged_as_its_vector_says(case: Any) -> None:
    lists = LISTS[case["status"]]
    verdict = check_text(case["text"], TRUST, lists, case["at"], challenge=_challenge(case["challenge"]))
    assert _told(verdict) == case["expect"]


def test_hostile_codes_are_the_more() -> None:
    """A format is known by what it refuses."""
    outcomes = [case["expect"]["outcome"] for case in _read("judge")["cases"]]
    assert outcomes.count("invalid") > 2 * outcomes.count("valid")


@pytest.mark.parametrize("sequence", _read("replays")["sequences"], ids=lambda sequence: str(sequence["name"]))
def test_each_sequence_is_remembered_as_its_vector_says(sequence: Any) -> None:
    seen = Replays()
    for step in sequence["steps"]:
        assert _told(seen.check(check_text(step["text"], TRUST, LISTS["normal"], step["at"]))) == step["expect"]


@pytest.mark.parametrize("case", _read("holder")["cases"], ids=lambda case: str(case["name"]))
def test_a_device_makes_what_its_vector_says(case: Any) -> None:
    device = SoftwareSigner.from_pkcs8(b64url_decode(case["device_pkcs8"]), deterministic=True)
    token, at, challenge = b64url_decode(case["token"]), case["at"], _challenge(case["challenge"])
    assert prepare(token, at, challenge).tbs == b64url_decode(case["tbs"])
    message = present(token, device, at, challenge)
    assert message == b64url_decode(case["message"])
    assert qr.to_digits(message) == case["digits"]
