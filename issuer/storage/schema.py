"""Brings a database to the newest schema, by Alembic's migrations, which lie beside this file as package data.

SQLite changes its schema inside a transaction as PostgreSQL does; both take the settings of `store.make_engine`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from issuer.storage.errors import Caught, translate
from issuer.storage.store import make_engine

_SCRIPTS = "issuer.storage:migrations"
CONNECTION = "connection"
"""The attribute under which the environment of the migrations finds its connection."""


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database to `revision`. Raises StorageFailed. It may run twice and does nothing the second time."""
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            settings = _settings()
            settings.attributes[CONNECTION] = connection
            command.upgrade(settings, revision)
    except Caught as error:
        raise translate(error) from None
    finally:
        engine.dispose()


def newest() -> str | None:
    """Return the newest revision that the migrations know."""
    return ScriptDirectory.from_config(_settings()).get_current_head()


def current(connection: sa.Connection) -> str | None:
    """Return the revision that the database has."""
    table = sa.table("alembic_version", sa.column("version_num", sa.String()))
    return connection.execute(sa.select(table.c.version_num)).scalar()


def _settings() -> Config:
    settings = Config()
    settings.set_main_option("script_location", _SCRIPTS)
    settings.set_main_option("path_separator", "os")
    return settings
