"""Officers at work for many days, some misuse planted among it, and what the anomaly rules make of it.

    python -m tests.issuer.simulator              # 300 officers, 240 days: a few minutes
    python -m tests.issuer.simulator 80 60 7      # officers, days, seed

Honest work has seasons, batches, overtime, announced weekends and new machines, mistyped PINs, and now and then
something unusual that nobody announced. The misuse is of the kinds that the rules name, planted by who wrote the rules:
that it is found says that the arithmetic works, not that every thief is found. One kind, `quiet`, stays within its
holder's habits on purpose and is not expected to be found.
"""

from __future__ import annotations

import datetime
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from issuer.domain.act import CIVIL
from issuer.domain.alert import Announced
from issuer.domain.anomaly import NOT_SIGNED, Before, Finding, KeyEvent, Watch, judge
from issuer.services import rules

FIRST = datetime.date(2025, 3, 3)
WITHIN = 5
"""Acts of a misuse within which it counts as found."""
_MINUTE, _HOUR = 60, 3_600


@dataclass
class Officer:
    """One officer with habits: acts on a common day, role, machine, share of overtime."""

    number: int
    usual: int
    decides: bool
    machine: str
    overtime: float
    days: deque[tuple[datetime.date, int]] = field(default_factory=deque)
    last_at: int | None = None
    away_until: datetime.date = FIRST


@dataclass(frozen=True)
class Planted:
    """One misuse and how it ended: after how many of its acts a rule spoke (None: never), and which."""

    kind: str
    found_after: int | None
    rule: str


@dataclass
class Result:
    """What a run gave."""

    officer_days: int = 0
    events: int = 0
    false_alerts: Counter[str] = field(default_factory=Counter)
    false_stops: int = 0
    planted: list[Planted] = field(default_factory=list)

    def per_thousand(self) -> float:
        """False alerts in a thousand officer-days."""
        return 1000 * self.false_alerts.total() / max(1, self.officer_days)

    def found(self, kinds: frozenset[str], within: int | None) -> float:
        """The share of misuse of these kinds that was found, within so many acts if a number is given."""
        of = [one for one in self.planted if one.kind in kinds]
        hit = [one for one in of if one.found_after is not None and (within is None or one.found_after <= within)]
        return len(hit) / max(1, len(of))


Maker = Callable[[random.Random, Officer, datetime.date, list[KeyEvent]], list[KeyEvent]]


def _at(on: datetime.date, hour: float) -> int:
    return int(datetime.datetime(on.year, on.month, on.day, tzinfo=CIVIL).timestamp() + hour * _HOUR)


def _name(rng: random.Random, officer: Officer) -> str:
    if officer.decides:
        return rng.choice(["application.approve"] * 9 + ["application.refuse"])
    return rng.choice(["application.accept", "application.accept", "application.review", "application.ask_correction"])


def _act(rng: random.Random, officer: Officer, at: int, machine: str = "", **facts: int) -> KeyEvent:
    name = _name(rng, officer)
    if officer.decides:
        facts.setdefault("since_accepted", int(rng.lognormvariate(12, 1.5)) + 600)
        if rng.random() < 0.005:
            facts.setdefault("cutoff", rng.randint(0, 90))
    elif rng.random() < 0.5:
        facts.setdefault("rows", 1)
    return KeyEvent(at=at, act=name, machine=machine or officer.machine, facts=tuple(facts.items()))


def honest_day(
    rng: random.Random, officer: Officer, on: datetime.date, *, works: bool
) -> tuple[list[KeyEvent], set[Announced]]:
    """A day of honest work: nothing, or the events in their order, and what was announced for it."""
    announced: set[Announced] = set()
    if on < officer.away_until or rng.random() < 0.05:
        return [], announced
    if not works:
        if rng.random() >= 0.02:
            return [], announced
        announced.add(Announced.HOURS)
    if rng.random() < 0.002:
        officer.away_until = on + datetime.timedelta(days=rng.choice([5, 10, 20, 40]))
    season = 2.5 if on.month in (3, 12) else 1.0
    count = max(1, int(rng.gauss(officer.usual * season, officer.usual * 0.3)))
    end = 20.75 if rng.random() < officer.overtime else 17.5
    times = sorted(_at(on, rng.uniform(8.5, end)) for _ in range(count))
    if count > 15 and rng.random() < 0.3:  # some of it in one go
        batch = min(50, count // 2)
        start = _at(on, rng.uniform(9, 17))
        times = sorted([*times[batch:], *(start + number // 10 for number in range(batch))])
    if rng.random() < 0.0003:  # somebody stays late and tells nobody
        times.append(_at(on, rng.uniform(21, 22)))
    machines = _machines(rng, officer, on, times, announced)
    events = [KeyEvent(at=_at(on, 8.4), act="session.begin", machine=officer.machine)]
    events += [_act(rng, officer, at, machine) for at, machine in zip(times, machines, strict=True)]
    standing = list(zip(times, machines, strict=True))[: rng.choice([0] * 12 + [1, 2])]
    events += [KeyEvent(at=at, act="registration.suspend", machine=machine) for at, machine in standing]
    for _ in range(rng.choice([0] * 60 + [1, 1, 2]) if rng.random() < 0.99 else 3):
        events.append(KeyEvent(at=_at(on, rng.uniform(8.4, 17)), act="session.begin", outcome=NOT_SIGNED))
    return sorted(events, key=lambda one: one.at), announced


def _machines(
    rng: random.Random, officer: Officer, on: datetime.date, times: list[int], announced: set[Announced]
) -> list[str]:
    """On which machine each act is signed: the own one; half a day at the window; to and fro on an announced day."""
    chance = rng.random()
    if chance < 0.004:
        announced.add(Announced.MACHINE)
        officer.machine = f"{officer.number}-{on}"
        return [rng.choice([officer.machine, "old"]) for _ in times]
    if chance < 0.05:
        moves = _at(on, 13)
        kept = [at for at in times if not moves - 4 * _MINUTE < at < moves + 4 * _MINUTE]
        times[:] = [at if at in kept else moves + 5 * _MINUTE for at in times]
        times.sort()
        return [officer.machine if at <= moves else "window" for at in times]
    return [officer.machine] * len(times)


def _some(
    count: Callable[[random.Random], int], make: Callable[[random.Random, Officer, datetime.date, int], KeyEvent]
) -> Maker:
    def maker(rng: random.Random, officer: Officer, on: datetime.date, _: list[KeyEvent]) -> list[KeyEvent]:
        return [make(rng, officer, on, number) for number in range(count(rng))]

    return maker


def _tried(outcome: str) -> Maker:
    return _some(
        lambda rng: rng.randint(1, 6),
        lambda rng, officer, on, n: KeyEvent(
            at=_at(on, 10) + n * 90, act=_name(rng, officer), machine=officer.machine, outcome=outcome
        ),
    )


def _beside(rng: random.Random, officer: Officer, _: datetime.date, honest: list[KeyEvent]) -> list[KeyEvent]:
    """Somebody signs elsewhere with the key, or a copy of it, while its holder works."""
    places = [one.at for one in honest if one.done]
    return [_act(rng, officer, rng.choice(places) + rng.randint(5, 300), "elsewhere") for _ in range(10)]


SINGLE: dict[str, Maker] = {
    "at night": _some(lambda _: 20, lambda rng, o, on, n: _act(rng, o, _at(on, rng.choice([0.5, 4, 22])) + n * 60)),
    "second machine": _beside,
    "too fast": _some(
        lambda _: 10,
        lambda rng, o, on, n: KeyEvent(
            at=_at(on, 11) + n * 40, act="application.approve", machine=o.machine,
            facts=(("since_accepted", rng.randint(3, 90)),),
        ),
    ),
    "shared number": _some(
        lambda _: 3,
        lambda _, o, on, n: KeyEvent(
            at=_at(on, 11) + n * 600, act="application.approve", machine=o.machine,
            facts=(("since_accepted", 90_000), ("shared", 1)),
        ),
    ),
    "reviews and decides": _tried("four-eyes"),
    "other jurisdiction": _tried("out-of-jurisdiction"),
    "lent": _tried("key-not-holder"),
    "left the post": _tried("account-inactive"),
    "revoked key": _tried("key-revoked"),
    "copied key": _tried("key-counter-back"),
    "guessing the PIN": _some(
        lambda _: 8, lambda _, __, on, n: KeyEvent(at=_at(on, 12) + n * 20, act="session.begin", outcome=NOT_SIGNED)
    ),
}  # fmt: skip
"""Misuse each act of which can be told from honest work."""
COUNTED: dict[str, Maker] = {
    "mass": _some(
        lambda rng: rng.randint(250, 400),
        lambda rng, o, on, n: _act(rng, o, _at(on, 9) + n * rng.randint(50, 60)),
    ),
    "corrections": _some(
        lambda rng: rng.randint(15, 30),
        lambda _, o, on, n: KeyEvent(at=_at(on, 10) + n * 300, act="registration.resume", machine=o.machine),
    ),
    "before a cut-off": _some(
        lambda rng: rng.randint(8, 20),
        lambda rng, o, on, n: KeyEvent(
            at=_at(on, 10) + n * 600, act="application.approve", machine=o.machine,
            facts=(("since_accepted", 90_000), ("cutoff", rng.randint(0, 90))),
        ),
    ),
    "export": _some(
        lambda rng: rng.randint(150, 400),
        lambda _, o, on, n: KeyEvent(
            at=_at(on, 10) + n * 20, act="restricted.read", machine=o.machine, facts=(("rows", 1),)
        ),
    ),
}  # fmt: skip
"""Misuse of which only the number is unusual: it is found when the number is there, not within a few acts."""
QUIET: dict[str, Maker] = {"quiet": _some(lambda _: 3, lambda rng, o, on, n: _act(rng, o, _at(on, 10 + n)))}
"""Misuse within its holder's habits: no rule can tell it, and none is expected to."""


def run(watch: Watch, officers: int, days: int, planted: int, seed: int) -> Result:
    """Let officers work, plant misuse on days drawn at random, and let the rules look at every event."""
    rng = random.Random(seed)
    makers = {**SINGLE, **COUNTED, **QUIET}
    kinds = [kind for kind in makers for _ in range(-(-planted // len(makers)))]
    places = rng.sample([(officer, day) for officer in range(officers) for day in range(15, days)], len(kinds))
    when = dict(zip(places, rng.sample(kinds, len(kinds)), strict=True))
    result = Result()
    for number in range(officers):
        officer = Officer(
            number, rng.choice([4, 8, 15, 25, 40, 60]), rng.random() < 0.3, f"desk-{number}", rng.random() * 0.2
        )
        for day in range(days):
            on = FIRST + datetime.timedelta(days=day)
            events, announced = honest_day(rng, officer, on, works=watch.calendar.is_working(on))
            kind = when.get((number, day))
            if kind is not None and not any(one.done for one in events):
                events, announced = (
                    [_act(rng, officer, _at(on, 9 + step * 0.3)) for step in range(12)],
                    {Announced.HOURS},
                )
            if kind == "at night":
                announced = set()
            misuse = makers[kind](rng, officer, on, events) if kind is not None else []
            _watched(watch, officer, on, events, misuse, frozenset(announced), kind, result)
    return result


def _watched(
    watch: Watch,
    officer: Officer,
    on: datetime.date,
    honest: list[KeyEvent],
    misuse: list[KeyEvent],
    announced: frozenset[Announced],
    kind: str | None,
    result: Result,
) -> None:
    while officer.days and officer.days[0][0] < watch.window(on):
        officer.days.popleft()
    past = tuple(count for _, count in officer.days)
    today: list[KeyEvent] = []
    bad = {id(one) for one in misuse}
    spoken: set[str] = set()
    hit: tuple[int, str] | None = None
    acts = 0
    for event in sorted([*honest, *misuse], key=lambda one: one.at):
        before = Before(today=tuple(today), days=past, last_at=officer.last_at, announced=announced)
        findings = judge(watch, before, event)
        if id(event) in bad:
            acts += 1
        if kind is None:
            _false(findings, spoken, result)
        elif findings and hit is None and acts:
            hit = acts, findings[0].row.rule
        today.append(event)
        if event.done:
            officer.last_at = event.at
    done = sum(one.done for one in today)
    if done:
        officer.days.append((on, done))
    result.officer_days += bool(honest) and kind is None
    result.events += len(today)
    if kind is not None:
        result.planted.append(Planted(kind, *(hit or (None, ""))))


def _false(findings: tuple[Finding, ...], spoken: set[str], result: Result) -> None:
    for finding in findings:
        if finding.row.rule not in spoken:
            spoken.add(finding.row.rule)
            result.false_alerts[finding.row.rule] += 1
            result.false_stops += finding.row.blocking


def report(result: Result) -> Iterator[str]:
    """The figures of a run as lines of text."""
    yield f"{result.officer_days} officer-days, {result.events} events, {len(result.planted)} misuses planted"
    yield f"false alerts: {result.false_alerts.total()} = {result.per_thousand():.2f} per 1,000 officer-days"
    yield "  " + (", ".join(f"{rule} {count}" for rule, count in sorted(result.false_alerts.items())) or "none")
    yield f"false stops of a key: {result.false_stops}"
    for title, kinds in (("each act unusual", SINGLE), ("only the number unusual", COUNTED), ("within habits", QUIET)):
        within, ever = (result.found(frozenset(kinds), number) for number in (WITHIN, None))
        yield f"{title}: {within:.1%} found within {WITHIN} acts, {ever:.1%} at all"
        for kind in kinds:
            of = [one for one in result.planted if one.kind == kind]
            after = sorted(one.found_after for one in of if one.found_after is not None)
            by = ", ".join(sorted({one.rule for one in of if one.rule}))
            middle = f"median {after[len(after) // 2]}, at most {after[-1]} acts ({by})" if after else "never"
            yield f"  {kind}: {len(after)} of {len(of)}, {middle}"


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]] + [300, 240, 2026][len(sys.argv) - 1 :]
    began = time.monotonic()
    made = run(rules.watch(), given[0], given[1], 18 * max(2, given[0] * given[1] // 3_600), given[2])
    sys.stdout.write("".join(f"{line}\n" for line in report(made)))
    sys.stdout.write(f"{time.monotonic() - began:.0f} s\n")
