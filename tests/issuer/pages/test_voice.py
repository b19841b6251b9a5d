"""Appeals and ratings in real browsers: raised on the page of a case, answered at the desk, read by the applicant."""

from __future__ import annotations

import pytest

from issuer.services import applications, statistics, voice
from tests.browser import sideways, violations
from tests.issuer.pages.office import Office, sign


def test_an_appeal_goes_to_the_desk_and_its_answer_comes_back(office: Office) -> None:
    world = office.world
    case = world.submitted(world.nurse_draft(), "nurse")
    case = world.step(applications.accept, "accept", "accept", case)
    with office.enter("nurse", f"/cases/{case.id}", phone=True) as page:
        page.click("#voice summary")
        page.select_option("#topic", "delay")
        page.fill("#appeal-text", "什么时候能办好？\n<b>请答复</b>")
        assert (violations(page), sideways(page)) == ([], 0)
        page.click("#voice form[action$='/appeal'] button")
        assert "什么时候能办好" in page.inner_text("main")
        sign(page)
        assert "SQ2026-000001" in page.inner_text("#voice")
        assert page.locator("#voice b").count() == 0
        assert page.locator("#voice form[action$='/appeal']").count() == 0, "one at a time"
        assert (violations(page), sideways(page)) == ([], 0)
    with office.enter("accept", f"/desk/cases/{case.id}") as page:
        assert "办理超期" in page.inner_text("#voice")
        assert violations(page) == []
        page.goto("/desk/appeals")
        page.click("main table a")
        page.wait_for_selector("main dl")
        assert "参与过本案的人员不得答复" in page.inner_text("main")
        assert page.locator("main form").count() == 0
    with office.enter("decide", "/desk") as page:
        page.click("nav >> text=诉求")
        page.wait_for_selector("main table")
        assert "剩 15 个工作日" in page.inner_text("main")
        assert (violations(page), sideways(page)) == ([], 0)
        page.click("main table a")
        page.fill("#text", "已经在审核，本周内办结。")
        assert (violations(page), sideways(page)) == ([], 0)
        page.click("main form button")
        sign(page)
        assert page.locator("main table").count() == 0
        page.click("text=已答复")
        page.wait_for_selector("main table")
    with office.enter("nurse", f"/cases/{case.id}?lang=en") as page:
        assert "本周内办结" in page.inner_text("#voice")
        assert "A time limit that has passed" in page.inner_text("#voice")
    with office.enter("hospital", f"/cases/{case.id}") as page:
        assert "本周内办结" not in page.content()


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
def test_who_has_a_licence_rates_once_how_it_was_handled(office: Office, *, phone: bool) -> None:
    world = office.world
    case = world.reviewed(world.submitted(world.nurse_draft(), "nurse"))
    case = world.step(applications.approve, "decide", "approve", case)
    office.site.follow()
    with office.enter("nurse", f"/cases/{case.id}", phone=phone) as page:
        page.check("#voice input[value='4']")
        page.fill("#rating-text", "一次办成")
        assert (violations(page), sideways(page)) == ([], 0)
        page.click("#voice form[action$='/rate'] button")
        sign(page)
        assert "您的评价：4 分" in page.inner_text("#voice")
        assert page.locator("#voice form[action$='/rate']").count() == 0
    given = voice.of_case(world.desk, world.people["nurse"], case.id).rating
    assert given is not None
    assert (given.stars, given.text) == (4, "一次办成")
    assert [one.stars for one in statistics.publish(world.desk).offices] == [None], "one rating would name who gave it"


def test_nobody_else_gets_in(office: Office) -> None:
    office.world.nurse()
    for who, address, status in (
        ("nurse", "/desk/appeals", 403),
        ("hospital", "/desk/appeals", 403),
        ("keys-1", "/desk/appeals", 403),
        ("decide", "/desk/appeals/none", 404),
    ):
        with office.enter(who) as page:
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == status, (who, address)
