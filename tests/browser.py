"""A real Chromium for tests of pages: started once for each worker, without any request that no page asked for.

Where Chromium is missing the tests are skipped with the reason; with CI=true that is a failure (tests/conftest.py).
"""

from __future__ import annotations

import atexit
import functools
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, ViewportSize, sync_playwright

CHROMIUM: Final = shutil.which("chromium")
AXE: Final = Path(__file__).parent / "web" / "static" / "vendor" / "axe.js"
PHONE: Final[ViewportSize] = {"width": 375, "height": 740}
DESK: Final[ViewportSize] = {"width": 1280, "height": 900}
QUIET: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def browser(*arguments: str) -> Iterator[Browser]:
    """A running Chromium. Skips the test aloud where there is none."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt install chromium fonts-wqy-microhei")
    held = _playwright().chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *arguments])
    try:
        yield held
    finally:
        held.close()


@functools.cache
def _playwright() -> Playwright:
    """The driver, one for each process: it does not start twice, however many browsers run."""
    started = sync_playwright().start()
    atexit.register(started.stop)
    return started


def violations(page: Page) -> list[str]:
    """What axe finds on a page as it stands: rule, target, and what is wrong. Skips aloud where axe was not brought."""
    if not AXE.is_file():
        pytest.skip("axe-core was not brought: npm is missing (apt install npm), then `make`")
    page.evaluate(AXE.read_text(encoding="utf-8"))  # by the debugger's way, which a content policy does not stop
    found: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['target']} {json.dumps(node.get('failureSummary', ''))[:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def sideways(page: Page) -> int:
    """By how many pixels a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


class Watched:
    """Everything that a page asked for and complained of, collected while it is open."""

    def __init__(self, context: BrowserContext) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("console", self._hear)
        context.on("weberror", lambda fault: self.complaints.append(str(fault.error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)
