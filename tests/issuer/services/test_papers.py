"""Papers of a case: who adds, who reads, what the signed act says, and that the database holds nothing in clear."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa

from issuer.domain.account import Role
from issuer.domain.application import Application
from issuer.domain.kind import Kind
from issuer.domain.paper import COUNT_MAX, OTHER, Media, Paper
from issuer.domain.refusal import Refusal
from issuer.services import applications, papers
from issuer.storage import StorageFailed, audit
from issuer.storage import papers as stored
from issuer.vault import KeyRefused
from tests.issuer.conftest import by_hand
from tests.issuer.services.made_papers import pdf, picture
from tests.issuer.services.world import NURSE_2, World

CANARY = "CANARY-of-a-health-certificate"


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, match=rf"^{code}(:|$)")


def add(world: World, case: Application, who: str = "nurse", code: str = "diploma", data: bytes = b"") -> Paper:
    return papers.add(world.desk, world.people[who], case.id, code, data or pdf())


def hand_in(world: World, case: Application, digests: list[str]) -> Application:
    return world.step(applications.submit, "nurse", "submit", case, papers=digests)


def test_the_list_asks_for_what_the_guide_names_and_not_for_what_is_known(world: World) -> None:
    case = world.nurse_draft()
    listed = papers.checklist(world.desk, world.people["nurse"], case.id)
    assert [(one.code, one.missing) for one in listed.asked] == [
        ("diploma", True),
        ("health_certificate", True),
        ("clinical_training", False),
    ]
    assert {row.by for row in listed.known} == {"form", "system", "institution"}
    add(world, case)
    listed = papers.checklist(world.desk, world.people["nurse"], case.id)
    assert [one.missing for one in listed.asked] == [False, True, False]


def test_the_act_that_hands_in_names_every_paper(world: World) -> None:
    case = world.nurse_draft()
    digests = [add(world, case).sha256.hex(), add(world, case, code="health_certificate", data=picture()).sha256.hex()]
    for wrong in ([], digests[:1], [*digests, "0" * 64], [digests[0], digests[0]]):
        with refused("papers-differ"):
            hand_in(world, case, wrong)
    hand_in(world, case, digests)
    with world.store.reading() as tx:
        (event,) = audit.find(tx, tag="application.submitted", target=case.id)
    assert event.event.act is not None
    assert all(digest.encode() in event.event.act for digest in digests)
    assert ("papers", "2") in event.event.detail


def test_what_was_handed_in_stays_and_a_correction_adds(world: World) -> None:
    case = world.nurse_draft()
    first, other = add(world, case), add(world, case, code="health_certificate")
    papers.remove(world.desk, world.people["nurse"], other.id)
    case = hand_in(world, case, [first.sha256.hex()])
    with refused("stage-order"):
        add(world, case)
    with refused("stage-order"):
        papers.remove(world.desk, world.people["nurse"], first.id)
    case = world.step(applications.confirm, "hospital", "confirm", case)
    asked = {"grounds": ["material_incomplete"], "reason": "缺少健康体检证明"}
    case = world.step(applications.ask_correction, "accept", "ask_correction", case, **asked)
    with refused("paper-fixed"):
        papers.remove(world.desk, world.people["nurse"], first.id)
    second = add(world, case, code="health_certificate", data=picture("PNG"))
    third = add(world, case, code=OTHER, data=picture())
    case = hand_in(world, case, [one.sha256.hex() for one in (first, second, third)])
    listed = papers.checklist(world.desk, world.people["accept"], case.id)
    assert [len(one.given) for one in listed.asked] == [1, 1, 0, 1]
    with pytest.raises(StorageFailed, match="storage-forbidden"), world.store.transaction() as tx:
        stored.remove(tx, third.id)
    with pytest.raises(StorageFailed, match="storage-forbidden"), world.store.transaction() as tx:
        by_hand(tx, sa.update(stored.paper).values(sha256=b"x"))


def test_missing_papers_hold_nothing_up_and_are_told_at_the_desk(world: World) -> None:
    """行政许可法 32: received, and asked for once."""
    case = world.submitted(world.nurse_draft(), "nurse")
    listed = papers.checklist(world.desk, world.people["accept"], case.id)
    assert sum(one.missing for one in listed.asked) == 2
    world.step(applications.accept, "accept", "accept", case)


def test_who_reads_and_whose_reading_is_on_record(world: World) -> None:
    world.officer("auditor", "haikou", Role.AUDITOR)
    world.officer("elsewhere", "qionghai", Role.REVIEW)
    world.person("nurse-2", NURSE_2[0], NURSE_2[1])
    case = world.nurse_draft()
    paper = add(world, case, data=picture())
    for who in ("hospital", "accept", "elsewhere", "nurse-2"):
        with refused("paper-unknown"):
            papers.read(world.desk, world.people[who], paper.id)
    case = hand_in(world, case, [paper.sha256.hex()])
    case = world.step(applications.confirm, "hospital", "confirm", case)
    for who in ("nurse", "hospital", "accept", "decide"):
        found, data = papers.read(world.desk, world.people[who], paper.id)
        assert hashlib.sha256(data).digest() == found.sha256 == paper.sha256
    for who, code in (("elsewhere", "paper-unknown"), ("nurse-2", "paper-unknown"), ("auditor", "role-missing")):
        with refused(code):
            papers.read(world.desk, world.people[who], paper.id)
    with world.store.reading() as tx:
        reads = [row.event.actor for row in audit.find(tx, tag="paper.read", target=case.id)]
    assert reads == [world.people[who].id for who in ("hospital", "accept", "decide")]


def test_nobody_adds_to_another_ones_case_or_what_is_not_asked_for(world: World) -> None:
    world.person("nurse-2", NURSE_2[0], NURSE_2[1])
    case = world.nurse_draft()
    with refused("application-unknown"):
        add(world, case, who="nurse-2")
    with refused("paper-unknown"):
        add(world, case, code="capital")
    sent = world.submitted(case, "nurse")
    for who in ("hospital", "accept"):
        with refused("not-your-application"):
            add(world, sent, who=who)


def test_a_case_holds_so_many_papers(world: World) -> None:
    case = world.nurse_draft()
    for _ in range(COUNT_MAX):
        add(world, case, data=pdf())
    with refused("papers-too-many"):
        add(world, case)


def test_an_institution_adds_to_its_own_case(world: World) -> None:
    case = world.open("hospital", Kind.INSTITUTION, "change_registration", {"beds": 610}, {})
    paper = add(world, case, who="hospital", code="change_proof")
    assert paper.media is Media.PDF
    case = world.step(applications.submit, "hospital", "submit", case, papers=[paper.sha256.hex()])
    assert papers.read(world.desk, world.people["accept"], paper.id)[0] == dataclasses.replace(paper, fixed_at=world.at)


def test_the_database_holds_no_paper_in_clear(world: World, tmp_path: Path) -> None:
    case = world.nurse_draft()
    data = pdf() + b"%" + CANARY.encode() + b"\n%%EOF\n"
    paper = add(world, case, data=data)
    assert CANARY.encode() in papers.read(world.desk, world.people["nurse"], paper.id)[1]
    world.store.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("world.sqlite*"))
    assert paper.id.encode() in raw
    assert CANARY.encode() not in raw


def test_a_paper_put_into_another_case_does_not_open(world: World) -> None:
    case = world.nurse_draft()
    paper, other = add(world, case), add(world, case, data=picture())
    with world.store.transaction() as tx:
        tx.run(sa.text("DROP TRIGGER paper_fixed"))
        for column in ("key", "sealed"):
            source = sa.select(stored.paper.c[column]).where(stored.paper.c.id == other.id).scalar_subquery()
            by_hand(tx, sa.update(stored.paper).where(stored.paper.c.id == paper.id).values({column: source}))
    with pytest.raises(KeyRefused):
        papers.read(world.desk, world.people["nurse"], paper.id)
