"""What the desks show: the list of work, the file of a case, the register, what is due, an institution's own."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from issuer.domain.account import Role
from issuer.domain.application import Application, ApplicationId, Stage
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.services import applications, casefile, entries, institutions, query, registrations, trails, worklist
from tests.issuer.services.world import CLINIC, HOSPITAL, NURSE, NURSE_2, World


def offered(world: World, who: str, case: Application) -> dict[str, str]:
    """The steps that a file offers, with the code of what stands against each."""
    file = casefile.open_file(world.desk, world.people[who], case.id)
    return {one.row.step: "" if one.against is None else one.against.code for one in file.offers}


# --- the list of work ------------------------------------------------------------------------------------------------


def test_the_most_urgent_case_stands_first_and_counts_are_of_all(world: World) -> None:
    first = world.submitted(world.nurse_draft(), "nurse")
    world.later(days=3)
    second = world.submitted(world.nurse_draft("nurse-2", NURSE_2), "nurse-2")
    second = world.step(applications.accept, "accept", "accept", second)
    found = worklist.worklist(world.desk, world.people["accept"])
    assert [one.view.application.id for one in found.cases] == [first.id, second.id]
    assert [one.name for one in found.cases] == [NURSE[0], NURSE_2[0]]
    assert (found.total, found.found, found.mine, found.overdue) == (2, 2, 1, 0)
    assert (found.stages, found.kinds) == ({"submitted": 1, "accepted": 1}, {"nurse": 2})
    world.later(days=30)
    found = worklist.worklist(world.desk, world.people["review"], mine=True)
    assert [one.view.application.id for one in found.cases] == [second.id]
    assert (found.total, found.found, found.overdue) == (2, 1, 2)


def test_filters_leave_what_they_say(world: World) -> None:
    world.submitted(world.nurse_draft(), "nurse")
    doctor = world.submitted(world.physician_draft(), "physician")
    people = world.people
    assert worklist.worklist(world.desk, people["accept"], kind=Kind.INSTITUTION).found == 0
    [one] = worklist.worklist(world.desk, people["accept"], kind=Kind.PHYSICIAN).cases
    assert one.view.application.id == doctor.id
    assert worklist.worklist(world.desk, people["accept"], stage=Stage.ACCEPTED).found == 0
    assert worklist.worklist(world.desk, people["accept"], page=2).cases == ()


def test_others_areas_and_others_desks_are_not_shown(world: World) -> None:
    case = world.submitted(world.nurse_draft(), "nurse")
    world.officer("far", "qionghai", Role.ACCEPTANCE)
    assert worklist.worklist(world.desk, world.people["far"]).total == 0
    with pytest.raises(Refusal, match="application-unknown"):
        casefile.open_file(world.desk, world.people["far"], case.id)
    for who in ("keys-1", "nurse", "hospital"):
        with pytest.raises(Refusal, match="role-missing"):
            worklist.worklist(world.desk, world.people[who])
    world.officer("audit", "haikou", Role.AUDITOR)
    [one] = worklist.worklist(world.desk, world.people["audit"]).cases
    assert one.steps == ()


# --- the file of a case ----------------------------------------------------------------------------------------------


def test_the_file_offers_what_the_path_allows_and_tells_what_it_does_not(world: World) -> None:
    case = world.submitted(world.nurse_draft(), "nurse")
    assert offered(world, "accept", case) == {"accept": "", "ask_correction": "", "not_accept": ""}
    assert set(offered(world, "decide", case).values()) == {"role-missing"}
    case = world.step(applications.accept, "accept", "accept", case)
    assert offered(world, "all", case) == {"review": "", "pause_clock": "", "resume_clock": "clock-not-paused"}
    case = world.step(applications.review, "all", "review", case, finding="favourable")
    assert offered(world, "all", case)["approve"] == "four-eyes"
    assert offered(world, "decide", case) | {"review": "", "pause_clock": "", "resume_clock": ""} == {
        "review": "", "pause_clock": "", "resume_clock": "", "approve": "", "refuse": "",
    }  # fmt: skip


def test_a_blocking_finding_stands_against_acceptance_and_not_against_asking(world: World) -> None:
    world.person("nurse", NURSE[0], NURSE[1])
    content = {"name": NURSE[0], "sex": 2, "institution": HOSPITAL, "place": 460100}
    restricted = {"id_number": NURSE[1], "birth_date": NURSE[2], "exam_passed_on": "2025-06-01",
                  "health": "meets_standard"}  # fmt: skip
    case = world.submitted(world.open("nurse", Kind.NURSE, "first_registration", content, restricted), "nurse")
    hospital = world.registration(_case_of(world, "hospital"))
    body = {"grounds": ["own_close"], "reason": "歇业"}
    world.act(registrations.close_down, "decide", "registration.close_down", hospital.id, hospital.revision, body)
    assert offered(world, "accept", case) == {"accept": "precheck-failed", "ask_correction": "", "not_accept": ""}
    file = casefile.open_file(world.desk, world.people["accept"], case.id)
    assert [one.code for one in file.findings] == ["institution-unknown"]
    with pytest.raises(Refusal, match="precheck-failed"):
        world.step(applications.accept, "accept", "accept", case)


def test_the_comparison_stays_what_it_was_when_the_case_is_decided(world: World) -> None:
    content = {"subjects": [{"code": "03", "name": "内科"}, {"code": "05", "name": "妇产科"}], "beds": 700}
    case = world.open("hospital", Kind.INSTITUTION, "change_registration", content)
    case = world.submitted(case, "hospital")
    before = casefile.open_file(world.desk, world.people["decide"], case.id)
    changed = {line.field: (line.gone, line.new) for line in before.lines if line.changed}
    assert changed == {
        "subjects": (({"code": "04", "name": "外科"},), ({"code": "05", "name": "妇产科"},)),
        "beds": ((), ()),
    }
    case = world.reviewed(case)
    world.minted(world.step(applications.approve, "decide", "approve", case))
    after = casefile.open_file(world.desk, world.people["decide"], case.id)
    assert after.lines == before.lines
    assert (after.findings, after.offers) == ((), ())
    assert after.name == HOSPITAL["name"]


def test_a_bar_and_a_freeze_are_shown_as_obstacles(world: World) -> None:
    held = world.nurse()
    case = world.submitted(world.open("nurse", Kind.NURSE, "reissue", {}, {"cause": "遗失"}), "nurse")
    world.act(registrations.freeze, "decide", "registration.freeze", held.id, held.revision, {"reason": "核查"})
    file = casefile.open_file(world.desk, world.people["decide"], case.id)
    assert [one.code for one in file.obstacles] == ["registration-frozen"]


def test_the_confirmation_that_counts_is_the_last(world: World) -> None:
    case = world.submitted(world.nurse_draft(), "nurse")
    file = casefile.open_file(world.desk, world.people["accept"], case.id)
    assert file.confirmation is not None
    assert (file.confirmation.institution, file.confirmation.by) == (HOSPITAL["name"], "示例hospital")
    body = {"grounds": ["material_incomplete"], "reason": "补"}
    case = world.step(applications.ask_correction, "accept", "ask_correction", case, **body)
    case = world.step(applications.submit, "nurse", "submit", case)
    file = casefile.open_file(world.desk, world.people["nurse"], case.id)
    assert file.confirmation is not None
    assert file.confirmation.step is None


# --- trails ----------------------------------------------------------------------------------------------------------


def test_each_reader_sees_of_the_trail_what_it_may_see(world: World) -> None:
    case, _ = world.approved(world.nurse_draft(), "nurse")
    query.restricted_of(world.desk, world.people["review"], case.id, "核对身份")
    world.officer("audit", "haikou", Role.AUDITOR)
    lines = {who: trails.of_case(world.desk, world.people[who], case.id) for who in ("nurse", "hospital", "audit")}
    assert len({len(found) for found in lines.values()}) == 1
    own = lines["nurse"]
    assert [one.act for one in own if one.side == "officer" and one.signed] == [
        "application.accept", "application.review", "application.approve",
    ]  # fmt: skip
    assert all(one.name == one.key == "" for one in own if one.side == "officer")
    assert {one.office for one in own if one.side == "officer"} == {"海口市卫生健康委员会(示例)"}
    [read] = [one for one in own if one.tag == "restricted.read"]
    assert read.detail == (("purpose", "核对身份"),)
    assert all(one.name == one.key == "" for one in lines["hospital"] if one.side != "institution")
    told = {one.act: (one.name, bool(one.key)) for one in lines["audit"] if one.side == "officer" and one.signed}
    assert told["application.approve"] == ("示例decide", True)
    assert all(one.whole for one in own)
    assert {one.hash for one in own} == {one.hash for one in lines["audit"]}
    with pytest.raises(Refusal, match="application-unknown"):
        trails.of_case(world.desk, world.people["keys-1"], case.id)


def test_a_changed_row_shows_in_the_trail(world: World) -> None:
    case = world.nurse_draft()
    with world.store.transaction() as tx:
        tx.run(sa.text("DROP TRIGGER audit_changed"))
        tx.run(sa.text("UPDATE audit SET at = at - 3600 WHERE target = :id"), [{"id": case.id}])
    [line] = trails.of_case(world.desk, world.people["nurse"], case.id)
    assert not line.whole


# --- the register ----------------------------------------------------------------------------------------------------


def test_an_entry_is_found_by_number_by_name_and_by_its_institution_inside_the_area(world: World) -> None:
    held = world.nurse()
    clinic_officer = world.officer("far", "qionghai", Role.DECISION)
    decide = world.people["decide"]
    for words in (held.number, held.name):
        assert [one.registration.id for one in entries.look_up(world.desk, decide, words)] == [held.id]
        assert entries.look_up(world.desk, clinic_officer, words) == ()
    for words in (HOSPITAL["number"], HOSPITAL["name"]):
        kinds = {one.registration.kind for one in entries.look_up(world.desk, decide, words)}
        assert kinds == {Kind.INSTITUTION, Kind.NURSE}
    assert entries.look_up(world.desk, decide, held.name, Kind.PHYSICIAN) == ()
    with pytest.raises(Refusal, match="query-malformed"):
        entries.look_up(world.desk, decide, "苏")
    with pytest.raises(Refusal, match="registration-unknown"):
        entries.open_file(world.desk, clinic_officer, held.id)


def test_an_entry_offers_what_leads_on_from_how_it_stands(world: World) -> None:
    held = world.physician()
    file = entries.open_file(world.desk, world.people["decide"], held.id)
    assert {one.action.action for one in file.offers} == {
        "departure_filing", "suspend", "cancel_registration", "revoke_licence", "rescind_licence",
    }  # fmt: skip
    assert file.against is None
    [revoke] = [one for one in file.offers if one.action.action == "revoke_licence"]
    assert "penalty_58" not in {ground.code for ground in revoke.grounds}, "only the province uses article 58"
    file = entries.open_file(world.desk, world.people["province-all"], held.id)
    [revoke] = [one for one in file.offers if one.action.action == "revoke_licence"]
    assert revoke.years == (("penalty_58", 5, None),)
    against = entries.open_file(world.desk, world.people["review"], held.id).against
    assert against is not None
    assert against.code == "role-missing"


def test_what_is_due_is_listed_when_it_is_due(world: World) -> None:
    world.nurse()
    decide = world.people["decide"]
    assert all(not part for part in _parts(entries.due(world.desk, decide)))
    hospital = world.registration(_case_of(world, "hospital"))
    assert hospital.verify_by is not None
    world.at += (hospital.verify_by - datetime.date(2026, 3, 2)).days * 86_400 - 80 * 86_400
    due = entries.due(world.desk, decide)
    assert [(one.view.registration.id, one.days) for one in due.verification] == [(hospital.id, 80)]
    assert due.validity == due.ended == due.stopped == ()


def test_a_suspension_that_ended_and_a_departure_of_two_years_wait_for_an_act(world: World) -> None:
    held, doctor = world.nurse(), world.physician()
    body: dict[str, Any] = {"grounds": ["nurse_penalty"], "reason": "违规", "until": "2026-10-02"}
    world.act(registrations.suspend, "decide", "registration.suspend", held.id, held.revision, body)
    body = {"grounds": ["retirement"], "reason": "退休"}
    world.act(registrations.file_departure, "decide", "registration.departure_filing", doctor.id, 0, body)
    world.later(days=214)
    assert entries.due(world.desk, world.people["decide"]).ended == ()
    world.later(days=1)
    [ended] = entries.due(world.desk, world.people["decide"]).ended
    assert (ended.view.registration.id, ended.days) == (held.id, -1)
    world.later(days=730 - 215)
    assert entries.due(world.desk, world.people["decide"]).stopped == ()
    world.later(days=1)
    [stopped] = entries.due(world.desk, world.people["decide"]).stopped
    assert stopped.view.registration.id == doctor.id


# --- an institution's own --------------------------------------------------------------------------------------------


def test_an_institution_sees_its_own_people_and_no_others(world: World) -> None:
    nurse, doctor = world.nurse(), world.physician()
    hospital = world.people["hospital"]
    home = institutions.home(world.desk, hospital)
    assert home.practitioners == {Kind.PHYSICIAN: 1, Kind.NURSE: 1}
    found, total = institutions.practitioners(world.desk, hospital, Kind.NURSE)
    assert ([one.view.registration.id for one in found], total) == ([nurse.id], 1)
    assert institutions.practitioners(world.desk, hospital, Kind.NURSE, name="别人") == ((), 0)
    assert institutions.practitioner(world.desk, hospital, doctor.id).view.registration.id == doctor.id
    world.institution("clinic", CLINIC["name"], "469002", "52469002MBT100020F", "qionghai")
    with pytest.raises(Refusal, match="registration-unknown"):
        institutions.practitioner(world.desk, world.people["clinic"], doctor.id)
    with pytest.raises(Refusal, match="registration-unknown"):
        institutions.practitioner(world.desk, hospital, home.entry.registration.id if home.entry else "")
    for who in ("decide", "nurse"):
        with pytest.raises(Refusal, match="not-your-institution"):
            institutions.home(world.desk, world.people[who])


def test_the_duty_to_be_verified_is_told_three_months_before(world: World) -> None:
    hospital = world.people["hospital"]
    assert institutions.home(world.desk, hospital).notices == ()
    entry = world.registration(_case_of(world, "hospital"))
    assert entry.verify_by is not None
    world.at += (entry.verify_by - datetime.date(2026, 3, 2)).days * 86_400
    [notice] = institutions.home(world.desk, hospital).notices
    assert (notice.code, notice.last_day, notice.days) == ("verification", entry.verify_by, 0)
    world.later(days=1)
    [notice] = institutions.home(world.desk, hospital).notices
    assert notice.days == -1


def test_filings_at_an_institution_are_its_own_and_not_its_physicians(world: World) -> None:
    world.clinic()
    world.physician()
    filing = {**CLINIC, "start": "2026-03-02", "end": "2027-03-01"}
    case = world.open("physician", Kind.PHYSICIAN, "multi_site_filing", {"filing": filing})
    case = world.submitted(case, "physician")
    case = world.step(applications.accept, "province-all", "accept", case)
    case = world.step(applications.review, "province-all", "review", case, finding="favourable")
    world.minted(world.step(applications.approve, "clinic-decide", "approve", case))
    [found] = institutions.filings(world.desk, world.people["clinic"])
    assert (found.view.registration.name, found.primary) == ("林知远", HOSPITAL["name"])
    assert (found.start, found.end) == (datetime.date(2026, 3, 2), datetime.date(2027, 3, 1))
    assert institutions.filings(world.desk, world.people["hospital"]) == ()


def _parts(due: entries.DueList) -> list[tuple[entries.Due, ...]]:
    return [due.verification, due.validity, due.ended, due.stopped]


def _case_of(world: World, who: str) -> Application:
    [view] = query.own_cases(world.desk, world.people[who])
    return view.application


def test_an_id_that_is_none_is_told_as_unknown(world: World) -> None:
    with pytest.raises(Refusal, match="application-unknown"):
        casefile.open_file(world.desk, world.people["decide"], ApplicationId("app-none"))
