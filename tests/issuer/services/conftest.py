"""A world that has begun, in a fresh SQLite file; the beginning is played once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer.storage import Store
from tests.issuer.services.world import World


@pytest.fixture(scope="session")
def begun(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """The database after the beginning, kept closed, and the world whose keys fit it."""
    path = tmp_path_factory.mktemp("begun") / "begun.sqlite"
    shutil.copy(sqlite_template, path)
    store = Store(f"sqlite:///{path}")
    world = World(store)
    world.begin()
    world.hospital()
    store.close()
    return path, world


@pytest.fixture
def empty(store: Store) -> World:
    """A world in which nothing has happened, on both databases."""
    return World(store)


@pytest.fixture
def world(begun: tuple[Path, World], tmp_path: Path) -> Iterator[World]:
    """A world with a province, a prefecture with officers, and a registered hospital."""
    path, first = begun
    shutil.copy(path, tmp_path / "world.sqlite")
    store = Store(f"sqlite:///{tmp_path / 'world.sqlite'}")
    yield World.copied(first, store)
    store.close()
