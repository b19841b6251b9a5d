"""The officers' desk in real browsers: decide with a key, alone and in batches, and what happens when it goes wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from elicense.reason import Outcome
from issuer.domain.application import Application, Stage
from issuer.services import applications, licences, query
from tests.browser import violations
from tests.issuer.pages.office import Office, VirtualKey, sign
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.services.world import NURSE, NURSE_2, PHYSICIAN


def now(world: MintWorld, case: Application) -> Application:
    """The case as it stands in the register."""
    return query.case(world.desk, world.people["province-all"], case.id).application


def take(page: Page, case: Application, step: str, **filled: str) -> None:
    """Fill in the form of a step on the page of a case and go on to the page of signing."""
    page.goto(f"/desk/cases/{case.id}")
    form = page.locator(f"form[action$='/{step}']")
    if not form.is_visible():
        page.locator(f"details:has(form[action$='/{step}']) summary").click()
    for name, value in filled.items():
        if name in {"finding", "grounds"}:
            form.locator(f"input[name={name}][value={value}]").check()
        else:
            form.locator(f"[name={name}]").fill(value)
    form.locator("button").click()
    page.wait_for_selector("#signing")


def test_three_officers_take_a_physician_to_the_licence_and_a_security_key_signs_the_decision(office: Office) -> None:
    world = office.world
    case = world.submitted(world.physician_draft(), "physician")
    with office.enter("accept", "/desk") as page:
        row = page.locator("tbody tr", has_text=PHYSICIAN[0])
        assert "剩 5 个工作日" in row.inner_text()
        row.locator("a").click()
        page.wait_for_selector(".compare")
        assert "内科专业" in page.locator(".compare ins").all_inner_texts()
        assert "已确认" in page.inner_text("main")
        take(page, case, "accept")
        assert PHYSICIAN[0] in page.inner_text("main")
        sign(page)
        assert page.inner_text(".path .here") == "受理"
    with office.enter("review") as page:
        take(page, case, "review", finding="favourable", reason="材料齐全")
        sign(page)
        assert page.inner_text(".path .here") == "审核"
    with office.enter_with_security_key("decide") as (page, _):
        take(page, case, "approve")
        sign(page)
        assert page.locator(".path .past").count() == 7
        assert violations(page) == []
    assert now(world, case).stage is Stage.DELIVERED
    [view] = query.own_registrations(world.desk, world.people["physician"])
    held = licences.current(world.desk, view.registration.id)
    assert held is not None
    assert world.scan(held).outcome is Outcome.VALID


def test_a_nurse_renews_and_the_officer_sees_that_only_the_term_changes(office: Office) -> None:
    world = office.world
    world.granted()
    office.site.follow()
    world.later(days=30)
    with office.enter("nurse", "/cases/new/nurse/renewal") as page:
        page.select_option("[name=health]", "meets_standard")
        page.click("form[autocomplete] button.main")
        sign(page)
        page.click("main table a")
        page.click("form[action$='/submit'] button")
        sign(page)
    case = query.own_cases(world.desk, world.people["nurse"])[0].application
    case = world.step(applications.confirm, "hospital", "confirm", case)
    case = world.reviewed(case)
    with office.enter("decide", f"/desk/cases/{case.id}") as page:
        assert "登记内容不变" in page.inner_text(".compare")
        take(page, case, "approve")
        sign(page)
        assert page.locator(".path .past").count() == 7
    [view] = query.own_registrations(world.desk, world.people["nurse"])
    assert (view.registration.version, str(view.registration.valid_until)) == (2, "2031-04-01")


def test_a_refusal_names_ground_and_law_to_the_applicant(office: Office) -> None:
    world = office.world
    case = world.reviewed(world.submitted(world.nurse_draft(), "nurse"))
    with office.enter("decide") as page:
        take(page, case, "refuse", grounds="false_material", reason="考试成绩合格证明系伪造")
        said = page.inner_text("main")
        assert "隐瞒有关情况或者提供虚假材料（行政许可法 78）" in said
        sign(page)
        assert page.inner_text(".path .ended") == "不予许可"
    with office.enter("nurse", f"/cases/{case.id}") as page:
        said = page.inner_text("main")
        assert "考试成绩合格证明系伪造" in said
        assert "行政许可法 78" in said
    assert query.own_registrations(world.desk, world.people["nurse"]) == ()


def test_what_is_missing_is_asked_for_once_with_all_that_the_checks_found(office: Office) -> None:
    world = office.world
    case = world.submitted(world.nurse_draft(), "nurse")
    with office.enter("accept") as page:
        take(page, case, "ask_correction", grounds="material_incomplete", reason="缺少体检报告")
        sign(page)
        assert page.inner_text(".path .here") == "申请"
        assert page.locator(".act form").count() == 0
    moved = now(world, case)
    assert (moved.stage, moved.steps[-1].grounds) == (Stage.CORRECTION_REQUESTED, ("material_incomplete",))


def three(world: MintWorld) -> list[Application]:
    """Three cases that wait for acceptance."""
    return [
        world.submitted(world.nurse_draft(), "nurse"),
        world.submitted(world.nurse_draft("nurse-2", NURSE_2), "nurse-2"),
        world.submitted(world.physician_draft(), "physician"),
    ]


def test_of_three_decided_in_one_go_one_is_refused_and_the_others_are_done(office: Office) -> None:
    world = office.world
    cases = three(world)
    with office.enter("accept", "/desk") as page:
        for box in page.locator("input[name=case]").all():
            box.check()
        page.select_option("#step", "accept")
        page.click("form[action='/desk/batch'] button")
        page.wait_for_selector("#signing")
        assert page.locator("section.paper").count() == 3
        assert violations(page) == []
        body = {"grounds": ["material_incomplete"], "reason": "补充体检报告"}
        world.step(applications.ask_correction, "all", "ask_correction", cases[1], **body)
        sign(page)
        assert "1 项没有办理" in page.inner_text("h1")
        said = page.inner_text("main table")
        assert NURSE_2[0] in said
        assert "changed-meanwhile" in said
        assert NURSE[0] not in said
        assert violations(page) == []
    stages = [now(world, case).stage for case in cases]
    assert stages == [Stage.ACCEPTED, Stage.CORRECTION_REQUESTED, Stage.ACCEPTED]


def test_what_cannot_be_done_is_left_out_of_a_batch_and_named(office: Office) -> None:
    world = office.world
    cases = three(world)
    with office.enter("accept", "/desk") as page:
        for box in page.locator("input[name=case]").all():
            box.check()
        world.step(applications.withdraw, "nurse", "withdraw", cases[0])
        page.click("form[action='/desk/batch'] button")
        page.wait_for_selector("#signing")
        assert page.locator("section.paper").count() == 2
        assert NURSE[0] in page.inner_text("section.refused")
        sign(page)
    assert [now(world, case).stage for case in cases] == [Stage.WITHDRAWN, Stage.ACCEPTED, Stage.ACCEPTED]


def test_of_two_officers_on_one_case_the_second_is_told(office: Office) -> None:
    world = office.world
    case = world.step(applications.accept, "accept", "accept", world.submitted(world.nurse_draft(), "nurse"))
    with office.enter("review") as first, office.enter("review-2") as second:
        take(first, case, "review", finding="favourable")
        take(second, case, "review", finding="unfavourable", reason="学历不符")
        sign(first)
        sign(second)
        assert "changed-meanwhile" in second.inner_text("main")
        second.click("text=返回并查看最新情况")
        second.wait_for_selector(".path .here")
        assert second.inner_text(".path .here") == "审核"
        first.goto(f"/desk/cases/{case.id}")
        again = first.locator("form[action$='/review'] input[name=revision]").get_attribute("value")
        assert again == str(now(world, case).revision)
    assert [step.finding for step in now(world, case).steps if step.step == "review"] == ["favourable"]


def test_a_form_that_was_opened_before_a_change_is_not_even_proposed(office: Office) -> None:
    world = office.world
    case = world.step(applications.accept, "accept", "accept", world.submitted(world.nurse_draft(), "nurse"))
    with office.enter("review", f"/desk/cases/{case.id}") as page:
        world.step(applications.review, "review-2", "review", case, finding="unfavourable", reason="学历不符")
        page.check("input[name=finding][value=favourable]")
        page.click("form[action$='/review'] button")
        page.wait_for_selector("main [role=alert]")
        assert "changed-meanwhile" in page.inner_text("main")


@pytest.fixture
def decider(office: Office) -> Application:
    """A case that waits for its decision."""
    return office.world.reviewed(office.world.submitted(office.world.nurse_draft(), "nurse"))


def pressed(page: Page) -> None:
    page.click("#signing button.main")


def test_with_a_wrong_pin_nothing_is_submitted(office: Office, decider: Application) -> None:
    with office.enter_with_security_key("decide") as (page, key):
        take(page, decider, "approve")
        key.pin_is(right=False)
        pressed(page)
        page.wait_for_selector("#tell:has-text('没有提交任何内容')")
        assert now(office.world, decider).stage is Stage.UNDER_REVIEW
        key.pin_is(right=True)
        sign(page)
    assert now(office.world, decider).stage is Stage.DELIVERED


def test_with_the_key_taken_out_nothing_is_submitted(office: Office, decider: Application) -> None:
    with office.enter_with_security_key("decide") as (page, key):
        take(page, decider, "approve")
        key.unplug()
        pressed(page)
        page.wait_for_selector("#tell:has-text('请触摸已插入的电子密钥')")
        page.wait_for_timeout(300)
        assert now(office.world, decider).stage is Stage.UNDER_REVIEW
        page.click("text=不签名，返回")
        page.wait_for_selector(".path .here")
    assert now(office.world, decider).stage is Stage.UNDER_REVIEW


def test_another_key_than_the_one_handed_over_signs_nothing(office: Office, decider: Application) -> None:
    with office.enter_with_security_key("decide") as (page, key):
        take(page, decider, "approve")
        key.unplug()
        VirtualKey(page)
        pressed(page)
        page.wait_for_timeout(500)
        assert now(office.world, decider).stage is Stage.UNDER_REVIEW


def test_who_reviewed_is_told_why_the_decision_is_another_s(office: Office) -> None:
    world = office.world
    case = world.step(applications.accept, "accept", "accept", world.submitted(world.nurse_draft(), "nurse"))
    case = world.step(applications.review, "all", "review", case, finding="favourable")
    with office.enter("all", f"/desk/cases/{case.id}") as page:
        assert page.locator("form[action$='/approve']").count() == 0
        assert "同一人不得审核并决定同一事项" in page.inner_text("main")


def test_the_restricted_part_is_nowhere_until_it_is_asked_for_and_leaves_a_trace(office: Office) -> None:
    world = office.world
    case = world.submitted(world.nurse_draft(), "nurse")
    secrets = (NURSE[1], NURSE[2], "2025-06-01")
    with office.enter("accept", f"/desk/cases/{case.id}") as page:
        assert not any(one in page.content() for one in secrets)
        page.fill("#purpose", "核对身份证件")
        page.click("#restricted button")
        page.wait_for_selector("#restricted dl")
        assert all(one in page.inner_text("#restricted") for one in secrets)
        page.goto(f"/trail/cases/{case.id}")
        assert "核对身份证件" in page.inner_text("main")
        assert not any(one in page.content() for one in secrets)
    with office.enter("nurse", f"/trail/cases/{case.id}") as page:
        said = page.inner_text("main")
        assert "查阅非公开信息" in said
        assert "核对身份证件" in said
        assert "示例accept" not in said
        assert violations(page) == []
