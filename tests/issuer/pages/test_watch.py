"""Alerts in real browsers: a copied key, a guessed PIN, a forged attempt; what the officer sees, and the province."""

from __future__ import annotations

import datetime
import re
import time

import pytest
from playwright.sync_api import Page

from issuer.domain.act import civil_day
from issuer.domain.application import Application, Stage
from issuer.domain.officer_key import ElectronicKey, KeyState
from issuer.domain.refusal import Refusal
from issuer.services import oversight, query
from issuer.services.acts import ACTS
from issuer.web.acts import watched
from issuer.web.envelope import Received
from tests.browser import sideways, violations
from tests.issuer.pages.office import Office, sign
from tests.issuer.services.mint_world import MintWorld


def key_of(world: MintWorld, who: str) -> ElectronicKey:
    """The newest key of somebody."""
    account = world.people[who].id
    found = [one for one in oversight.electronic_keys(world.desk, world.people["keys-1"]) if one.account == account]
    return max(found, key=lambda one: len(one.history) if one.state is not KeyState.REVOKED else 0)


def offered(page: Page, case: Application) -> None:
    """Go to the page of signing an approval."""
    page.goto(f"/desk/cases/{case.id}")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.click("form[action$='/approve'] button")
    page.wait_for_selector("#signing")


def tried_outside(office: Office) -> None:
    """Somebody with the key of `all` tries a step that its holder may not take: decides what was reviewed with it."""
    world = office.world
    case = world.submitted(world.nurse_draft(), "nurse")
    for name, body in (("accept", {}), ("review", {"finding": "favourable"}), ("approve", {})):
        act = world.signed("all", f"application.{name}", case.id, case.revision, body)
        try:
            case = watched(
                world.desk,
                Received(signed=act, attachment=None),
                "",
                lambda act=act, name=name: ACTS[f"application.{name}"](world.desk, act),  # type: ignore[misc]
            )
        except Refusal as refusal:
            assert refusal.code == "four-eyes"


def test_a_copied_key_is_stopped_by_its_counter_and_the_province_ends_the_inquiry(office: Office) -> None:
    world = office.world
    case = world.reviewed(world.submitted(world.nurse_draft(), "nurse"))
    with office.enter_with_security_key("decide") as (page, key):
        offered(page, case)
        key.copied(page, counter=0)
        page.click("#signing button.main")
        page.wait_for_selector("main [role=alert]")
        assert "key-counter-back" in page.inner_text("main")
        began = time.monotonic()
        page.goto("/desk")
        assert page.inner_text("h1") == "登录"
        assert time.monotonic() - began < 1
    assert query.case(world.desk, world.people["province-all"], case.id).application.stage is Stage.UNDER_REVIEW
    assert key_of(world, "decide").state is KeyState.SUSPENDED
    with office.enter("keys-1", "/admin/watch") as province:
        assert "立即停用" in province.inner_text("tbody")
        province.click("tbody a")
        province.wait_for_selector("h2:has-text('被拒绝的尝试')")
        assert "计数异常" in province.inner_text("main")
        assert violations(province) == []
        province.click("summary:has-text('确认异常')")
        province.fill("#reason-confirm", "密钥被复制，另行补发")
        province.click("form[action$='/confirm'] button")
        sign(province)
        assert "已注销" in province.inner_text("h1")
        province.goto("/admin/watch?closed=1")
        assert "确认异常" in province.inner_text("tbody")


def test_five_wrong_pins_at_the_sign_in_are_told_and_the_key_works_on(office: Office) -> None:
    world = office.world
    with office.enter_with_security_key("decide") as (page, key):
        kid = str(key_of(world, "decide").kid)
        page.click(".self button")
        page.goto("/sign-in")
        key.pin_is(right=False)
        for _ in range(5):
            with page.expect_response(re.compile("/sign-in/failed")):
                page.fill("#kid", kid)
                page.click("#fido button")
        page.wait_for_selector("#tell:has-text('没有登录')")
        key.pin_is(right=True)
        page.click("#fido button")
        page.wait_for_selector(".self form")
    with office.enter("keys-2", "/admin/watch") as province:
        province.click("a:has-text('AN-13')")
        province.wait_for_selector("form[action$='/dismiss']")
        assert "一天内 5 次" in province.inner_text("main")
        province.fill("#reason-dismiss", "已电话核实，为本人误输")
        province.click("form[action$='/dismiss'] button")
        sign(province)
        assert province.locator("a:has-text('AN-13')").count() == 0


def test_a_stopped_officer_loses_the_open_page_and_works_again_when_cleared(office: Office) -> None:
    world = office.world
    with office.enter("all", "/desk") as officer:
        assert officer.inner_text("h1") == "待办"
        tried_outside(office)
        began = time.monotonic()
        officer.goto("/desk")
        assert officer.inner_text("h1") == "登录"
        assert time.monotonic() - began < 1
    with office.enter("keys-1", "/admin/watch") as province:
        province.click("a:has-text('AN-05')")
        province.wait_for_selector("h2:has-text('此后签署的全部事项')")
        said = province.inner_text("main")
        assert all(word in said for word in ("受理", "审核", "同一人"))
        province.click("summary:has-text('恢复使用')")
        province.fill("#reason-clear", "误操作，已批评教育")
        province.click("form[action$='/clear'] button")
        sign(province)
    assert key_of(world, "all").state is KeyState.ACTIVE
    with office.enter("all", "/desk") as officer:
        assert officer.inner_text("h1") == "待办"


def test_a_holder_sees_the_sign_ins_that_were_not_made_here(office: Office) -> None:
    with office.enter("accept"), office.enter("accept", "/my-key") as page:
        rows = page.locator("tbody tr").all_inner_texts()
        assert [("这个浏览器" in one, "另一个浏览器" in one) for one in sorted(rows, key=lambda one: "另" in one)] == [
            (True, False),
            (False, True),
        ]
        assert violations(page) == []


def test_a_weekend_is_announced_beforehand(office: Office) -> None:
    world = office.world
    key = key_of(world, "accept")
    saturday = civil_day(world.at) + datetime.timedelta(days=5)
    with office.enter("keys-1", f"/admin/keys/{key.id}") as page:
        page.click("summary:has-text('事先报备')")
        page.fill("#announce-first", saturday.isoformat())
        page.fill("#announce-last", saturday.isoformat())
        page.fill("#reason-announce", "集中换证")
        page.click("form[action$='/announce'] button")
        page.wait_for_selector("#signing")
        assert "非工作时间办理" in page.inner_text("main")
        sign(page)
        assert "集中换证" in page.inner_text("main")
    case = world.submitted(world.nurse_draft(), "nurse")
    world.later(days=5)
    with office.enter("accept", f"/desk/cases/{case.id}") as page:
        page.click("form[action$='/accept'] button")
        sign(page)
    with office.enter("keys-2", "/admin/watch") as province:
        rows = [one for one in province.locator("tbody tr").all_inner_texts() if "示例accept" in one]
        assert rows == []
        assert "AN-01" in province.inner_text("main")  # who signs in to look does so on a Saturday too


@pytest.mark.parametrize(("phone", "locale"), [(True, "zh-CN"), (False, "en-GB")])
def test_the_pages_fit_a_phone_and_a_screen_reader(office: Office, phone: bool, locale: str) -> None:
    tried_outside(office)
    with office.enter("keys-1", "/admin/watch", phone=phone, locale=locale) as page:
        alert = page.locator("tbody a").first.get_attribute("href")
        for path in (
            "/admin/watch",
            str(alert),
            "/admin/watch/rules",
            f"/admin/keys/{key_of(office.world, 'decide').id}",
        ):
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert violations(page) == [], path
            assert sideways(page) <= 0, path
    with office.enter("accept", "/admin/watch/rules", phone=phone, locale=locale) as page:
        assert page.locator("tbody tr").count() == 15
        page.goto("/admin/watch")
        assert "role-missing" in page.inner_text("main")
