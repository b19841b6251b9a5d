"""Organisations: authorities and institutions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from issuer.domain.organisation import Branch, Level, Organisation, OrganisationId, OrganisationKind
from issuer.storage import rows
from issuer.storage.tables import organisation
from issuer.storage.transaction import Transaction


def add(tx: Transaction, value: Organisation) -> None:
    """Insert an organisation. Raises StorageFailed("storage-conflict") if its id or number exists."""
    tx.insert(organisation, rows.values(value))


def put(tx: Transaction, value: Organisation, revision: int) -> None:
    """Replace an organisation that still has this revision. Raises ChangedMeanwhile."""
    rows.put(tx, organisation, rows.values(value), revision)


def get(tx: Transaction, id_: OrganisationId) -> Organisation | None:
    """Return one, or None. Nobody changes it until the end of a write transaction."""
    row = tx.one(sa.select(organisation).where(organisation.c.id == id_), shared=True)
    return None if row is None else _value(row)


def by_number(tx: Transaction, number: str) -> Organisation | None:
    """Return the institution with that registration number."""
    row = tx.one(sa.select(organisation).where(organisation.c.number == number), shared=True)
    return None if row is None else _value(row)


def all_of(tx: Transaction) -> tuple[Organisation, ...]:
    """Return all organisations, by id."""
    return find(tx)


def find(
    tx: Transaction,
    *,
    kind: OrganisationKind | None = None,
    parent: OrganisationId | None = None,
    level: Level | None = None,
    branch: Branch | None = None,
    uscc: str | None = None,
) -> tuple[Organisation, ...]:
    """Return all organisations that have the given values, by id; without a filter, all."""
    wanted = rows.where(organisation, {"kind": kind, "parent": parent, "level": level, "branch": branch, "uscc": uscc})
    return tuple(map(_value, tx.all(sa.select(organisation).where(*wanted).order_by(organisation.c.id))))


def _value(row: sa.Row[Any]) -> Organisation:
    held = rows.fields(row)
    return Organisation(
        kind=OrganisationKind(held.pop("kind")),
        level=Level(held.pop("level")),
        branch=Branch(held.pop("branch")),
        **held,
    )
