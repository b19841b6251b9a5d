"""One transaction: runs statements, collects audit events, translates errors. Made by `Store` only.

Rows of the tables that the trail accounts for (`noting.NOTED`) are written through `insert`, `insert_all`,
`insert_if_absent`, `update` and `delete`, which note what changes; `run` refuses a statement that would pass them by.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from issuer.domain.audit import Event
from issuer.storage import noting
from issuer.storage.errors import FORBIDDEN, Caught, StorageFailed, translate

_CHUNK = 500
"""Rows of one INSERT: SQLite takes at most 32,766 parameters in a statement."""


class Transaction:
    """What the functions of this package take first. `write` is False inside `Store.reading`."""

    __slots__ = ("_connection", "changes", "events", "write")

    def __init__(self, connection: sa.Connection, *, write: bool) -> None:
        self._connection = connection
        self.write = write
        self.events: list[Event] = []
        self.changes = noting.Changes()

    @property
    def on_postgresql(self) -> bool:
        """Whether this is PostgreSQL; the other database is SQLite."""
        return self._connection.dialect.name == "postgresql"

    def run(self, statement: sa.Executable, rows: Sequence[Mapping[str, Any]] | None = None) -> sa.CursorResult[Any]:
        """Execute one statement. Raises StorageFailed for whatever the database says."""
        if isinstance(statement, sa.UpdateBase) and getattr(statement.table, "name", "") in noting.NOTED:
            raise StorageFailed(FORBIDDEN, "rows that the trail accounts for are written by insert, update, delete")
        return self._execute(statement, rows)

    def _execute(
        self, statement: sa.Executable, rows: Sequence[Mapping[str, Any]] | None = None
    ) -> sa.CursorResult[Any]:
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
        self.insert_all(table, [row])

    def insert_all(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows."""
        for start in range(0, len(rows), _CHUNK):
            some = rows[start : start + _CHUNK]
            if table.name in noting.NOTED:
                made = self._execute(sa.insert(table).returning(*noting.columns(table)), some)
                self.changes.note(table, (), made.all())
            else:
                self._execute(sa.insert(table), some)

    def insert_if_absent(self, table: sa.Table, row: Mapping[str, Any]) -> bool:
        """Insert one row unless a unique value of it exists; say whether it was inserted."""
        dialect = postgresql if self.on_postgresql else sqlite
        statement = dialect.insert(table).values(dict(row)).on_conflict_do_nothing().returning(*noting.columns(table))
        made = self._execute(statement).all()
        if table.name in noting.NOTED:
            self.changes.note(table, (), made)
        return bool(made)

    def update(self, table: sa.Table, where: Sequence[sa.ColumnElement[bool]], values: Mapping[str, Any]) -> int:
        """Set values in the rows that fulfil all conditions; return how many there were."""
        if table.name not in noting.NOTED:
            return self._execute(sa.update(table).where(*where).values(dict(values))).rowcount
        before = self._locked(table, where)
        if before:
            changed = sa.update(table).where(*where, _any_of(table, before)).values(dict(values))
            after = self._execute(changed.returning(*noting.columns(table))).all()
            self.changes.note(table, before, after)
        return len(before)

    def delete(self, table: sa.Table, where: Sequence[sa.ColumnElement[bool]]) -> int:
        """Remove the rows that fulfil all conditions; return how many there were."""
        if table.name not in noting.NOTED:
            return self._execute(sa.delete(table).where(*where)).rowcount
        before = self._locked(table, where)
        if before:
            self._execute(sa.delete(table).where(*where, _any_of(table, before)))
            self.changes.note(table, before, ())
        return len(before)

    def _locked(self, table: sa.Table, where: Sequence[sa.ColumnElement[bool]]) -> Sequence[sa.Row[Any]]:
        """The rows of a noted table as they are before a change; nobody else changes them until the end."""
        return self._execute(sa.select(*noting.columns(table)).where(*where).with_for_update()).all()

    def lock(self, name: str) -> None:
        """Let nobody else pass here with the same name until this transaction ends.

        For rules over several rows that no unique constraint can hold (one open application of a holder). SQLite has
        one writer at a time anyway.
        """
        if self.write and self.on_postgresql:
            number = zlib.crc32(name.encode("utf-8"))
            self.run(sa.select(sa.func.pg_advisory_xact_lock(number)))


def _any_of(table: sa.Table, found: Sequence[sa.Row[Any]]) -> sa.ColumnElement[bool]:
    """These rows and none that somebody adds meanwhile."""
    keys = [noting.key_of(table, row._asdict()) for row in found]
    return sa.tuple_(*table.primary_key).in_(keys)
