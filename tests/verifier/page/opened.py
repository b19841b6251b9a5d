"""The page as a test sees it: profiles that are watched, and what stands on the screen."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page

from tests import browser as browsers
from tests.verifier.page.site import NOW, Site

STRANGER: Final = "licences.test"
"""A name for this machine that is no secure context over http, as any name in a local network is none."""
_HARMLESS: Final = ("net::ERR_", "Cross-Origin-Opener-Policy header has been ignored")
"""That a request found no network; and that an address without https gains nothing by this header."""


@contextlib.contextmanager
def profile(chromium: Browser, site: Site, **changes: Any) -> Iterator[BrowserContext]:
    """A fresh profile on a phone with a camera, in Chinese, at the world's time; without service worker, for speed.

    When it is closed, no request may have left the site, and the browser may have complained of nothing: no breach of
    the content policy, no fault in a script.
    """
    settings = {
        "viewport": browsers.PHONE, "locale": "zh-CN", "reduced_motion": "reduce", "permissions": ["camera"],
        "service_workers": "block",
    }  # fmt: skip
    context = chromium.new_context(**{**settings, **changes})
    context.clock.set_fixed_time(NOW)
    context.set_default_timeout(15_000)
    watched = browsers.Watched(context)
    try:
        yield context
    finally:
        context.close()
    homes = (f"{site.url}/", site.url.replace("127.0.0.1", STRANGER), "blob:", "data:", "about:")
    assert [url for url in watched.requests if not url.startswith(homes)] == [], "a request left the origin"
    complaints = [text for text in watched.complaints if not any(known in text for known in _HARMLESS)]
    assert complaints == [], complaints


def start(page: Page, site: Site, text: str | None = None) -> Page:
    """Open the page, with a code in the address if there is a text, and wait until it is ready for people."""
    page.goto(site.home if text is None else site.open_with(text))
    page.wait_for_selector("body[data-screen]")
    return page


def judged(page: Page, count: int = 1) -> list[tuple[str, str]]:
    """Wait for so many answers: outcome and reason codes of each, in their order."""
    page.wait_for_selector(f".answer >> nth={count - 1}")
    found = page.locator(".answer").all()
    return [(str(one.get_attribute("data-outcome")), one.get_attribute("data-reasons") or "") for one in found]
