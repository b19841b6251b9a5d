"""An issuer with its pages on a port of localhost, over SQLite, and one Chromium; people sign in as people do."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from issuer.app import create_app
from issuer.services import minting, publishing
from issuer.storage import Store
from tests import browser as browsers
from tests.issuer.pages.office import Office
from tests.issuer.services.mint_world import MintWorld


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a worker."""
    with browsers.browser() as held:
        yield held


@dataclass
class Site:
    """A running issuer: the world behind it and its address. Its clock stands still until a test moves it."""

    world: MintWorld
    url: str

    def follow(self) -> None:
        """Mint and publish what is due, as the service does by itself after each act."""
        minting.resume(self.world.desk)
        publishing.publish_due(self.world.desk, self.world.at)


@pytest.fixture
def site(begun_on_sqlite: tuple[Path, MintWorld], tmp_path: Path) -> Iterator[Site]:
    """A world with a licensed hospital, served on localhost (a secure context, and a domain for security keys)."""
    source, made = begun_on_sqlite
    database = tmp_path / "issuer.sqlite"
    database.write_bytes(source.read_bytes())
    world = made.moved(Store(f"sqlite:///{database}"), tmp_path / "files")
    server = make_server("localhost", 0, lambda *_: [], threaded=True)
    url = f"http://localhost:{server.port}"
    config = dataclasses.replace(world.desk.config, base_url=url, scan_url="https://scan.example/v")
    world.desk = dataclasses.replace(world.desk, config=config)
    server.app = create_app(world.desk)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(world, url)
    server.shutdown()
    thread.join(10)
    world.store.close()


@pytest.fixture
def office(site: Site, chromium: Browser) -> Office:
    """The same site, worked at by several people, each in a browser of their own."""
    return Office(site, chromium)


@pytest.fixture
def context(chromium: Browser, site: Site) -> Iterator[BrowserContext]:
    """A fresh profile on a phone, in Chinese; whatever it asks for stays at the site."""
    held = chromium.new_context(
        base_url=site.url,
        viewport=browsers.PHONE,
        locale="zh-CN",
        reduced_motion="reduce",
    )
    held.clock.install(time=site.world.at)  # the browser's clock begins where the world's stands
    watched = browsers.Watched(held)
    held.set_default_timeout(15_000)
    yield held
    held.close()
    assert [one for one in watched.requests if not one.startswith((site.url, "data:", "blob:"))] == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An open tab."""
    return context.new_page()
