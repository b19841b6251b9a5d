"""An institution's pages in real browsers: change its licence, confirm its people, report who left."""

from __future__ import annotations

from elicense.reason import Outcome, Reason
from issuer.domain.application import ApplicationId
from issuer.services import applications, licences, minting, proposals, query
from tests.browser import violations
from tests.issuer.pages.office import Office, sign
from tests.issuer.services.world import HOSPITAL, NURSE


def test_a_change_of_subjects_gives_a_new_licence_and_the_old_one_is_superseded(office: Office) -> None:
    world = office.world
    [entry] = [one.registration for one in query.own_registrations(world.desk, world.people["hospital"])]
    old = licences.current(world.desk, entry.id)
    assert old is not None
    office.site.follow()
    assert world.scan(old).outcome is Outcome.VALID
    world.later(days=1)
    with office.enter("hospital", "/cases/new/institution/change_registration") as page:
        page.uncheck("input[name=subjects][value='04']")
        page.check("input[name=subjects][value='05']")
        page.click("form[autocomplete] button.main")
        sign(page)
        page.click("main table a")
        page.click("form[action$='/submit'] button")
        sign(page)
    case = query.own_cases(world.desk, world.people["hospital"])[0].application
    with office.enter("accept", f"/desk/cases/{case.id}") as page:
        assert page.locator(".compare del").all_inner_texts() == ["04 外科"]
        assert page.locator(".compare ins").all_inner_texts() == ["05 妇产科"]
        assert HOSPITAL["name"] in page.inner_text("h1")
        page.click("form[action$='/accept'] button")
        page.wait_for_selector("#signing")
        assert "04 外科 → 05 妇产科" in page.inner_text("main")
        sign(page)
    case = query.case(world.desk, world.people["accept"], case.id).application
    for who in ("review", "review-2"):
        case = world.step(applications.review, who, "review", case, finding="favourable")
    with office.enter("decide", f"/desk/cases/{case.id}") as page:
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.click("form[action$='/approve'] button")
        sign(page)
        assert page.locator(".path .past").count() == 6
    new = licences.current(world.desk, entry.id)
    assert new is not None
    assert (world.scan(new).outcome, world.scan(old).reasons) == (Outcome.VALID, (Reason.SUPERSEDED,))
    with office.enter("hospital", "/institution") as page:
        assert "05 妇产科" in page.inner_text("main")
        assert page.get_attribute("img.face", "src") == "/institution/card.svg"


def test_an_institution_confirms_one_and_returns_another_with_the_reason(office: Office) -> None:
    world = office.world
    nurse = world.step(applications.submit, "nurse", "submit", world.nurse_draft())
    doctor = world.step(applications.submit, "physician", "submit", world.physician_draft())
    with office.enter("hospital", "/institution") as page:
        page.click("text=2 件申请等待本机构确认")
        page.wait_for_selector("main table")
        page.click("nav.pages >> text=护士执业证书")
        page.wait_for_selector("nav.pages a[aria-current]:has-text('护士')")
        assert page.locator("main tbody tr").count() == 1
        page.click("main table a")
        page.wait_for_selector(".compare")
        assert NURSE[1] not in page.content()
        page.fill("#purpose", "与人事档案核对")
        page.click("#restricted button")
        page.wait_for_selector("#restricted dl")
        assert NURSE[1] in page.inner_text("#restricted")
        page.click("form[action$='/confirm'] button")
        sign(page)
        page.goto(f"/institution/inbox/{doctor.id}")
        page.fill("#reason", "执业范围与岗位不符\n请核对")
        page.click("form[action$='/return'] button")
        sign(page)
    assert query.case(world.desk, world.people["accept"], nurse.id).application.stage == "submitted"
    with office.enter("physician", f"/cases/{doctor.id}") as page:
        assert page.inner_text(".path .here") == "填报"
        assert "执业范围与岗位不符" in page.inner_text("main")


def test_another_institution_neither_sees_nor_confirms(office: Office) -> None:
    world = office.world
    case = world.step(applications.submit, "nurse", "submit", world.nurse_draft())
    world.institution("clinic", "白塘示例口腔门诊部", "469002", "52469002MBT100020F", "qionghai")
    with office.enter("clinic", "/institution/inbox") as page:
        assert page.locator("main table").count() == 0
        for address in (f"/institution/inbox/{case.id}", f"/cases/{case.id}", f"/trail/cases/{case.id}"):
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 404
            assert NURSE[0] not in page.content()
        page.goto("/institution")
        assert "登记簿中还没有本机构的执业登记" in page.inner_text("main")
        assert violations(page) == []


def test_a_departure_is_reported_by_the_institution_and_filed_by_the_officer(office: Office) -> None:
    world = office.world
    minting.mint(world.desk, _granted_physician(office))
    office.site.follow()
    [view] = query.own_registrations(world.desk, world.people["physician"])
    held = licences.current(world.desk, view.registration.id)
    assert held is not None
    with office.enter("hospital", "/institution/people") as page:
        assert "临床：内科专业" in page.inner_text("main table")
        page.click("main table a")
        page.check("input[value=retirement]")
        page.fill("#happened_on", "2026-01-20")
        page.fill("#evidence", "退休审批表")
        page.click("form[action$='/left'] button")
        sign(page)
        assert "逾期报告" in page.inner_text("main")
        page.goto(f"/institution/people/{view.registration.id}")
        assert "已报告，等待主管部门处理" in page.inner_text("main")
        assert page.locator("form[action$='/left']").count() == 0
    with office.enter("decide", "/desk/proposals") as page:
        assert "逾期报告" in page.inner_text("main")
        page.click("main table a")
        page.wait_for_selector(".act form")
        assert page.is_checked("input[value=retirement]")
        page.fill("#reason-departure_filing", "机构报告属实")
        page.click("form[action$='/departure_filing'] button")
        assert "离岗备案" in page.inner_text("main")
        sign(page)
        assert "离岗备案" in page.inner_text("h1 .badge")
    assert world.scan(held).outcome is Outcome.INVALID
    [report] = proposals.inbox(world.desk, world.people["hospital"])
    assert report.proposal.state == "taken"
    with office.enter("physician", "/me") as page:
        assert "离岗备案" in page.inner_text("main")


def _granted_physician(office: Office) -> ApplicationId:
    world = office.world
    case = world.reviewed(world.submitted(world.physician_draft(), "physician"))
    case = world.step(applications.approve, "decide", "approve", case)
    return case.id
