"""Who finds does not decide: proposals after inspections, reports of departure, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from issuer.domain.account import Role
from issuer.domain.proposal import Proposal, ProposalState
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.services import fetch, proposals, registrations, trails
from issuer.storage import StorageFailed, audit
from issuer.storage import proposals as stored
from tests.issuer.services.world import DAY, World

SUSPEND = {"action": "suspend", "grounds": ["penalty_57"], "evidence": "现场检查笔录第 7 号"}
LEFT = {"action": "departure_filing", "grounds": ["retirement"], "evidence": "退休审批表", "happened_on": "2026-02-20"}
UNTIL = "2026-10-01"


@pytest.fixture
def doctor(world: World) -> Registration:
    """A registered physician; in the office there is an auditor too."""
    world.officer("audit", "haikou", Role.AUDITOR)
    return world.physician()


def file(world: World, who: str, held: Registration, body: dict[str, Any]) -> Proposal:
    return world.act(proposals.file, who, "proposal.file", held.id, None, body)


def suspend(world: World, who: str, held: Registration, found: Proposal, **changes: Any) -> Registration:
    body = {"grounds": ["penalty_57"], "reason": "违反第五十七条", "until": UNTIL, "proposal": found.id, **changes}
    return world.act(registrations.suspend, who, "registration.suspend", held.id, held.revision, body)


def test_an_auditor_proposes_and_an_officer_decides_in_one_transaction(world: World, doctor: Registration) -> None:
    found = file(world, "audit", doctor, SUSPEND)
    [view] = proposals.inbox(world.desk, world.people["decide"])
    assert (view.proposal, view.filed_by, view.late) == (found, "示例audit", False)
    assert suspend(world, "decide", doctor, found).state == "suspended"
    assert proposals.inbox(world.desk, world.people["decide"]) == ()
    [view] = proposals.inbox(world.desk, world.people["decide"], closed=True)
    assert (view.proposal.state, view.closed_by) == (ProposalState.TAKEN, "示例decide")
    with world.store.reading() as tx:
        tags = [row.event for row in audit.find(tx, target=doctor.id)]
    assert [one.tag for one in tags][-2:] == ["proposal.filed", "registration.suspend"]
    assert ("proposal", found.id) in tags[-1].detail


def test_the_holder_reads_of_a_proposal_only_what_was_decided(world: World, doctor: Registration) -> None:
    found = file(world, "audit", doctor, SUSPEND)
    suspend(world, "decide", doctor, found)
    for who, told in (("physician", False), ("decide", True), ("audit", True)):
        tags = [line.tag for line in trails.of_registration(world.desk, world.people[who], doctor.id)]
        assert ("proposal.filed" in tags) is told, who
        assert "registration.suspend" in tags


def test_who_proposed_neither_decides_nor_dismisses(world: World, doctor: Registration) -> None:
    found = file(world, "all", doctor, SUSPEND)
    with pytest.raises(Refusal, match="own-proposal"):
        suspend(world, "all", doctor, found)
    with pytest.raises(Refusal, match="own-proposal"):
        world.act(proposals.dismiss, "all", "proposal.dismiss", found.id, found.revision, {"reason": "无事实"})
    with world.store.reading() as tx:
        assert fetch.registration(tx, doctor.id).state == "registered"
    [view] = proposals.inbox(world.desk, world.people["all"])
    assert view.proposal.state is ProposalState.OPEN


def test_a_refused_act_leaves_the_proposal_open(world: World, doctor: Registration) -> None:
    found = file(world, "audit", doctor, SUSPEND)
    with pytest.raises(Refusal, match="until-out-of-range"):
        suspend(world, "decide", doctor, found, until="2026-03-20")
    [view] = proposals.inbox(world.desk, world.people["decide"])
    assert view.proposal.state is ProposalState.OPEN


def test_a_proposal_ends_once(world: World, doctor: Registration) -> None:
    found = file(world, "audit", doctor, SUSPEND)
    closed = world.act(proposals.dismiss, "decide", "proposal.dismiss", found.id, 0, {"reason": "事实不清"})
    assert (closed.state, closed.reason) == (ProposalState.DISMISSED, "事实不清")
    with pytest.raises(Refusal, match="proposal-closed"):
        suspend(world, "decide", doctor, found)
    with pytest.raises(Refusal, match="proposal-closed"):
        world.act(proposals.dismiss, "all", "proposal.dismiss", found.id, closed.revision, {"reason": "再次"})
    with pytest.raises(StorageFailed, match="storage-forbidden"), world.store.transaction() as tx:
        stored.put(tx, closed, closed.revision)


def test_a_proposal_is_taken_up_by_what_it_proposes_and_nothing_else(world: World, doctor: Registration) -> None:
    found = file(world, "audit", doctor, SUSPEND)
    body = {"grounds": ["retirement"], "reason": "退休", "proposal": found.id}
    with pytest.raises(Refusal, match="body-malformed"):
        world.act(registrations.file_departure, "decide", "registration.departure_filing", doctor.id, 0, body)
    nurse = world.nurse()
    with pytest.raises(Refusal, match="body-malformed"):
        suspend(world, "decide", nurse, found, grounds=["nurse_penalty"])
    with pytest.raises(Refusal, match="proposal-unknown"):
        suspend(world, "decide", doctor, found, proposal="prop-none")


@pytest.mark.parametrize(
    ("who", "body", "code"),
    [
        ("physician", SUSPEND, "role-missing"),
        ("hospital", SUSPEND, "action-unknown"),
        ("keys-1", SUSPEND, "role-missing"),
        ("audit", {**SUSPEND, "grounds": []}, "grounds-missing"),
        ("audit", {**SUSPEND, "grounds": ["nurse_penalty"]}, "ground-unknown"),
        ("audit", {**SUSPEND, "action": "resume"}, "transition-not-allowed"),
        ("audit", {**SUSPEND, "action": "change_registration"}, "transition-not-allowed"),
        ("audit", {**SUSPEND, "evidence": " "}, "body-malformed"),
        ("audit", {**SUSPEND, "happened_on": "2026-03-03"}, "body-malformed"),
        ("audit", {**SUSPEND, "more": 1}, "body-malformed"),
        ("hospital", {**LEFT, "happened_on": None}, "body-malformed"),
    ],
)
def test_what_may_not_be_proposed(
    world: World, doctor: Registration, who: str, body: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refusal, match=code):
        file(world, who, doctor, body)
    with world.store.reading() as tx:
        assert stored.find(tx) == ()


def test_nobody_proposes_outside_the_own_area_or_about_oneself(world: World, doctor: Registration) -> None:
    world.officer("far", "qionghai", Role.REVIEW, Role.DECISION)
    with pytest.raises(Refusal, match="out-of-jurisdiction"):
        file(world, "far", doctor, SUSPEND)
    found = file(world, "audit", doctor, SUSPEND)
    assert proposals.inbox(world.desk, world.people["far"]) == ()
    with pytest.raises(Refusal, match="proposal-unknown"):
        proposals.one(world.desk, world.people["far"], found.id)
    with pytest.raises(Refusal, match="out-of-jurisdiction"):
        suspend(world, "far", doctor, found)
    with pytest.raises(Refusal, match="role-missing"):
        world.act(proposals.dismiss, "review", "proposal.dismiss", found.id, 0, {"reason": "不属实"})


def test_an_institution_reports_a_departure_and_the_authority_files_it(world: World, doctor: Registration) -> None:
    found = file(world, "hospital", doctor, LEFT)
    [view] = proposals.inbox(world.desk, world.people["decide"])
    assert (view.last_day and view.last_day.isoformat(), view.late) == ("2026-03-22", False)
    with pytest.raises(Refusal, match="proposal-open-already"):
        file(world, "hospital", doctor, LEFT)
    body = {"grounds": ["retirement"], "reason": "机构报告属实", "proposal": found.id}
    filed = world.act(registrations.file_departure, "decide", "registration.departure_filing", doctor.id, 0, body)
    assert filed.state == "left_filed"
    [own] = proposals.inbox(world.desk, world.people["hospital"])
    assert own.proposal.state is ProposalState.TAKEN


def test_a_report_after_thirty_days_is_late(world: World, doctor: Registration) -> None:
    world.later(days=20)
    file(world, "hospital", doctor, LEFT)
    [view] = proposals.inbox(world.desk, world.people["decide"])
    assert not view.late
    world.act(proposals.dismiss, "decide", "proposal.dismiss", view.proposal.id, 0, {"reason": "材料不全，请重新报告"})
    world.later(seconds=DAY)
    file(world, "hospital", doctor, LEFT)
    [view] = proposals.inbox(world.desk, world.people["decide"])
    assert view.late


def test_only_the_primary_institution_reports_and_only_physicians(world: World, doctor: Registration) -> None:
    world.clinic()
    with pytest.raises(Refusal, match="not-your-institution"):
        file(world, "clinic", doctor, LEFT)
    with pytest.raises(Refusal, match="not-your-institution"):
        file(world, "hospital", world.nurse(), LEFT)
