"""The door to the database: SQLite in a file, or PostgreSQL by URL. Opens transactions and nothing else.

SQLite runs with WAL, synchronous=FULL, foreign keys and BEGIN IMMEDIATE for writers; PostgreSQL at READ COMMITTED for
writers (rows that are read to be changed are locked), REPEATABLE READ READ ONLY for readers. Settings under which a
committed act may be lost by a power failure are refused when a connection opens. Audit events of a transaction are
written at its end, so that the head of the chain is locked last and for the shortest time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

from issuer.storage import audit, failpoints
from issuer.storage.errors import SCHEMA, WEAK, Caught, StorageFailed, translate
from issuer.storage.tables import HEAD
from issuer.storage.transaction import Transaction

BUSY_SECONDS = 10
"""How long a writer waits for another one before it gives up with storage-busy."""

_WRITE = "elicense_write"
_SQLITE_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
)
_SQLITE_NEEDS: Mapping[str, frozenset[object]] = {
    "journal_mode": frozenset({"wal"}),
    "synchronous": frozenset({2, 3}),
    "foreign_keys": frozenset({1}),
}
_POSTGRESQL_SETTINGS = (
    f"SET lock_timeout = '{BUSY_SECONDS}s'",
    "SET idle_in_transaction_session_timeout = '60s'",
)
_POSTGRESQL_NEEDS: Mapping[str, frozenset[object]] = {
    "fsync": frozenset({"on"}),
    "full_page_writes": frozenset({"on"}),
    "synchronous_commit": frozenset({"on", "local", "remote_write", "remote_apply"}),
}


def make_engine(url: str) -> sa.Engine:
    """Return an engine that refuses weak settings. Raises StorageFailed for a URL of another database."""
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise StorageFailed(WEAK, "not a database URL") from None
    match address.get_backend_name():
        case "sqlite":
            return _sqlite(address)
        case "postgresql":
            return _postgresql(address.set(drivername="postgresql+psycopg"))
        case _:
            raise StorageFailed(WEAK, "neither sqlite nor postgresql")


class Store:
    """One database. Safe to share between threads.

    `Store(url)` connects once and refuses to start (StorageFailed) with weak settings or with a schema that is not
    the newest; `schema.migrate` brings it there.
    """

    __slots__ = ("_engine",)

    def __init__(self, url: str, *, check_schema: bool = True) -> None:
        self._engine = make_engine(url)
        with self.reading() as tx:
            found = _version(tx) if check_schema else HEAD
        if found != HEAD:
            self.close()
            raise StorageFailed(SCHEMA, f"the schema is not at {HEAD}: migrate first")

    def __repr__(self) -> str:
        return f"Store({self._engine.dialect.name})"

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a write transaction: committed at the end of the block, rolled back by any exception in it."""
        with self._open(write=True) as tx:
            yield tx
            audit.write(tx)
            failpoints.reach("transaction.written")
        failpoints.reach("transaction.committed")

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a read transaction: one consistent picture, no locks, nothing can be written."""
        with self._open(write=False) as tx:
            yield tx

    @contextmanager
    def _open(self, *, write: bool) -> Iterator[Transaction]:
        try:
            with self._engine.connect() as connection:
                self._mode(connection, write=write)
                with connection.begin():
                    yield Transaction(connection, write=write)
        except Caught as error:
            raise translate(error) from None

    def _mode(self, connection: sa.Connection, *, write: bool) -> None:
        if connection.dialect.name == "sqlite":
            connection.execution_options(**{_WRITE: write})
        elif not write:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def close(self) -> None:
        """Give all connections back. The store can be used again afterwards."""
        self._engine.dispose()


def _version(tx: Transaction) -> str | None:
    try:
        return tx.run(sa.select(sa.column("version_num", sa.String)).select_from(sa.table("alembic_version"))).scalar()
    except StorageFailed:
        return None


def _sqlite(address: sa.URL) -> sa.Engine:
    if not address.database or ":memory:" in address.database or address.database.startswith("file:") or address.query:
        raise StorageFailed(WEAK, "SQLite needs a plain file without parameters")
    if not Path(address.database).parent.is_dir():
        raise StorageFailed(WEAK, "the folder of the database is not there")
    engine = sa.create_engine(address, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - a driver's object
        connection.isolation_level = None  # the driver shall begin nothing by itself
        _prepare(connection, _SQLITE_SETTINGS, _SQLITE_NEEDS, "PRAGMA {}")

    @sa.event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        write = connection.get_execution_options().get(_WRITE, True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _postgresql(address: sa.URL) -> sa.Engine:
    engine = sa.create_engine(address, hide_parameters=True, pool_pre_ping=True, isolation_level="READ COMMITTED")

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - a driver's object
        _prepare(connection, _POSTGRESQL_SETTINGS, _POSTGRESQL_NEEDS, "SHOW {}")
        connection.commit()

    return engine


def _prepare(connection: Any, settings: Sequence[str], needs: Mapping[str, frozenset[object]], ask: str) -> None:  # noqa: ANN401 - a driver's object
    """Set up a new connection; close it and refuse it if it could lose what was committed."""
    try:
        cursor = connection.cursor()
        for setting in settings:
            cursor.execute(setting)
        for name, wanted in needs.items():
            if cursor.execute(ask.format(name)).fetchone()[0] not in wanted:
                raise StorageFailed(WEAK, f"the database runs with a weak {name}")
        cursor.close()
    except BaseException:
        connection.close()
        raise
