"""The auditor's page: the whole trail, found by matter, day and number; nobody else gets it."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from issuer.domain import receipt
from issuer.domain.account import Role
from issuer.domain.audit import Event
from issuer.domain.refusal import Refusal
from issuer.services import checkpoints, logbook, oversight
from issuer.services.oversight import Wanted
from issuer.storage import audit
from tests.browser import sideways, violations
from tests.hostile import HOSTILE
from tests.issuer.pages.office import Office
from tests.issuer.services.world import NURSE


@pytest.fixture
def audited(office: Office) -> Office:
    """An office with an auditor of the province and one of a county."""
    office.world.officer("auditor", "province", Role.AUDITOR)
    office.world.officer("auditor-below", "haikou", Role.AUDITOR)
    return office


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
def test_the_auditor_finds_every_event_by_matter_day_and_number(audited: Office, *, phone: bool) -> None:
    world = audited.world
    world.nurse()
    with audited.enter("auditor", "/audit", phone=phone) as page:
        assert page.inner_text("h1").startswith("全部记录")
        first = int(page.inner_text("tbody tr:first-child td:first-child"))
        assert page.locator("tbody tr").count() == min(first, 100)
        assert (violations(page), sideways(page)) == ([], 0)
        assert not re.search(r"[a-z]+\.[a-z]", "".join(page.locator("tbody tr td:nth-child(3)").all_inner_texts()))
        page.select_option("select[name=area]", "licence")
        page.click("form.filters button")
        words = page.locator("tbody tr td:nth-child(3)").all_inner_texts()
        assert words
        assert all("证照" in one for one in words)
        page.goto(f"/audit?about={world.people['nurse'].id}")
        assert "申请人" in "".join(set(page.locator("tbody tr td:nth-child(4)").all_inner_texts()))
        page.click("td:nth-child(5) a >> nth=0")
        assert "全过程记录" in page.inner_text("h1")
        page.goto("/audit?day=1999-01-01")
        assert page.locator("tbody").count() == 0


def test_the_applicant_takes_a_receipt_of_the_own_step_and_anybody_checks_it(audited: Office) -> None:
    world = audited.world
    case = world.submitted(world.nurse_draft(), "nurse")
    with audited.enter("nurse", f"/trail/cases/{case.id}") as page:
        assert page.locator("a:has-text('存证')").count() == 2, "opened and submitted; not what the institution did"
        assert page.request.get(page.get_attribute("a:has-text('存证')", "href") or "").status == 503, "not signed yet"
        checkpoints.advance(world.desk, world.at)
        with page.expect_download() as taken:
            page.click("a:has-text('存证') >> nth=1")
        held = json.loads(Path(taken.value.path()).read_bytes())
        assert violations(page) == []
    found = receipt.check(held, logbook.keys(world.desk), (), 0)
    assert (found.row.event.tag, found.row.event.target) == ("application.submitted", case.id)
    with audited.enter("hospital", "/") as page:
        assert page.request.get(f"/trail/events/{found.row.seq}.json").status == 404
    with audited.enter("auditor", "/audit") as page:
        assert f"{found.checkpoint.size} 条" in page.inner_text("dl")
        assert page.request.get("/log/checkpoint").text().startswith(found.checkpoint.origin)


def test_older_events_are_reached_and_the_file_is_what_the_page_shows(audited: Office) -> None:
    world = audited.world
    with world.store.transaction() as tx:
        for number in range(120):
            audit.append(tx, Event(at=world.at, tag="system.recovered", target=f"=register-{number}"))
    with audited.enter("auditor", "/audit") as page:
        seen = [int(one) for one in page.locator("tbody td.number").all_inner_texts()]
        while page.locator("a:has-text('更早的记录')").count():
            page.click("a:has-text('更早的记录')")
            seen += [int(one) for one in page.locator("tbody td.number").all_inner_texts()]
        assert seen == list(range(seen[0], 0, -1))
        answer = page.request.get("/audit.csv")
        rows = list(csv.reader(io.StringIO(answer.text().removeprefix("\ufeff"))))
        assert [int(row[0]) for row in rows[1:]] == seen
        assert NURSE[1] not in answer.text()


@pytest.mark.parametrize(("who", "code"), [("decide", "role-missing"), ("auditor-below", "out-of-jurisdiction")])
def test_nobody_else_reads_it(audited: Office, who: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        oversight.events(audited.world.desk, audited.world.people[who], Wanted(), 5)
    with audited.enter(who, "/audit") as page:
        assert page.locator("tbody").count() == 0
        assert code in page.content()


@pytest.mark.parametrize("field", ["area", "about", "day", "before"])
def test_any_question_is_answered(audited: Office, field: str) -> None:
    with audited.enter("auditor", "/") as page:
        for text in [*HOSTILE, "9" * 40, "²", "-1", "0001-01-01", "9999-12-31"]:
            answer = page.request.get("/audit", params={field: text})
            assert answer.status == 200, text
