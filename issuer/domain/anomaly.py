"""Anomaly rules 异常预警 AN-01 … AN-15: what an officer's key does, held against what is usual.

Each rule is a pure function over one event of one key and what the key did before; it answers with the figures that
its sentence is filled with, or None. Which rules hold, since when, with which thresholds and whether they stop the key
is data (`issuer/data/anomaly_rules.csv`, `anomaly_limits.csv`), dated and versioned. A rule says that something is
unusual, never that it is wrong: that is for people to say. Times are civil times of UTC+8.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from issuer.domain.act import CIVIL, civil_day
from issuer.domain.alert import Announced
from issuer.domain.refusal import Refusal
from issuer.domain.rulebook import Row, held

if TYPE_CHECKING:
    from issuer.domain.calendar import Calendar

_HOUR: Final = 3_600
_DAY: Final = 86_400
NOT_SIGNED: Final = "not-signed"
"""The outcome of an attempt to sign in that the browser reports as failed: wrong PIN, key taken out, given up."""
DECISIONS: Final = frozenset({"application.approve", "application.refuse"})
STANDING: Final = "registration."
"""Acts that change the register without an application: the corrections of this service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEvent:
    """One thing that a key did or tried. `outcome` is empty if it was done, else the code of the refusal.

    `machine` tells one browser from another, empty where it is not known. `facts` are numbers about the act:
    `since_accepted` (seconds), `shared` (records with the same number), `cutoff` (days before a cut-off), `rows`
    (records opened or exported).
    """

    at: int
    act: str
    target: str = ""
    machine: str = ""
    outcome: str = ""
    facts: tuple[tuple[str, int], ...] = ()

    def fact(self, name: str) -> int | None:
        """A number about the act, or None."""
        return next((value for held_name, value in self.facts if held_name == name), None)

    @property
    def done(self) -> bool:
        """Whether it was done."""
        return not self.outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a key did before an event: earlier the same day, how many acts on each of its days, when last.

    `days` are the counts of the days on which it did anything, within the window of `Watch.window`.
    """

    today: tuple[KeyEvent, ...] = ()
    days: tuple[int, ...] = ()
    last_at: int | None = None
    announced: frozenset[Announced] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyRow(Row):
    """One rule: how grave, whether it stops the key, its name, and its sentence with places for the figures."""

    rule: str
    version: int
    severity: str
    blocking: bool
    zh: str
    en: str
    zh_sentence: str
    en_sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow(Row):
    """One threshold of a rule, with what it means."""

    rule: str
    limit: str
    value: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Watch:
    """The rules, their thresholds and the calendar. Compared by identity, so that a day is looked up fast."""

    rules: tuple[AnomalyRow, ...]
    limits: tuple[LimitRow, ...]
    calendar: Calendar

    def row(self, rule: str, version: int) -> AnomalyRow:
        """Return a rule in the version that an alert names; the ids are ours, so an unknown one is a mistake."""
        return next(row for row in self.rules if (row.rule, row.version) == (rule, version))

    def bounds(self, on: datetime.date) -> Bounds:
        """Return the rules and thresholds of a day."""
        return _bounds(self, on)

    def window(self, on: datetime.date) -> datetime.date:
        """Return the first day whose counts belong to `Before.days`."""
        return on - datetime.timedelta(days=self.bounds(on).limit("AN-03", "window_days"))


@dataclass(frozen=True, slots=True)
class Bounds:
    """The rules of one day: what a rule may ask for. `works`: None if the year's calendar is not loaded."""

    rows: tuple[AnomalyRow, ...]
    limits: Mapping[tuple[str, str], int]
    works: bool | None

    def limit(self, rule: str, name: str) -> int:
        """Return a threshold; the names are ours, so a missing one is a mistake (KeyError)."""
        return self.limits[rule, name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that found something, its figures, and since when what it found goes on."""

    row: AnomalyRow
    figures: tuple[tuple[str, str], ...]
    since: int


Figures = dict[str, object]
Rule = Callable[[Bounds, Before, KeyEvent], "tuple[Figures, int] | None"]


def judge(watch: Watch, before: Before, event: KeyEvent) -> tuple[Finding, ...]:
    """Return what every rule in force finds in this event."""
    bounds = watch.bounds(civil_day(event.at))
    found = []
    for row in bounds.rows:
        answer = RULES[row.rule](bounds, before, event)
        if answer is not None:
            figures, since = answer
            told = tuple((name, str(value)) for name, value in figures.items())
            found.append(Finding(row=row, figures=told, since=since))
    return tuple(found)


def off_hours(bounds: Bounds, before: Before, event: KeyEvent) -> tuple[Figures, int] | None:
    """AN-01: signed outside working hours or on a day off, and not announced."""
    if not event.done or Announced.HOURS in before.announced:
        return None
    clock = datetime.datetime.fromtimestamp(event.at, CIVIL)
    first, last = bounds.limit("AN-01", "from_hour"), bounds.limit("AN-01", "until_hour")
    if bounds.works is not False and first <= clock.hour < last:
        return None
    return {"time": clock.strftime("%Y-%m-%d %H:%M"), "from": f"{first:02}:00", "until": f"{last:02}:00"}, event.at


def shared_content(_: Bounds, __: Before, event: KeyEvent) -> tuple[Figures, int] | None:
    """AN-02: what was granted carries a number that other records carry too."""
    shared = event.fact("shared")
    return ({"n": shared}, event.at) if event.done and shared else None


def volume(bounds: Bounds, before: Before, event: KeyEvent) -> tuple[Figures, int] | None:
    """AN-03: more in an hour or a day than the key's own past and the threshold allow."""
    if not event.done:
        return None
    median, spread = middle(before.days)
    day_most = bounds.limit("AN-03", "new_day")
    if len(before.days) >= bounds.limit("AN-03", "known_days"):
        day_most = max(
            bounds.limit("AN-03", "least_day"),
            bounds.limit("AN-03", "times_median") * median,
            median + bounds.limit("AN-03", "times_spread") * spread,
        )
    done = [one for one in before.today if one.done]
    if len(done) + 1 > day_most:
        return {"n": len(done) + 1, "span": "day", "most": day_most, "median": median}, _first(done, event)
    hour_most = max(bounds.limit("AN-03", "least_hour"), bounds.limit("AN-03", "hour_times_median") * median)
    hour = [one for one in done if one.at > event.at - _HOUR]
    if len(hour) + 1 > hour_most:
        return {"n": len(hour) + 1, "span": "hour", "most": hour_most, "median": median}, _first(hour, event)
    return None


def speed(bounds: Bounds, _: Before, event: KeyEvent) -> tuple[Figures, int] | None:
    """AN-04: decided sooner after acceptance than anybody could have read it."""
    since, least = event.fact("since_accepted"), bounds.limit("AN-04", "least_seconds")
    if not event.done or event.act not in DECISIONS or since is None or since >= least:
        return None
    return {"seconds": since, "least": least}, event.at


def _tried(*outcomes: str) -> Rule:
    def rule(_: Bounds, __: Before, event: KeyEvent) -> tuple[Figures, int] | None:
        return ({"act": event.act}, event.at) if event.outcome in outcomes else None

    return rule


def two_machines(bounds: Bounds, before: Before, event: KeyEvent) -> tuple[Figures, int] | None:
    """AN-07: the key signs on one machine, on another, and on the first again, sooner than it is carried to and fro.

    One way only is no sign: keys are carried over, and one computer may have two browsers.
    """
    if not event.done or not event.machine or Announced.MACHINE in before.announced:
        return None
    window = bounds.limit("AN-07", "return_seconds")
    seen = [one for one in before.today if one.done and one.machine and one.at > event.at - window]
    first = next((n for n, one in enumerate(seen) if one.machine == event.machine), len(seen))
    others = [one for one in seen[first:] if one.machine != event.machine]
    if not others:
        return None
    machines = len({event.machine, *(one.machine for one in others)})
    return {"seconds": event.at - others[-1].at, "machines": machines}, others[0].at


def dormant(bounds: Bounds, before: Before, event: KeyEvent) -> tuple[Figures, int] | None:
    """AN-09: a key that did nothing for long is used again."""
    if not event.done or before.last_at is None:
        return None
    days = (event.at - before.last_at) // _DAY
    return ({"days": days}, event.at) if days >= bounds.limit("AN-09", "days") else None


def corrections(bounds: Bounds, before: Before, event: KeyEvent) -> tuple[Figures, int] | None:
    """AN-10: many acts in a day that change the register without an application."""
    return _many(bounds, "AN-10", before, event, lambda one: one.act.startswith(STANDING))


def before_cutoff(bounds: Bounds, before: Before, event: KeyEvent) -> tuple[Figures, int] | None:
    """AN-11: many grants in a day whose dates lie just before a cut-off."""
    return _many(bounds, "AN-11", before, event, lambda one: one.fact("cutoff") is not None)


def failures(bounds: Bounds, before: Before, event: KeyEvent) -> tuple[Figures, int] | None:
    """AN-13: repeatedly a wrong PIN, or a signature that does not hold."""
    failed = [one for one in (*before.today, event) if one.outcome in FAILED]
    if event.outcome not in FAILED or len(failed) < bounds.limit("AN-13", "most"):
        return None
    return {"n": len(failed)}, failed[0].at


def export(bounds: Bounds, before: Before, event: KeyEvent) -> tuple[Figures, int] | None:
    """AN-14: more records opened or exported in a day than a case-load explains."""
    if not event.fact("rows"):
        return None
    opened = [one for one in (*before.today, event) if one.fact("rows")]
    rows, most = sum(one.fact("rows") or 0 for one in opened), bounds.limit("AN-14", "most")
    return ({"n": rows, "most": most}, opened[0].at) if rows > most else None


FAILED: Final = frozenset({"proof-bad", NOT_SIGNED})
GONE: Final = frozenset({"key-revoked", "key-lost", "account-inactive"})
RULES: Final[Mapping[str, Rule]] = {
    "AN-01": off_hours,
    "AN-02": shared_content,
    "AN-03": volume,
    "AN-04": speed,
    "AN-05": _tried("four-eyes"),
    "AN-06": _tried("out-of-jurisdiction"),
    "AN-07": two_machines,
    "AN-08": _tried("key-not-holder"),
    "AN-09": dormant,
    "AN-10": corrections,
    "AN-11": before_cutoff,
    "AN-12": _tried(*sorted(GONE)),
    "AN-13": failures,
    "AN-14": export,
    "AN-15": _tried("key-counter-back"),
}


@functools.lru_cache(maxsize=4_096)
def middle(days: tuple[int, ...]) -> tuple[int, int]:
    """Return the median and the median distance from it (rounded up), both 0 for nothing."""
    if not days:
        return 0, 0
    median = sorted(days)[len(days) // 2]
    return median, sorted(abs(count - median) for count in days)[len(days) // 2]


def _many(
    bounds: Bounds, rule: str, before: Before, event: KeyEvent, counts: Callable[[KeyEvent], bool]
) -> tuple[Figures, int] | None:
    if not event.done or not counts(event):
        return None
    found, most = [one for one in before.today if one.done and counts(one)], bounds.limit(rule, "most")
    return ({"n": len(found) + 1, "most": most}, _first(found, event)) if len(found) + 1 > most else None


def _first(found: list[KeyEvent], event: KeyEvent) -> int:
    return found[0].at if found else event.at


@functools.lru_cache(maxsize=512)
def _bounds(watch: Watch, on: datetime.date) -> Bounds:
    try:
        works: bool | None = watch.calendar.is_working(on)
    except Refusal:
        works = None
    limits = {(row.rule, row.limit): row.value for row in held(watch.limits, on)}
    return Bounds(held(watch.rules, on), limits, works)
