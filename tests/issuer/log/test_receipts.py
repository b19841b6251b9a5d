"""Receipts: whoever did it has proof, checked without the issuer; nothing in one can be changed, nor another's had."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from elicense.keys import Algorithm, SoftwareSigner
from issuer.cli import cli
from issuer.domain import receipt
from issuer.domain.note import KeyType, NoteBad, VerifierKey
from issuer.domain.refusal import Refusal
from issuer.domain.trail_proof import ProofBad
from issuer.services import checkpoints, logbook, receipts
from issuer.storage import audit
from tests.issuer.services.mint_world import MintWorld


@pytest.fixture
def logged(mint_world: MintWorld) -> MintWorld:
    """A world with a nurse's application in a signed log."""
    mint_world.submitted(mint_world.nurse_draft(), "nurse")
    checkpoints.advance(mint_world.desk, mint_world.at)
    return mint_world


def own(world: MintWorld, who: str = "nurse") -> int:
    """The number of the newest event of somebody."""
    with world.store.reading() as tx:
        return audit.find(tx, actor=world.people[who].id)[-1].seq


def test_whoever_did_it_gets_a_receipt_that_holds_without_us(logged: MintWorld) -> None:
    seq = own(logged)
    held = receipts.of_event(logged.desk, logged.people["nurse"], seq)
    found = receipt.check(held, logbook.keys(logged.desk), (), 0)
    assert (found.row.seq, found.row.event.tag) == (seq, "application.submitted")
    assert found.checkpoint.size >= seq
    with logged.store.reading() as tx:
        assert found.row.hash == next(audit.read(tx, after=seq - 1)).hash


def test_nobody_gets_a_receipt_for_what_another_did(logged: MintWorld) -> None:
    seq = own(logged)
    for who in ("hospital", "accept", "keys-1"):
        with pytest.raises(Refusal, match="event-unknown"):
            receipts.of_event(logged.desk, logged.people[who], seq)
    for odd in (0, -1, 10**9):
        with pytest.raises(Refusal, match="event-unknown"):
            receipts.of_event(logged.desk, logged.people["nurse"], odd)


def test_what_is_not_in_the_log_yet_has_none(logged: MintWorld) -> None:
    logged.later()
    logged.person("nurse-2", "示例护士", "110101199003070038")
    with pytest.raises(Refusal, match="receipt-not-yet"):
        receipts.of_event(logged.desk, logged.people["nurse-2"], own(logged, "nurse-2"))


OTHERS: Final[tuple[Any, ...]] = (None, 7, "", "00", True, [], "x" * 64, "\ud800")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a receipt."""
    match value:
        case dict():
            return [place for name, part in value.items() for place in places(part, (*path, name))]
        case list():
            return [place for number, part in enumerate(value) for place in places(part, (*path, number))]
        case _:
            return [path]


def test_nothing_in_a_receipt_can_be_changed(logged: MintWorld) -> None:
    held = receipts.of_event(logged.desk, logged.people["nurse"], own(logged))
    keys = logbook.keys(logged.desk)
    for place in places(held):
        for other in OTHERS:
            changed = copy.deepcopy(held)
            inner: Any = changed
            for step in place[:-1]:
                inner = inner[step]
            if inner[place[-1]] == other:
                continue
            inner[place[-1]] = other
            with pytest.raises((ProofBad, NoteBad)):
                receipt.check(changed, keys, (), 0)
    for member in held:
        with pytest.raises((ProofBad, NoteBad)):
            receipt.check({name: part for name, part in held.items() if name != member}, keys, (), 0)
    with pytest.raises(ProofBad):
        receipt.check({**held, "more": 1}, keys, (), 0)


def test_it_is_believed_only_by_the_keys_that_are_trusted(logged: MintWorld) -> None:
    held = receipts.of_event(logged.desk, logged.people["nurse"], own(logged))
    (key,) = logbook.keys(logged.desk)
    other = SoftwareSigner.generate(Algorithm.EDDSA).public_key
    witness = VerifierKey(name="witness.example", type=KeyType.WITNESS, key=other)
    for keys, witnesses, quorum in (((dataclasses.replace(key, key=other),), (), 0), ((key,), (witness,), 1)):
        with pytest.raises(NoteBad):
            receipt.check(held, keys, witnesses, quorum)


def test_the_command_checks_it(logged: MintWorld, tmp_path: Path) -> None:
    held = receipts.of_event(logged.desk, logged.people["nurse"], own(logged))
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(held), encoding="utf-8")
    (key,) = logbook.keys(logged.desk)
    ran = CliRunner().invoke(cli, ["log", "receipt", str(file), "--key", key.text], standalone_mode=False)
    assert (ran.return_value, "application.submitted" in ran.output) == (0, True)
    file.write_text(json.dumps({**held, "size": held["size"] + 1}), encoding="utf-8")
    ran = CliRunner().invoke(cli, ["log", "receipt", str(file), "--key", key.text], standalone_mode=False)
    assert (ran.return_value, ran.output.strip()) == (1, "proof-of-another-head")
