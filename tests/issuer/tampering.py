"""Somebody with every right over the database tampers with it, a thousand times in each way, and the check looks.

    python -m tests.issuer.tampering --times 1000 [--database URL] [WAY ...]

Each try is made in a savepoint of one connection whose triggers are gone, looked at by the check that `audit verify`
runs, and rolled back. What a check of the database alone must find, what is found only against a head that somebody
else kept, and what is not found at all (written anew after the newest kept head) are told apart.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from issuer.domain.audit import GENESIS, AuditRow, Event, chain
from issuer.domain.noted import Change, note_bytes, read_note
from issuer.services import minting, registrations, trail_check
from issuer.storage import Store, Transaction, audit, noting, rows, schema, tables
from issuer.storage.tables import metadata
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.services.test_registrations import SUSPENSION

Row = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Attacker:
    """A connection without triggers, and chance."""

    connection: sa.Connection
    chance: random.Random

    @property
    def tx(self) -> Transaction:
        return Transaction(self.connection, write=True)

    def any_row(self) -> tuple[sa.Table, Row]:
        """A row of a noted table that the trail accounts for, each table as likely as another."""
        while True:
            table = metadata.tables[self.chance.choice(sorted(noting.NOTED))]
            found = [row for row in self.held(table) if noting.counts(table, row)]
            if found:
                return table, self.chance.choice(found)

    def held(self, table: sa.Table) -> list[Row]:
        return [dict(row._mapping) for row in self.connection.execute(sa.select(*noting.columns(table)))]  # noqa: SLF001

    def trail(self) -> list[AuditRow]:
        return list(audit.read(self.tx))

    def set(self, table: sa.Table, row: Row, **columns: Any) -> None:
        self.connection.execute(sa.update(table).where(*_same(table, row)).values(**columns))

    def other(self, value: Any) -> Any:
        """Another value of the same kind, or nothing where something stood."""
        match value:
            case bool():
                return not value
            case int():
                return value + self.chance.choice([-1, 1, 1000])
            case str():
                return self.chance.choice(["", value + "x", value[1:], value[:-1]]) if value else "x"
            case bytes():
                place = self.chance.randrange(len(value))
                return value[:place] + bytes([value[place] ^ 1 << self.chance.randrange(8)]) + value[place + 1 :]
            case datetime.date():
                return value + datetime.timedelta(days=self.chance.choice([-1, 1, 365]))
            case _:
                raise TypeError(type(value))

    def rewrite(self, seq: int, event: Event, note: bytes | None) -> None:
        """Put another event in a place of the trail and chain everything after it anew."""
        trail = self.trail()
        prev = trail[seq - 2].hash if seq > 1 else GENESIS
        made = []
        for row in trail[seq - 1 :]:
            new = (event, note) if row.seq == seq else (row.event, row.note)
            made.append(chain(row.seq, new[0], prev, new[1]))
            prev = made[-1].hash
        self.connection.execute(sa.delete(tables.audit).where(tables.audit.c.seq >= seq))
        self.tx.insert_all(tables.audit, [_columns(row) for row in made])


def _same(table: sa.Table, row: Row) -> list[sa.ColumnElement[bool]]:
    return [column == row[column.name] for column in table.primary_key]


def _columns(row: AuditRow) -> Row:
    event = {field.name: getattr(row.event, field.name) for field in dataclasses.fields(row.event)}
    detail = rows.to_json([list(item) for item in row.event.detail])
    return event | {"detail": detail, "seq": row.seq, "note": row.note, "prev": row.prev, "hash": row.hash}


# ---------------------------------------------------------------- the ways


def change_a_value(attacker: Attacker) -> None:
    table, row = attacker.any_row()
    fixed = {column.name for column in table.primary_key}
    name = attacker.chance.choice([name for name, held in row.items() if held is not None and name not in fixed])
    attacker.set(table, row, **{name: attacker.other(row[name])})


def empty_a_value(attacker: Attacker) -> None:
    while True:
        table, row = attacker.any_row()
        empty = [column.name for column in noting.columns(table) if column.nullable and row[column.name] is not None]
        if empty:
            attacker.set(table, row, **{attacker.chance.choice(empty): None})
            return


def remove_a_row(attacker: Attacker) -> None:
    table, row = attacker.any_row()
    attacker.connection.execute(sa.delete(table).where(*_same(table, row)))


def add_a_row(attacker: Attacker) -> None:
    """A row like one that is there, under a key of its own and with unique values of its own."""
    table, row = attacker.any_row()
    unique = {column.name for column in table.primary_key} | {
        column.name
        for rule in [*table.constraints, *(index for index in table.indexes if index.unique)]
        if isinstance(rule, sa.UniqueConstraint | sa.Index)
        for column in rule.columns
    }
    new = row | {name: _fresh(row[name], attacker) for name in unique if row[name] is not None}
    if table.name == "paper":
        new["sealed"] = b""
    attacker.connection.execute(sa.insert(table).values(new | {n: v for n, v in _states(table).items() if n in new}))


def _fresh(value: Any, attacker: Attacker) -> Any:
    number = attacker.chance.randrange(1_000_000, 2_000_000)
    return number if isinstance(value, int) else f"{value}-{number}" if isinstance(value, str) else value


def _states(table: sa.Table) -> Row:
    """States under which no index over "the active one" is in the way."""
    ended = {"licence": "retired", "licence_copy": "retired", "electronic_key": "retired", "application": "refused"}
    return {"state" if table.name != "application" else "stage": ended[table.name]} if table.name in ended else {}


def swap_two_rows(attacker: Attacker) -> None:
    """Two entries of the register, or two accounts, change places."""
    while True:
        table = metadata.tables[attacker.chance.choice(["account", "organisation", "registration_change"])]
        found = attacker.held(table)
        if len(found) > 1:
            break
    unique = {"number", "trust_number", "identity"}
    one, two = attacker.chance.sample(found, 2)
    fixed = {column.name for column in table.primary_key} | unique
    attacker.set(table, one, **{name: held for name, held in two.items() if name not in fixed})
    attacker.set(table, two, **{name: held for name, held in one.items() if name not in fixed})


def cover_by_an_act(attacker: Attacker) -> None:
    """A revoked or suspended licence is shown as valid, then something lawful changes it again."""
    table = tables.status_entry
    row = attacker.chance.choice([row for row in attacker.held(table) if row["licence"] is not None])
    attacker.set(table, row, value=3 - row["value"], changed_at=row["changed_at"] + 1)
    tx = attacker.tx
    tx.update(table, _same(table, row), {"value": row["value"], "changed_at": row["changed_at"] + 2})
    audit.append(tx, Event(at=1, tag="system.recovered", target="register"))
    audit.write(tx)


def change_an_event(attacker: Attacker) -> None:
    row = attacker.connection.execute(sa.select(tables.audit).order_by(sa.func.random()).limit(1)).one()
    held = row._asdict()
    name = attacker.chance.choice([name for name, value in held.items() if value is not None and name != "seq"])
    new = '[["a","b"]]' if name == "detail" else attacker.other(held[name])
    attacker.set(tables.audit, held, **{name: new})


def remove_an_event(attacker: Attacker) -> None:
    seq = attacker.chance.randrange(1, len(attacker.trail()))
    attacker.connection.execute(sa.delete(tables.audit).where(tables.audit.c.seq == seq))


def insert_an_event(attacker: Attacker) -> None:
    trail = attacker.trail()
    seq = attacker.chance.randrange(2, len(trail) + 1)
    for row in reversed(trail[seq - 1 :]):
        attacker.connection.execute(
            sa.update(tables.audit).where(tables.audit.c.seq == row.seq).values(seq=row.seq + 1)
        )
    new = chain(seq, dataclasses.replace(trail[seq - 1].event, at=7), trail[seq - 2].hash)
    attacker.tx.insert(tables.audit, _columns(new) | {"prev": b"another", "hash": b"another"})


def swap_two_events(attacker: Attacker) -> None:
    trail = attacker.trail()
    one, two = attacker.chance.sample(trail, 2)
    for source, target in ((one.seq, 0), (two.seq, one.seq), (0, two.seq)):
        attacker.connection.execute(sa.update(tables.audit).where(tables.audit.c.seq == source).values(seq=target))


def cut_the_trail(attacker: Attacker) -> None:
    """The end of the trail goes, the rows stay as they are."""
    noted = [row.seq for row in attacker.trail() if row.note is not None]
    seq = attacker.chance.choice(noted)
    attacker.connection.execute(sa.delete(tables.audit).where(tables.audit.c.seq >= seq))


def write_an_act_for_somebody(attacker: Attacker) -> None:
    """An event with a signature that is another's, chained as it should be."""
    signed = [row for row in attacker.trail() if row.event.act is not None]
    one, two = attacker.chance.sample(signed, 2)
    attacker.rewrite(one.seq, dataclasses.replace(one.event, proof=two.event.proof), one.note)


def change_by_an_event_of_our_own(attacker: Attacker) -> None:
    """An entry of the register changes with an event of the machine, noted and chained as it should be."""
    table = tables.registration
    row = attacker.chance.choice(attacker.held(table))
    tx = attacker.tx
    tx.update(table, _same(table, row), {"name": row["name"] + "x", "revision": row["revision"] + 1})
    tag = attacker.chance.choice(["system.recovered", "licence.released", "registration.resume", "system.begun"])
    audit.append(tx, Event(at=1, tag=tag, target=row["id"]))
    audit.write(tx)


def rewrite_history(attacker: Attacker) -> None:
    """A value changes, the note of the event that made it is forged to fit, and the rest is chained anew."""
    table, row = attacker.any_row()
    key = noting.key_of(table, row)
    change_one = next(row_ for row_ in reversed(attacker.trail()) if _notes(row_, table.name, key))
    fixed = {column.name for column in table.primary_key}
    name = attacker.chance.choice([name for name, held in row.items() if held is not None and name not in fixed])
    attacker.set(table, row, **{name: attacker.other(row[name])})
    new = next(held for held in attacker.held(table) if noting.key_of(table, held) == key)
    assert change_one.note is not None
    changes = tuple(
        dataclasses.replace(one, after=noting.digest(table, new)) if (one.table, one.key) == (table.name, key) else one
        for one in read_note(change_one.note)
    )
    attacker.rewrite(change_one.seq, change_one.event, note_bytes(bytes(16), changes))


def _notes(row: AuditRow, table: str, key: tuple[Any, ...]) -> bool:
    return row.note is not None and any((one.table, one.key) == (table, key) for one in read_note(row.note))


def forget_the_last_acts(attacker: Attacker) -> None:
    """The end of the trail goes, and every row that it changed goes back to what it was: an older copy is put back."""
    trail = attacker.trail()
    made: dict[tuple[str, tuple[Any, ...]], Change] = {}
    keep = len(trail)
    for row in reversed(trail[1:]):  # as far as rows were only made since then, which can be undone without a backup
        changes = read_note(row.note) if row.note is not None else ()
        if any(one.before is not None and (one.table, one.key) not in made for one in changes) and made:
            break
        if any(one.before is not None for one in changes):
            break
        made |= {(one.table, one.key): one for one in changes}
        keep = row.seq - 1
    if keep == len(trail):
        attacker.rewrite(keep, dataclasses.replace(trail[-1].event, at=trail[-1].event.at + 1), trail[-1].note)
        return
    for table, key in made:
        held = metadata.tables[table]
        attacker.connection.execute(
            sa.delete(held).where(*(column == part for column, part in zip(held.primary_key, key, strict=True)))
        )
    attacker.connection.execute(sa.delete(tables.audit).where(tables.audit.c.seq > keep))


ALONE: Final[Mapping[str, Callable[[Attacker], None]]] = {
    one.__name__: one
    for one in (
        change_a_value, empty_a_value, remove_a_row, add_a_row, swap_two_rows, cover_by_an_act, change_an_event,
        remove_an_event, insert_an_event, swap_two_events, cut_the_trail, write_an_act_for_somebody,
        change_by_an_event_of_our_own,
    )
}  # fmt: skip
"""What the check finds without anything kept elsewhere."""

AGAINST_A_HEAD: Final[Mapping[str, Callable[[Attacker], None]]] = {
    one.__name__: one for one in (rewrite_history, forget_the_last_acts)
}
"""What it finds only against a head that was kept elsewhere."""


# ---------------------------------------------------------------- the tries


@dataclasses.dataclass(frozen=True, slots=True)
class Tried:
    """How often the check found it by itself, and how often against the kept head."""

    times: int
    alone: int
    against_a_head: int


def live(world: MintWorld) -> None:
    """Let something happen in a register with a hospital: a nurse is licensed, then suspended."""
    nurse = world.granted()
    minting.mint(world.desk, nurse.id)
    world.later(days=1)
    entry = world.registration(nurse)
    body: dict[str, Any] = dict(SUSPENSION)
    world.act(registrations.suspend, "decide", "registration.suspend", entry.id, entry.revision, body)


@contextmanager
def unguarded(store: Store) -> Iterator[sa.Connection]:
    """A connection of somebody who took away triggers and references; everything is rolled back at the end."""
    with store._engine.connect() as connection, connection.begin() as transaction:  # noqa: SLF001 - past the door
        if connection.dialect.name == "sqlite":
            names = connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.execute(sa.text(f"DROP TRIGGER {name}"))
            connection.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
        else:
            connection.execute(sa.text("SET session_replication_role = replica"))
        yield connection
        transaction.rollback()


def tried(connection: sa.Connection, way: Callable[[Attacker], None], times: int, seed: int) -> Tried:
    """Tamper so often in one way; after each time everything is as it was."""
    attacker = Attacker(connection, random.Random(seed))
    kept = attacker.trail()[-1]
    alone = against = 0
    done = 0
    while done < times:
        savepoint = connection.begin_nested()
        try:
            way(attacker)
        except sa.exc.IntegrityError:  # what the database itself does not let stand is no try
            savepoint.rollback()
            continue
        done += 1
        checked = trail_check.whole(attacker.tx)
        held = {row.seq: row.hash for row in checked.trail}
        alone += bool(checked.findings)
        against += bool(checked.findings) or held.get(kept.seq) != kept.hash
        savepoint.rollback()
    return Tried(times=times, alone=alone, against_a_head=against)


def main() -> int:
    """Try every way and say what was found; exit status 1 if something was missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--database", default="sqlite", help="sqlite, or the address of an empty PostgreSQL database")
    parser.add_argument("ways", nargs="*", help="some of the ways; all without")
    asked = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/issuer.db" if asked.database == "sqlite" else asked.database
        schema.migrate(url)
        store = Store(url)
        live(MintWorld.begun(store, Path(folder) / "files"))
        ways = {**ALONE, **AGAINST_A_HEAD}
        for name in asked.ways or ways:
            begun = time.monotonic()
            with unguarded(store) as connection:
                found = tried(connection, ways[name], asked.times, 1)
            wanted = found.alone if name in ALONE else found.against_a_head
            missed += found.times - wanted
            print(f"{name:32} {found.alone:6} {found.against_a_head:6} of {found.times}"  # noqa: T201 - a program
                  f"  {time.monotonic() - begun:5.0f} s", flush=True)  # fmt: skip
        store.close()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
