"""Genuine licences on which more is to be said: authority, period, status. Checks 5 to 7."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from elicense import Licence, SoftwareSigner, StatusRef
from tests import forge
from tests.making.case import Case, refused
from tests.making.genuine import EDWARDS, KEY
from tests.making.world import DAY, LIST_SIZE, T0, TRUSTS, WORLD
from tests.world import HOSPITAL, institution, nurse, physician, signer

UTC8: Final = dt.timezone(dt.timedelta(hours=8))
LONG: Final[dict[str, Any]] = {"trust": "main for fifty years", "lists": "for fifty years"}


def instant(text: str) -> int:
    """A time of day at UTC+8 in Unix seconds."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=UTC8).timestamp())


def case(name: str, licence: Licence, *reasons: str, held: SoftwareSigner = KEY, **changes: Any) -> Case:
    """A genuine licence with something to say about it."""
    return Case(name=name, token=WORLD.token(licence, held), licence=licence, reasons=reasons, **changes)


def authority() -> Iterator[Case]:
    """Check 5, and what a stale trust list still allows to say."""
    yield from _areas()
    kinds = {"physician": physician(), "nurse": nurse(), "institution": institution()}
    for trust, kind in (("nurses only", "physician"), ("nurses only", "institution"), ("people only", "institution")):
        yield refused(f"{trust}: {kind}", WORLD.token(kinds[kind]), "key-not-for-kind", trust=trust)
    yield case("nurses only: nurse", nurse(), trust="nurses only")
    for trust in ("key since a second later", "key until that second", "key for no time at all"):
        yield refused(trust, WORLD.token(), "key-not-then", trust=trust)
    for trust in ("key since that second", "key until a second later"):
        yield case(trust, physician(), trust=trust)
    yield case("a key that is retired now, not then", physician(), trust="key until a second later", at=T0 + 3_600)
    for trust in ("key compromised a year ago", "key compromised later", "key compromised and retired"):
        yield refused(trust, WORLD.token(), "key-compromised", trust=trust)
    early = WORLD.token(physician(issued_at=T0 - 200 * DAY))
    yield refused("compromised after the day of issue", early, "key-compromised", trust="key compromised later")
    yield refused("a compromised key", WORLD.token(), "key-compromised", trust="other key compromised")
    yield case("the other key beside a compromised one", physician(), held=EDWARDS, trust="other key compromised")
    yield refused("the purposes of two keys exchanged", WORLD.token(), "issuer-unknown", trust="keys change purpose")
    both = WORLD.token(physician(place=110_000, issued_at=T0 - 400 * DAY))
    yield refused("wrong area and wrong time: the area first", both, "key-not-for-area")
    yield from _stale()


def _areas() -> Iterator[Case]:
    for name, place in (("Beijing", 110_000), ("a neighbour by number, 450000", 450_000), ("470000", 470_000)):
        yield refused(f"Hainan for {name}", WORLD.token(physician(place=place)), "key-not-for-area")
    yield refused("Beijing for Hainan", WORLD.token(physician(), WORLD.other_key), "key-not-for-area")
    own = physician(place=110_101)
    yield case(
        "Beijing for itself",
        own,
        held=WORLD.other_key,
        issuer=WORLD.other.id,
        notes=(("unknown-authority", "authority"),),
    )
    for trust, place, inside in (
        ("one city", 460_105, True), ("one city", 460_100, True), ("one city", 460_000, False),
        ("one city", 460_200, False), ("one city", 461_000, False), ("one city", 461_001, False),
        ("one county", 460_105, True), ("one county", 460_106, False), ("one county", 460_100, False),
        ("two areas", 460_107, True), ("two areas", 110_228, True), ("two areas", 460_200, False),
    ):  # fmt: skip
        for made in (physician, nurse):
            licence = made(place=place)
            name = f"{trust}, {licence.kind.text} at {place}"
            if inside:
                yield case(name, licence, trust=trust)
            else:
                yield refused(name, WORLD.token(licence), "key-not-for-area", trust=trust)
    number = HOSPITAL.number[:9] + "110100" + HOSPITAL.number[15:]
    yield refused("an institution of Beijing", WORLD.token(institution(number=number)), "key-not-for-area")
    number = HOSPITAL.number[:9] + "000000" + HOSPITAL.number[15:]
    yield refused("an institution of nowhere", WORLD.token(institution(number=number)), "key-not-for-area")


def _stale() -> Iterator[Case]:
    ends = TRUSTS["main"].next_update
    lists = "for fifty years"
    yield case("a second before the trust list is stale", physician(), at=ends - 1, lists=lists)
    for late in (0, 1, 999 * DAY):
        yield case(f"trust list stale for {late} seconds", physician(), "trust-stale", at=ends + late, lists=lists)
    stranger = WORLD.token(None, signer("stranger"))
    yield refused("a key that a newer trust list may have", stranger, "trust-stale", at=ends, lists=lists)
    yield refused("an unknown key, the trust list fresh", stranger, "issuer-unknown", at=ends - 1, lists=lists)
    forged = forge.token(forge.wire(), signer("stranger"), header=forge.protected(KEY.public_key))
    yield refused("a forged signature, the trust list stale", forged, "signature-bad", at=ends, lists=lists)
    revoked = physician(status=StatusRef(list=1, index=201))
    yield case("stale and revoked", revoked, "trust-stale", "revoked", at=ends, lists=lists)


_BORDERS: Final[tuple[tuple[str, Licence, str, tuple[str, ...], tuple[str, ...]], ...]] = (
    ("a nurse ends", nurse(), "2031-11-24T00:00:00", (), ("expired",)),
    ("a nurse begins", nurse(registered_on=dt.date(2027, 2, 1), valid_until=dt.date(2032, 2, 1)), "2027-02-01T00:00:00",
     ("not-yet-valid",), ()),
    ("an institution begins", institution(valid_from=dt.date(2027, 1, 1)), "2027-01-01T00:00:00",
     ("not-yet-valid",), ()),
    ("verification is due", institution(), "2029-01-01T00:00:00", (), ("verification-overdue",)),
    ("an institution ends", institution(verified_until=dt.date(2036, 1, 1)), "2036-01-01T00:00:00", (), ("expired",)),
    ("both are due", institution(verified_until=dt.date(2035, 12, 31)), "2036-01-01T00:00:00", (),
     ("expired", "verification-overdue")),
)  # fmt: skip


def period() -> Iterator[Case]:
    """Check 6: each border one second before, on it and after; civil days end at midnight +08:00."""
    for name, licence, border, before, after in _BORDERS:
        at = instant(border)
        for late, reasons in ((-1, before), (0, after), (1, after)):
            yield case(f"{name}, {late:+d} s", licence, *reasons, at=at + late, **LONG)
    yield case("a physician in forty years", physician(), at=T0 + 40 * 365 * DAY, **LONG)
    for early, reasons in ((119, ()), (120, ()), (121, ("issued-later",)), (DAY, ("issued-later",))):
        yield case(f"issued {early} s after the verifier's clock", physician(issued_at=T0 + early), *reasons)
    ended = instant("2031-11-24T00:00:00")
    yield case("the skew does not lengthen a licence", nurse(issued_at=ended - 1), "expired", at=ended, **LONG)


def status() -> Iterator[Case]:
    """Check 7: list genuine, fresh, index inside; a value that nobody knows is never valid."""
    for index, reasons in (
        (0, ()), (200, ()), (201, ("revoked",)), (202, ("suspended",)), (203, ("superseded",)),
        (LIST_SIZE - 2, ()), (LIST_SIZE - 1, ("revoked",)), (LIST_SIZE, ("status-unknown",)),
        (2**24 - 1, ("status-unknown",)),
    ):  # fmt: skip
        licence = physician(status=StatusRef(list=1, index=index))
        yield case(f"index {index}", licence, *reasons)
        if index in {201, 202, 203}:
            yield case(f"index {index}, the list as JWT", licence, *reasons, lists="normal as JWT")
            yield case(f"index {index}, the list ended", licence, "status-stale", *reasons, at=T0 + DAY)
    for lists, index, reason in (
        ("one bit", 201, "revoked"), ("one bit", 202, None), ("four bits", 201, "status-unknown"),
        ("four bits", 202, "status-unknown"), ("four bits", 203, "revoked"), ("eight bits", 201, "status-unknown"),
        ("eight bits", 202, "status-unknown"), ("eight bits", 203, "superseded"), ("short", 63, None),
        ("short", 64, "status-unknown"),
    ):  # fmt: skip
        licence = physician(status=StatusRef(list=1, index=index))
        yield case(f"{lists}, index {index}", licence, *([reason] if reason else []), lists=lists)
    for name, reason, lists, at in (
        ("no list at all", "status-unknown", "none", T0),
        ("only a list of another address", "status-unknown", "only Beijing", T0),
        ("a list of another province at this address", "status-bad", "a list of Beijing", T0),
        ("a list of another address", "status-bad", "of another address", T0),
        ("a list signed by a licence key", "status-bad", "by a licence key", T0),
        ("a list signed by another province", "status-bad", "by another province", T0),
        ("a list older than one already seen", "status-rolled-back", "rolled back", T0),
        ("a list that ends now", "status-stale", "the day before", T0),
        ("a list that ended long ago", "status-stale", "normal", T0 + 20 * DAY),
        ("a list of a second after the skew", "status-unknown", "a second after", T0),
    ):
        yield case(name, physician(), reason, lists=lists, at=at)
    yield case("a list that ends in a second", physician(), lists="the day before, longer")
    yield case("a list of two minutes ahead", physician(), lists="in two minutes")
    yield case("another list of this province", physician(status=StatusRef(list=2, index=1)), "status-unknown")
    for trust in ("status key retired", "status key not yet", "status key compromised"):
        yield case(trust, physician(), "status-bad", trust=trust)
    yield case("the list of a second status key", physician(), trust="second status key")
    yield from _several()


def _several() -> Iterator[Case]:
    late = instant("2036-01-01T00:00:00")
    everything = institution(status=StatusRef(list=1, index=202), issued_at=late + 200)
    yield case(
        "everything at once, in order", everything, "trust-stale", "issued-later", "expired", "verification-overdue",
        "status-stale", "suspended", at=late,
    )  # fmt: skip
    revoked = dataclasses.replace(nurse(), status=StatusRef(list=1, index=201))
    yield case("expired and revoked", revoked, "expired", "revoked", at=instant("2031-11-24T00:00:00"), **LONG)
    yield case(
        "expired and no list",
        nurse(),
        "expired",
        "status-unknown",
        at=instant("2031-11-24T00:00:00"),
        trust=LONG["trust"],
        lists="none",
    )
