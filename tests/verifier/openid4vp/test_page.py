"""The page that asks wallets, in a real Chromium: on two devices and on one, in both languages, without a fault."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests import browser as browsers
from tests.verifier.openid4vp.asking import Asking, asking
from tests.verifier.openid4vp.test_wallets import held
from tests.world import T0, institution, physician


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsers.browser() as made:
        yield made


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Asking]:
    with asking(tmp_path) as made:
        yield made


@contextlib.contextmanager
def opened(chromium: Browser, service: Asking, *, phone: bool) -> Iterator[tuple[Page, list[dict[str, Any]]]]:
    """The page, and what it began. Nothing may leave the site or be complained of."""
    context: BrowserContext = chromium.new_context(
        viewport=browsers.PHONE if phone else browsers.DESK, locale="zh-CN", has_touch=phone, reduced_motion="reduce"
    )
    context.clock.set_fixed_time(dt.datetime.fromtimestamp(T0, dt.UTC))
    context.set_default_timeout(15_000)
    watched = browsers.Watched(context)
    begun: list[dict[str, Any]] = []
    page = context.new_page()
    page.on(
        "response",
        lambda response: begun.append(response.json()) if response.url.endswith("/v1/wallet/requests") else None,
    )
    page.goto(f"{service.url}/v/wallet")
    page.wait_for_selector("body[data-screen=choose]")
    try:
        yield page, begun
    finally:
        context.close()
    assert [url for url in watched.requests if not url.startswith(service.url)] == []
    assert [text for text in watched.complaints if "404" not in text] == []


def ask(page: Page, query: str) -> None:
    page.click(f"[data-query={query}]")
    page.wait_for_selector("body[data-screen=ask]")


def test_a_code_for_another_phone_and_the_answer_on_this_screen(chromium: Browser, service: Asking) -> None:
    with opened(chromium, service, phone=False) as (page, begun):
        assert browsers.violations(page) == []
        ask(page, "telemedicine-physician")
        assert browsers.violations(page) == []
        assert page.is_hidden("#here"), "no wallet is opened on a desk"
        service.present(begun[0]["link"], held(service, physician()))
        page.wait_for_selector(".answer.valid")
        assert browsers.violations(page) == []
        assert page.evaluate("document.activeElement.tagName") == "H2"
        shown = page.inner_text("#result")
        assert "证书有效" in shown
        assert shown.index("执业级别") < shown.index("执业类别") < shown.index("执业范围"), (
            "in the order of the licence"
        )
        assert physician().name not in shown
        picture = os.environ.get("ELICENSE_PICTURES")
        if picture:
            page.screenshot(path=Path(picture) / "asked.png", full_page=True)
        page.click("#language")
        assert page.inner_text(".band h2") == "Licence valid"
        assert page.inner_text("dt >> nth=0") == "Place of practice"
        page.click("#again")
        page.wait_for_selector("body[data-screen=choose]")


def test_on_one_device_the_wallet_leads_back(chromium: Browser, service: Asking) -> None:
    with opened(chromium, service, phone=True) as (page, begun):
        ask(page, "tourism-institution")
        assert browsers.violations(page) == []
        assert browsers.sideways(page) == 0
        link = str(page.get_attribute("#here", "href"))
        assert link == begun[1]["link"]
        told = service.present(link, held(service, institution()))
        page.goto(told["answers"][0]["body"]["redirect_uri"])
        page.wait_for_selector(".answer.valid")
        assert institution().name in page.inner_text(".answer")
        assert page.url == f"{service.url}/v/wallet", "the code of the wallet is gone from the address"
        page.reload()
        page.wait_for_selector("body[data-screen=choose]")


@pytest.mark.parametrize(("value", "shape"), [(1, "invalid"), (2, "invalid"), (3, "invalid")])
def test_what_is_not_valid_is_never_green(chromium: Browser, service: Asking, value: int, shape: str) -> None:
    with opened(chromium, service, phone=True) as (page, begun):
        service.world.values[physician().status.index] = value
        ask(page, "patient")
        service.present(begun[0]["link"], held(service, physician()))
        page.wait_for_selector(f".answer.{shape}")
        assert page.locator(".answer.valid").count() == 0
        assert browsers.violations(page) == []


def test_what_cannot_be_judged_is_undetermined(chromium: Browser, service: Asking) -> None:
    service.stale = True
    with opened(chromium, service, phone=True) as (page, begun):
        ask(page, "patient")
        service.present(begun[0]["link"], held(service, physician()))
        page.wait_for_selector(".answer.undetermined")
        assert page.locator(".answer.valid").count() == 0


def test_a_stranger_with_the_code_of_another_wallet_sees_nothing(chromium: Browser, service: Asking) -> None:
    with opened(chromium, service, phone=True) as (page, _):
        page.goto(f"{service.url}/v/wallet#response_code=stolen")
        page.wait_for_selector(".answer.unreadable")
        assert "已结束" in page.inner_text(".answer")


def test_a_wallet_that_declines_and_a_time_that_is_over_are_told(chromium: Browser, service: Asking) -> None:
    with opened(chromium, service, phone=False) as (page, begun):
        ask(page, "patient")
        page.context.clock.set_fixed_time(dt.datetime.fromtimestamp(T0 + 301, dt.UTC))
        page.wait_for_selector(".answer.unreadable")
        assert "时间已过" in page.inner_text(".answer")
        assert begun
