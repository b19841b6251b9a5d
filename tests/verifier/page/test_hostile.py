"""Sixty strings in every place of the page that takes one: nothing runs, nothing is valid, nothing is complained of."""

from __future__ import annotations

import urllib.parse

import pytest
from playwright.sync_api import Dialog, Page

from tests.hostile import HOSTILE
from tests.verifier.page import pictures
from tests.verifier.page.opened import judged, start
from tests.verifier.page.site import Site
from tests.verifier.page.test_guard import named
from tests.world import World


@pytest.fixture
def quiet(page: Page) -> Page:
    """A page that fails the test when anything opens a dialog."""

    def said(dialog: Dialog) -> None:
        raise AssertionError(dialog.message)

    page.on("dialog", said)
    return page


@pytest.mark.slow
def test_pasted_in_an_address_or_as_the_name_of_a_file(quiet: Page, site: Site) -> None:
    start(quiet, site)
    quiet.click(".paste summary")
    for text in HOSTILE:
        quiet.fill("#text", text)
        quiet.click("#paste button")
        if text.strip():
            assert judged(quiet) == [("invalid", "malformed")], text
            quiet.click("#close")
        quiet.goto(f"{site.home}?q={urllib.parse.quote(text)}#0{urllib.parse.quote(text)}")
        assert judged(quiet) == [("invalid", "malformed")], text
        quiet.set_input_files("#file", pictures.file(b"no picture", name=text.replace("/", "_").replace("\x00", "_")))
        quiet.wait_for_selector(".answer.unreadable")
        quiet.goto("about:blank")
        start(quiet, site)
        quiet.evaluate("document.querySelector('.paste').open = true")


@pytest.mark.slow
def test_names_in_a_licence_that_an_inspector_asks_about(quiet: Page, site: Site, world: World) -> None:
    """What is kept beside another code, and whom the question is about, is text too."""
    start(quiet, site)
    quiet.evaluate("document.querySelector('.paste').open = true")
    shown = 0
    for name in HOSTILE:
        quiet.fill("#text", named(world, name))
        quiet.click("#paste button")
        [(outcome, _)] = judged(quiet)
        if outcome == "valid":
            quiet.check("#inspector")
            quiet.click("#may-open") if quiet.is_visible("#may-open") else None
            quiet.wait_for_selector(".party bdi")
            assert str(quiet.text_content(".party bdi")).startswith(f"{name} · ")
            quiet.click("#may-ask")
            assert quiet.wait_for_selector("[data-decision=ask]")
            quiet.click("#add")
            assert name in str(quiet.text_content("#kept-names"))
            quiet.click("#kept-back")
            shown += 1
        quiet.click("#close")
    assert shown > 40
    assert quiet.locator("script:not([src])").count() == 0
