"""What the public may know, what the applicant sees, and what silence does, whoever looks first."""

from __future__ import annotations

import dataclasses
import json

import pytest

from issuer.domain.application import Stage
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.services import applications, deadlines, query, registrations
from issuer.storage import audit
from tests.issuer.services.world import DAY, HOSPITAL, NURSE, NURSE_2, World


def test_the_public_needs_two_facts_that_agree(world: World) -> None:
    nurse = world.nurse()
    for facts in ({"number": nurse.number}, {"institution": HOSPITAL["number"]}, {"institution": HOSPITAL["name"]}):
        (found,) = query.public_lookup(world.desk, Kind.NURSE, NURSE[0], **facts)
        assert (found.number, found.standing.permits_practice) == (nurse.number, True)
    assert query.public_lookup(world.desk, Kind.NURSE, NURSE_2[0], number=nurse.number) == ()
    assert query.public_lookup(world.desk, Kind.NURSE, NURSE[0], number="202646999999") == ()
    assert query.public_lookup(world.desk, Kind.NURSE, NURSE[0], institution="别的医院") == ()
    assert query.public_lookup(world.desk, Kind.PHYSICIAN, NURSE[0], number=nurse.number) == ()
    for name in (NURSE[0], "苏", ""):
        with pytest.raises(Refusal) as caught:
            query.public_lookup(world.desk, Kind.NURSE, name)
        assert caught.value.code == "two-facts-needed"
    with pytest.raises(Refusal):
        query.public_lookup(world.desk, Kind.INSTITUTION, "海口")
    (hospital,) = query.public_lookup(world.desk, Kind.INSTITUTION, HOSPITAL["name"])
    assert "内科" in hospital.public


def test_no_restricted_field_reaches_the_public(world: World) -> None:
    world.physician()
    (found,) = query.public_lookup(world.desk, Kind.PHYSICIAN, "林知远", institution=HOSPITAL["number"])
    assert json.loads(found.public).keys() == {
        "name", "sex", "institution", "place", "level", "category", "scopes"
    }  # fmt: skip
    text = repr(dataclasses.asdict(found))
    for value in ("460000199001010013", "1990-01-01", "2015", "passed", "acc-"):
        assert value not in text


def test_the_public_sees_a_suspension_at_once(world: World) -> None:
    nurse = world.nurse()
    body = {"grounds": ["nurse_penalty"], "reason": "x", "until": "2026-10-02"}
    world.act(registrations.suspend, "decide", "registration.suspend", nurse.id, nurse.revision, body)
    (found,) = query.public_lookup(world.desk, Kind.NURSE, NURSE[0], number=nurse.number)
    assert (found.standing.state, found.standing.permits_practice, found.standing.status_value) == (
        "suspended",
        False,
        2,
    )


def test_the_applicant_sees_stage_deadline_history_and_result(world: World) -> None:
    case = world.submitted(world.nurse_draft(), "nurse")
    (view,) = query.own_cases(world.desk, world.people["nurse"])
    assert (view.stage_zh, view.limit, view.days_left) == ("申请", "correction_notice", 5)
    world.at += 2 * DAY
    assert query.case(world.desk, world.people["nurse"], case.id).days_left == 3
    case = world.reviewed(case)
    case = world.step(applications.refuse, "decide", "refuse", case, reason="不符合条件", grounds=["nurse_conditions"])
    view = query.case(world.desk, world.people["nurse"], case.id)
    assert (view.final, view.limit, view.history[-1].reason) == (True, "", "不符合条件")
    assert view.history[-1].grounds[0].basis == "护士条例 7"
    assert [step.by for step in view.history] == ["applicant", "institution", "officer", "officer", "officer"]


def test_each_sees_its_own_desk(world: World) -> None:
    case = world.step(applications.submit, "nurse", "submit", world.nurse_draft())
    assert [view.application.id for view in query.to_confirm(world.desk, world.people["hospital"])] == [case.id]
    assert query.queue(world.desk, world.people["accept"]) == ()
    world.step(applications.confirm, "hospital", "confirm", case)
    assert [view.application.id for view in query.queue(world.desk, world.people["accept"])] == [case.id]
    for who in ("nurse", "hospital", "keys-1"):
        with pytest.raises(Refusal, match="role-missing"):
            query.queue(world.desk, world.people[who])


def test_opening_the_restricted_part_needs_a_purpose_and_leaves_a_trace(world: World) -> None:
    case = world.submitted(world.nurse_draft(), "nurse")
    officer = world.people["accept"]
    with pytest.raises(Refusal) as caught:
        query.restricted_of(world.desk, officer, case.id, " ")
    assert caught.value.code == "purpose-missing"
    opened = query.restricted_of(world.desk, officer, case.id, "受理核对")
    assert opened["id_number"] == NURSE[1]
    assert "salt" not in opened
    with world.store.reading() as tx:
        (event,) = audit.find(tx, tag="restricted.read")
    assert (event.event.actor, event.event.detail) == (officer.id, (("purpose", "受理核对"),))
    world.person("stranger", *NURSE_2[:2])
    with pytest.raises(Refusal):
        query.restricted_of(world.desk, world.people["stranger"], case.id, "x")


def test_silence_is_acceptance_once_and_only_after_the_limit(world: World) -> None:
    case = world.submitted(world.nurse_draft(), "nurse")
    world.at += 7 * DAY
    assert deadlines.sweep(world.desk, world.at).deemed == ()
    world.at += DAY
    assert deadlines.sweep(world.desk, world.at).deemed == (case.id,)
    assert deadlines.sweep(world.desk, world.at).deemed == ()
    view = query.case(world.desk, world.people["nurse"], case.id)
    assert (view.application.stage, str(view.application.accepted_on)) == (Stage.ACCEPTED, "2026-03-02")
    assert view.history[-1].by == "law"
    with world.store.reading() as tx:
        (event,) = audit.find(tx, tag="application.deemed_accepted")
    assert (event.event.actor, event.event.detail) == (None, (("basis", "行政许可法 32(4), 82"),))


def test_late_cases_and_ended_suspensions_are_listed(world: World) -> None:
    nurse = world.nurse()
    body = {"grounds": ["nurse_penalty"], "reason": "x", "until": "2026-10-02"}
    world.act(registrations.suspend, "decide", "registration.suspend", nurse.id, nurse.revision, body)
    case = world.submitted(world.nurse_draft("nurse-2", NURSE_2), "nurse-2")
    world.step(applications.accept, "accept", "accept", case)
    found = deadlines.sweep(world.desk, world.at)
    assert (found.overdue, found.ended, found.unknown) == ((), (), ())
    world.at += 31 * DAY  # 2026-04-02
    (late,) = deadlines.sweep(world.desk, world.at).overdue
    assert (late.application, late.limit, str(late.last_day), late.days) == (case.id, "decision", "2026-03-30", 3)
    world.at += 190 * DAY
    assert deadlines.sweep(world.desk, world.at).ended == (nurse.id,)


def test_a_missing_calendar_is_reported_and_guessed_by_nobody(world: World) -> None:
    world.at += 290 * DAY  # 2026-12-17
    case = world.submitted(world.nurse_draft(), "nurse")
    case = world.step(applications.accept, "accept", "accept", case)
    assert case.due_on is None
    assert deadlines.sweep(world.desk, world.at).unknown == ((case.id, "calendar-missing"),)
    view = query.case(world.desk, world.people["nurse"], case.id)
    assert (view.last_day, view.days_left, view.unknown) == (None, None, "calendar-missing")
