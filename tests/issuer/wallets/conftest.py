"""The API over a world with a licensed hospital: on both databases where it matters, on SQLite otherwise."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer.storage import Store
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.web.api.api import Api


@pytest.fixture
def both(mint_world: MintWorld) -> Iterator[Api]:
    """The API on both databases; what a test leaves behind must be whole."""
    api = Api(mint_world)
    yield api
    api.close()


@pytest.fixture
def api(begun_on_sqlite: tuple[Path, MintWorld], tmp_path: Path) -> Iterator[Api]:
    """The API on SQLite."""
    path, made = begun_on_sqlite
    shutil.copy(path, tmp_path / "issuer.sqlite")
    store = Store(f"sqlite:///{tmp_path / 'issuer.sqlite'}")
    api = Api(made.moved(store, tmp_path / "files"))
    yield api
    api.close()
    store.close()


@pytest.fixture(scope="module")
def shared(begun_on_sqlite: tuple[Path, MintWorld], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API on SQLite for tests that change nothing that another would see."""
    path, made = begun_on_sqlite
    folder = tmp_path_factory.mktemp("shared")
    shutil.copy(path, folder / "issuer.sqlite")
    store = Store(f"sqlite:///{folder / 'issuer.sqlite'}")
    api = Api(made.moved(store, folder / "files"))
    yield api
    api.close()
    store.close()
