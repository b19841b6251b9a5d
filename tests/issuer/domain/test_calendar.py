"""Working days against a count by hand, the notices as printed, and years that nobody has announced."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.domain.application import Pause
from issuer.domain.calendar import add_days, add_months
from issuer.domain.refusal import Refusal
from issuer.services import rules

CALENDAR = rules.calendar()
DAY = datetime.timedelta(days=1)
FIRST, LAST = datetime.date(2025, 1, 1), datetime.date(2026, 12, 31)
days = st.dates(FIRST, datetime.date(2026, 10, 1))


def working(on: datetime.date) -> bool:
    if on in CALENDAR.worked:
        return True
    return on.weekday() < 5 and on not in CALENDAR.off


@given(days, st.integers(1, 45))
def test_adding_working_days_agrees_with_counting_them(start: datetime.date, count: int) -> None:
    end = CALENDAR.add_working_days(start, count)
    passed = [start + DAY * n for n in range(1, (end - start).days + 1)]
    assert sum(map(working, passed)) == count
    assert working(end)
    assert CALENDAR.days_left(start, end) == count
    assert CALENDAR.days_left(end, start) == -count


@given(days, st.integers(1, 20), st.dates(FIRST, datetime.date(2026, 9, 1)), st.integers(0, 30))
def test_excluded_time_does_not_count(start: datetime.date, count: int, begin: datetime.date, length: int) -> None:
    pause = Pause(start=begin, end=begin + DAY * length, cause="expert review")
    end = CALENDAR.add_working_days(start, count, (pause,))
    counted = [on for n in range(1, (end - start).days + 1) if working(on := start + DAY * n)]
    assert sum(not begin <= on < begin + DAY * length for on in counted) == count
    assert end >= CALENDAR.add_working_days(start, count)


def test_a_clock_that_stands_still_has_no_last_day() -> None:
    pause = Pause(start=datetime.date(2026, 11, 24), end=None, cause="hearing")
    with pytest.raises(Refusal) as refused:
        CALENDAR.add_working_days(datetime.date(2026, 11, 23), 5, (pause,))
    assert refused.value.code == "clock-paused"


def test_a_year_without_a_notice_is_refused_and_not_guessed() -> None:
    with pytest.raises(Refusal) as refused:
        CALENDAR.add_working_days(datetime.date(2026, 12, 20), 20)
    assert (refused.value.code, refused.value.detail) == ("calendar-missing", "2027")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-04", True),  # a Sunday worked for New Year
        ("2026-02-14", True),
        ("2026-02-16", False),
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-09-20", True),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),
        ("2025-01-26", True),
        ("2025-10-08", False),
        ("2025-05-31", False),
        ("2026-11-22", False),
        ("2026-11-23", True),
    ],
)
def test_days_are_as_the_notices_say(text: str, expected: bool) -> None:
    assert CALENDAR.is_working(datetime.date.fromisoformat(text)) is expected


def test_a_worked_weekend_day_shortens_a_period() -> None:
    # Friday 2026-09-18 + 1: the next working day is Sunday 2026-09-20.
    assert CALENDAR.add_working_days(datetime.date(2026, 9, 18), 1) == datetime.date(2026, 9, 20)


@given(days, st.integers(0, 240))
def test_months_end_on_the_same_day_or_the_last_of_the_month(start: datetime.date, months: int) -> None:
    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end + DAY).day == 1


@given(days, st.integers(1, 60))
def test_calendar_days_are_plain_days(start: datetime.date, count: int) -> None:
    assert add_days(start, count) == start + DAY * count
