"""docs/fields.md on the pages: a restricted value stands on none, but where it was opened for a purpose."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page

from issuer.domain.account import Role
from tests.issuer.pages.office import Office
from tests.issuer.services.world import NURSE

SECRET: Final = (NURSE[1], NURSE[2], "2025-06-01", "meets_standard")
PAGES: Final = {
    "nurse": ("/me", "/cases", "/cases/{case}", "/me/registrations/{entry}", "/trail/cases/{case}"),
    "hospital": ("/institution", "/institution/inbox/{case}", "/institution/people?kind=nurse", "/trail/cases/{case}"),
    "review": ("/desk", "/desk/cases/{case}", "/desk/register/{entry}", "/trail/cases/{case}"),
    "auditor": ("/desk", "/desk/cases/{case}", "/trail/cases/{case}"),
    "elsewhere": ("/desk", "/desk/cases/{case}", "/desk/register/{entry}", "/trail/cases/{case}"),
}


def shown(page: Page, address: str) -> str:
    page.goto(address)
    return page.content()


def test_no_page_holds_a_restricted_value_that_was_not_opened(office: Office) -> None:
    world = office.world
    world.officer("auditor", "haikou", Role.AUDITOR)
    world.officer("elsewhere", "qionghai", Role.ACCEPTANCE, Role.REVIEW, Role.DECISION)
    case = world.granted()
    office.site.follow()
    entry = world.registration(case)
    for who, addresses in PAGES.items():
        with office.enter(who) as page:
            for address in addresses:
                said = shown(page, address.format(case=case.id, entry=entry.id))
                assert [value for value in SECRET if value in said] == [], (who, address)
                if who == "elsewhere":
                    assert NURSE[0] not in said, address
            if who == "review":
                page.goto(f"/desk/cases/{case.id}")
                page.fill("#purpose", "核对")
                page.click("#restricted button")
                page.wait_for_selector("#restricted dl")
                assert NURSE[1] in page.content(), "the test above would find it"
            if who == "auditor":
                assert page.locator("#purpose, #papers a[download]").count() == 0
    with office.stranger() as page:
        page.goto("/query")
        page.check("[name=kind][value=nurse]")
        page.fill("[name=name]", NURSE[0])
        page.fill("[name=number]", entry.number)
        page.keyboard.press("Enter")
        page.wait_for_selector(".answer")
        assert [value for value in SECRET if value in page.content()] == []
