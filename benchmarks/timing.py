"""Runs candidates in turn, round by round, and compares them with a baseline. Standard library only, for the peers.

The unit is CPU time of this process, since other work on the machine lengthens wall time first. Each round measures
every candidate once; a ratio is formed within a round, where the machine was the same for all, and the median of the
rounds is reported with its quartiles. Before anything is timed all candidates must give the same answers, also for
items that are wrong on purpose: who does less work than the others is not a candidate.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

REFUSED: Final = "refused"
"""The answer of a candidate that refuses without raising."""


class Disagreement(AssertionError):
    """Two candidates gave different answers: their times mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is spent: rounds, seconds of each candidate in a round, and how many different things are in a pool."""

    rounds: int = 11
    seconds: float = 0.06
    pool: int = 128
    quick: bool = False


FULL: Final = Effort()
QUICK: Final = Effort(rounds=1, seconds=0, pool=4, quick=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way to do the work.

    `items` are calls ready to be made, one for each thing in the pool; `bad` are calls that must refuse. `answer` gives
    what a result says, None where it says only that the item was accepted; `refusals` are the exceptions that mean no.
    """

    name: str
    items: Sequence[Callable[[], Any]]
    bad: Sequence[Callable[[], Any]] = ()
    answer: Callable[[Any], object] = field(default=lambda _: None)
    refusals: tuple[type[Exception], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What one candidate took: microseconds an item (median), and its speed as a ratio to the baseline's.

    `ratio` is the median of the rounds, `low` and `high` are the quartiles. 1.0 is as fast as the baseline.
    """

    name: str
    micros: float
    ratio: float
    low: float
    high: float


def agree(candidates: Iterable[Candidate], expected: Sequence[object]) -> None:
    """Raise `Disagreement` unless every candidate accepts every item with the expected answer and no bad one."""
    for candidate in candidates:
        if len(candidate.items) != len(expected):
            raise Disagreement(f"{candidate.name} has other items than were expected")
        for item, want in zip(candidate.items, expected, strict=True):
            got = _answer(candidate, item)
            if got is not None and got != want:
                raise Disagreement(f"{candidate.name} answers otherwise")
        for item in candidate.bad:
            if _answer(candidate, item) != REFUSED:
                raise Disagreement(f"{candidate.name} accepts what is bad")


def compare(
    candidates: Sequence[Candidate],
    expected: Sequence[object],
    effort: Effort,
    *,
    clock: Callable[[], int] = time.process_time_ns,
) -> tuple[Timing, ...]:
    """Check that all agree, then measure them in turn; the first candidate is the baseline. `clock` gives ns."""
    agree(candidates, expected)
    gc.collect()
    gc.freeze()  # what was there before is not looked through again and again
    passes = [_passes(candidate, effort.seconds, clock) for candidate in candidates]
    taken: list[list[float]] = [[] for _ in candidates]
    order = list(range(len(candidates)))
    for _ in range(effort.rounds):
        for number in order:
            taken[number].append(_time(candidates[number], passes[number], clock))
        order = order[1:] + order[:1]  # whoever was first is last in the next round
    gc.unfreeze()
    return tuple(_timing(candidate.name, mine, taken[0]) for candidate, mine in zip(candidates, taken, strict=True))


def _answer(candidate: Candidate, item: Callable[[], Any]) -> object:
    try:
        return candidate.answer(item())
    except candidate.refusals:
        return REFUSED


def _passes(candidate: Candidate, seconds: float, clock: Callable[[], int]) -> int:
    """How often all items are gone through in a round; this also warms up."""
    once = max(_time(candidate, 1, clock) * len(candidate.items) / 1e6, 1e-6)
    return max(1, round(seconds / once))


def _time(candidate: Candidate, passes: int, clock: Callable[[], int]) -> float:
    """Microseconds an item."""
    items = candidate.items
    gc.collect()
    begun = clock()
    for _ in range(passes):
        for item in items:
            item()
    return (clock() - begun) / (passes * len(items)) / 1e3


def _timing(name: str, mine: Sequence[float], baseline: Sequence[float]) -> Timing:
    ratios = [base / one if one else float("inf") for base, one in zip(baseline, mine, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return Timing(name=name, micros=statistics.median(mine), ratio=middle, low=low, high=high)
