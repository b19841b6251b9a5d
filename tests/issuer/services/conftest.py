"""A world that has begun, in a fresh SQLite file; the schema is migrated once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer.storage import Store, schema
from tests.issuer.services.world import World


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite"
    schema.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def begun(migrated: Path) -> tuple[Path, World]:
    """The database after the beginning, kept closed, and the world whose keys fit it."""
    path = migrated.with_name("begun.sqlite")
    shutil.copy(migrated, path)
    store = Store(f"sqlite:///{path}")
    world = World(store)
    world.begin()
    world.hospital()
    store.close()
    return path, world


@pytest.fixture
def empty(migrated: Path, tmp_path: Path) -> Iterator[World]:
    """A world in which nothing has happened."""
    shutil.copy(migrated, tmp_path / "empty.sqlite")
    store = Store(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    yield World(store)
    store.close()


@pytest.fixture
def world(begun: tuple[Path, World], tmp_path: Path) -> Iterator[World]:
    """A world with a province, a prefecture with officers, and a registered hospital."""
    path, first = begun
    shutil.copy(path, tmp_path / "world.sqlite")
    store = Store(f"sqlite:///{tmp_path / 'world.sqlite'}")
    yield World.copied(first, store)
    store.close()
