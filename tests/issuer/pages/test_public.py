"""What anybody sees without signing in, in a real browser: the query, and what it must never show."""

from __future__ import annotations

import csv
import datetime
import io
import json
import threading
import urllib.error
import urllib.request
from typing import Final
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from markupsafe import escape
from playwright.sync_api import Dialog

from issuer.domain import canonical
from issuer.domain.kind import Kind
from issuer.domain.registration import Registration, RegistrationId
from issuer.services import board, guide, registrations, voice
from issuer.services.statistics import Statistics
from issuer.storage import registrations as registrations_stored
from issuer.storage.tables import registration
from issuer.web.limit import PER_SOURCE
from issuer.web.pages import statistics_page
from tests.browser import sideways, violations
from tests.hostile import HOSTILE
from tests.issuer.conftest import by_hand, written
from tests.issuer.pages.conftest import Site
from tests.issuer.pages.office import Office
from tests.issuer.services.world import HOSPITAL, NURSE, NURSE_2, PHYSICIAN

SECRETS: Final = (NURSE[1], NURSE[2], "2025-06-01", "2025年6月1日", "meets_standard", "体检")


def opened(site: Site, path: str, **facts: str) -> tuple[int, str]:
    """What a stranger gets, without a browser."""
    address = f"{site.url}{path}" + (f"?{urlencode(facts)}" if facts else "")
    try:
        with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read().decode("utf-8")
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode("utf-8")


def renamed(office: Office, entry: Registration, name: str) -> None:
    """Give an entry a name that no check of ours would let in."""
    content = canonical.dumps({**json.loads(entry.content), "name": name}).decode("utf-8")
    with office.world.store.transaction() as tx:
        by_hand(
            tx,
            sa.update(registration)
            .where(registration.c.id == entry.id)
            .values(name=name, content=content, revision=registration.c.revision + 1),
        )


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
def test_a_patient_asks_with_two_facts_and_reads_whether_they_may_practise(office: Office, *, phone: bool) -> None:
    nurse = office.world.nurse()
    with office.stranger(phone=phone) as page:
        page.goto("/")
        page.click("main >> text=公众查询")
        page.check("input[value=nurse]")
        page.fill("#name", NURSE[0])
        page.fill("#institution", HOSPITAL["name"])
        page.click("main button")
        page.wait_for_selector(".answer")
        said = page.inner_text(".answer")
        assert ("登记在册，可以执业。" in said, nurse.number in said, "海口市" in said) == (True, True, True)
        assert [secret for secret in SECRETS if secret in page.content()] == []
        assert (violations(page), sideways(page)) == ([], 0)
        page.click("text=查这家机构是否登记在册")
        page.wait_for_selector(".answer h2:has-text('综合医院')")
        assert "诊疗科目" in page.inner_text(".answer")
        page.goto(page.url + "&lang=en")
        assert "may practise" in page.inner_text(".answer")
        assert (violations(page), sideways(page)) == ([], 0)


def test_every_miss_is_answered_alike_and_half_a_question_is_told_what_it_lacks(site: Site) -> None:
    nurse = site.world.nurse()

    def answer(**facts: str) -> str:
        """The answer without the form, which repeats the question."""
        status, text = opened(site, "/query", **facts)
        assert status == 200
        return text[text.index("<section") : text.index("</section")]

    misses = {
        answer(kind="nurse", name=NURSE[0], number="202646999999"),
        answer(kind="nurse", name="苏予宁", number=nurse.number),
        answer(kind="physician", name=NURSE[0], number=nurse.number),
        answer(kind="nurse", name=NURSE[0], institution="别的医院"),
        answer(kind="institution", name="海口市不存在的医院"),
    }
    assert len(misses) == 1
    assert "没有查到" in misses.pop()
    for facts in ({"name": NURSE[0]}, {"kind": "nurse", "name": NURSE[0]}, {"kind": "institution", "name": "海口"}):
        status, text = opened(site, "/query", **facts)
        assert (status, "查询需要两项相符的信息" in text) == (422, True)


def test_who_asks_by_page_and_by_api_is_counted_together(site: Site) -> None:
    facts = {"kind": "institution", "name": HOSPITAL["name"]}
    statuses = [
        opened(site, path, **facts)[0] for path in ("/query", "/api/v1/public/registrations") * (PER_SOURCE // 2)
    ]
    assert set(statuses) == {200}
    assert opened(site, "/query", **facts)[0] == 429
    assert opened(site, "/api/v1/public/registrations", **facts)[0] == 429
    assert opened(site, "/query")[0] == 200, "the empty form asks nothing of the register"


def test_what_ended_is_told_and_why_it_ended_is_not(office: Office) -> None:
    entry = office.world.nurse()
    body = {"grounds": ["nurse_penalty"], "reason": "保密的处罚事由"}
    office.world.act(registrations.revoke, "decide", "registration.revoke_licence", entry.id, entry.revision, body)
    status, text = opened(office.site, "/query", kind="nurse", name=NURSE[0], number=entry.number)
    assert (status, "目前不得执业" in text, "吊销" in text) == (200, True, True)
    assert "处罚" not in text


def test_sixty_names_are_text_on_the_page_whatever_they_say(office: Office) -> None:
    entry = office.world.nurse()
    dialogs: list[str] = []
    kept = 0
    with office.stranger() as page:

        def said(dialog: Dialog) -> None:
            dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", said)
        for name in HOSTILE:
            if "\x00" in name or "\ud7ff" in name:
                continue
            renamed(office, entry, name)
            office.world.later(seconds=3)
            page.goto("/query?" + urlencode({"kind": "nurse", "name": name, "number": entry.number}))
            assert page.evaluate("document.querySelectorAll('script, iframe, object, embed, base, math').length") == 0
            assert page.input_value("#name") == " ".join(name[:64].splitlines()) or not name.isprintable()
            if page.locator(".answer h2").count():
                shown = page.evaluate("document.querySelector('.answer h2').firstChild.textContent")
                assert shown.strip() == name.strip()
                kept += 1
    assert kept > 40
    assert dialogs == []


def test_every_action_has_a_page_of_the_guide_in_both_languages(office: Office) -> None:
    world = office.world
    with office.stranger(phone=True) as page:
        page.goto("/guide")
        addresses = [link.get_attribute("href") for link in page.locator(".tiles a").all()]
        assert (violations(page), sideways(page)) == ([], 0)
        assert ("12320" in page.inner_text("main"), "12345" in page.inner_text("main")) == (True, True)
    rows = guide.offered(world.desk.rules, datetime.date(2026, 3, 2))
    assert addresses == [f"/guide/{row.kind}/{row.action}" for kind in Kind for row in rows if row.kind == kind]
    for row in rows:
        for lang, name, word in (("zh", row.zh, "填写样例"), ("en", row.en, "Filled-in sample")):
            status, text = opened(office.site, f"/guide/{row.kind}/{row.action}", lang=lang)
            assert (status, escape(name) in text, word in text) == (200, True, True)
            assert f'href="/cases/new/{row.kind}/{row.action}"' in text
    for wrong in ("/guide/physician/suspend", "/guide/x/y", "/guide/nurse/add_scope"):
        assert opened(office.site, wrong)[0] == 422


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
def test_a_guide_tells_what_when_and_where_to_complain(office: Office, lang: str, *, phone: bool) -> None:
    with office.stranger(phone=phone) as page:
        page.goto(f"/guide/nurse/change_registration?lang={lang}")
        said = page.inner_text("main")
        wanted = {
            "zh": ("自收到申请之日起 7 个工作日内", "护士条例 9", "12345"),
            "en": ("within 7 working days", "12320"),
        }
        assert [word for word in wanted[lang] if word not in said] == []
        assert (violations(page), sideways(page)) == ([], 0)


def test_statistics_hide_the_few_and_can_be_taken_away_as_a_file(office: Office) -> None:
    world = office.world
    with written(world.store) as tx:
        number = 0
        for division, times in ((world.places["haikou"].id, 30), (world.places["qionghai"].id, 3)):
            for _ in range(times):
                number += 1
                registrations_stored.add(
                    tx,
                    Registration(
                        id=RegistrationId(f"reg-made-{number}"),
                        kind=Kind.NURSE,
                        number=f"{number:012d}",
                        holder=f"made-{number}",
                        name="金丝雀",
                        authority=division,
                        institution=None,
                        state="registered",
                        version=1,
                        revision=0,
                        content='{"name":"金丝雀","sex":2}',
                        sealed=None,
                        registered_on=datetime.date(2026, 3, 1),
                    ),
                )
    for phone in (True, False):
        with office.stranger(phone=phone) as page:
            page.goto("/statistics")
            nurses = page.locator("h2#nurse ~ section").first
            assert nurses.locator("tbody tr").first.inner_text().split() == ["在册", "33"]
            section = page.locator("section", has=page.locator("text=按登记机关所在地")).first
            assert [row.split() for row in section.locator("tbody tr").all_inner_texts()] == [
                ["海口市", "*"],
                ["琼海市", "*"],
                ["合计", "33"],
            ]
            assert page.locator("section svg [style], section svg style").count() == 0
            assert "金丝雀" not in page.content()
            assert (violations(page), sideways(page)) == ([], 0)
            page.goto("/statistics?lang=en")
            assert (violations(page), sideways(page)) == ([], 0)
    status, text = opened(office.site, "/statistics/nurse-division.csv")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert (status, rows[1:]) == (200, [["海口市", "*"], ["琼海市", "*"], ["合计", "33"]])
    assert opened(office.site, "/statistics/offices.csv")[0] == 200
    for missing in ("institution-division", "nurse-penalty", "../nurse-state"):
        assert opened(office.site, f"/statistics/{missing}.csv")[0] == 404


def test_no_spreadsheet_calculates_what_a_file_says() -> None:
    for name in (*HOSTILE, "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"):
        written = statistics_page.plain(name)
        assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        assert written.removeprefix("'") == name.removeprefix("'")


def test_nobody_reads_a_table_of_nothing_but_zeros_and_stars(office: Office) -> None:
    """One sentence stands there instead, in both languages, on the phone too; the file stays what it was."""
    office.world.nurse()
    for phone in (True, False):
        with office.stranger(phone=phone) as page:
            for language, nothing, few in (
                ("zh", "没有。", "数量太少，不公开。"),
                ("en", "None.", "Too few to publish."),
            ):
                page.goto(f"/statistics?lang={language}")
                said = page.locator("section.card > p", has_not=page.locator("a")).all_inner_texts()
                assert {nothing, few} <= set(said)
                for body in page.locator("tbody").all():
                    assert set(" ".join(body.locator("td").all_inner_texts()).split()) - {"0", "*"}
                assert (violations(page), sideways(page)) == ([], 0)
    status, text = opened(office.site, "/statistics/physician-month.csv")
    assert (status, len(text.splitlines())) == (200, 15), "a head, what was before, twelve months, the total"


def test_statistics_are_counted_once_a_day(site: Site) -> None:
    """Two readings of a day that could be subtracted from each other would tell who came in between."""
    before = opened(site, "/statistics")
    site.world.nurse()
    assert opened(site, "/statistics") == before
    site.world.later(days=1)
    assert opened(site, "/statistics") != before


def test_no_page_for_anybody_shows_what_is_restricted(office: Office) -> None:
    """Each page as a stranger gets it, in both languages, with people in the register and their board switched on."""
    world = office.world
    nurse, doctor = world.nurse(), world.physician()
    office.site.follow()
    world.act(board.switch, "hospital", "board.switch", world.places["hospital"].id, None, {"on": True})
    case = world.submitted(world.nurse_draft("other", NURSE_2), "other")
    said = {"topic": "conduct", "text": "金丝雀诉求"}
    world.act(voice.appeal, "other", "voice.appeal", case.id, None, said)
    world.later(days=1)
    addresses = [
        "/",
        "/query",
        "/guide",
        "/statistics",
        f"/board/{HOSPITAL['number']}",
        f"/board/{HOSPITAL['number']}.svg",
    ]
    addresses += [f"/statistics/{kind}-{name}.csv" for kind in Kind for name in ("state", "month", "division")]
    addresses.append("/query?" + urlencode({"kind": "nurse", "name": NURSE[0], "number": nurse.number}))
    addresses.append("/query?" + urlencode({"kind": "physician", "name": PHYSICIAN[0], "number": doctor.number}))
    secrets = [NURSE[1], NURSE[2], PHYSICIAN[1], PHYSICIAN[2], *NURSE_2, "201546110460000199001010013", "2015-12-01"]
    secrets += ["金丝雀", "2025-06-01", "meets_standard", "passed 2026-01", case.id, world.people["nurse"].id]
    read = 0
    for address in addresses:
        for lang in ("zh", "en"):
            status, text = opened(office.site, f"{address}{'&' if '?' in address else '?'}lang={lang}")
            assert status in {200, 404}, address
            assert [secret for secret in secrets if secret in text] == [], address
            read += status == 200
    assert read >= 2 * 8


def test_while_a_day_is_counted_others_read_the_day_before() -> None:
    """Counting a large register takes seconds: it must not hold up everybody who asks meanwhile."""
    day = [1]
    made: list[Statistics] = []
    began, go_on = threading.Event(), threading.Event()

    def count() -> Statistics:
        if made:
            began.set()
            assert go_on.wait(20)
        made.append(Statistics(at=day[0], tables=(), offices=()))
        return made[-1]

    daily = statistics_page.Daily(count, lambda: datetime.date(2026, 3, day[0]))
    assert (daily().at, daily().at, len(made)) == (1, 1, 1)
    day[0] = 2
    first = threading.Thread(target=daily)
    first.start()
    assert began.wait(20)
    assert daily().at == 1, "nobody waits"
    go_on.set()
    first.join(20)
    assert (daily().at, len(made)) == (2, 2)
