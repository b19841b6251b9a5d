"""The path of an application at the desks: who may, in which order, with which words, and what is left behind."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path
from typing import Any

import pytest

from elicense.licence import NurseLicence, PhysicianLicence, StatusRef
from issuer.domain import canonical
from issuer.domain.account import AccountKind, Role
from issuer.domain.application import Application, Stage
from issuer.domain.audit import verify_chain
from issuer.domain.content import licence_of
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.services import accounts, applications, casework, officer_keys
from issuer.services import registrations as standing
from issuer.storage import accounts as account_rows
from issuer.storage import audit, registrations
from tests.issuer.services.world import CLINIC, DAY, HOSPITAL, NURSE, NURSE_2, SALT, World


def refused(function: Any, *arguments: Any, **named: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        function(*arguments, **named)
    return caught.value


def test_a_nurse_is_registered(world: World) -> None:
    held = world.nurse()
    assert (held.state, held.version, held.number) == ("registered", 1, "202646000001")
    assert (held.valid_from, held.valid_until) == (datetime.date(2026, 3, 2), datetime.date(2031, 3, 2))
    licence = licence_of(held, authority=1, status=StatusRef(list=1, index=5), issued_at=world.at)
    assert isinstance(licence, NurseLicence)
    assert (licence.name, licence.institution.number) == (NURSE[0], HOSPITAL["number"])
    assert world.restricted(held)["health"] == "meets_standard"
    with world.store.reading() as tx:
        (change,) = registrations.changes(tx, held.id)
    assert (change.source, change.target, change.action) == ("none", "registered", "first_registration")
    assert change.basis.startswith("护士条例")


def test_a_physician_is_registered_for_life_and_the_next_number_follows(world: World) -> None:
    held = world.physician()
    assert (held.state, held.number, held.valid_until) == ("registered", "110460100000001", None)
    licence = licence_of(held, authority=1, status=StatusRef(list=1, index=5), issued_at=world.at)
    assert isinstance(licence, PhysicianLicence)
    assert licence.scopes == (11,)


def test_an_institution_is_registered_with_its_verification_date(world: World) -> None:
    with world.store.reading() as tx:
        held = registrations.by_number(tx, Kind.INSTITUTION, HOSPITAL["number"])
    assert held is not None
    assert (held.state, held.verify_by) == ("active", datetime.date(2029, 3, 2)), "100 beds or more: three years"
    assert held.valid_until is not None
    licence_of(held, authority=1, status=StatusRef(list=1, index=5), issued_at=world.at)


def test_an_act_is_done_once(world: World) -> None:
    case = world.nurse_draft()
    signed = world.signed("nurse", "application.submit", case.id, case.revision)
    applications.submit(world.desk, signed)
    assert refused(applications.submit, world.desk, signed).code == "act-replayed"


def test_a_refused_act_is_not_used_up_and_leaves_nothing(world: World) -> None:
    case = world.nurse_draft()
    with world.store.reading() as tx:
        before = audit.head(tx)
    signed = world.signed("nurse", "application.accept", case.id, case.revision)
    assert refused(applications.accept, world.desk, signed).code == "stage-order"
    with world.store.reading() as tx:
        assert audit.head(tx) == before
    assert refused(applications.accept, world.desk, signed).code == "stage-order", "not: replayed"


@pytest.mark.parametrize(("revision", "code"), [(7, "changed-meanwhile"), (None, "changed-meanwhile")])
def test_a_stale_revision_is_refused(world: World, revision: int | None, code: str) -> None:
    case = world.nurse_draft()
    signed = world.signed("nurse", "application.submit", case.id, revision)
    assert refused(applications.submit, world.desk, signed).code == code


def test_what_was_signed_is_what_is_done(world: World) -> None:
    case = world.nurse_draft()
    signed = world.signed("nurse", "application.withdraw", case.id, case.revision)
    assert refused(applications.submit, world.desk, signed).code == "act-wrong"
    other = world.signed("nurse", "application.submit", case.id, case.revision)
    mixed = dataclasses.replace(signed, proof=other.proof)
    assert refused(applications.withdraw, world.desk, mixed).code == "proof-bad"
    foreign = dataclasses.replace(signed, key_id=world.signers["accept"].public_key.kid.hex())
    assert refused(applications.withdraw, world.desk, foreign).code == "key-not-holder", "SR-26"
    unknown = dataclasses.replace(signed, key_id="0" * 16)
    assert refused(applications.withdraw, world.desk, unknown).code == "signer-unknown"
    for offset in (-301, 301):
        late = world.signed("nurse", "application.submit", case.id, case.revision, at=world.at + offset)
        assert refused(applications.submit, world.desk, late).code == "act-not-in-time"


def test_nobody_reads_or_moves_another_persons_application(world: World) -> None:
    case = world.nurse_draft()
    world.person("stranger", *NURSE_2[:2])
    for step, function in (("submit", applications.submit), ("withdraw", applications.withdraw)):
        signed = world.signed("stranger", f"application.{step}", case.id, case.revision)
        assert refused(function, world.desk, signed).code == "not-your-application"
    with world.store.reading() as tx:
        for who in ("stranger", "hospital", "accept"):
            assert refused(casework.visible, tx, world.people[who], case.id).code == "application-unknown"


def test_the_same_officer_does_not_review_and_decide(world: World) -> None:
    case = world.submitted(world.nurse_draft(), "nurse")
    case = world.step(applications.accept, "all", "accept", case)
    case = world.step(applications.review, "all", "review", case, finding="favourable")
    signed = world.signed("all", "application.approve", case.id, case.revision)
    assert refused(applications.approve, world.desk, signed).code == "four-eyes"
    assert world.step(applications.approve, "decide", "approve", case).stage is Stage.APPROVED


def test_an_officer_who_is_the_applicant_is_recognised_by_identity(world: World) -> None:
    case = world.submitted(world.nurse_draft(), "nurse")
    body = {
        "organisation": world.places["haikou"].id,
        "name": NURSE[0],
        "roles": [Role.ACCEPTANCE.value, Role.DECISION.value],
    }
    evidence = canonical.dumps({"name": NURSE[0], "id_number": NURSE[1]})
    signed = world.signed("keys-1", "account.create_officer", "new", None, body)
    officer = accounts.create_officer(world.desk, signed, evidence, accounts.DemonstrationProof())
    world.people["herself"] = officer
    key = world.act(officer_keys.request, "keys-1", "key.request", officer.id, None, {"reason": "x"})
    key = world.act(officer_keys.approve, "keys-2", "key.approve", key.id, key.revision)
    world.act(officer_keys.activate, "keys-1", "key.activate", key.id, key.revision, {"jwk": world.jwk("herself")})
    signed = world.signed("herself", "application.accept", case.id, case.revision)
    assert refused(applications.accept, world.desk, signed).code == "own-case"


def test_an_officer_of_another_county_has_no_say(world: World) -> None:
    world.officer("elsewhere", "qionghai", Role.ACCEPTANCE, Role.REVIEW, Role.DECISION)
    case = world.submitted(world.nurse_draft(), "nurse")
    signed = world.signed("elsewhere", "application.accept", case.id, case.revision)
    assert refused(applications.accept, world.desk, signed).code == "out-of-jurisdiction"
    assert world.step(applications.accept, "province-all", "accept", case).stage is Stage.ACCEPTED


def test_without_the_institutions_confirmation_nothing_reaches_the_authority(world: World) -> None:
    case = world.step(applications.submit, "nurse", "submit", world.nurse_draft())
    assert (case.stage, case.received_on) == (Stage.INSTITUTION_CONFIRM, None)
    assert (
        refused(
            applications.accept, world.desk, world.signed("accept", "application.accept", case.id, case.revision)
        ).code
        == "stage-order"
    )
    returned = world.act(
        applications.give_back, "hospital", "application.return", case.id, case.revision, {"reason": "科室不符"}
    )
    assert returned.stage is Stage.DRAFT
    assert returned.steps[-1].reason == "科室不符"


def test_a_correction_is_answered_with_new_content(world: World) -> None:
    case = world.submitted(world.nurse_draft(), "nurse")
    case = world.step(
        applications.ask_correction, "accept", "ask_correction", case, grounds=["material_incomplete"], reason="缺材料"
    )
    content = canonical.loads(case.content.encode())
    case = world.act(applications.save, "nurse", "application.save", case.id, case.revision, {"content": content})
    assert case.stage is Stage.CORRECTION_REQUESTED
    world.later(days=1)
    case = world.submitted(case, "nurse")
    assert (case.stage, case.received_on) == (Stage.SUBMITTED, datetime.date(2026, 3, 3))


def test_every_refusal_tells_its_reason_and_basis_and_may_bring_a_bar(world: World) -> None:
    case = world.reviewed(world.submitted(world.nurse_draft(), "nurse"))
    for body, code in (
        ({}, "reason-missing"),
        ({"reason": "虚假材料"}, "grounds-missing"),
        ({"reason": "虚假材料", "grounds": ["death"]}, "ground-unknown"),
    ):
        signed = world.signed("decide", "application.refuse", case.id, case.revision, body)
        assert refused(applications.refuse, world.desk, signed).code == code
    case = world.step(applications.refuse, "decide", "refuse", case, reason="提交虚假材料", grounds=["false_material"])
    assert case.stage is Stage.REFUSED
    with world.store.reading() as tx:
        assert registrations.of_holder(tx, case.holder, Kind.NURSE) is None
    barred = refused(world.nurse_draft)
    assert barred.code == "barred"
    assert "78" in barred.grounds[0].basis
    assert barred.grounds[0].zh
    world.later(days=366)
    assert world.nurse_draft().stage is Stage.DRAFT


def clinic(world: World) -> Application:
    """Register a clinic under the county, with two reviewers of its own."""
    world.institution("clinic", CLINIC["name"], "469002", "52469002MBT100020F", "qionghai")
    content = {
        **CLINIC,
        "address": "琼海市示例路2号",
        "principal": "示例",
        "subjects": [{"code": "12", "name": "口腔科"}],
        "dental_chairs": 3,
    }
    case = world.open("clinic", Kind.INSTITUTION, "practice_registration", content, {"uscc": "52469002MBT100020F"})
    case = world.step(applications.submit, "clinic", "submit", case)
    assert case.authority == world.places["qionghai"].id
    world.officer("q-accept", "qionghai", Role.ACCEPTANCE, Role.REVIEW)
    world.officer("q-review", "qionghai", Role.REVIEW)
    world.officer("q-decide", "qionghai", Role.DECISION)
    case = world.step(applications.accept, "q-accept", "accept", case)
    case = world.step(applications.review, "q-accept", "review", case, finding="favourable")
    signed = world.signed("q-decide", "application.approve", case.id, case.revision)
    assert refused(applications.approve, world.desk, signed).code == "review-incomplete"
    case = world.step(applications.review, "q-review", "review", case, finding="favourable")
    case = world.step(applications.approve, "q-decide", "approve", case, valid_until="2030-12-31")
    return world.minted(case)


def test_an_institution_needs_two_reviewers(world: World) -> None:
    held = world.registration(clinic(world))
    assert (held.valid_until, held.verify_by) == (datetime.date(2030, 12, 31), datetime.date(2027, 3, 2))


@pytest.mark.parametrize(
    ("content", "restricted", "finding"),
    [
        ({"name": "苏予宁"}, {}, "person-mismatch"),
        ({"sex": 1}, {}, "person-mismatch"),
        ({}, {"id_number": NURSE_2[1]}, "person-mismatch"),
        ({}, {"id_number": "460000199505050028"}, "identity-number-bad"),
        ({}, {"birth_date": "1995-05-06"}, "person-mismatch"),
        ({}, {"health": "unknown"}, "nurse-health"),
        ({}, {"exam_passed_on": "2022-06-01"}, "nurse-time-rule"),
        ({"institution": {**HOSPITAL, "name": "海口示例医院"}}, {}, "name-not-normative"),
        ({"institution": CLINIC}, {}, "institution-unknown"),
    ],
)
def test_what_the_data_contradict_is_not_submitted(
    world: World, content: dict[str, Any], restricted: dict[str, Any], finding: str
) -> None:
    world.person("nurse", *NURSE[:2])
    draft = {"name": NURSE[0], "sex": 2, "institution": HOSPITAL, "place": 460100, **content}
    secret = {"id_number": NURSE[1], "birth_date": NURSE[2], "exam_passed_on": "2025-06-01", "health": "meets_standard"}
    case = world.open("nurse", Kind.NURSE, "first_registration", draft, {**secret, **restricted})
    failed = refused(
        applications.submit, world.desk, world.signed("nurse", "application.submit", case.id, case.revision)
    )
    assert failed.code == "precheck-failed"
    assert finding in {ground.code for ground in failed.grounds}
    assert all(ground.basis and ground.zh and ground.en for ground in failed.grounds)
    for value in (NURSE[0], NURSE[1], NURSE[2], NURSE_2[1]):
        assert value not in str(failed), "no personal value in a refusal"


def test_a_draft_may_not_name_what_its_action_does_not(world: World) -> None:
    world.person("nurse", *NURSE[:2])
    for content, restricted, code in (
        ({"level": 1}, {}, "content-malformed"),
        ({"valid_until": "2099-01-01"}, {}, "content-malformed"),
        ({"name": "苏\u202e予安"}, {}, "content-malformed"),
        ({}, {"penalties": "none"}, "restricted-malformed"),
        ({}, {"salt": "short"}, "restricted-malformed"),
    ):
        assert refused(world.open, "nurse", Kind.NURSE, "first_registration", content, restricted).code == code


@pytest.mark.parametrize("kind", [{}, [], None, 1, True, "doctor", {"nurse": 1}], ids=str)
def test_a_kind_that_is_none_is_refused_whatever_it_is(world: World, kind: Any) -> None:
    world.person("nurse", *NURSE[:2])
    signed = world.signed("nurse", "application.open", "new", None, {"kind": kind, "action": "first_registration"})
    assert refused(applications.open_draft, world.desk, signed).code == "body-malformed"


def test_the_restricted_part_is_the_one_that_was_signed(world: World) -> None:
    world.person("nurse", *NURSE[:2])
    sealed = canonical.dumps({"salt": SALT, "id_number": NURSE[1]})
    body = {"kind": "nurse", "action": "first_registration", "content": {}, "restricted": "0" * 64}
    signed = world.signed("nurse", "application.open", "new", None, body)
    assert refused(applications.open_draft, world.desk, signed, sealed).code == "restricted-differs"
    assert refused(applications.open_draft, world.desk, signed, None).code == "restricted-differs"


def test_one_application_at_a_time_and_one_registration(world: World) -> None:
    case = world.nurse_draft()
    assert refused(world.nurse_draft).code == "application-open-already"
    world.step(applications.withdraw, "nurse", "withdraw", case)
    world.nurse()
    assert refused(world.nurse_draft).code == "registration-exists"
    world.person("other", *NURSE_2[:2])
    early = refused(world.open, "other", Kind.NURSE, "renewal", {}, {"health": "meets_standard"})
    assert early.code == "registration-missing"


def test_a_change_names_what_it_changes_and_nothing_else(world: World) -> None:
    before = world.physician()
    case = world.open("physician", Kind.PHYSICIAN, "add_scope", {"scopes": [11, 14]}, {"assessment": "passed 2026"})
    after = world.approved(case, "physician")[1]
    old, new = casework.public_of(before.content), casework.public_of(after.content)
    assert {name for name in new if new[name] != old.get(name)} == {"scopes"}
    assert (after.version, after.number, after.id) == (2, before.number, before.id)
    assert world.restricted(after)["id_number"] == "460000199001010013"
    removed = world.open("physician", Kind.PHYSICIAN, "add_scope", {"scopes": [14]}, {"assessment": "passed 2026"})
    signed = world.signed("physician", "application.submit", removed.id, removed.revision)
    assert "scope-removed" in refused(applications.submit, world.desk, signed).detail


def test_a_filing_is_added_inside_the_place_of_practice_only(world: World) -> None:
    world.institution("clinic", CLINIC["name"], "469002", "52469002MBT100020F", "qionghai")
    world.physician()
    filing = {"number": CLINIC["number"], "name": CLINIC["name"], "start": "2026-03-02"}
    case = world.open("physician", Kind.PHYSICIAN, "multi_site_filing", {"filing": filing})
    signed = world.signed("physician", "application.submit", case.id, case.revision)
    assert "institution-unknown" in refused(applications.submit, world.desk, signed).detail, "not registered yet"


def test_nobody_is_registered_at_an_institution_that_is_no_more(world: World) -> None:
    case = world.nurse_draft()
    with world.store.reading() as tx:
        hospital = registrations.by_number(tx, Kind.INSTITUTION, HOSPITAL["number"])
    assert hospital is not None
    body = {"grounds": ["own_close"], "reason": "歇业"}
    world.act(standing.close_down, "decide", "registration.close_down", hospital.id, hospital.revision, body)
    signed = world.signed("nurse", "application.submit", case.id, case.revision)
    assert "institution-unknown" in refused(applications.submit, world.desk, signed).detail


def test_a_filing_leaves_the_registration_with_its_authority(world: World) -> None:
    clinic(world)
    before = world.physician()
    filing = {"number": CLINIC["number"], "name": CLINIC["name"], "start": "2026-03-02"}
    case = world.open("physician", Kind.PHYSICIAN, "multi_site_filing", {"filing": filing})
    case = world.submitted(case, "physician")
    assert case.authority == world.places["qionghai"].id, "the authority of the further institution decides"
    case = world.step(applications.accept, "q-accept", "accept", case)
    case = world.step(applications.review, "q-review", "review", case, finding="favourable")
    case = world.step(applications.approve, "q-decide", "approve", case)
    after = world.registration(case)
    assert after.authority == before.authority == world.places["haikou"].id
    assert casework.public_of(after.content)["filings"] == [filing]


def test_nothing_is_delivered_before_it_is_minted_and_no_second_case_overtakes(world: World) -> None:
    case = world.reviewed(world.submitted(world.nurse_draft(), "nurse"))
    case = world.step(applications.approve, "decide", "approve", case)
    signed = world.signed("nurse", "application.deliver", case.id, case.revision)
    assert refused(applications.deliver, world.desk, signed).code == "licence-not-released"
    assert refused(world.open, "nurse", Kind.NURSE, "renewal", {}, {}).code == "application-open-already"
    assert world.minted(case).stage is Stage.DELIVERED
    assert world.open("nurse", Kind.NURSE, "renewal", {}, {}).stage is Stage.DRAFT


def test_the_audit_chain_is_whole_and_holds_no_restricted_value(world: World) -> None:
    world.nurse()
    with world.store.reading() as tx:
        rows = list(audit.read(tx))
    assert verify_chain(rows) == ()
    assert all(row.event.proof and row.event.key for row in rows if row.event.act)
    text = repr(rows)
    for value in (NURSE[1], NURSE[2], "meets_standard", "2025-06-01"):
        assert value not in text
    tags = [row.event.tag for row in rows]
    for tag in ("submitted", "confirmed", "accepted", "reviewed", "approved"):
        assert f"application.{tag}" in tags


def test_no_identity_number_lies_open_in_the_database(world: World, tmp_path: Path) -> None:
    world.nurse()
    world.store.close()
    for file in tmp_path.iterdir():
        assert NURSE[1].encode() not in file.read_bytes(), file.name


def test_a_suspended_key_stops_at_once_and_what_it_signed_stays(world: World) -> None:
    case = world.submitted(world.nurse_draft(), "nurse")
    case = world.step(applications.accept, "accept", "accept", case)
    with world.store.reading() as tx:
        (account,) = [
            one for one in account_rows.find(tx, kind=AccountKind.OFFICER) if one.id == world.people["review"].id
        ]
        assert account.roles == {Role.REVIEW}
    key = world.key("review")
    prepared = world.signed("review", "application.review", case.id, case.revision, {"finding": "favourable"})
    world.act(officer_keys.suspend, "keys-1", "key.suspend", key.id, key.revision, {"reason": "异常操作"})
    assert refused(applications.review, world.desk, prepared).code == "key-suspended"
    assert case.stage is Stage.ACCEPTED


def test_time_runs_and_the_clock_stands_on_the_application(world: World) -> None:
    case: Application = world.submitted(world.nurse_draft(), "nurse")
    assert case.due_on == datetime.date(2026, 3, 9), "five working days for a correction notice"
    world.at += DAY
    case = world.step(applications.accept, "accept", "accept", case)
    assert case.due_on == datetime.date(2026, 3, 30), "20 working days from receipt"
