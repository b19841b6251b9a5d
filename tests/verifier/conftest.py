"""A folder filled with the lists of the small world, and a checker over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world import T0, World
from verifier import Checker, Folder


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def folder(tmp_path: Path, world: World) -> Folder:
    made = Folder(tmp_path / "lists")
    made.create(world.anchor, f"{world.host}/.well-known/elicense/trust-list")
    trust = made.put_trust_list(world.signed_trust())
    made.put_status_list(world.status_token(T0), world.hainan.list_uri(1), trust)
    return made


@pytest.fixture
def checker(folder: Folder) -> Checker:
    return Checker(folder.load())
