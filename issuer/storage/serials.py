"""Counters without gaps that are not rolled back: serial numbers of licences."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from issuer.storage.tables import counter
from issuer.storage.transaction import Transaction

_SKIPPED = "skipped"
"""The counter of what was passed over: a series that begins later begins behind it."""


def next_of(tx: Transaction, name: str) -> int:
    """Return the next number of a counter, 1 at first. Two transactions never get the same one."""
    return _add(tx, name, first=current(tx, _SKIPPED) + 1, more=1)


def skip(tx: Transaction, numbers: int) -> None:
    """Pass over so many numbers of every counter, of those that begin later too."""
    tx.run(sa.update(counter).where(counter.c.name != _SKIPPED).values(value=counter.c.value + numbers))
    _add(tx, _SKIPPED, first=numbers, more=numbers)


def current(tx: Transaction, name: str) -> int:
    """Return the last number given out, 0 if none was."""
    return tx.run(sa.select(counter.c.value).where(counter.c.name == name)).scalar() or 0


def _add(tx: Transaction, name: str, *, first: int, more: int) -> int:
    """Set a counter to `first` or, where it exists, add `more`; return its value."""
    dialect = postgresql if tx.on_postgresql else sqlite
    statement = (
        dialect.insert(counter)
        .values(name=name, value=first)
        .on_conflict_do_update(index_elements=[counter.c.name], set_={"value": counter.c.value + more})
        .returning(counter.c.value)
    )
    return int(tx.run(statement).scalar_one())
