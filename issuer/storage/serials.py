"""Counters without gaps that are not rolled back: serial numbers of licences."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from issuer.storage.tables import counter
from issuer.storage.transaction import Transaction


def next_of(tx: Transaction, name: str) -> int:
    """Return the next number of a counter, 1 at first. Two transactions never get the same one."""
    dialect = postgresql if tx.on_postgresql else sqlite
    statement = (
        dialect.insert(counter)
        .values(name=name, value=1)
        .on_conflict_do_update(index_elements=[counter.c.name], set_={"value": counter.c.value + 1})
        .returning(counter.c.value)
    )
    return int(tx.run(statement).scalar_one())


def current(tx: Transaction, name: str) -> int:
    """Return the last number given out, 0 if none was."""
    return tx.run(sa.select(counter.c.value).where(counter.c.name == name)).scalar() or 0
