"""May this person do this, here, on this day, in the page: asked by an inspector, answered on the device."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page

from elicense import period
from elicense.scope import RULES
from tests import browser as browsers
from tests.hostile import HOSTILE
from tests.verifier.page.opened import judged, profile, start
from tests.verifier.page.site import NOW, Site, filled, serving, small_world
from tests.world import DAY, T0, World, institution, physician
from verifier.texts import TEXTS

TODAY: Final = period.civil_day(NOW)
_KEPT: Final = "caches.match('/v/made/rules.js').then((held) => held !== undefined)"
_COLOUR: Final = "getComputedStyle(document.querySelector('#may .band')).backgroundColor"


def paste(page: Page, text: str, count: int = 1) -> list[tuple[str, str]]:
    """Paste a code on the first screen."""
    page.wait_for_selector("body[data-screen=start]")
    page.evaluate("document.querySelector('.paste').open = true")
    page.fill("#text", text)
    page.click("#paste button")
    return judged(page, count)


def opened(page: Page, site: Site, *codes: str) -> None:
    """Judge codes one after another, each kept beside the next, and open the question."""
    start(page, site)
    paste(page, codes[0])
    page.check("#inspector")
    for number, code in enumerate(codes[1:], 2):
        page.click("#add")
        paste(page, code, number)
    page.click("#may-open")
    page.wait_for_selector("#may-profile")


def answer(page: Page) -> tuple[str, str]:
    """The decision and the reason codes that stand there."""
    card = page.wait_for_selector("[data-decision]")
    assert card
    return str(card.get_attribute("data-decision")), str(card.get_attribute("data-whys"))


def claim(page: Page, **facts: str) -> tuple[str, str]:
    page.select_option("#may-profile", "claim")
    page.fill("#may-subjects", "内科")
    page.keyboard.press("Enter")
    for fact, value in {"holder_confirmed": "true", "designated": "true", "payment": "normal", **facts}.items():
        page.select_option(f"#may-{fact}", value)
    page.click("#may-ask")
    return answer(page)


def test_a_claim_about_two_licences_that_were_scanned_one_after_the_other(
    context: BrowserContext, page: Page, site: Site, codes: dict[str, str]
) -> None:
    """Once the panel is open nothing more is asked of anybody: it answers with the network cut."""
    opened(page, site, codes["physician"], codes["institution"])
    context.set_offline(True)
    assert claim(page, payment="") == ("ask", "fact-missing")
    assert page.inner_text("#may .band h3") == TEXTS["zh"]["decisions"]["ask"][0]
    assert page.evaluate("document.activeElement.id") == "may-word"
    assert "医保发〔2024〕23号" in page.inner_text(".whys")
    amber = page.evaluate(_COLOUR)
    page.click(".whys button")
    assert page.evaluate("document.activeElement.id") == "may-payment"
    page.select_option("#may-payment", "normal")
    page.wait_for_selector("[data-decision=yes]")
    green = page.evaluate(_COLOUR)
    page.select_option("#may-payment", "terminated")
    page.wait_for_selector("[data-whys=fact-missing]")
    page.click(".whys button")
    assert page.evaluate("document.activeElement.id") == "may-emergency", "what is rarely asked opens when it is"
    page.select_option("#may-emergency", "false")
    page.wait_for_selector("[data-decision=no]")
    assert len({amber, green, page.evaluate(_COLOUR)}) == 3, "asking is never green"
    assert f"{TODAY}" in page.inner_text("#may .foot")
    assert "16:00:00" in page.inner_text("#may .foot"), "how old the data is"


def test_every_profile_asks_for_its_facts(page: Page, site: Site, codes: dict[str, str]) -> None:
    """The same profiles and facts as the command line: none is lacking, none is made up."""
    opened(page, site, codes["physician"], codes["institution"])
    shown = page.eval_on_selector_all("#may-profile option", "all => all.map((one) => one.value)")
    assert shown == [row.profile for row in RULES.profiles if row.holds(TODAY)]
    for name in shown:
        page.select_option("#may-profile", name)
        fields = page.eval_on_selector_all("#may [data-fact]", "all => all.map((one) => one.dataset.fact)")
        assert sorted(fields) == sorted(RULES.facts_of(name, TODAY))
        page.click("#may-ask")
        assert answer(page)[0] != "yes", "nothing was stated"


def test_nothing_said_about_one_act_stays_for_the_next(page: Page, site: Site, codes: dict[str, str]) -> None:
    opened(page, site, codes["physician"], codes["institution"])
    assert claim(page)[0] == "yes"
    page.click("#close")
    assert page.locator("#kept").is_hidden()
    paste(page, codes["physician"])
    assert page.locator("#may-panel *").count() == 0, "the last answer would stand under another licence"
    assert page.is_visible("#may-open")
    page.click("#may-open")
    assert page.input_value("#may-holder_confirmed") == ""
    page.select_option("#may-profile", "claim")
    page.click("#may-ask")
    decision, whys = answer(page)
    assert (decision, "fact-missing" in whys) == ("ask", True)
    assert page.input_value("#may-payment") == ""


def test_a_revoked_licence_is_no_whatever_is_stated(page: Page, site: Site, codes: dict[str, str]) -> None:
    opened(page, site, codes["revoked"], codes["institution"])
    assert claim(page) == ("no", "revoked")


def test_the_inspector_alone_is_offered_it_and_can_go_back_to_what_is_kept(
    page: Page, site: Site, codes: dict[str, str]
) -> None:
    start(page, site)
    paste(page, codes["physician"])
    assert page.locator("#may").is_hidden()
    assert page.locator("#add").count() == 0
    page.check("#inspector")
    page.click("#add")
    assert "林知远" in page.inner_text("#kept")
    assert browsers.violations(page) == []
    page.click("#kept-back")
    assert judged(page) == [("valid", "")]
    page.click("#close")
    start(page, site, codes["signature-bad"])
    judged(page)
    assert page.locator("#may").is_hidden(), "nothing is asked about a code that nobody signed"


def test_by_keyboard_alone(page: Page, site: Site, codes: dict[str, str]) -> None:
    start(page, site)
    paste(page, codes["institution"])
    page.check("#inspector")
    page.focus("#may-open")
    page.keyboard.press("Enter")
    page.wait_for_selector("#may-profile:focus")
    for _ in range(40):
        if page.evaluate("document.activeElement.id") == "may-subjects":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("03")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "may-subjects"
    assert "03 内科" in page.inner_text(".chosen")
    page.keyboard.press("Tab")
    page.focus("#may-advertised_name")
    page.keyboard.type("海口市示例综合医院")
    page.keyboard.press("Enter")
    assert answer(page) == ("ask", "fact-missing")


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize(("size", "colours"), [(browsers.PHONE, "dark"), (browsers.DESK, "light")])
def test_it_is_accessible_and_fits(
    chromium: Browser, site: Site, codes: dict[str, str], locale: str, size: object, colours: str
) -> None:
    with profile(chromium, site, locale=locale, viewport=size, color_scheme=colours) as context:
        page = context.new_page()
        opened(page, site, codes["physician"], codes["institution"])
        page.select_option("#may-profile", "telemedicine-physician")
        page.fill("#may-subjects", "0")
        page.click(".rest summary")
        page.click("#may-ask")
        assert answer(page)[0] == "no", "the hospital does not list internet service"
        assert browsers.violations(page) == []
        assert browsers.sideways(page) <= 0
        page.click("#language")
        assert answer(page)[0] == "no"
        assert browsers.violations(page) == []
        assert browsers.sideways(page) <= 0


@pytest.mark.slow
def test_whatever_is_typed_is_text(page: Page, site: Site, codes: dict[str, str]) -> None:
    """Sixty strings in every field that takes a text: used as they are, or told and not used."""
    dialogs: list[str] = []

    def said(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", said)
    opened(page, site, codes["physician"], codes["institution"])
    for name, facts in (("patient", ("at", "at_name")), ("tourism", ("advertised_name", "subjects"))):
        page.select_option("#may-profile", name)
        for text in HOSTILE:
            for fact in facts:
                page.fill(f"#may-{fact}", text)
                page.press(f"#may-{fact}", "Tab")
            page.click("#may-ask")
            assert answer(page)[0] != "yes", text
    assert (
        page.evaluate("document.querySelectorAll('#may :is(script, img, iframe, svg:not([aria-hidden]))').length") == 0
    )
    assert dialogs == []


def test_with_the_code_kept_it_opens_without_a_network(chromium: Browser, site: Site, codes: dict[str, str]) -> None:
    with profile(chromium, site, service_workers="allow") as context:
        page = context.new_page()
        start(page, site)
        page.wait_for_selector("#data li >> nth=2")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        for _ in range(100):
            if page.evaluate(_KEPT):
                break
            page.wait_for_timeout(100)
        context.set_offline(True)
        page.goto("about:blank")
        opened(page, site, codes["physician"], codes["institution"])
        assert claim(page)[0] == "yes"


@pytest.fixture
def past(tmp_path: Path) -> Iterator[tuple[Site, World, str, str]]:
    """A folder with lists of three days; the physician's version was superseded today."""
    world = small_world()
    folder = filled(tmp_path / "past", world, status=False)
    trust = folder.put_trust_list(world.signed_trust())
    uri = world.hainan.list_uri(1)
    person, hospital = physician(issued_at=T0 - 9 * DAY), institution(issued_at=T0 - 9 * DAY)
    folder.put_status_list(world.status_token(T0 - 2 * DAY, seconds=DAY), uri, trust)
    world.values[person.status.index] = 3
    folder.put_status_list(world.status_token(T0), uri, trust)
    with serving(folder, world) as held:
        yield held, world, world.link(person), world.link(hospital)


def test_a_day_of_service_is_judged_by_the_lists_of_that_day(
    chromium: Browser, past: tuple[Site, World, str, str]
) -> None:
    """The insurer holds the version that was current then. Without that day's lists it is a question, never a yes."""
    site, _, person, hospital = past
    with profile(chromium, site) as context:
        page = context.new_page()
        opened(page, site, person, hospital)
        assert claim(page) == ("no", "superseded")
        day = TODAY - dt.timedelta(days=2)
        page.fill("#may-on", day.isoformat())
        page.press("#may-on", "Tab")
        page.wait_for_selector("[data-decision=yes]")
        assert "按当日的名单" in page.inner_text("#may .foot")
        assert "现已被新版本取代" in page.inner_text("#may .foot")
        page.fill("#may-on", (day - dt.timedelta(days=3)).isoformat())
        page.press("#may-on", "Tab")
        page.wait_for_selector("[data-decision=ask]")
        assert "status-unknown" in answer(page)[1]
        assert "elicense-verifier history --from" in page.inner_text("#may .foot")
