"""What tests ask a log: its file, whether all its files agree, its alarms; and what a forger does to its database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from issuer.domain import note, tiles
from issuer.domain.audit import GENESIS, Event, chain
from issuer.domain.checkpoint import read_checkpoint
from issuer.domain.note import KeyType, read_key
from issuer.domain.refusal import Refusal
from issuer.services import logbook, witnessed
from issuer.services.desk import Desk
from issuer.storage import checkpoints as stored
from tests.issuer.log.parts import START


def file_of(held: Desk) -> note.Note:
    return note.read_note((logbook.folder(held) / tiles.CHECKPOINT).read_bytes())


def whole(held: Desk) -> int:
    """Check every file of the published log as a stranger does; return its size."""
    folder = logbook.folder(held)
    keys = [read_key(line, KeyType.LOG) for line in (folder / tiles.KEYS).read_text(encoding="utf-8").splitlines()]
    shown = file_of(held)
    note.signed_by(shown, keys)
    said = read_checkpoint(shown.text)
    assert tiles.check_all(lambda path: (folder / path).read_bytes(), said.size) == said.root
    return said.size


def alarms(held: Desk) -> list[tuple[str, str]]:
    with held.store.reading() as tx:
        found = stored.alarms(tx, held.config.log_origin, witnessed.names(held))
    return [(one.witness.partition("+")[0], one.code) for one in found]


def refusal(held: Desk, at: int) -> str | None:
    """Why nothing may be issued, None if something may."""
    try:
        with held.store.reading() as tx:
            witnessed.require(held, tx, at)
    except Refusal as refused:
        return refused.code
    return None


def rewrite(path: Path, *, events: int) -> None:
    """Chain another trail of so many events, as somebody with the database file can."""
    with sqlite3.connect(path) as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in names:
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM audit")
        prev = GENESIS
        for seq in range(1, events + 1):
            row = chain(seq, Event(at=START, tag="test.forged", target=f"f-{seq}"), prev)
            prev = row.hash
            database.execute(
                "INSERT INTO audit (seq, at, tag, target, detail, prev, hash) VALUES (?, ?, ?, ?, '[]', ?, ?)",
                (seq, START, row.event.tag, row.event.target, row.prev, row.hash),
            )
    database.close()


def copied(source: str, target: Path) -> str:
    with sqlite3.connect(source.removeprefix("sqlite:///")) as one, sqlite3.connect(target) as other:
        one.backup(other)
    one.close()
    other.close()
    return f"sqlite:///{target}"
