"""Check 5: might this key certify this kind, here, then; and what a stale trust list still allows to say."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from elicense import Kind, Licence, Outcome, Reason, TrustList, verify
from elicense.trust import Purpose
from tests import forge
from tests.elicense.test_verify import KEY, KINDS, LISTS, TRUST, WORLD, judged
from tests.world import DAY, HOSPITAL, T0, institution, nurse, physician, signer

_BODY = forge.raw(forge.wire())
_TOKEN = WORLD.token()


def province(**changes: Any) -> TrustList:
    """A trust list in which Hainan's entry is changed."""
    return WORLD.trust(dataclasses.replace(WORLD.hainan, **changes), WORLD.other)


def with_key(**changes: Any) -> TrustList:
    """A trust list in which Hainan has one licence key, changed."""
    return province(keys=(WORLD.key(KEY, Purpose.LICENCE, **changes), WORLD.key(WORLD.status_key, Purpose.STATUS)))


@pytest.mark.parametrize("licence", KINDS.values(), ids=lambda licence: licence.kind.text)
def test_a_key_certifies_no_other_kind_than_its_issuers(licence: Licence) -> None:
    for kind in Kind:
        reasons = judged(WORLD.token(licence), province(kinds=frozenset({kind})))
        assert reasons == (() if kind is licence.kind else (Reason.KEY_NOT_FOR_KIND,))


@pytest.mark.parametrize(
    ("divisions", "place", "inside"),
    [
        ((460_000,), 460_000, True), ((460_000,), 469_029, True), ((460_000,), 110_000, False),
        ((460_000,), 450_000, False), ((460_000,), 461_000, True), ((460_000,), 470_000, False),
        ((460_100,), 460_105, True), ((460_100,), 460_100, True), ((460_100,), 460_000, False),
        ((460_100,), 460_200, False), ((460_100,), 461_000, False), ((460_100,), 461_001, False),
        ((460_105,), 460_105, True), ((460_105,), 460_106, False), ((460_105,), 460_100, False),
        ((110_000, 460_100), 460_107, True), ((110_000, 460_200), 460_107, False),
    ],
)  # fmt: skip
def test_a_division_covers_whole_groups_of_digits_and_no_accidents(
    divisions: tuple[int, ...], place: int, inside: bool
) -> None:
    expected = () if inside else (Reason.KEY_NOT_FOR_AREA,)
    assert judged(WORLD.token(physician(place=place)), province(divisions=divisions)) == expected
    assert judged(WORLD.token(nurse(place=place)), province(divisions=divisions)) == expected
    number = HOSPITAL.number[:9] + str(place) + HOSPITAL.number[15:]
    assert judged(WORLD.token(institution(number=number)), province(divisions=divisions)) == expected


def test_one_province_cannot_certify_for_another_and_may_for_itself() -> None:
    assert judged(WORLD.token(physician(), WORLD.other_key)) == (Reason.KEY_NOT_FOR_AREA,)
    own = verify(WORLD.token(physician(place=110_000), WORLD.other_key), TRUST, LISTS, T0)
    assert own.issuer == WORLD.other
    assert own.reasons == (Reason.STATUS_UNKNOWN,)


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({"since": T0}, True), ({"since": T0 + 1}, False), ({"since": T0 - 1}, True),
        ({"until": T0}, False), ({"until": T0 + 1}, True), ({"until": T0 - 1}, False),
        ({"since": T0, "until": T0 + 1}, True), ({"since": T0, "until": T0}, False),
    ],
    ids=str,
)  # fmt: skip
def test_a_key_must_have_been_in_force_on_the_day_of_issue(changes: dict[str, int], good: bool) -> None:
    """Half open: in force from `since`, no longer at `until`. What it signed before stays good afterwards."""
    for at in (T0, T0 + 29 * DAY):
        reasons = verify(WORLD.token(), with_key(**changes), WORLD.statuses(at), at).reasons
        assert reasons == (() if good else (Reason.KEY_NOT_THEN,))


@pytest.mark.parametrize("mark", [T0 - 300 * DAY, T0 - 1, T0, T0 + 1, T0 + 300 * DAY])
def test_once_compromised_the_day_of_issue_proves_nothing(mark: int) -> None:
    """Whoever holds the key writes any day into a licence: all that it ever signed is refused."""
    for issued_at in (T0 - 200 * DAY, T0 - 2, T0):
        token = WORLD.token(physician(issued_at=issued_at))
        assert judged(token, with_key(compromised_from=mark)) == (Reason.KEY_COMPROMISED,)
        assert judged(token, with_key(compromised_from=mark, until=mark)) == (Reason.KEY_COMPROMISED,)


def test_a_compromised_key_does_not_spoil_the_others_of_its_issuer() -> None:
    marked = dataclasses.replace(WORLD.hainan.keys[0], compromised_from=T0)
    trust = province(keys=(marked, *WORLD.hainan.keys[1:]))
    assert judged(_TOKEN, trust) == (Reason.KEY_COMPROMISED,)
    assert judged(WORLD.token(None, WORLD.edwards_key), trust) == ()


def test_an_issuer_without_keys_and_a_list_without_issuers_certify_nothing() -> None:
    assert judged(_TOKEN, province(keys=())) == (Reason.ISSUER_UNKNOWN,)
    assert judged(_TOKEN, dataclasses.replace(TRUST, issuers=())) == (Reason.ISSUER_UNKNOWN,)


def test_the_first_failure_ends_it() -> None:
    """Each fault of the list, and every later one with it: only the first is told."""
    faults = [
        (forge.token(b"x", signer("stranger"), end=b"\0"), Reason.MALFORMED),
        (forge.token(b"x", signer("stranger")), Reason.ISSUER_UNKNOWN),
        (forge.token(b"x", KEY, signature=lambda _: bytes(64)), Reason.SIGNATURE_BAD),
        (forge.token(b"x", KEY), Reason.CLAIMS_BAD),
        (WORLD.token(physician(place=110_000, issued_at=T0 + DAY)), Reason.KEY_NOT_FOR_AREA),
    ]
    for token, reason in faults:
        assert judged(token, with_key(until=T0), T0 - 99 * DAY) == (reason,)


# ---- trust that is out of date


@pytest.mark.parametrize(("late", "stale"), [(-1, False), (0, True), (1, True)])
def test_with_a_stale_trust_list_nothing_is_valid_and_no_issuer_is_denied(late: int, stale: bool) -> None:
    at = TRUST.next_update + late
    lists = WORLD.statuses(at)
    known = verify(_TOKEN, TRUST, lists, at)
    assert known.reasons == ((Reason.TRUST_STALE,) if stale else ())
    assert known.licence == physician()
    unknown = verify(WORLD.token(None, signer("new")), TRUST, lists, at)
    assert unknown.reasons == ((Reason.TRUST_STALE,) if stale else (Reason.ISSUER_UNKNOWN,))
    assert (unknown.licence, unknown.outcome is Outcome.UNDETERMINED) == (None, stale)
    forged = forge.token(_BODY, WORLD.other_key, header=forge.protected(KEY.public_key))
    assert verify(forged, TRUST, lists, at).reasons == (Reason.SIGNATURE_BAD,)
