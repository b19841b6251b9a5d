"""The page in a real Chromium with a fake camera; whatever it asks for stays at the site, and nothing is amiss."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests import browser as browsers
from tests.verifier.page.opened import STRANGER, profile
from tests.verifier.page.site import Site, filled, links, serving, small_world
from tests.world import World


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the camera sees: a test writes it before it opens the camera. Without it there is no camera."""
    return tmp_path_factory.mktemp("camera") / "clip.mjpeg"


@pytest.fixture(scope="session")
def chromium(clip: Path) -> Iterator[Browser]:
    """One browser for all tests of a worker."""
    options = (
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={clip}",
        f"--host-resolver-rules=MAP {STRANGER} 127.0.0.1",
    )
    with browsers.browser(*options) as held:
        yield held


@pytest.fixture(scope="session")
def world() -> World:
    return small_world()


@pytest.fixture(scope="session")
def codes(world: World) -> dict[str, str]:
    """The text of a code by the answer it must get."""
    return links(world)


@pytest.fixture
def site(tmp_path: Path, world: World) -> Iterator[Site]:
    with serving(filled(tmp_path / "lists", world), world) as held:
        yield held


@pytest.fixture
def context(chromium: Browser, site: Site) -> Iterator[BrowserContext]:
    """A fresh profile on a phone with a camera, in Chinese, at the world's time; judged when the test is over."""
    with profile(chromium, site) as held:
        yield held


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An open tab."""
    return context.new_page()
