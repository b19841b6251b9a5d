"""A folder filled with the lists of the small world, and a checker over it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import T0, World
from verifier import Checker, Folder
from verifier.scan import Reader


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that was written once; each test has its copy, since every file is written down to the disk."""
    world = World()
    made = Folder(tmp_path_factory.mktemp("filled") / "lists")
    made.create(world.anchor, f"{world.host}/.well-known/elicense/trust-list")
    trust = made.put_trust_list(world.signed_trust())
    made.put_status_list(world.status_token(T0), world.hainan.list_uri(1), trust)
    return made.path


@pytest.fixture
def folder(tmp_path: Path, filled: Path) -> Folder:
    return Folder(shutil.copytree(filled, tmp_path / "lists"))


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    """One process that reads pictures, for all tests of a worker."""
    made = Reader()
    yield made
    made.close()


@pytest.fixture
def checker(folder: Folder, reader: Reader) -> Checker:
    return Checker(folder.load(), reader=reader)
