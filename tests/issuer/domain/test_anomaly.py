"""The anomaly rules at their thresholds: one less is silent, one more speaks, and the sentence says the figures."""

from __future__ import annotations

import dataclasses
import datetime
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.domain.act import CIVIL
from issuer.domain.alert import Announced
from issuer.domain.anomaly import NOT_SIGNED, RULES, Before, KeyEvent, judge, middle
from issuer.services import rules
from tests.issuer import simulator

WATCH = rules.watch()
MONDAY = datetime.datetime(2026, 3, 2, 10, tzinfo=CIVIL)
LIMITS = {(row.rule, row.limit): row.value for row in WATCH.limits}


def at(**changes: int) -> int:
    """An instant of that Monday, or of another day and hour."""
    return int(MONDAY.replace(**changes).timestamp())  # type: ignore[arg-type]


def event(when: int | None = None, act: str = "application.accept", **values: object) -> KeyEvent:
    """One signature on Monday at ten."""
    return dataclasses.replace(KeyEvent(at=at() if when is None else when, act=act), **values)  # type: ignore[arg-type]


def found(one: KeyEvent, before: Before | None = None) -> dict[str, dict[str, str]]:
    """The figures of each rule that speaks."""
    return {each.row.rule: dict(each.figures) for each in judge(WATCH, before or Before(), one)}


def many(count: int, gap: int = 240, **values: object) -> tuple[KeyEvent, ...]:
    """So many events that end before Monday at ten."""
    return tuple(event(at() - gap * (count - number), **values) for number in range(count))  # type: ignore[arg-type]


def test_every_rule_has_its_row_its_sentence_in_both_languages_and_nothing_else() -> None:
    assert sorted(RULES) == sorted(row.rule for row in WATCH.rules) == [f"AN-{n:02}" for n in range(1, 16)]
    assert {row.rule for row in WATCH.rules if row.blocking} == {"AN-05", "AN-06", "AN-07", "AN-08", "AN-12", "AN-15"}
    for row in WATCH.rules:
        names = [{part[1] for part in string.Formatter().parse(text) if part[1]} for text in
                 (row.zh_sentence, row.en_sentence)]  # fmt: skip
        assert names[0] == names[1]
        assert names[0]


CASES = {
    "AN-01": (event(at(hour=22)), Before()),
    "AN-02": (event(facts=(("shared", 1),)), Before()),
    "AN-03": (event(), Before(today=many(250, 1), days=(5,) * 3)),
    "AN-04": (event(act="application.approve", facts=(("since_accepted", 9),)), Before()),
    "AN-05": (event(outcome="four-eyes"), Before()),
    "AN-06": (event(outcome="out-of-jurisdiction"), Before()),
    "AN-07": (event(machine="a"), Before(today=(event(at() - 60, machine="a"), event(at() - 30, machine="b")))),
    "AN-08": (event(outcome="key-not-holder"), Before()),
    "AN-09": (event(), Before(last_at=at() - 90 * 86_400)),
    "AN-10": (event(act="registration.resume"), Before(today=many(10, act="registration.resume"))),
    "AN-11": (event(facts=(("cutoff", 3),)), Before(today=many(5, facts=(("cutoff", 3),)))),
    "AN-12": (event(outcome="account-inactive"), Before()),
    "AN-13": (event(outcome=NOT_SIGNED), Before(today=many(4, outcome="proof-bad"))),
    "AN-14": (event(facts=(("rows", 121),)), Before()),
    "AN-15": (event(outcome="key-counter-back"), Before()),
}


@pytest.mark.parametrize("rule", sorted(CASES))
def test_each_rule_speaks_in_a_sentence_with_its_figures(rule: str) -> None:
    one, before = CASES[rule]
    assert rule in found(one, before)
    [finding] = [each for each in judge(WATCH, before, one) if each.row.rule == rule]
    for text in (finding.row.zh_sentence, finding.row.en_sentence):
        said = text.format(**dict(finding.figures))
        assert "{" not in said
        assert all(value in said for name, value in finding.figures if f"{{{name}}}" in text)
    assert finding.since <= one.at
    assert judge(WATCH, before, one) == judge(WATCH, before, one)


@given(st.integers(min_value=0, max_value=364 * 86_400))
def test_off_hours_are_the_nights_and_the_days_off_of_the_calendar(seconds: int) -> None:
    when = int(datetime.datetime(2026, 1, 1, tzinfo=CIVIL).timestamp()) + seconds
    clock = datetime.datetime.fromtimestamp(when, CIVIL)
    usual = 7 <= clock.hour < 21 and WATCH.calendar.is_working(clock.date())
    assert ("AN-01" in found(event(when))) is not usual
    assert "AN-01" not in found(event(when), Before(announced=frozenset({Announced.HOURS})))


def test_the_spring_festival_is_off_a_worked_saturday_is_not_and_an_unknown_year_has_hours_only() -> None:
    saturday = datetime.datetime(2026, 2, 14, 10, tzinfo=CIVIL)
    assert WATCH.calendar.is_working(saturday.date())
    assert "AN-01" not in found(event(int(saturday.timestamp())))
    assert "AN-01" in found(event(int(saturday.replace(day=17).timestamp())))
    sunday_2031 = datetime.datetime(2031, 3, 2, 10, tzinfo=CIVIL)
    assert "AN-01" not in found(event(int(sunday_2031.timestamp())))
    assert "AN-01" in found(event(int(sunday_2031.replace(hour=3).timestamp())))


@given(st.integers(1, 80), st.integers(0, 400))
def test_volume_is_measured_by_the_key_s_own_past(usual: int, count: int) -> None:
    """Over so many in a day, of which the last hour holds few."""
    early = tuple(event(at(hour=7) - 86_400 + number) for number in range(count))
    most = max(30, 4 * usual)
    assert ("AN-03" in found(event(), Before(today=early, days=(usual,) * 20))) is (count + 1 > most)


@given(st.integers(0, 300))
def test_refused_attempts_are_no_volume(count: int) -> None:
    assert "AN-03" not in found(event(), Before(today=many(count, 1, outcome="precheck-failed"), days=(5,) * 20))


def test_an_hour_has_a_bound_of_its_own() -> None:
    hourly = LIMITS["AN-03", "least_hour"]
    days = (40,) * 20
    assert "AN-03" not in found(event(), Before(today=many(2 * 40 - 1, 10), days=days))
    assert found(event(), Before(today=many(2 * 40, 10), days=days))["AN-03"]["span"] == "hour"
    assert "AN-03" not in found(event(), Before(today=many(hourly - 1, 10), days=(20,) * 20))


@given(st.integers(0, 600))
def test_a_decision_sooner_than_it_can_be_read(seconds: int) -> None:
    one = event(act="application.approve", facts=(("since_accepted", seconds),))
    assert ("AN-04" in found(one)) is (seconds < LIMITS["AN-04", "least_seconds"])
    assert "AN-04" not in found(dataclasses.replace(one, act="application.review"))


@given(st.integers(0, 4_000), st.booleans())
def test_a_key_is_carried_over_but_not_to_and_fro(seconds: int, returned: bool) -> None:
    there = event(at() - seconds, machine="a")
    earlier = (event(at() - seconds - 60, machine="b"),) if returned else ()
    speaks = returned and seconds + 60 < LIMITS["AN-07", "return_seconds"]
    before = Before(today=(*earlier, there))
    assert ("AN-07" in found(event(machine="b"), before)) is speaks
    assert "AN-07" not in found(event(machine="b"), dataclasses.replace(before, announced=frozenset(Announced)))
    assert "AN-07" not in found(event(machine=""), before)
    assert "AN-07" not in found(event(machine="a"), Before(today=(there,)))
    assert "AN-07" not in found(event(machine="c"), before)


@pytest.mark.parametrize("rule", ["AN-10", "AN-11"])
def test_a_burst_is_one_more_than_the_bound(rule: str) -> None:
    one, before = CASES[rule]
    assert found(one, before)[rule]["n"] == str(LIMITS[rule, "most"] + 1)
    assert rule not in found(one, dataclasses.replace(before, today=before.today[1:]))


def test_four_wrong_pins_are_a_bad_morning_and_five_are_told() -> None:
    one, before = CASES["AN-13"]
    assert "AN-13" not in found(one, dataclasses.replace(before, today=before.today[1:]))
    assert "AN-13" not in found(event(), before)


def test_opened_records_add_up_over_the_day() -> None:
    opened = many(119, facts=(("rows", 1),))
    assert "AN-14" not in found(event(facts=(("rows", 1),)), Before(today=opened, days=(200,) * 20))
    assert "AN-14" in found(event(facts=(("rows", 2),)), Before(today=opened, days=(200,) * 20))


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=60))
def test_the_median_and_its_spread_lie_within_what_was_counted(days: list[int]) -> None:
    median, spread = middle(tuple(days))
    assert min(days) <= median <= max(days)
    assert 0 <= spread <= max(days) - min(days)


def test_planted_misuse_is_found_and_honest_work_is_left_alone() -> None:
    """The bounds of docs/decisions/0011 on a small run; `python -m tests.issuer.simulator` makes the large one."""
    result = simulator.run(WATCH, officers=60, days=60, planted=64, seed=11)
    assert result.officer_days > 2_000
    assert result.found(frozenset(simulator.SINGLE), simulator.WITHIN) >= 0.95
    assert result.found(frozenset(simulator.COUNTED), None) >= 0.95
    assert result.per_thousand() <= 2
    assert result.false_stops == 0


def test_without_its_rules_the_simulation_finds_nothing() -> None:
    """So that the figures above come from the rules and not from the simulation."""
    blind = dataclasses.replace(WATCH, rules=())
    result = simulator.run(blind, officers=20, days=30, planted=16, seed=11)
    assert result.found(frozenset(simulator.SINGLE), None) == 0
    assert result.false_alerts.total() == 0
