"""From the bytes of signed licences and lists to an answer: nothing in between is made up."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from elicense import Decision, Filing, Licence, Question, Verdict, may, period, verify
from elicense.scope import RULES, Answer, instant_of
from tests.world import DAY, HOSPITAL, T0, World, institution, nurse, physician

TODAY = period.civil_day(T0)
ONLINE: dict[str, Any] = {
    "subjects": ("03",),
    "holder_confirmed": True,
    "independent_since": dt.date(2015, 3, 1),
    "consent": True,
    "first_visit": False,
    "common_or_chronic": True,
    "drug_class": "ordinary",
    "under_six": False,
}
REHAB = "MBT10008X46020015A5272"


def judged(world: World, licence: Licence, at: int = T0) -> Verdict:
    """The verdict about a licence that was signed, with a list signed at that time."""
    return verify(world.token(licence), world.opened(), world.statuses(at), at)


def online(world: World, person: Verdict, **facts: Any) -> Answer:
    hospital = judged(world, institution(service_modes=(1, 2, 3, 6)))
    question = Question(**{**ONLINE, **facts}, person=person, institution=hospital)
    return may("telemedicine-physician", question, RULES, TODAY)


def codes(answer: Answer) -> list[str]:
    return [why.code for why in answer.reasons]


def test_a_physician_whom_the_law_lets_work_online() -> None:
    world = World()
    answer = online(world, judged(world, physician()))
    assert answer.decision is Decision.YES
    assert answer.reasons == ()


@pytest.mark.parametrize(
    ("value", "code"), [(1, "revoked"), (2, "suspended"), (3, "superseded")], ids=["ended", "suspended", "superseded"]
)
def test_what_the_status_list_says_is_heard(value: int, code: str) -> None:
    world = World()
    world.values[physician().status.index] = value
    answer = online(world, judged(world, physician()))
    assert (answer.decision, codes(answer)) == (Decision.NO, [code])


def test_without_a_status_list_somebody_has_to_ask() -> None:
    world = World()
    person = verify(world.token(physician()), world.opened(), {}, T0)
    answer = online(world, person)
    assert (answer.decision, codes(answer)) == (Decision.ASK, ["status-unknown"])


def test_a_licence_signed_by_somebody_else_is_no_licence() -> None:
    world = World()
    forged = verify(world.token(physician(), world.other_status_key), world.opened(), world.statuses(), T0)
    assert online(world, forged).decision is Decision.NO
    changed = bytearray(world.token(physician()))
    changed[-1] ^= 1
    broken = verify(bytes(changed), world.opened(), world.statuses(), T0)
    assert codes(online(world, broken)) == ["signature-bad"]


def test_a_token_that_is_noise_gets_no_and_nothing_else() -> None:
    world = World()
    assert codes(online(world, verify(b"noise", world.opened(), world.statuses(), T0))) == ["malformed"]


def test_the_content_that_counts_is_the_signed_one() -> None:
    world = World()
    assistant = judged(world, physician(level=2, place=460105))
    assert codes(online(world, assistant)) == ["level-assistant"]
    surgeon = judged(world, physician(scopes=(12,)))
    assert codes(online(world, surgeon)) == ["out-of-scope"]


def test_a_claim_is_answered_as_of_the_day_of_service() -> None:
    """Two versions of one licence: first at the rehabilitation hospital, later at the general one."""
    world = World()
    service = TODAY + dt.timedelta(days=2)
    now = T0 + 10 * DAY
    old = physician(institution=dataclasses.replace(HOSPITAL, number=REHAB))
    new = physician(version=2, issued_at=T0 + 5 * DAY, status=dataclasses.replace(old.status, index=202))
    facts = Question(at=REHAB, subjects=("03",), holder_confirmed=True, designated=True, payment="normal")
    rehab = dataclasses.replace(institution(), number=REHAB)
    at = instant_of(service, now)
    then = facts.judged(person=judged(world, old, at), institution=judged(world, rehab, at))
    assert may("claim", then, RULES, service).decision is Decision.YES

    later = facts.judged(person=judged(world, new, at), institution=judged(world, rehab, at))
    assert codes(may("claim", later, RULES, service)) == [
        "issued-later", "not-at-institution", "exemption-possible",
    ]  # fmt: skip
    assert may("claim", later, RULES, service).decision is Decision.ASK

    world.values[old.status.index] = 3
    today = facts.judged(person=judged(world, old, now), institution=judged(world, rehab, now))
    assert codes(may("claim", today, RULES, period.civil_day(now))) == ["superseded"]
    assert codes(may("claim", today, RULES, service)) == ["other-day", "other-day"]


def test_a_nurse_whose_licence_ends_is_told_so_on_the_day_after() -> None:
    world = World()
    licence = nurse(valid_until=TODAY + dt.timedelta(days=1))
    for days, decision in ((0, Decision.YES), (1, Decision.YES), (2, Decision.NO)):
        at = T0 + days * DAY
        question = Question(at=HOSPITAL.number, holder_confirmed=True, person=judged(world, licence, at))
        assert may("hiring", question, RULES, period.civil_day(at)).decision is decision


def test_a_patient_knows_the_name_on_the_door() -> None:
    world = World()
    filed = physician(
        institution=dataclasses.replace(HOSPITAL, number=REHAB, name="椰林示例康复医院"),
        filings=(Filing(number=HOSPITAL.number, name=HOSPITAL.name, start=TODAY),),
    )
    question = Question(at_name=HOSPITAL.name, holder_confirmed=True, person=judged(world, filed))
    assert may("patient", question, RULES, TODAY).decision is Decision.YES
    assert may("patient", Question(person=judged(world, filed)), RULES, TODAY).decision is Decision.ASK


def test_an_institution_that_advertises_more_than_it_may() -> None:
    world = World()
    question = Question(
        advertised_name="海口示例国际医学中心",
        subjects=("03", "14"),
        special_services=True,
        institution=judged(world, institution()),
    )
    answer = may("tourism", question, RULES, TODAY)
    assert codes(answer) == ["name-mismatch", "subject-not-registered", "special-permit"]
    assert answer.decision is Decision.NO


def test_an_institution_whose_verification_is_overdue() -> None:
    world = World()
    overdue = judged(world, institution(verified_until=TODAY - dt.timedelta(days=1)))
    question = Question(advertised_name=HOSPITAL.name, subjects=("03",), special_services=False, institution=overdue)
    answer = may("tourism", question, RULES, TODAY)
    assert (answer.decision, codes(answer)) == (Decision.ASK, ["verification-overdue"])
