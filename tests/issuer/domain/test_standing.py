"""The machines of the three kinds: no arrow outside the table, four endings, what time alone does, bars."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.domain.account import AccountId
from issuer.domain.application import Application, ApplicationId, Stage
from issuer.domain.kind import Kind
from issuer.domain.organisation import OrganisationId
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Bar, BarId, Registration, RegistrationId
from issuer.domain.rulebook import LAPSE, NONE
from issuer.domain.standing import (
    bar_last_day,
    barred,
    check_until,
    origin_state,
    standing,
    timely_renewal,
)
from tests.issuer.domain.made import AT, RULES

ON = datetime.date(2026, 11, 23)
DAY = datetime.timedelta(days=1)


def held(kind: Kind = Kind.NURSE, state: str = "registered", **changes: object) -> Registration:
    base = Registration(
        id=RegistrationId("reg-1"),
        kind=kind,
        number="1",
        holder="h",
        name="示例",
        authority=OrganisationId("haikou"),
        institution=None,
        state=state,
        version=1,
        revision=0,
        content="{}",
        sealed=None,
        registered_on=ON,
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


ACTIONS = sorted({row.action for row in RULES.transitions if row.action != LAPSE})


@given(st.sampled_from(Kind), st.lists(st.sampled_from(ACTIONS), max_size=25))
def test_what_has_ended_lives_again_only_by_re_registration(kind: Kind, actions: list[str]) -> None:
    state, ended, reborn = NONE, False, True
    for action in actions:
        try:
            target = RULES.transition(kind, state, action, ON).target
        except Refusal:
            continue
        if ended and RULES.state(kind, target).live:
            reborn = action == "re_registration" and state == "cancelled"
            assert reborn, f"{action} from {state}"
        ended = not RULES.state(kind, target).live
        assert target in {row.state for row in RULES.states if row.kind == kind and not row.derived}
        state = target
        if ended:
            assert RULES.state(kind, state).status_value == "1"


def test_no_arrow_leads_from_an_ended_state_to_a_live_one_but_re_registration() -> None:
    back = {
        (row.kind, row.origin, row.action)
        for row in RULES.transitions
        if row.origin not in {NONE, "*"}
        and not RULES.state(Kind(row.kind), row.origin).live
        and RULES.state(Kind(row.kind), row.target).live
    }
    assert back == {("physician", "cancelled", "re_registration"), ("nurse", "cancelled", "re_registration")}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_live_state_can_be_revoked_and_rescinded_and_no_ended_one(kind: Kind) -> None:
    for row in RULES.states:
        if row.kind != kind:
            continue
        for action in ("revoke_licence", "rescind_licence"):
            if row.live:
                assert not RULES.state(kind, RULES.transition(kind, row.state, action, ON).target).live
            else:
                with pytest.raises(Refusal):
                    RULES.transition(kind, row.state, action, ON)


def test_a_nurse_lapses_after_the_last_day_and_not_before() -> None:
    nurse = held(valid_until=ON)
    assert standing(RULES, nurse, ON, renewal_pending=False).permits_practice
    after = standing(RULES, nurse, ON + DAY, renewal_pending=False)
    assert (after.state, after.permits_practice, after.lapsed) == ("expired", False, True)
    assert standing(RULES, nurse, ON + DAY, renewal_pending=True).permits_practice, "许可法 50"
    suspended = held(state="suspended", valid_until=ON)
    assert standing(RULES, suspended, ON + DAY, renewal_pending=False).state == "expired"
    revoked = held(state="revoked", valid_until=ON)
    assert standing(RULES, revoked, ON + DAY, renewal_pending=False).state == "revoked", "time mends nothing"


def test_an_institution_lapses_twice_over() -> None:
    institution = held(Kind.INSTITUTION, "active", valid_until=ON + 9 * DAY, verify_by=ON)
    assert standing(RULES, institution, ON, renewal_pending=False).permits_practice
    assert standing(RULES, institution, ON + DAY, renewal_pending=False).state == "verification_overdue"
    assert standing(RULES, institution, ON + 10 * DAY, renewal_pending=False).state == "expired"


@pytest.mark.parametrize(("beds", "permits", "value"), [(0, False, 2), (20, True, 0)])
def test_a_deferral_stops_an_institution_without_beds(beds: int, permits: bool, value: int) -> None:
    institution = held(Kind.INSTITUTION, "verification_deferred", content=f'{{"beds":{beds}}}')
    found = standing(RULES, institution, ON, renewal_pending=False)
    assert (found.permits_practice, found.status_value) == (permits, value)


def test_a_physician_never_lapses() -> None:
    assert standing(RULES, held(Kind.PHYSICIAN), datetime.date(2090, 1, 1), renewal_pending=False).permits_practice


def test_nothing_registered_has_the_state_none() -> None:
    assert origin_state(RULES, None, ON, renewal_pending=False) == NONE


def renewal(received: datetime.date, stage: Stage = Stage.UNDER_REVIEW) -> Application:
    return Application(
        id=ApplicationId("app-1"),
        kind=Kind.NURSE,
        action="renewal",
        stage=stage,
        revision=0,
        applicant=AccountId("h"),
        holder="h",
        opened_at=AT,
        received_on=received,
    )


@pytest.mark.parametrize(("days", "timely"), [(31, True), (30, True), (29, False), (0, False)])
def test_a_renewal_is_timely_thirty_days_before_the_end(days: int, timely: bool) -> None:
    nurse = held(valid_until=ON)
    assert timely_renewal(RULES, nurse, [renewal(ON - days * DAY)]) is timely
    for stage in (Stage.REFUSED, Stage.WITHDRAWN, Stage.DRAFT, Stage.INSTITUTION_CONFIRM):
        assert not timely_renewal(RULES, nurse, [renewal(ON - days * DAY, stage)])


@pytest.mark.parametrize(
    ("cause", "kind", "years"),
    [
        ("licence_revoked", Kind.PHYSICIAN, 2),
        ("licence_revoked", Kind.NURSE, 2),
        ("cancelled_failed_assessment", Kind.PHYSICIAN, 1),
        ("rescinded_improper_means", Kind.PHYSICIAN, 3),
        ("false_material", Kind.NURSE, 1),
        ("got_by_fraud", Kind.INSTITUTION, 3),
    ],
)
def test_a_bar_blocks_to_its_last_day_with_its_reason(cause: str, kind: Kind, years: int) -> None:
    row = RULES.bar(cause, kind, ON)
    ground = next(one for one in RULES.grounds if one.bar == cause and one.kind in {kind, "*"})
    last = bar_last_day(RULES, ground, kind, ON, None, for_life=False)
    assert last == ON.replace(year=ON.year + years)
    bar = Bar(id=BarId("bar-1"), kind=kind, holder="h", cause=cause, basis=row.basis, first_day=ON, last_day=last)
    found = barred(RULES, [bar], kind, last)
    assert [one.basis for one in found] == [row.basis]
    assert found[0].zh
    assert not barred(RULES, [bar], kind, last + DAY)
    assert not barred(RULES, [bar], kind, ON - DAY)
    other = next(one for one in Kind if one is not kind)
    assert not barred(RULES, [bar], other, ON)


def test_the_bar_of_article_58_is_five_years_to_life_and_must_be_chosen() -> None:
    ground = RULES.ground("penalty_58", Kind.PHYSICIAN, "revoke_licence", ON)
    assert ground.min_level == "province"
    assert bar_last_day(RULES, ground, Kind.PHYSICIAN, ON, 5, for_life=False) == ON.replace(year=2031)
    assert bar_last_day(RULES, ground, Kind.PHYSICIAN, ON, None, for_life=True) is None
    for years, for_life in ((None, False), (4, False), (5, True)):
        with pytest.raises(Refusal) as refused:
            bar_last_day(RULES, ground, Kind.PHYSICIAN, ON, years, for_life=for_life)
        assert refused.value.code == "bar-years-wrong"


@pytest.mark.parametrize(
    ("ground", "until", "fine"),
    [
        ("assessment_failed", "2027-02-22", True),
        ("assessment_failed", "2027-02-21", False),
        ("assessment_failed", "2027-05-23", True),
        ("assessment_failed", "2027-05-24", False),
        ("penalty_57", "2027-05-22", True),
        ("penalty_57", "2027-05-21", False),
        ("penalty_57", "2027-11-23", True),
        ("penalty_57", "2027-11-24", False),
    ],
)
def test_a_suspension_lasts_as_long_as_its_ground_allows(ground: str, until: str, fine: bool) -> None:
    row = RULES.ground(ground, Kind.PHYSICIAN, "suspend", ON)
    last = datetime.date.fromisoformat(until)
    if fine:
        check_until((row,), ON, last, needed=True)
    else:
        with pytest.raises(Refusal) as refused:
            check_until((row,), ON, last, needed=True)
        assert refused.value.grounds[0].basis


def test_a_suspension_without_a_last_day_is_refused() -> None:
    row = RULES.ground("penalty_57", Kind.PHYSICIAN, "suspend", ON)
    with pytest.raises(Refusal) as refused:
        check_until((row,), ON, None, needed=True)
    assert refused.value.code == "until-missing"
