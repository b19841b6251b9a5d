"""Counts over the register and over decided applications, grouped by the database.

Reads only; every function returns counts by group and never a row of somebody. What may be published of them is
`issuer.domain.suppression`.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from issuer.domain.application import Pause
from issuer.domain.kind import Kind
from issuer.domain.organisation import OrganisationId
from issuer.storage.applications import pauses_of
from issuer.storage.tables import application, organisation, registration
from issuer.storage.transaction import Transaction

LAPSED: Final = "expired"
"""The state of a live entry whose period of validity has ended."""
_MEMBERS: Final = {"category": "category", "type": "statutory_type"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """So many applications with the same authority, action, days and excluded time."""

    authority: OrganisationId
    kind: Kind
    action: str
    received_on: datetime.date | None
    accepted_on: datetime.date
    decided_on: datetime.date
    pauses: tuple[Pause, ...]
    count: int


def count(
    tx: Transaction, kind: Kind, live: Sequence[str], on: datetime.date, by: Sequence[str]
) -> dict[tuple[str, ...], int]:
    """Count the entries that are in the register on a day, by state, or by division, category, type, year, month.

    In the register is a live state whose period of validity has not ended; by state, every entry counts. A member
    that an entry does not have counts as "".
    """
    columns = [_column(tx, name, live, on).label(name) for name in by]
    wanted = [registration.c.kind == kind.value]
    if "state" not in by:
        wanted += [registration.c.state.in_(live), _not_lapsed(on)]
    inner = (
        sa.select(*columns)
        .select_from(registration.join(organisation, organisation.c.id == registration.c.authority))
        .where(*wanted)
        .subquery()
    )
    statement = sa.select(*inner.c, sa.func.count()).group_by(*inner.c)
    made: dict[tuple[str, ...], int] = {}
    for row in tx.all(statement):
        *group, number = tuple(row)
        made[tuple("" if value is None else str(value) for value in group)] = int(number)
    return made


def scopes(tx: Transaction, live: Sequence[str], on: datetime.date) -> dict[str, int]:
    """Count the physicians in the register that have each scope; who has two counts in both."""
    if tx.on_postgresql:
        found = sa.func.jsonb_array_elements_text(sa.cast(registration.c.content, JSONB)["scopes"])
    else:
        found = sa.func.json_each(registration.c.content, "$.scopes")
    each = found.table_valued("value")
    statement = (
        sa.select(each.c.value, sa.func.count())
        .select_from(registration.join(each, sa.true()))
        .where(registration.c.kind == Kind.PHYSICIAN.value, registration.c.state.in_(live), _not_lapsed(on))
        .group_by(each.c.value)
    )
    return {str(scope): int(number) for scope, number in map(tuple, tx.all(statement))}


def decided(tx: Transaction, first: datetime.date, last: datetime.date) -> tuple[Decided, ...]:
    """Return the applications that were decided from the first to the last day, alike ones together."""
    columns = [application.c[name] for name in ("authority", "kind", "action")]
    columns += [application.c[name] for name in ("received_on", "accepted_on", "decided_on", "pauses")]
    statement = (
        sa.select(*columns, sa.func.count().label("count"))
        .where(
            application.c.decided_on.between(first, last),
            application.c.accepted_on.is_not(None),
            application.c.authority.is_not(None),
        )
        .group_by(*columns)
        .order_by(*columns)
    )
    return tuple(_decided(row) for row in tx.all(statement))


def _decided(row: sa.Row[Any]) -> Decided:
    return Decided(
        authority=OrganisationId(row.authority),
        kind=Kind(row.kind),
        action=row.action,
        received_on=row.received_on,
        accepted_on=row.accepted_on,
        decided_on=row.decided_on,
        pauses=pauses_of(row.pauses),
        count=int(row._mapping["count"]),  # noqa: SLF001 - SQLAlchemy's public name for it
    )


def _not_lapsed(on: datetime.date) -> sa.ColumnElement[bool]:
    return sa.or_(registration.c.valid_until.is_(None), registration.c.valid_until >= on)


def _column(tx: Transaction, name: str, live: Sequence[str], on: datetime.date) -> sa.ColumnElement[Any]:
    if name == "state":
        lapsed = sa.and_(registration.c.state.in_(live), sa.not_(_not_lapsed(on)))
        return sa.case((lapsed, LAPSED), else_=registration.c.state)
    if name == "division":
        return organisation.c.division
    if name == "year":
        return sa.extract("year", registration.c.registered_on)
    if name == "month":
        return sa.extract("month", registration.c.registered_on)
    member = _MEMBERS[name]
    if tx.on_postgresql:
        return sa.func.jsonb_extract_path_text(sa.cast(registration.c.content, JSONB), member)
    return sa.func.json_extract(registration.c.content, f"$.{member}")
