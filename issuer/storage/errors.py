"""What the storage may say besides its answers. No SQL, no parameter and no driver's text travels in it."""

from __future__ import annotations

import sqlite3

import psycopg
import sqlalchemy as sa

BUSY = "storage-busy"
FULL = "storage-full"
LOST = "storage-lost"
CONFLICT = "storage-conflict"
FORBIDDEN = "storage-forbidden"
WEAK = "storage-weak"
SCHEMA = "storage-schema"
FAILED = "storage-failed"

_SQLSTATES = {"53100": FULL, "55P03": BUSY, "40P01": BUSY, "40001": BUSY, "23505": CONFLICT, "P0001": FORBIDDEN}
_SQLSTATE_CLASSES = {"08": LOST, "57": LOST}
_SQLITE = {
    "SQLITE_BUSY": BUSY,
    "SQLITE_LOCKED": BUSY,
    "SQLITE_FULL": FULL,
    "SQLITE_CANTOPEN": LOST,
    "SQLITE_IOERR": LOST,
    "SQLITE_CONSTRAINT_UNIQUE": CONFLICT,
    "SQLITE_CONSTRAINT_PRIMARYKEY": CONFLICT,
    "SQLITE_CONSTRAINT_TRIGGER": FORBIDDEN,
}


class StorageFailed(Exception):
    """The database did not do what was asked; the transaction is gone.

    `code` is one of: storage-busy (locked too long, deadlock), storage-full, storage-lost (connection or file gone),
    storage-conflict (a unique value exists), storage-forbidden (an append-only rule), storage-weak (settings that may
    lose a committed act), storage-schema, storage-failed. After storage-lost during a commit it is not known whether
    the act happened: ask again before repeating it.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class ChangedMeanwhile(Exception):
    """The row no longer has the revision from which the new value was made. `what` names the table, not the row."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


Caught = (sa.exc.SQLAlchemyError, sqlite3.Error, psycopg.Error)
"""What drivers and SQLAlchemy raise."""


def translate(error: BaseException) -> StorageFailed:
    """Return the typed error for what a driver raised."""
    origin = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    state = getattr(origin, "sqlstate", None)
    if isinstance(state, str):
        return StorageFailed(_SQLSTATES.get(state) or _SQLSTATE_CLASSES.get(state[:2], FAILED), state)
    name = getattr(origin, "sqlite_errorname", None)
    if isinstance(name, str):
        known = next((code for prefix, code in _SQLITE.items() if name.startswith(prefix)), FAILED)
        return StorageFailed(known, name)
    if isinstance(origin, psycopg.OperationalError) or (
        isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated
    ):
        return StorageFailed(LOST)
    if isinstance(error, sa.exc.TimeoutError):
        return StorageFailed(BUSY, "no connection free")
    return StorageFailed(FAILED, type(origin).__name__)
