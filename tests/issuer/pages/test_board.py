"""The board of an institution: off until its administrator turns it on; public fields; codes that scan as valid."""

from __future__ import annotations

import dataclasses
import re
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from elicense.reason import Outcome
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.domain.registration import RegistrationId
from issuer.services import board, licences, registrations
from issuer.storage import registrations as stored
from issuer.storage.tables import registration
from tests.browser import sideways, violations
from tests.hostile import HOSTILE
from tests.issuer.conftest import by_hand, written
from tests.issuer.pages.conftest import Site
from tests.issuer.pages.office import Office, sign
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.services.world import HOSPITAL, NURSE, PHYSICIAN

NUMBER = HOSPITAL["number"]


def opened(site: Site, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(site.url + path) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read().decode("utf-8")
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode("utf-8")


def switched(world: MintWorld, who: str = "hospital", *, on: Any = True, target: str = "") -> Any:
    return world.act(board.switch, who, "board.switch", target or world.places["hospital"].id, None, {"on": on})


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
def test_an_institution_shows_its_people_and_stops_when_it_likes(office: Office, *, phone: bool) -> None:
    world = office.world
    entry = world.nurse()
    world.physician()
    office.site.follow()
    assert opened(office.site, f"/board/{NUMBER}")[0] == 404
    with office.enter("hospital", "/institution") as page:
        page.click("form[action='/institution/board'] button")
        sign(page)
        assert page.locator(f"a[href='/board/{NUMBER}']").count() == 1
        assert violations(page) == []
    for lang in ("zh", "en"):
        with office.stranger(phone=phone) as page:
            page.goto(f"/board/{NUMBER}?lang={lang}")
            said = page.inner_text("main")
            assert [word for word in (HOSPITAL["name"], NURSE[0], PHYSICIAN[0], entry.number) if word not in said] == []
            secrets = (NURSE[1], NURSE[2], PHYSICIAN[1], PHYSICIAN[2], "201546110460000199001010013")
            assert [secret for secret in secrets if secret in page.content()] == []
            assert page.locator("img.qr").count() == 3
            assert (violations(page), sideways(page)) == ([], 0)
    question = f"/query?kind=institution&name={quote(HOSPITAL['name'])}"
    assert f'href="/board/{NUMBER}"' in opened(office.site, question)[1], "who looks the institution up finds it"
    status, badge = opened(office.site, f"/board/{NUMBER}.svg")
    assert (status, HOSPITAL["name"] in badge, "医师 1 人，护士 1 人" in badge) == (200, True, True)
    switched(world, on=False)
    assert {opened(office.site, f"/board/{NUMBER}{form}")[0] for form in ("", ".svg")} == {404}
    assert f'href="/board/{NUMBER}"' not in opened(office.site, question)[1]


def test_a_code_on_the_board_is_the_licence_in_force(site: Site) -> None:
    world = site.world
    entry = world.nurse()
    site.follow()
    switched(world)
    held = licences.current(world.desk, entry.id)
    assert held is not None
    assert world.scan(held).outcome is Outcome.VALID
    [shown] = board.shown(world.desk, NUMBER, 1).people
    assert shown.link == licences.link(held, world.desk.config.scan_url)
    body = {"grounds": ["nurse_penalty"], "reason": "保密的处罚事由"}
    world.act(registrations.revoke, "decide", "registration.revoke_licence", entry.id, entry.revision, body)
    assert board.shown(world.desk, NUMBER, 1).people == (), "who has no licence any more is not on the board"


def test_names_are_text_on_the_page_and_on_the_badge(site: Site) -> None:
    world = site.world
    switched(world)
    entry = world.nurse()
    with world.store.reading() as tx:
        place = stored.by_number(tx, Kind.INSTITUTION, NUMBER)
    assert place is not None
    for number, name in enumerate(one for one in HOSTILE if one.isprintable()):
        with world.store.transaction() as tx:
            for held in (entry, place):
                by_hand(tx, sa.update(registration).where(registration.c.id == held.id).values(
                    name=name, revision=registration.c.revision + 1
                ))  # fmt: skip
        world.later(seconds=5)
        for form in ("", ".svg"):
            status, text = opened(site, f"/board/{NUMBER}{form}")
            assert status == 200
            assert text.count("<script") + text.count("<img src=x") + text.count("<iframe") == 0, (number, form)
            assert form == "" or set(re.findall(r"<(\w+)", text)) == {"svg", "title", "rect", "text"}


def test_only_its_own_administrator_turns_it(site: Site) -> None:
    world = site.world
    world.nurse_draft()
    for who, target in (("nurse", ""), ("accept", ""), ("hospital", world.places["haikou"].id)):
        with pytest.raises(Refusal, match="not-your-institution"):
            switched(world, who, target=target)
    for on in (1, "yes", None):
        with pytest.raises(Refusal, match="body-malformed"):
            switched(world, on=on)
    for unknown in ("x", "MBT10009246010011A1001", "..%2f", NUMBER.lower()):
        assert opened(site, f"/board/{unknown}")[0] == 404


def test_pages_turn_by_themselves_only_on_a_screen_that_asks_for_it(site: Site) -> None:
    world = site.world
    switched(world)
    entry = world.nurse()
    with written(world.store) as tx:
        for number in range(20):
            made = dataclasses.replace(
                entry,
                id=RegistrationId(f"reg-{number}"),
                number=f"3026460{number:05d}",
                holder=f"h-{number}",
                revision=0,
            )
            stored.add(tx, made)
    first, second = (board.shown(world.desk, NUMBER, page) for page in (1, 2))
    assert (first.pages, len(first.people), len(second.people)) == (2, board.PAGE, 21 - board.PAGE)
    assert not {one.answer.number for one in first.people} & {one.answer.number for one in second.people}
    assert board.shown(world.desk, NUMBER, 99).page == 1
    turning, still = (opened(site, f"/board/{NUMBER}{query}")[1] for query in ("?page=2&turn=1", "?page=2"))
    assert 'content="20; url=?page=1&amp;turn=1"' in turning
    assert "http-equiv" not in still
