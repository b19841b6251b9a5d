"""An issuer that stands in the trust list under the very address at which it is served, as a real one does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer.storage import Store
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.wallets.desk import moved_to
from tests.issuer.web.api.api import Api


@pytest.fixture
def api(begun_on_sqlite: tuple[Path, MintWorld], tmp_path: Path) -> Iterator[Api]:
    """The API on SQLite."""
    path, made = begun_on_sqlite
    shutil.copy(path, tmp_path / "issuer.sqlite")
    store = Store(f"sqlite:///{tmp_path / 'issuer.sqlite'}")
    api = Api(made.moved(store, tmp_path / "files"))
    moved_to(api.world, api.url)
    yield api
    api.close()
    store.close()
