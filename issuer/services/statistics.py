"""Statistics for anybody: what the register holds, by place, category, scope, type and month, and how offices work.

Reads the register at the moment of asking. What comes out is safe to publish: small counts are hidden, and others with
them (`issuer.domain.suppression`); the raw counts do not leave this module. All tables of a kind share their grand
total and nothing else; the scopes of physicians, which do not add up, are held against their categories.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from elicense import tables
from issuer.domain import suppression
from issuer.domain.act import civil_day
from issuer.domain.calendar import add_months
from issuer.domain.deadline import limit_of
from issuer.domain.kind import Kind
from issuer.domain.organisation import OrganisationId
from issuer.domain.refusal import Refusal
from issuer.domain.rulebook import Rulebook
from issuer.domain.suppression import TOTAL, Arrow, Cell
from issuer.services.desk import Desk, tree
from issuer.storage import Transaction, voice
from issuer.storage import statistics as counts
from issuer.storage.statistics import Decided

MONTHS: Final = 12
EARLIER: Final = "earlier"
SCOPES: Final = "scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table. `cells` by row and column, "" being the total; None is hidden. `withheld`: too small to show at all.

    `rows` and `columns` are codes of what `by` names: state, division, category, type, month, scope.
    """

    name: str
    kind: Kind
    by: tuple[str, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[Cell, int | None]
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """How long an authority took from acceptance to decision, in working days. None where too few were decided.

    `overdue` is the share in whole percent that was decided after the last day that the law names; `stars` the average
    of all ratings, with one decimal, as text.
    """

    authority: str
    decided: int | None
    median: int | None
    ninth: int | None
    overdue: int | None
    stars: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Everything that is published, as of `at` (Unix seconds). `offices` cover the `MONTHS` up to that day."""

    at: int
    tables: tuple[Table, ...]
    offices: tuple[Office, ...]


def publish(desk: Desk) -> Statistics:
    """Count, hide what is small, and return the rest."""
    with desk.store.reading() as tx:
        return counted(desk.rules, tx, desk.clock())


def counted(rules: Rulebook, tx: Transaction, at: int) -> Statistics:
    """Do so inside a transaction."""
    on = civil_day(at)
    found: list[Table] = []
    for kind in Kind:
        live = _live(rules, kind)
        found += _states(kind, live, counts.count(tx, kind, live, on, ("state",)))
        found.append(_list("month", kind, _months(counts.count(tx, kind, live, on, ("year", "month")), on)))
        found += _by_place(tx, kind, live, on)
    names = {one.id: one.name for one in tree(tx)}
    offices = _offices(rules, counts.decided(tx, add_months(on, -MONTHS), on), names)
    rated = {names[office]: given for office, given in voice.stars(tx).items()}
    offices = tuple(dataclasses.replace(one, stars=_average(*rated.get(one.authority, (0, 0)))) for one in offices)
    return Statistics(at=at, tables=tuple(found), offices=offices)


def _live(rules: Rulebook, kind: Kind) -> tuple[str, ...]:
    return tuple(row.state for row in rules.states if row.kind == kind and row.live and not row.derived)


def _states(kind: Kind, live: Sequence[str], by: Mapping[tuple[str, ...], int]) -> list[Table]:
    """What is in the register by state, and what has ended by how it ended: two tables with a total each.

    In one, the total of the register, which other tables show too, would give back what has ended.
    """
    present = {state: count for state, count in by.items() if state[0] in live}
    ended = {state: count for state, count in by.items() if state[0] not in live}
    return [_list("state", kind, present), _list("ended", kind, ended)]


def _by_place(tx: Transaction, kind: Kind, live: Sequence[str], on: datetime.date) -> list[Table]:
    second = {Kind.PHYSICIAN: "category", Kind.INSTITUTION: "type"}.get(kind)
    if second is None:
        return [_list("division", kind, counts.count(tx, kind, live, on, ("division",)))]
    crossed = counts.count(tx, kind, live, on, ("division", second))
    table = _crossed("division", second, kind, crossed)
    if kind is Kind.INSTITUTION:
        return [table]
    return [table, _scopes(counts.scopes(tx, live, on), table)]


def _months(by_month: Mapping[tuple[str, ...], int], on: datetime.date) -> dict[tuple[str, ...], int]:
    """New entries of each of the last twelve months, and of all the time before; months without any are there."""
    newest = on.year * 12 + on.month - 1
    shown = dict.fromkeys(range(newest - MONTHS + 1, newest + 1), 0)
    earlier = 0
    for (year, month), count in by_month.items():
        number = int(float(year)) * 12 + int(float(month)) - 1
        if number in shown:
            shown[number] += count
        else:
            earlier += count
    made: dict[tuple[str, ...], int] = {(EARLIER,): earlier}
    return made | {(f"{number // 12:04d}-{number % 12 + 1:02d}",): count for number, count in shown.items()}


def _list(name: str, kind: Kind, by: Mapping[tuple[str, ...], int]) -> Table:
    rows = {row: count for (row,), count in by.items()}
    ordered = rows if name == "month" else dict(sorted(rows.items()))
    return _safe(name, kind, ("state" if name == "ended" else name,), tuple(ordered), (), suppression.of_list(ordered))


def _crossed(first: str, second: str, kind: Kind, by: Mapping[tuple[str, ...], int]) -> Table:
    cells = {(row, column): count for (row, column), count in by.items()}
    rows = tuple(sorted({row for row, _ in cells}))
    columns = tuple(sorted({column for _, column in cells}, key=lambda code: (not code, code.zfill(4))))
    whole = {(row, column): cells.get((row, column), 0) for row in rows for column in columns}
    return _safe(first, kind, (first, second), rows, columns, suppression.of_table(whole))


def _safe(
    name: str, kind: Kind, by: tuple[str, ...], rows: tuple[str, ...], columns: tuple[str, ...], arrows: Sequence[Arrow]
) -> Table:
    closed = suppression.hidden(arrows)
    if closed is None:
        return Table(name=name, kind=kind, by=by, rows=(), columns=(), cells={}, withheld=True)
    cells = {arrow.cell: None if arrow.cell in closed else arrow.value for arrow in arrows}
    return Table(name=name, kind=kind, by=by, rows=rows, columns=columns, cells=cells)


def _scopes(found: Mapping[str, int], crossed: Table) -> Table:
    """Physicians by scope, a list for each category, since the scopes of one nearly add up to its total.

    A category whose total is hidden in the other table hides all its scopes: they would give it back.
    """
    cells: dict[Cell, int | None] = {}
    for category in dict.fromkeys(_category(scope) for scope in sorted(found, key=int)):
        own = {scope: found[scope] for scope in sorted(found, key=int) if _category(scope) == category}
        closed = suppression.hidden(suppression.of_list(own))
        shut = closed is None or crossed.withheld or crossed.cells.get((TOTAL, category)) is None
        for scope, count in own.items():
            cells[(scope, TOTAL)] = None if shut or closed is None or (scope, TOTAL) in closed else count
    return Table(
        name=SCOPES,
        kind=Kind.PHYSICIAN,
        by=(SCOPES,),
        rows=tuple(row for row, _ in cells),
        columns=(),
        cells=cells,
        withheld=crossed.withheld,
    )


def _category(scope: str) -> str:
    """The wire value of the category that a scope belongs to, "" if the scope is unknown."""
    row = tables.SCOPES.by_wire(int(scope))
    above = None if row is None or row.parent is None else tables.CATEGORIES.by_code(row.parent)
    return "" if above is None else str(above.wire)


def _offices(rules: Rulebook, decided: Sequence[Decided], names: Mapping[OrganisationId, str]) -> tuple[Office, ...]:
    by_office: dict[str, list[Decided]] = {}
    for one in decided:
        by_office.setdefault(names[one.authority], []).append(one)
    closed = suppression.hidden(
        suppression.of_list({name: sum(one.count for one in rows) for name, rows in by_office.items()})
    )
    return tuple(
        _office(rules, name, rows, show=closed is not None and (name, TOTAL) not in closed)
        for name, rows in sorted(by_office.items())
    )


def _average(count: int, total: int) -> str | None:
    return f"{total / count:.1f}" if count >= suppression.THRESHOLD else None


def _office(rules: Rulebook, name: str, rows: Sequence[Decided], *, show: bool) -> Office:
    took: list[int] = []
    late, known = 0, 0
    for one in rows:
        days = working_days(rules, one)
        if days is not None:
            took += [days] * one.count
        limit = limit_of(rules, one, "decision")
        if limit is not None and limit.last_day is not None:
            known += one.count
            late += one.count if limit.passed(one.decided_on) else 0
    enough = show and len(took) >= suppression.THRESHOLD
    took.sort()
    return Office(
        authority=name,
        decided=sum(one.count for one in rows) if show else None,
        median=took[(len(took) - 1) // 2] if enough else None,
        ninth=took[-(-len(took) * 9 // 10) - 1] if enough else None,
        overdue=round(100 * late / known) if show and known >= suppression.THRESHOLD else None,
    )


def working_days(rules: Rulebook, one: Decided) -> int | None:
    """Return the working days after the day of acceptance up to the day of decision, without excluded time.

    None where the calendar does not reach.
    """
    try:
        return sum(
            rules.calendar.is_working(on)
            and not any(p.start <= on and (p.end is None or on < p.end) for p in one.pauses)
            for on in (
                one.accepted_on + datetime.timedelta(days=number)
                for number in range(1, (one.decided_on - one.accepted_on).days + 1)
            )
        )
    except Refusal:
        return None
