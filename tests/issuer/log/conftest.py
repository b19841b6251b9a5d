"""A desk with a log, and two witnesses of it as processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer.services import logbook
from issuer.services.desk import Desk
from issuer.storage import Store
from tests.issuer.log.parts import Running, desk, made, running


@pytest.fixture
def held(store: Store, tmp_path: Path) -> Desk:
    """A desk with a log on a fresh database of either kind."""
    return desk(store, tmp_path)


@pytest.fixture
def lone(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk with a log on SQLite, where the database does not matter."""
    opened = Store(sqlite_url)
    yield desk(opened, tmp_path)
    opened.close()


@pytest.fixture
def two(lone: Desk, tmp_path: Path) -> Iterator[tuple[Running, Running]]:
    """Two witnesses that know the log."""
    [key] = logbook.keys(lone)
    for name in ("w1", "w2"):
        made(tmp_path / name, key, name=f"witness.example/{name}")
    with running(tmp_path / "w1") as first, running(tmp_path / "w2") as second:
        yield first, second
