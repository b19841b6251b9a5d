"""The same live code shown twice to one verifier is told; what a verifier remembers for that is little and short."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

from elicense import Outcome, Reason, Replays, Shown, Verdict, present, verify
from elicense.limits import REPLAYS_MAX
from tests.world import T0, World, nurse, physician, signer

WORLD = World()
TRUST = WORLD.opened()
STATUSES = WORLD.statuses()
DEVICE = signer("device a")
OTHER_DEVICE = signer("device b")
HOLDER = physician(holder_key=DEVICE.public_key)
HELD = WORLD.token(HOLDER)
OTHER = WORLD.token(nurse(holder_key=OTHER_DEVICE.public_key))
SHOWN_AT = T0 + 1_000
LIVE = present(HELD, DEVICE, SHOWN_AT)


def _judged(data: bytes, at: int = SHOWN_AT + 5) -> Verdict:
    return verify(data, TRUST, STATUSES, at)


def test_the_same_code_shown_again_is_told() -> None:
    seen = Replays()
    assert seen.check(_judged(LIVE)).shown is Shown.LIVE
    again = seen.check(_judged(LIVE, SHOWN_AT + 20))
    assert (again.outcome, again.shown, again.reasons) == (
        Outcome.UNDETERMINED, Shown.OLD_COPY, (Reason.REPLAYED,),
    )  # fmt: skip
    assert again.licence == HOLDER
    assert Replays().check(_judged(LIVE, SHOWN_AT + 20)).shown is Shown.LIVE


def test_the_next_code_and_another_device_are_no_replay() -> None:
    seen = Replays()
    for data in (LIVE, present(HELD, DEVICE, SHOWN_AT + 30), present(OTHER, OTHER_DEVICE, SHOWN_AT)):
        assert seen.check(_judged(data)).shown is Shown.LIVE
    assert len(seen) == 3


def test_a_second_signature_over_the_same_second_is_the_same_code() -> None:
    """Whoever has a code cannot make a new one of it: the other half of S is the same device and the same time."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    other_half = LIVE[:-32] + (order - int.from_bytes(LIVE[-32:], "big")).to_bytes(32, "big")
    seen = Replays()
    assert [seen.check(_judged(data)).shown for data in (LIVE, other_half)] == [Shown.LIVE, Shown.OLD_COPY]


def test_nothing_is_remembered_of_prints_old_copies_and_forgeries() -> None:
    seen = Replays()
    forged = LIVE[:-1] + bytes((LIVE[-1] ^ 1,))
    for data in (HELD, WORLD.token(), forged, b"", LIVE[:-1]):
        verdict = _judged(data)
        assert seen.check(verdict) is verdict
    old = _judged(LIVE, SHOWN_AT + 301)
    assert seen.check(old) is old
    assert len(seen) == 0


def test_the_memory_forgets_what_is_old_anyway() -> None:
    seen = Replays()
    for minute in range(0, 120, 2):
        at = SHOWN_AT + 60 * minute
        seen.check(_judged(present(HELD, DEVICE, at), at))
        assert len(seen) <= 6
    assert seen.check(_judged(present(HELD, DEVICE, at), at + 90)).shown is Shown.OLD_COPY


def test_a_code_is_remembered_as_long_as_it_is_not_old() -> None:
    """A device five minutes ahead: its code can be shown for ten minutes, and others come in between."""
    seen = Replays()
    ahead = present(HELD, DEVICE, SHOWN_AT)
    assert seen.check(_judged(ahead, SHOWN_AT - 300)).shown is Shown.CLOCKS_DIFFER
    for later in (-200, 0, 200, 300):
        seen.check(_judged(present(OTHER, OTHER_DEVICE, SHOWN_AT + later), SHOWN_AT + later))
    assert seen.check(_judged(ahead, SHOWN_AT + 300)).reasons == (Reason.REPLAYED,)


def test_the_memory_has_an_end_and_the_oldest_goes_first() -> None:
    """A device that makes codes without end costs a verifier a bounded amount."""
    seen = Replays()
    verdict = _judged(LIVE)
    for number in range(REPLAYS_MAX + 2):
        seen.check(dataclasses.replace(verdict, shown_at=SHOWN_AT + number))
    assert len(seen) == REPLAYS_MAX
    assert seen.check(verdict).shown is Shown.LIVE
    assert seen.check(dataclasses.replace(verdict, shown_at=SHOWN_AT + REPLAYS_MAX)).shown is Shown.OLD_COPY


def test_of_many_threads_with_one_code_exactly_one_is_first() -> None:
    """A server judges side by side: a race must not let a copy through."""
    seen = Replays()
    verdict = _judged(LIVE)
    with ThreadPoolExecutor(16) as pool:
        shown = list(pool.map(lambda _: seen.check(verdict).shown, range(2_000)))
    assert shown.count(Shown.LIVE) == 1
