"""One transaction: runs statements, collects audit events, translates errors. Made by `Store` only."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from issuer.domain.audit import Event
from issuer.storage.errors import FORBIDDEN, Caught, StorageFailed, translate

_CHUNK = 500
"""Rows of one INSERT: SQLite takes at most 32,766 parameters in a statement."""


class Transaction:
    """What the functions of this package take first. `write` is False inside `Store.reading`."""

    __slots__ = ("_connection", "events", "write")

    def __init__(self, connection: sa.Connection, *, write: bool) -> None:
        self._connection = connection
        self.write = write
        self.events: list[Event] = []

    @property
    def on_postgresql(self) -> bool:
        """Whether this is PostgreSQL; the other database is SQLite."""
        return self._connection.dialect.name == "postgresql"

    def run(self, statement: sa.Executable, rows: Sequence[Mapping[str, Any]] | None = None) -> sa.CursorResult[Any]:
        """Execute one statement. Raises StorageFailed for whatever the database says."""
        if not self.write and not statement.is_select:
            raise StorageFailed(FORBIDDEN, "a reading transaction writes nothing")
        try:
            return self._connection.execute(statement, rows)
        except Caught as error:
            raise translate(error) from None

    def one(self, statement: sa.Select[Any], *, shared: bool = False) -> sa.Row[Any] | None:
        """Return the one row or None. Inside a write transaction the row stays locked until its end.

        `shared`: others may read it under their own lock meanwhile and nobody may change it. Whoever only looks at a
        row that many look at (an officer's account) takes this, or two officers at work would wait for each other.
        """
        return self.run(statement.with_for_update(read=shared) if self.write else statement).one_or_none()

    def all(self, statement: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        """Return all rows, without locking them."""
        return self.run(statement).all()

    def insert(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        """Insert one row. Raises StorageFailed("storage-conflict") if a unique value exists."""
        self.run(sa.insert(table).values(dict(row)))

    def insert_all(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows."""
        for start in range(0, len(rows), _CHUNK):
            self.run(sa.insert(table), rows[start : start + _CHUNK])

    def insert_if_absent(self, table: sa.Table, row: Mapping[str, Any]) -> bool:
        """Insert one row unless a unique value of it exists; say whether it was inserted."""
        dialect = postgresql if self.on_postgresql else sqlite
        statement = dialect.insert(table).values(dict(row)).on_conflict_do_nothing().returning(sa.literal(1))
        return self.run(statement).first() is not None

    def lock(self, name: str) -> None:
        """Let nobody else pass here with the same name until this transaction ends.

        For rules over several rows that no unique constraint can hold (one open application of a holder). SQLite has
        one writer at a time anyway.
        """
        if self.write and self.on_postgresql:
            number = zlib.crc32(name.encode("utf-8"))
            self.run(sa.select(sa.func.pg_advisory_xact_lock(number)))
