"""What a stranger with a kept head can check of the trail, without the issuer."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from issuer.domain.audit import GENESIS, chain
from issuer.opening import open_desk
from issuer.storage import audit
from tests.issuer.cli.office import Office, Ran, run
from tests.issuer.cli.test_commands import edit


def kept(office: Office, name: str) -> Path:
    """What somebody elsewhere keeps."""
    path = office.folder / name
    path.write_text(office.done("audit", "head"), encoding="utf-8")
    return path


def proof(office: Office, *arguments: str | Path) -> Path:
    path = office.folder / "proof.json"
    path.write_text(office.done("audit", *arguments), encoding="utf-8")
    return path


def bent(path: Path, *place: str | int, value: object) -> Path:
    """A proof in which one member says something else."""
    held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    at: Any = held
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    other = path.with_name("bent.json")
    other.write_text(json.dumps(held), encoding="utf-8")
    return other


def checked(path: Path, *heads: Path) -> Ran:
    return run("audit", "check-growth" if len(heads) > 1 else "check-proof", path, *heads)


def test_a_stranger_with_the_head_sees_that_an_event_is_in_the_trail(lived: Office) -> None:
    head = kept(lived, "head.json")
    size = json.loads(head.read_text(encoding="utf-8"))["seq"]
    for number in (1, 7, size):
        ran = checked(proof(lived, "prove", str(number)), head)
        assert (ran.status, ran.out.startswith(f"event {number} is in the trail: ")) == (0, True)
    assert lived.cli("audit", "prove", str(size + 1)).status == 1


def test_an_event_that_was_bent_is_not_in_the_trail(lived: Office) -> None:
    head, other = kept(lived, "head.json"), "00" * 32
    path = proof(lived, "prove", "8")
    event = json.loads(path.read_text(encoding="utf-8"))["event"]
    for member, value in (("seq", 9), ("target", "other"), ("at", event["at"] + 1), ("act", "00"), ("prev", other)):
        ran = checked(bent(path, "event", member, value=value), head)
        assert (ran.status, ran.err) == (1, "proof-does-not-hold\n"), member
    assert checked(bent(path, "path", 0, value=other), head).err == "proof-does-not-hold\n"
    for place, value in ((("event", "act"), 5), (("event", "more"), 1), (("path",), {}), (("path", 0), "xy")):
        assert checked(bent(path, *place, value=value), head).err == "malformed\n"
    assert checked(path, bent(head, "root", value=other)).err == "proof-does-not-hold\n"
    assert checked(path, bent(head, "seq", value=9)).err == "proof-of-another-head\n"
    assert checked(path, bent(head, "root", value=5)).err == "malformed\n"


def test_a_trail_that_grew_contains_the_one_that_was_kept(lived: Office) -> None:
    earlier = kept(lived, "earlier.json")
    with lived.serving():
        lived.client("nurse").open("nurse", "reissue", {}, {"cause": "one event more"})
    later = kept(lived, "later.json")
    path = proof(lived, "prove-growth", earlier)
    assert checked(path, earlier, later).status == 0
    assert checked(path, later, earlier).err == "proof-of-another-head\n"
    assert checked(bent(path, "path", 0, value="00" * 32), earlier, later).err == "proof-does-not-hold\n"


@pytest.mark.parametrize("number", [1, 5, 20])
def test_a_trail_written_anew_cannot_be_shown_to_contain_the_one_that_was_kept(lived: Office, number: int) -> None:
    """Whoever has all rights changes an event and makes every hash after it right; the chain alone says nothing."""
    earlier = kept(lived, "earlier.json")
    lived.done("publish")
    rewrite(lived, number)
    wrong = lived.cli("audit", "verify").err.splitlines()
    assert not [line for line in wrong if "hash" in line or "prev" in line]
    assert any("root-differs" in line for line in wrong), "the published checkpoint does"
    (lived.settings.parent / "published" / "log" / "checkpoint").unlink()
    assert not [line for line in lived.cli("audit", "verify").err.splitlines() if "root-differs" in line]
    later = kept(lived, "later.json")
    path = proof(lived, "prove-growth", earlier)
    assert checked(path, earlier, later).err == "proof-does-not-hold\n"


def test_a_trail_that_was_cut_cannot_show_that_it_grew(lived: Office) -> None:
    earlier = kept(lived, "earlier.json")
    edit(lived, "DELETE FROM audit WHERE seq > 20")
    ran = lived.cli("audit", "prove-growth", earlier)
    assert (ran.status, ran.err) == (1, "trail-shorter\n")


def rewrite(office: Office, number: int) -> None:
    """Change one event and chain everything after it again."""
    desk = open_desk(office.settings, {})
    with desk.store.reading() as tx:
        rows = list(audit.read(tx))
    desk.store.close()
    prev, made = GENESIS, []
    for row in rows:
        event = dataclasses.replace(row.event, at=row.event.at + 1) if row.seq == number else row.event
        made.append(chain(row.seq, event, prev, row.note))
        prev = made[-1].hash
    edit(office, "SELECT 1")
    with sqlite3.connect(office.settings.parent / "issuer.db") as held:
        for row in reversed(made):
            held.execute(
                "UPDATE audit SET at = ?, prev = ?, hash = ? WHERE seq = ?",
                (row.event.at, row.prev, row.hash, row.seq),
            )
    held.close()
