"""Civil days of UTC+8, to the second, and periods of whole days and whole years."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicense.period import Period, civil_day, day_begins, day_ends, years_after

CHINA = dt.timezone(dt.timedelta(hours=8))
days = st.dates()
some_days = st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2200, 1, 1))
instants = st.integers(day_begins(dt.date.min), day_ends(dt.date.max) - 1)


@given(days)
def test_a_day_holds_its_first_and_last_second_and_nothing_outside(day: dt.date) -> None:
    begins, ends = day_begins(day), day_ends(day)
    assert ends - begins == 86_400
    assert civil_day(begins) == civil_day(ends - 1) == day
    if day != dt.date.min:
        assert civil_day(begins - 1) == day - dt.timedelta(days=1)
    if day != dt.date.max:
        assert civil_day(ends) == day + dt.timedelta(days=1)


@given(st.datetimes(min_value=dt.datetime(1, 1, 2), max_value=dt.datetime(9999, 12, 30), timezones=st.just(CHINA)))  # noqa: DTZ001
def test_the_civil_day_agrees_with_the_standard_library(when: dt.datetime) -> None:
    at = (when.replace(microsecond=0) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(seconds=1)
    assert civil_day(at) == when.date()


def test_midnight_in_china_is_four_in_the_afternoon_in_utc() -> None:
    at = int(dt.datetime(2026, 11, 22, 16, tzinfo=dt.UTC).timestamp())
    assert day_begins(dt.date(2026, 11, 23)) == at
    assert civil_day(at) == dt.date(2026, 11, 23)
    assert civil_day(at - 1) == dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    "at", [day_begins(dt.date.min) - 1, day_ends(dt.date.max), 2**64, -(2**64), pytest.param(10**5000, id="huge")]
)
def test_an_instant_outside_the_calendar_is_a_value_error_not_an_overflow(at: int) -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        civil_day(at)


@given(some_days, st.integers(0, 400), instants)
def test_a_period_as_days_and_as_instants_is_the_same(start: dt.date, length: int, at: int) -> None:
    period = Period(start=start, end=start + dt.timedelta(days=length))
    assert period.contains(civil_day(at)) == period.contains_instant(at)


@given(some_days, st.integers(0, 4000))
def test_both_ends_of_a_period_count_and_their_neighbours_do_not(start: dt.date, length: int) -> None:
    end = start + dt.timedelta(days=length)
    period = Period(start=start, end=end)
    one = dt.timedelta(days=1)
    assert period.contains(start)
    assert period.contains(end)
    assert not period.contains(start - one)
    assert not period.contains(end + one)
    assert period.ends is not None
    seconds = (period.begins - 1, period.begins, period.ends - 1, period.ends)
    assert [period.contains_instant(at) for at in seconds] == [False, True, True, False]


@given(some_days, st.integers())
def test_a_period_without_an_end_never_ends(start: dt.date, at: int) -> None:
    period = Period(start=start)
    assert period.ends is None
    assert period.contains(dt.date.max)
    assert period.contains_instant(at) == (at >= period.begins)


def test_a_period_of_one_day_ends_at_its_midnight_even_on_the_last_day_there_is() -> None:
    period = Period(start=dt.date.max, end=dt.date.max)
    assert period.contains_instant(day_ends(dt.date.max) - 1)
    assert not period.contains_instant(day_ends(dt.date.max))


def test_a_period_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Period(start=dt.date(2026, 1, 2), end=dt.date(2026, 1, 1))


@pytest.mark.parametrize(
    ("day", "years", "last"),
    [
        (dt.date(2024, 2, 29), 5, dt.date(2029, 2, 28)),
        (dt.date(2024, 2, 29), 4, dt.date(2028, 2, 29)),
        (dt.date(2096, 2, 29), 4, dt.date(2100, 2, 28)),  # 2100 is no leap year
        (dt.date(1996, 2, 29), 4, dt.date(2000, 2, 29)),  # 2000 is one
        (dt.date(2023, 2, 28), 5, dt.date(2028, 2, 28)),
        (dt.date(2024, 3, 1), 5, dt.date(2029, 3, 1)),
        (dt.date(2025, 12, 31), 5, dt.date(2030, 12, 31)),
        (dt.date(2025, 6, 1), 0, dt.date(2025, 6, 1)),
    ],
)
def test_years_end_on_the_corresponding_day_or_the_last_of_the_month(day: dt.date, years: int, last: dt.date) -> None:
    assert years_after(day, years) == last
    assert Period.of_years(day, years) == Period(start=day, end=last)


@given(some_days, st.integers(0, 100))
def test_years_keep_month_and_day_except_on_29_february(day: dt.date, years: int) -> None:
    last = years_after(day, years)
    assert last.year == day.year + years
    assert (last.month, last.day) == (day.month, day.day) or ((day.month, day.day), (last.month, last.day)) == (
        (2, 29),
        (2, 28),
    )


@pytest.mark.parametrize(("day", "years"), [(dt.date(9999, 1, 1), 1), (dt.date(2025, 1, 1), -1), (dt.date.min, 10**30)])
def test_years_outside_the_calendar_are_refused(day: dt.date, years: int) -> None:
    with pytest.raises(ValueError, match="years must not"):
        years_after(day, years)
