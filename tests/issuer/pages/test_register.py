"""The register for officers in real browsers: standing acts, proposals with four eyes, freezing, who sees what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from elicense.reason import Outcome
from issuer.domain.account import Role
from issuer.domain.registration import Registration
from issuer.services import applications, entries, licences, minting, proposals, query
from issuer.web.pages.trail import cell
from tests.browser import sideways, violations
from tests.issuer.pages.office import Office, sign
from tests.issuer.services.world import NURSE


@pytest.fixture
def nurse(office: Office) -> Registration:
    """A licensed nurse."""
    minting.mint(office.world.desk, office.world.granted().id)
    office.site.follow()
    return _entry(office)


def _entry(office: Office) -> Registration:
    [view] = query.own_registrations(office.world.desk, office.world.people["nurse"])
    return view.registration


def act(page: Page, nurse: Registration, action: str, **filled: str) -> None:
    """Fill in the form of a standing act and go on."""
    page.goto(f"/desk/register/{nurse.id}")
    page.click(f"details:has(form[action$='/{action}']) summary")
    form = page.locator(f"form[action$='/{action}']")
    for name, value in filled.items():
        if name == "grounds":
            form.locator(f"input[value={value}]").check()
        else:
            form.locator(f"[name={name}]").fill(value)
    form.locator("button").click()
    page.wait_for_selector("#signing")


def test_a_suspension_reaches_whoever_scans_and_its_end_too(office: Office, nurse: Registration) -> None:
    world = office.world
    held = licences.current(world.desk, nurse.id)
    assert held is not None
    with office.enter("decide", "/desk/register") as page:
        page.fill("[name=words]", NURSE[0])
        page.click("form[role=search] button")
        page.click("main table a")
        page.wait_for_selector(".act")
        act(page, nurse, "suspend", grounds="nurse_penalty", until="2026-03-20", reason="决定书第 1 号")
        sign(page)
        assert "until-out-of-range" in page.inner_text("main"), "the law says six to twelve months"
        act(page, nurse, "suspend", grounds="nurse_penalty", until="2026-10-10", reason="决定书第 1 号")
        said = page.inner_text("main")
        assert "在册 → 暂停执业" in said
        assert "护士条例 31" in said
        sign(page)
        assert "暂停执业" in page.inner_text("h1 .badge")
        assert world.scan(held).outcome is Outcome.INVALID
        with office.enter("nurse", "/me") as own:
            assert "暂停执业" in own.inner_text(".badge")
            assert own.locator("a[href$='#live']").count() == 0, "nothing to show live"
        act(page, nurse, "resume", grounds="suspension_withdrawn", reason="原决定撤销")
        sign(page)
    assert _entry(office).state == "registered"
    assert world.scan(held).outcome is Outcome.VALID
    with office.enter("nurse", "/me") as own:
        assert own.locator("a[href$='#live']").count() == 1


def test_a_frozen_entry_changes_by_no_application_until_it_is_unfrozen(office: Office, nurse: Registration) -> None:
    world = office.world
    case = world.open("nurse", nurse.kind, "reissue", {}, {"cause": "遗失"})
    case = world.reviewed(world.submitted(case, "nurse"))
    with office.enter("decide") as page:
        act(page, nurse, "freeze", reason="涉嫌虚假填报，核查中")
        sign(page)
        assert "已冻结" in page.inner_text("main")
        page.goto(f"/desk/cases/{case.id}")
        assert "registration-frozen" in page.inner_text("main")
        act(page, nurse, "unfreeze", reason="核查无误")
        sign(page)
        page.goto(f"/desk/cases/{case.id}")
        assert "自动核对全部通过" in page.inner_text("main")


def test_an_auditor_proposes_another_decides_and_who_proposed_may_not(office: Office, nurse: Registration) -> None:
    world = office.world
    world.officer("audit", "haikou", Role.AUDITOR)
    with office.enter("audit", f"/desk/register/{nurse.id}") as page:
        page.click("details:has(form[action$='/propose/suspend']) summary")
        form = page.locator("form[action$='/propose/suspend']")
        form.locator("input[value=nurse_penalty]").check()
        form.locator("[name=evidence]").fill("<b>现场检查笔录</b>第 7 号\n未执行查对制度")
        form.locator("button").click()
        sign(page)
        page.click("main table a")
        page.wait_for_selector("dd.text")
        assert page.inner_text("dd.text").startswith("<b>现场检查笔录</b>")
        assert page.locator("form[action$='/suspend']").count() == 0
        assert violations(page) == []
    with office.enter("decide", "/desk/proposals") as page:
        page.click("main table a")
        page.wait_for_selector(".act form")
        page.fill("#until-suspend", "2026-10-10")
        page.fill("#reason-suspend", "决定书第 2 号")
        page.click("form[action$='/suspend'] button")
        sign(page)
        page.goto("/desk/proposals?closed=1")
        assert "已办理" in page.inner_text("main table")
    assert _entry(office).state == "suspended"
    with office.enter("all", f"/desk/register/{nurse.id}") as page:
        assert page.locator("form[action$='/resume']").count() == 1
    [view] = proposals.inbox(world.desk, world.people["decide"], closed=True)
    assert view.closed_by == "示例decide"


def test_a_proposal_is_dismissed_with_a_reason(office: Office, nurse: Registration) -> None:
    world = office.world
    body = {"action": "suspend", "grounds": ["nurse_penalty"], "evidence": "群众举报"}
    found = world.act(proposals.file, "review", "proposal.file", nurse.id, None, body)
    with office.enter("decide", f"/desk/proposals/{found.id}") as page:
        page.click("details:has(form[action$='/dismiss']) summary")
        page.fill("#reason-dismiss", "查无实据")
        page.click("form[action$='/dismiss'] button")
        sign(page)
        page.goto(f"/desk/proposals/{found.id}")
        assert "查无实据" in page.inner_text("main")
    assert _entry(office).state == "registered"


def test_desks_are_not_for_everybody(office: Office, nurse: Registration) -> None:
    addresses = ("/desk", "/desk/register", "/desk/due", "/desk/proposals", f"/desk/register/{nurse.id}")
    for who in ("nurse", "hospital", "keys-1"):
        with office.enter(who) as page:
            for address in addresses:
                answer = page.goto(address)
                assert answer is not None
                assert answer.status == 403, (who, address)
                assert nurse.number not in page.content()
    with office.stranger() as page:
        page.goto("/desk/register")
        assert page.url.endswith("/sign-in?next=/desk/register")


def test_a_form_from_elsewhere_is_not_taken(office: Office, nurse: Registration) -> None:
    with office.enter("decide", f"/desk/register/{nurse.id}") as page:
        for address in (f"/desk/register/{nurse.id}/freeze", "/desk/batch", "/desk/proposals/x/dismiss"):
            answer = page.request.post(address, form={"csrf": "guessed", "reason": "x", "revision": "0"})
            assert answer.status == 403


def test_a_bar_for_life_is_chosen_read_and_written(office: Office) -> None:
    world = office.world
    case = world.reviewed(world.submitted(world.physician_draft(), "physician"))
    case = world.step(applications.approve, "decide", "approve", case)
    office.site.follow()
    held = world.registration(case)
    with office.enter("province-all") as page:
        page.goto(f"/desk/register/{held.id}")
        page.click("details:has(form[action$='/revoke_licence']) summary")
        form = page.locator("form[action$='/revoke_licence']")
        form.locator("input[value=penalty_58]").check()
        form.locator("[name=for_life]").check()
        form.locator("[name=reason]").fill("处罚决定书第 3 号")
        form.locator("button").click()
        page.wait_for_selector("#signing")
        assert "终身" in page.inner_text("section.paper")
        sign(page)
        assert "终身" in page.inner_text("main")
    assert entries.open_file(world.desk, world.people["province-all"], held.id).bars[0].last_day is None


@given(st.text(st.sampled_from("=+-@\t\r'ab1 ")))
def test_no_cell_of_an_export_is_a_formula(text: str) -> None:
    made = cell(text)
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert made.removeprefix("'") == text or made == text


def test_a_trail_is_exported_with_what_happened_and_nothing_restricted(office: Office, nurse: Registration) -> None:
    world = office.world
    [case] = [one.application for one in query.own_cases(world.desk, world.people["nurse"])]
    query.restricted_of(world.desk, world.people["review"], case.id, "核对")
    with office.enter("decide", f"/trail/registrations/{nurse.id}") as page:
        assert "证照签发" in page.inner_text("main")
        answer = page.request.get(f"/trail/cases/{case.id}.csv")
        text = answer.text()
        assert answer.headers["content-type"].startswith("text/csv")
        assert "application.approve" not in text.splitlines()[0]
        assert "purpose=核对" in text
        assert NURSE[1] not in text


LOOK = ("/desk", "/desk?mine=1&kind=nurse", "/desk/register?words=" + NURSE[0], "/desk/due", "/desk/proposals",
        "/desk/proposals?closed=1")  # fmt: skip
OWN = ("/institution", "/institution/inbox", "/institution/people?kind=nurse", "/institution/filings",
       "/institution/reports")  # fmt: skip


@pytest.mark.parametrize(("locale", "phone"), [("zh-CN", False), ("en-GB", True)], ids=["desk", "phone"])
def test_every_page_is_for_everybody_at_both_widths_in_both_languages(
    office: Office, nurse: Registration, locale: str, phone: bool
) -> None:
    world = office.world
    case = world.open("nurse", nurse.kind, "reissue", {}, {"cause": "遗失"})
    case = world.step(applications.submit, "nurse", "submit", case)
    body = {"action": "suspend", "grounds": ["nurse_penalty"], "evidence": "现场检查笔录"}
    found = world.act(proposals.file, "review", "proposal.file", nurse.id, None, body)
    confirming = (f"/institution/inbox/{case.id}", f"/institution/people/{nurse.id}")
    with office.enter("hospital", phone=phone, locale=locale) as page:
        for address in (*OWN, *confirming):
            look(page, address)
    case = world.step(applications.confirm, "hospital", "confirm", case)
    with office.enter("all", phone=phone, locale=locale) as page:
        inside = (f"/desk/cases/{case.id}", f"/desk/register/{nurse.id}", f"/desk/proposals/{found.id}",
                  f"/trail/cases/{case.id}")  # fmt: skip
        for address in (*LOOK, *inside):
            look(page, address)


def look(page: Page, address: str) -> None:
    """Open everything that can be opened, then let axe and the ruler speak."""
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert violations(page) == [], address
    assert sideways(page) <= 0, address


def test_a_case_is_decided_by_the_keyboard_alone(office: Office) -> None:
    world = office.world
    case = world.submitted(world.nurse_draft(), "nurse")
    with office.enter("accept", "/desk") as page:
        tab_to(page, f"a[href='/desk/cases/{case.id}']")
        page.keyboard.press("Enter")
        page.wait_for_selector(".compare")
        tab_to(page, "form[action$='/accept'] button")
        page.keyboard.press("Enter")
        page.wait_for_selector("#signing")
        tab_to(page, "#signing button.main")
        page.keyboard.press("Enter")
        page.wait_for_selector(".path .here:has-text('受理')")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus; it must be reachable."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement?.matches(wanted) ?? false", selector):
            return
    raise AssertionError(f"not reachable by keyboard: {selector}")
