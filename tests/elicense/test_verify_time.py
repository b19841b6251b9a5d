"""Checks 6 and 7: each border one second before, on it and after; a status list believed no further than it goes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicense import Licence, Outcome, Reason, StatusList, StatusRef, open_status_list, period, verify
from elicense.limits import IAT_SKEW_SECONDS
from elicense.status import StatusArray, encode_cwt
from tests.world import DAY, LIST_SIZE, T0, World, institution, nurse, physician

VALUES = {201: 1, 202: 2, 203: 3, LIST_SIZE - 1: 1}
WORLD = World(values=VALUES)
TRUST = WORLD.opened(WORLD.trust(next_update=T0 + 100 * 365 * DAY))
URI = WORLD.hainan.list_uri(1)
LISTED = WORLD.statuses(T0 - DAY, seconds=100 * 365 * DAY)[URI]
UTC8 = dt.timezone(dt.timedelta(hours=8))


def reasons(licence: Licence, at: int, listed: StatusList | Reason | None = LISTED) -> tuple[Reason, ...]:
    """What is said of a genuine licence; the licence itself is always shown."""
    verdict = verify(WORLD.token(licence), TRUST, {} if listed is None else {URI: listed}, at)
    assert verdict.licence == licence
    return verdict.reasons


def instant(text: str) -> int:
    """A time of day at UTC+8, written out and not computed by the code under test."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=UTC8).timestamp())


# ---- 6 period

_BORDERS = [
    (nurse(), "2031-11-24T00:00:00", (), (Reason.EXPIRED,)),
    (nurse(registered_on=dt.date(2027, 2, 1), valid_until=dt.date(2032, 2, 1)), "2027-02-01T00:00:00",
     (Reason.NOT_YET_VALID,), ()),
    (institution(valid_from=dt.date(2027, 1, 1)), "2027-01-01T00:00:00", (Reason.NOT_YET_VALID,), ()),
    (institution(), "2029-01-01T00:00:00", (), (Reason.VERIFICATION_OVERDUE,)),
    (institution(verified_until=dt.date(2036, 1, 1)), "2036-01-01T00:00:00", (), (Reason.EXPIRED,)),
    (institution(verified_until=dt.date(2035, 12, 31)), "2036-01-01T00:00:00", (),
     (Reason.EXPIRED, Reason.VERIFICATION_OVERDUE)),
]  # fmt: skip


@pytest.mark.parametrize(("licence", "border", "before", "after"), _BORDERS)
def test_days_begin_and_end_at_midnight_in_china(
    licence: Licence, border: str, before: tuple[Reason, ...], after: tuple[Reason, ...]
) -> None:
    at = instant(border)
    assert [reasons(licence, at + late) for late in (-1, 0, 1)] == [before, after, after]


def test_an_expired_licence_is_invalid_and_one_whose_verification_is_overdue_undetermined() -> None:
    late = instant("2029-01-01T00:00:00")
    assert verify(WORLD.token(institution()), TRUST, {URI: LISTED}, late).outcome is Outcome.UNDETERMINED
    late = instant("2036-01-01T00:00:00")
    assert verify(WORLD.token(institution()), TRUST, {URI: LISTED}, late).outcome is Outcome.INVALID


def test_a_physicians_licence_never_expires() -> None:
    assert reasons(physician(), T0 + 99 * 365 * DAY) == ()


@pytest.mark.parametrize(("early", "told"), [(119, False), (120, False), (121, True), (86_400, True)])
def test_a_licence_from_the_future_is_undetermined_beyond_the_skew(early: int, told: bool) -> None:
    """The verifier's clock may be a little behind; the skew is for the time of issue only."""
    assert IAT_SKEW_SECONDS == 120
    assert reasons(physician(issued_at=T0 + early), T0) == ((Reason.ISSUED_LATER,) if told else ())


def test_the_skew_helps_no_other_border() -> None:
    ended = instant("2031-11-24T00:00:00")
    assert reasons(nurse(issued_at=ended), ended) == (Reason.EXPIRED,)
    assert reasons(institution(valid_from=dt.date(2026, 11, 24)), instant("2026-11-23T23:59:59")) == (
        Reason.NOT_YET_VALID,
    )


# ---- 7 status


@pytest.mark.parametrize(
    ("index", "expected"),
    [(200, ()), (201, (Reason.REVOKED,)), (202, (Reason.SUSPENDED,)), (203, (Reason.SUPERSEDED,)),
     (LIST_SIZE - 2, ()), (LIST_SIZE - 1, (Reason.REVOKED,)), (LIST_SIZE, (Reason.STATUS_UNKNOWN,)),
     (2**24 - 1, (Reason.STATUS_UNKNOWN,))],
)  # fmt: skip
def test_the_entry_of_the_list_decides_and_there_is_none_beyond_its_end(
    index: int, expected: tuple[Reason, ...]
) -> None:
    assert reasons(physician(status=StatusRef(list=1, index=index)), T0) == expected


def _listed(array: StatusArray, **changes: Any) -> StatusList:
    arguments: dict[str, Any] = {"uri": URI, "issued_at": T0, "expires_at": T0 + DAY, "ttl": 900, **changes}
    return open_status_list(encode_cwt(array, WORLD.status_key, **arguments), URI, TRUST)


@pytest.mark.parametrize(("bits", "values"), [(4, range(4, 16)), (8, (4, 5, 16, 128, 255))])
def test_a_value_that_has_no_meaning_yet_is_never_valid(bits: int, values: range) -> None:
    for value in values:
        listed = _listed(StatusArray.build(64, {7: value}, bits))
        assert reasons(physician(status=StatusRef(list=1, index=7)), T0, listed) == (Reason.STATUS_UNKNOWN,)
        assert reasons(physician(status=StatusRef(list=1, index=8)), T0, listed) == ()


def test_a_list_of_one_bit_says_valid_or_invalid() -> None:
    listed = _listed(StatusArray.build(64, {7: 1}, 1))
    assert reasons(physician(status=StatusRef(list=1, index=7)), T0, listed) == (Reason.REVOKED,)
    assert reasons(physician(status=StatusRef(list=1, index=6)), T0, listed) == ()


def test_no_list_is_not_a_good_list() -> None:
    assert reasons(physician(), T0, None) == (Reason.STATUS_UNKNOWN,)
    other = physician(status=StatusRef(list=2, index=101))
    assert reasons(other, T0) == (Reason.STATUS_UNKNOWN,)


@pytest.mark.parametrize("reason", [Reason.STATUS_BAD, Reason.STATUS_ROLLED_BACK, Reason.STATUS_STALE])
def test_a_list_that_could_not_be_believed_says_why(reason: Reason) -> None:
    verdict = verify(WORLD.token(), TRUST, {URI: reason}, T0)
    assert (verdict.reasons, verdict.outcome, verdict.status_list) == ((reason,), Outcome.UNDETERMINED, None)


def test_a_list_filed_under_another_address_is_not_read() -> None:
    """A cache that mixes its entries up must not make a revoked licence valid."""
    for wrong in (
        dataclasses.replace(LISTED, issuer=WORLD.other.id),
        dataclasses.replace(LISTED, uri=WORLD.hainan.list_uri(2)),
        dataclasses.replace(LISTED, uri=WORLD.other.list_uri(1)),
    ):
        verdict = verify(WORLD.token(), TRUST, {URI: wrong}, T0)
        assert (verdict.reasons, verdict.status_list) == ((Reason.STATUS_BAD,), None)


@pytest.mark.parametrize(("late", "stale"), [(-1, False), (0, True), (1, True), (400 * DAY, True)])
def test_a_frozen_list_stops_being_believed_when_it_ends(late: int, stale: bool) -> None:
    """Whoever holds back new lists gains a day at most; what an old list says against a licence still counts."""
    listed = WORLD.statuses(T0)[URI]
    told = (Reason.STATUS_STALE,) if stale else ()
    at = listed.expires_at + late
    assert reasons(physician(), at, listed) == told
    revoked = physician(status=StatusRef(list=1, index=201))
    assert reasons(revoked, at, listed) == (*told, Reason.REVOKED)
    assert verify(WORLD.token(revoked), TRUST, {URI: listed}, at).outcome is Outcome.INVALID


@pytest.mark.parametrize(("early", "unknown"), [(119, False), (120, False), (121, True)])
def test_a_list_from_the_future_says_nothing_about_now(early: int, unknown: bool) -> None:
    listed = WORLD.statuses(T0 + early)[URI]
    assert reasons(physician(), T0, listed) == ((Reason.STATUS_UNKNOWN,) if unknown else ())


def test_the_list_that_was_read_is_in_the_verdict() -> None:
    assert verify(WORLD.token(), TRUST, {URI: LISTED}, T0).status_list == LISTED


def test_period_and_status_both_speak() -> None:
    licence = institution(status=StatusRef(list=1, index=202), issued_at=instant("2036-01-01T00:03:00"))
    listed = WORLD.statuses(T0)[URI]
    assert reasons(licence, instant("2036-01-01T00:00:00"), listed) == (
        Reason.ISSUED_LATER, Reason.EXPIRED, Reason.VERIFICATION_OVERDUE, Reason.STATUS_STALE, Reason.SUSPENDED,
    )  # fmt: skip


def test_findings_say_what_a_sentence_about_them_needs() -> None:
    late = instant("2036-01-01T00:00:00")
    verdict = verify(WORLD.token(institution(status=StatusRef(list=1, index=201))), TRUST, {URI: LISTED}, late)
    assert [dict(finding.detail) for finding in verdict.findings] == [
        {"valid_until": "2035-12-31"},
        {"verified_until": "2028-12-31"},
        {"list": URI, "list_issued_at": T0 - DAY},
    ]


_AROUND = st.builds(
    lambda border, late: border + late,
    st.sampled_from([T0, T0 + DAY, *(instant(border) for _, border, _, _ in _BORDERS)]),
    st.one_of(st.integers(-130, 130), st.integers(-400 * DAY, 400 * DAY)),
)


@given(
    st.sampled_from([physician(), *(licence for licence, *_ in _BORDERS)]),
    st.sampled_from([0, 200, 201, 202, 203, LIST_SIZE - 1, LIST_SIZE]),
    _AROUND,
    st.sampled_from([T0 - DAY, T0, T0 + 121]),
    st.sampled_from([60, DAY, 20 * 365 * DAY]),
)
def test_valid_means_in_its_period_on_a_fresh_list_and_marked_good(
    licence: Licence, index: int, at: int, listed_at: int, seconds: int
) -> None:
    """The whole of 6 and 7 once more, from the other side: what valid promises, in civil days."""
    listed = WORLD.statuses(listed_at, seconds=seconds)[URI]
    made = dataclasses.replace(licence, status=StatusRef(list=1, index=index))
    verdict = verify(WORLD.token(made), TRUST, {URI: listed}, at)
    today = dt.datetime.fromtimestamp(at, UTC8).date()
    in_time = (
        (made.begins_on is None or made.begins_on <= today)
        and (made.valid_until is None or today <= made.valid_until)
        and today <= getattr(made, "verified_until", today)
        and made.issued_at <= at + 120
    )
    fresh = listed_at <= at + 120 and at < listed_at + seconds
    good = index < LIST_SIZE and VALUES.get(index, 0) == 0
    assert (verdict.outcome is Outcome.VALID) == (in_time and fresh and good)
    if index in VALUES and listed_at <= at + 120:
        assert verdict.outcome is Outcome.INVALID
    assert period.civil_day(at) == today
