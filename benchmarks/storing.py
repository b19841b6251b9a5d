"""The whole mint over its real store: record, sign, check, release, with the audit trail, one licence at a time.

Beside it the bare driver writes the very rows that the mint has just written into a second database of the same
content and durability, in the same two transactions a licence: the least that a database asks for them. At the end
both must hold the same rows. Wall time counts here, since waiting for the disk is most of what a durable store does;
CPU time of this process stands beside it. Reading, judging and locking are in the mint only.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.databases import DURABILITY, Driver, Place
from benchmarks.databases import Row as Values
from benchmarks.result import Result, Row, Table
from benchmarks.timing import Disagreement, Effort
from elicense.checkdigits import mod_11_2
from issuer.domain.application import Application
from issuer.services import minting
from issuer.storage import Store, schema, tables
from tests.issuer.services.mint_world import MintWorld

_AT_ONCE = 6
"""Licences in a round."""
_WRITTEN = (
    tables.status_entry, tables.status_list, tables.licence, tables.application, tables.application_step, tables.audit,
)  # fmt: skip

Contents = dict[str, dict[tuple[Any, ...], dict[str, Any]]]
Statements = list[tuple[str, Values]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Milliseconds a licence."""

    wall: float
    cpu: float


def run(effort: Effort) -> Result:
    """Both databases; one that cannot be started is skipped."""
    places: tuple[tuple[str, Callable[[], AbstractContextManager[Place]]], ...] = (
        ("SQLite", databases.sqlite),
        ("PostgreSQL", databases.postgresql),
    )
    rows: list[Row] = []
    skipped: list[str] = []
    for name, opened in places:
        try:
            with opened() as place:
                rows += _measured(place, effort)
        except (ImportError, OSError, RuntimeError) as failure:
            skipped.append(f"{name}: {type(failure).__name__}: {failure}")
    note = "; ".join(f"{name}: {text}" for name, text in DURABILITY.items())
    title = "Licences minted and stored one after the other by one client; ratio of wall time to the bare driver"
    return Result(name="storing", tables=(Table(title=title, rows=rows, note=note),), skipped=skipped)


def _measured(place: Place, effort: Effort) -> list[Row]:
    at_once, rounds = (2, 1) if effort.quick else (_AT_ONCE, max(effort.rounds, 9))
    address = place.make("minted")
    schema.migrate(address)
    world = MintWorld.begun(Store(address), place.folder / "files")
    cases = [_granted(world, number) for number in range(at_once * (rounds + 1))]
    world.store.close()
    twin = place.make("written", "minted")
    source, sink = Driver(address), Driver(twin)
    spent: list[tuple[Spent, Spent]] = []
    try:
        for begin in range(0, len(cases), at_once):
            before = _contents(source)
            these = cases[begin : begin + at_once]
            mint = _spent([functools.partial(minting.mint, world.desk, case.id) for case in these], len(these))
            written = _transactions(source, before, _contents(source))
            bare = _spent([functools.partial(sink.transaction, one) for one in written], len(these))
            spent.append((mint, bare))
        if _contents(source) != _contents(sink):
            raise Disagreement(f"{place.name}: the bare driver wrote other rows than the mint")
    finally:
        source.close()
        sink.close()
        world.store.close()
    return _rows(place.name, spent[1:])  # the first round warms up


def _granted(world: MintWorld, number: int) -> Application:
    """An application of another made-up nurse, walked to its approval."""
    body = f"46000019950505{number * 2 + 100:03d}"
    return world.granted(f"nurse {number}", ("苏予安", body + mod_11_2(body), "1995-05-05"))


def _spent(calls: Sequence[Callable[[], object]], count: int) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    for call in calls:
        call()
    return Spent(wall=(time.perf_counter() - wall) / count * 1e3, cpu=(time.process_time() - cpu) / count * 1e3)


def _contents(driver: Driver) -> Contents:
    return {
        table.name: {tuple(row[column.name] for column in table.primary_key): row for row in driver.rows(table)}
        for table in tables.metadata.sorted_tables
    }


def _transactions(driver: Driver, before: Contents, after: Contents) -> list[Statements]:
    """What the mint wrote, as two transactions a licence: what is recorded first, what is released then."""
    for table in tables.metadata.sorted_tables:
        if table not in _WRITTEN and before[table.name] != after[table.name]:
            raise Disagreement(f"the mint wrote to {table.name}, and this benchmark does not know it")
    new = {name: [row for key, row in rows.items() if key not in before[name]] for name, rows in after.items()}
    made: list[Statements] = []
    used = next(iter(before["status_list"].values()))["used"]
    for number, licence in enumerate(sorted(new["licence"], key=lambda row: _first(new["audit"], row["id"])), 1):
        entry = next(row for row in new["status_entry"] if row["licence"] == licence["id"])
        application = after["application"][(licence["application"],)]
        events = [row for row in new["audit"] if row["target"] in {licence["id"], application["id"]}]
        steps = [row for row in new["application_step"] if row["application"] == application["id"]]
        recorded = {**licence, "token": None, "issued_at": None, "state": "intended"}
        released = {name: licence[name] for name in ("id", "token", "issued_at", "state")}
        filled = {"number": entry["list"], "used": used + number}
        made += [
            [
                _insert(driver, tables.status_entry, entry),
                _update(driver, tables.status_list, filled),
                _insert(driver, tables.licence, recorded),
                _insert(driver, tables.audit, events[0]),
            ],
            [
                _update(driver, tables.licence, released),
                _update(driver, tables.application, application),
                *(_insert(driver, tables.application_step, row) for row in steps),
                *(_insert(driver, tables.audit, row) for row in events[1:]),
            ],
        ]
    return made


def _first(events: Sequence[Values], target: str) -> int:
    return min(int(row["seq"]) for row in events if row["target"] == target)


def _insert(driver: Driver, table: sa.Table, row: Values) -> tuple[str, Values]:
    return driver.text(sa.insert(table).values({name: sa.bindparam(name) for name in row})), row


def _update(driver: Driver, table: sa.Table, row: Values) -> tuple[str, Values]:
    (key,) = table.primary_key
    changed: dict[str, sa.BindParameter[Any]] = {name: sa.bindparam(f"new_{name}") for name in row if name != key.name}
    statement = sa.update(table).where(key == sa.bindparam("of_this")).values(changed)
    return driver.text(statement), {"of_this": row[key.name], **{f"new_{name}": row[name] for name in changed}}


def _rows(database: str, spent: Sequence[tuple[Spent, Spent]]) -> list[Row]:
    ratio = statistics.median(bare.wall / mint.wall for mint, bare in spent)
    rows: list[Row] = []
    for name, number, shown in (("bare driver, same rows", 1, 1.0), ("elicense mint", 0, ratio)):
        wall = statistics.median(one[number].wall for one in spent)
        cpu = statistics.median(one[number].cpu for one in spent)
        rows.append({
            "database": database, "candidate": name, "wall ms": round(wall, 2), "cpu ms": round(cpu, 2),
            "a second": round(1e3 / wall), "ratio": round(shown, 2),
        })  # fmt: skip
    return rows
