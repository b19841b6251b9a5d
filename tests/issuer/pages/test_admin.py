"""Accounts and electronic keys in real browsers: from the request to the decision that a handed-over key signs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page

from issuer.domain.application import Stage
from issuer.domain.officer_key import ElectronicKey, KeyState
from issuer.services import officer_keys, oversight, query
from tests.browser import sideways, violations
from tests.issuer.pages.office import Office, VirtualKey, sign
from tests.issuer.services.mint_world import MintWorld

NEW = "示例新任"


def keys_of(world: MintWorld, holder: str) -> list[ElectronicKey]:
    """Every key of an account."""
    return [one for one in oversight.electronic_keys(world.desk, world.people["keys-1"]) if one.account == holder]


def entered(office: Office, page: Page) -> str:
    """A key manager enters a deciding officer in 海口 and asks for a key; returns the id of the account."""
    page.goto(f"/admin/organisations/{office.world.places['haikou'].id}")
    page.click("summary:has-text('新增工作人员')")
    page.fill("#officer-name", NEW)
    page.check("input[name=roles][value=officer_decision]")
    page.click("form[action$='/officer'] button")
    page.wait_for_selector("#signing")
    assert "决定人" in page.inner_text("main")
    sign(page)
    page.click(f"main table a:has-text('{NEW}')")
    page.wait_for_selector("form[action$='/request']")
    page.fill("#reason-request", "新任决定人")
    page.click("form[action$='/request'] button")
    sign(page)
    assert "待审核" in page.inner_text("main table")
    return page.url.rsplit("/", 1)[1]


@pytest.fixture
def approved(office: Office) -> str:
    """A key that was asked for and approved, and waits to be handed over: its id."""
    with office.enter("keys-1") as page:
        account = entered(office, page)
    with office.enter("keys-2", "/admin/keys") as page:
        row = page.locator("tbody tr").first
        assert NEW in row.inner_text()
        row.locator("a").click()
        page.wait_for_selector("form[action$='/approve']")
        page.click("form[action$='/approve'] button")
        sign(page)
        assert "待领取" in page.inner_text("h1")
    [key] = keys_of(office.world, account)
    return key.id


@pytest.fixture
def handing_over(office: Office, approved: str) -> Iterator[tuple[Page, VirtualKey]]:
    """The page of handing over, with the holder's USB key plugged in."""
    with office.enter("keys-1", f"/admin/keys/{approved}/hand-over") as page:
        yield page, VirtualKey(page)


def test_a_usb_key_is_handed_over_in_person_and_signs_the_holder_s_first_decision(
    office: Office, handing_over: tuple[Page, VirtualKey]
) -> None:
    world, (page, _) = office.world, handing_over
    case = world.reviewed(world.submitted(world.nurse_draft(), "nurse"))
    assert violations(page) == []
    page.click("#hand-over button")
    page.wait_for_selector("#signing")
    assert NEW in page.inner_text("main")
    sign(page)
    kid = page.inner_text(".kid")
    assert re.fullmatch(r"[0-9a-f]{16}", kid)
    assert violations(page) == []
    page.click(".self button")
    page.goto("/sign-in")
    page.fill("#kid", kid)
    page.click("#fido button")
    page.wait_for_selector(".self form")
    page.goto(f"/desk/cases/{case.id}")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.click("form[action$='/approve'] button")
    sign(page)
    assert query.case(world.desk, world.people["province-all"], case.id).application.stage is Stage.DELIVERED
    with office.enter("keys-2", "/admin/keys") as managers:
        managers.click(f"main table a:has-text('{NEW}')")
        managers.wait_for_selector("h2:has-text('使用记录')")
        log = managers.locator("table").last.inner_text()
        assert "登录" in log
        assert "准予" in log
        assert str(case.id) in log


def test_with_a_wrong_pin_or_without_the_key_nothing_is_recorded(
    office: Office, handing_over: tuple[Page, VirtualKey], approved: str
) -> None:
    page, key = handing_over
    key.pin_is(right=False)
    page.click("#hand-over button")
    page.wait_for_selector("#tell:has-text('没有登记')")
    key.unplug()
    page.click("#hand-over button")
    page.wait_for_timeout(300)
    assert [one.state for one in oversight.electronic_keys(office.world.desk, office.world.people["keys-1"])
            if one.id == approved] == [KeyState.APPROVED]  # fmt: skip


def test_the_answer_of_a_security_key_counts_for_the_key_it_was_asked_for_only(
    office: Office, handing_over: tuple[Page, VirtualKey]
) -> None:
    world, (page, _) = office.world, handing_over
    with page.expect_request(lambda one: one.method == "POST") as sent:
        page.click("#hand-over button")
    [answer] = parse_qs(str(sent.value.post_data))["answer"]
    page.wait_for_selector("#signing")
    account = world.people["decide"].id
    [old] = keys_of(world, account)
    world.act(officer_keys.retire, "keys-1", "key.retire", old.id, old.revision, {"reason": "x"})
    other = world.act(officer_keys.request, "keys-1", "key.request", account, None, {"reason": "x"})
    other = world.act(officer_keys.approve, "keys-2", "key.approve", other.id, other.revision)
    page.goto(f"/admin/keys/{other.id}/hand-over")
    fill = """answer => {
      const form = document.querySelector("#hand-over");
      form.elements.answer.value = answer;
      form.submit();
    }"""
    for said in (answer, "{}", "x" * 20_000):
        page.goto(f"/admin/keys/{other.id}/hand-over")
        with page.expect_navigation():
            page.evaluate(fill, said)
        assert "security-key-bad" in page.inner_text("main")


def test_who_asks_for_a_key_is_not_offered_to_approve_it(office: Office) -> None:
    with office.enter("keys-1") as page:
        account = entered(office, page)
        [key] = keys_of(office.world, account)
        page.goto(f"/admin/keys/{key.id}")
        assert page.locator("form[action$='/approve']").count() == 0
        assert "现在没有您可以办理的事项" in page.inner_text("main")


def test_a_suspended_key_ends_an_open_session_within_a_second(office: Office) -> None:
    world = office.world
    [key] = keys_of(world, world.people["decide"].id)
    with office.enter("decide", "/desk") as officer, office.enter("keys-1", f"/admin/keys/{key.id}") as manager:
        assert "待办" in officer.inner_text("h1")
        manager.click("summary:has-text('停用')")
        manager.fill("#reason-suspend", "疑似被他人使用")
        manager.click("form[action$='/suspend'] button")
        sign(manager)
        done = time.monotonic()
        officer.goto("/desk")
        assert officer.inner_text("h1") == "登录"
        assert time.monotonic() - done < 1
        assert "已停用" in manager.inner_text("h1")
        manager.fill("#reason-clear", "核实为本人使用")
        manager.click("form[action$='/clear'] button")
        sign(manager)
        assert "使用中" in manager.inner_text("h1")


def test_an_administrator_s_key_is_made_in_the_administrator_s_own_browser(office: Office) -> None:
    world = office.world
    with office.stranger() as own:
        own.goto("/new-key")
        own.fill("#name", "示例管理员")
        own.click("#new-key button")
        own.wait_for_selector("#made:not([hidden])")
        jwk, kid = own.input_value("#jwk"), own.inner_text("#made #kid")
        assert '"d"' not in jwk
        assert violations(own) == []
        with office.enter("accept", f"/admin/organisations/{world.places['haikou'].id}") as page:
            page.click("summary:has-text('新增医疗机构')")
            for field, value in (
                ("#institution-name", "海口示例口腔门诊部"),
                ("#institution-uscc", "52460100MBT1000395"),
                ("#institution-admin", "示例管理员"),
                ("#institution-jwk", jwk),
            ):
                page.fill(field, value)
            page.click("form[action$='/institution'] button")
            page.wait_for_selector("#signing, [role=alert]")
            assert kid in page.inner_text("main")
            sign(page)
            page.click("text=海口示例口腔门诊部")
            page.wait_for_selector("h2:has-text('机构管理员')")
            assert "示例管理员" in page.inner_text("main")
        own.goto("/sign-in")
        own.click("#keys button")
        own.wait_for_selector(".self form")
        assert "海口示例口腔门诊部" in own.inner_text("h1")


def test_an_officer_who_leaves_is_closed_with_the_key(office: Office) -> None:
    world = office.world
    with office.enter("keys-2", f"/admin/accounts/{world.people['review-2'].id}") as page:
        page.click("summary:has-text('离岗')")
        page.fill("#reason-close", "调离")
        page.click("form[action$='/close'] button")
        sign(page)
        assert "已关闭" in page.inner_text("dl")
        assert "已注销" in page.inner_text("table")
    assert [one.state for one in keys_of(world, world.people["review-2"].id)] == [KeyState.REVOKED]


def test_a_lost_key_is_replaced_and_the_old_one_never_returns(office: Office) -> None:
    world, account = office.world, office.world.people["decide"].id
    [old] = keys_of(world, account)
    with office.enter("keys-1", f"/admin/keys/{old.id}") as page:
        page.click("summary:has-text('挂失')")
        page.fill("#reason-report_lost", "遗失")
        page.click("form[action$='/report_lost'] button")
        sign(page)
        page.goto(f"/admin/accounts/{account}")
        page.click("summary:has-text('申请补发')")
        page.fill("#reason-request", "遗失补发")
        page.click("form[action$='/request'] button")
        page.wait_for_selector("#signing")
        assert str(old.kid) in page.inner_text("main")
        sign(page)
    states = {one.id: one.state for one in keys_of(world, account)}
    assert states.pop(old.id) is KeyState.REVOKED
    assert list(states.values()) == [KeyState.REQUESTED]


def test_others_have_no_way_in(office: Office) -> None:
    [key] = keys_of(office.world, office.world.people["decide"].id)
    paths = ("/admin/keys", f"/admin/keys/{key.id}", f"/admin/accounts/{office.world.people['decide'].id}")
    for who in ("accept", "decide", "hospital"):
        with office.enter(who) as page:
            for path in paths:
                page.goto(path)
                assert "没有办理" in page.inner_text("h1"), (who, path)


@pytest.mark.parametrize(("phone", "locale"), [(True, "zh-CN"), (False, "en-GB")])
def test_the_pages_fit_a_phone_and_a_screen_reader(office: Office, phone: bool, locale: str) -> None:
    world = office.world
    [key] = keys_of(world, world.people["decide"].id)
    with office.enter("keys-1", phone=phone, locale=locale) as page:
        for path in (
            "/admin/organisations",
            f"/admin/organisations/{world.places['haikou'].id}",
            f"/admin/accounts/{world.people['decide'].id}",
            "/admin/keys",
            f"/admin/keys/{key.id}",
            f"/admin/keys/{key.id}/sheet",
            "/my-key",
            "/new-key",
        ):
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert violations(page) == [], path
            assert sideways(page) <= 0, path
            if locale != "zh-CN":
                assert "新增" not in page.inner_text("main"), path
