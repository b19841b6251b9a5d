"""What people read: the answer to each code, in both languages and views, and nothing that is not certain."""

from __future__ import annotations

import json
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from tests import browser as browsers
from tests.verifier.page.opened import judged, profile, start
from tests.verifier.page.site import Site
from tests.world import World

OUTCOMES: Final = {
    "physician": "valid", "nurse": "valid", "institution": "valid", "revoked": "invalid", "suspended": "invalid",
    "superseded": "invalid", "signature-bad": "invalid", "issuer-unknown": "invalid", "expired": "invalid",
    "status-unknown": "undetermined", "malformed": "invalid",
}  # fmt: skip
SILENT: Final = ("signature-bad", "issuer-unknown", "malformed")
"""Answers that must show nothing of a holder."""


@pytest.mark.parametrize("name", OUTCOMES)
def test_each_code_gets_its_answer_and_the_address_forgets_it(
    page: Page, site: Site, codes: dict[str, str], name: str
) -> None:
    start(page, site, codes[name])
    reason = "" if OUTCOMES[name] == "valid" else name
    assert judged(page) == [(OUTCOMES[name], reason)]
    assert page.url == site.home
    assert page.evaluate("history.length") <= 2
    digits = codes[name].rpartition("#")[2]
    assert digits not in page.content()
    assert (page.locator(".holder").count() == 0) == (name in SILENT)
    shape = page.locator(".band .shape svg")
    assert shape.count() == 1
    assert page.locator("#answers[role=status]").count() == 1
    assert page.evaluate("document.activeElement.tagName") == "H2"


def test_nothing_of_a_holder_is_shown_when_the_signature_fails(page: Page, site: Site, world: World) -> None:
    """The name stands in the code, readable by anybody, and is still not repeated."""
    token = bytearray(world.token())
    token[-1] ^= 1
    start(page, site, f"x#{int.from_bytes(bytes(token), 'big')}")
    assert judged(page) == [("invalid", "signature-bad")]
    assert "林知远" not in page.content()
    assert "海口市示例综合医院" not in page.content()
    assert "不是真证书" in page.inner_text(".answer")


def test_only_valid_is_green(page: Page, site: Site, codes: dict[str, str]) -> None:
    """Colour and shape follow the outcome; undetermined is never taken for valid."""
    colours: dict[str, set[str]] = {}
    shapes: dict[str, set[str]] = {}
    for name in ("physician", "nurse", "revoked", "signature-bad", "malformed", "status-unknown"):
        outcome = OUTCOMES[name]
        start(page, site, codes[name])
        judged(page)
        colours.setdefault(outcome, set()).add(
            page.evaluate("getComputedStyle(document.querySelector('.band')).backgroundColor")
        )
        shapes.setdefault(outcome, set()).add(page.inner_html(".band .shape"))
        page.goto("about:blank")
    assert all(len(held) == 1 for held in (*colours.values(), *shapes.values()))
    assert len(set.union(*colours.values())) == len(set.union(*shapes.values())) == 3


def test_the_patient_sees_little_and_the_inspector_all(page: Page, site: Site, codes: dict[str, str]) -> None:
    start(page, site, codes["physician"])
    judged(page)
    few = page.locator(".holder dt").all_inner_texts()
    assert "编号" not in few
    page.check("#inspector")
    many = page.locator(".holder dt").all_inner_texts()
    assert set(few) < set(many)
    assert {"编号", "机构登记号", "证照标识", "发证机关"} <= set(many)
    page.reload()
    page.wait_for_selector("body[data-screen=start]")
    start(page, site, codes["nurse"])
    judged(page)
    assert "证照标识" in page.inner_text(".holder"), "the view stays as it was chosen"


def test_a_record_of_the_check_has_the_hash_and_not_the_code(page: Page, site: Site, codes: dict[str, str]) -> None:
    start(page, site, codes["revoked"])
    judged(page)
    page.check("#inspector")
    with page.expect_download() as download:
        page.click("button.export")
    text = download.value.path().read_text("utf-8")
    record = json.loads(text)
    assert record["report"]["outcome"] == "invalid"
    assert [reason["code"] for reason in record["report"]["reasons"]] == ["revoked"]
    assert len(record["code_sha256"]) == 64
    assert codes["revoked"].rpartition("#")[2] not in text


def test_a_link_that_says_valid_warns_of_forged_pages(page: Page, site: Site, codes: dict[str, str]) -> None:
    """Whoever scans with the phone's camera sees whatever page the code names: the page says so and names its host."""
    start(page, site, codes["physician"])
    judged(page)
    host = site.url.removeprefix("http://")
    assert host in page.inner_text(".caution")
    page.goto("about:blank")
    start(page, site)
    page.click(".paste summary")
    page.fill("#text", codes["physician"])
    page.click("#paste button")
    judged(page)
    assert page.locator(".caution").count() == 0


def test_the_age_of_the_data_is_told_in_words(page: Page, site: Site, codes: dict[str, str]) -> None:
    start(page, site, codes["physician"])
    judged(page)
    assert "状态名单签发于 60 分钟前" in page.inner_text(".foot")
    assert "核验在本机完成" in page.inner_text(".foot")
    assert "第 7 号" in page.inner_text("#data")


def test_both_languages(page: Page, site: Site, codes: dict[str, str]) -> None:
    start(page, site, codes["suspended"])
    judged(page)
    assert "暂停执业" in page.inner_text(".band h2")
    page.click("#language")
    assert page.inner_text(".band h2") == "Suspended" or "uspended" in page.inner_text(".band h2")
    assert page.locator("html[lang=en]").count() == 1
    assert "Nurse's practice licence" in page.inner_text(".holder")
    page.reload()
    page.wait_for_selector("body[data-screen=start]")
    assert page.inner_text("#scan") == "Scan with the camera", "the choice stays"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("locale", "width", "colours"),
    [("zh-CN", "phone", "light"), ("zh-CN", "desk", "dark"), ("en-GB", "phone", "dark"), ("en-GB", "desk", "light")],
)
def test_every_answer_is_accessible_and_fits(
    chromium: Browser, site: Site, codes: dict[str, str], locale: str, width: str, colours: str
) -> None:
    """No violation that axe knows of and no sideways scrolling, in any state, language, width and colour scheme."""
    size = browsers.PHONE if width == "phone" else browsers.DESK
    with profile(chromium, site, locale=locale, viewport=size, color_scheme=colours) as context:
        page = context.new_page()
        start(page, site)
        assert browsers.violations(page) == []
        assert browsers.sideways(page) <= 0
        for name in ("physician", "institution", "suspended", "signature-bad", "status-unknown"):
            page.goto("about:blank")
            start(page, site, codes[name])
            judged(page)
            page.set_checked("#inspector", checked=name == "institution") if name not in SILENT else None
            assert browsers.violations(page) == [], name
            assert browsers.sideways(page) <= 0, name
