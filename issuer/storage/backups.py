"""Copies of a SQLite database that is in use, by SQLite's own online backup. PostgreSQL brings its own tools.

A copy holds what was committed when it was made; a register that goes back to it forgets what came after
(docs/operations.md says what that breaks).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from issuer.storage.errors import Caught, translate


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite database, None for another database."""
    address = sa.make_url(url)
    return Path(address.database) if address.get_backend_name() == "sqlite" and address.database else None


def copy_sqlite(source: Path, target: Path) -> int:
    """Copy a database to a file that must not be there yet, readable by its owner only; return its pages.

    Raises FileExistsError, FileNotFoundError, StorageFailed. The copy is checked, and on the disk, before this returns.
    """
    if not source.is_file():
        raise FileNotFoundError(2, "no such database", str(source))
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(sqlite3.connect(source)) as held, closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA synchronous = FULL")
            held.backup(copy)
            if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("the copy is damaged")
            pages: int = copy.execute("PRAGMA page_count").fetchone()[0]
    except Caught as failed:
        target.unlink(missing_ok=True)
        raise translate(failed) from None
    return pages
