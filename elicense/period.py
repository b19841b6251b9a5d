"""Civil days at UTC+8 and periods of whole days.

An instant (`at`) is Unix seconds UTC; a civil day (`on`, `day`) is a `datetime.date`. China has one
time zone, +08:00, without summer time since 1991, so the civil day is plain arithmetic: no clock is
read here and no time zone database is asked, and the answer does not depend on the machine's settings.

Both ends of a `Period` are days that count: a licence that says "valid until 4 May" is good during the
whole of 4 May and ends at midnight +08:00 that closes it (民法典 第二百零三条: the last day ends at 24:00).
As instants the same period is half open: `begins <= at < ends`.

Not here: working days and holidays (a matter of the issuer's calendar).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

_DAY: Final = 86_400
_OFFSET: Final = 8 * 3_600
_EPOCH: Final = dt.date(1970, 1, 1).toordinal()
_LAST: Final = dt.date.max.toordinal()


def civil_day(at: int) -> dt.date:
    """Give the civil day at UTC+8 that contains the instant. `ValueError` outside the years 1 to 9999."""
    ordinal = (at + _OFFSET) // _DAY + _EPOCH
    if not 1 <= ordinal <= _LAST:
        message = "the instant lies outside the years 1 to 9999"
        raise ValueError(message)
    return dt.date.fromordinal(ordinal)


def day_begins(day: dt.date) -> int:
    """Give the first second of the civil day: midnight +08:00, in Unix seconds."""
    return (day.toordinal() - _EPOCH) * _DAY - _OFFSET


def day_ends(day: dt.date) -> int:
    """Give the first second after the civil day (half open): midnight +08:00 of the next day."""
    return day_begins(day) + _DAY


def years_after(day: dt.date, years: int) -> dt.date:
    """Give the last day of a period of whole years that starts from `day`.

    民法典 第二百零一条 and 第二百零二条: the first day does not count, and the corresponding day of the
    last month is the last day; where there is none (29 February), the last day of that month is. So five
    years from 29 February 2024 end on 28 February 2029, and five years from 1 March 2024 on 1 March 2029.
    `ValueError` for a result beyond the year 9999 or a negative number of years.
    """
    year = day.year + years
    if years < 0 or year > dt.MAXYEAR:
        message = "years must not be negative, nor the result lie beyond the year 9999"
        raise ValueError(message)
    try:
        return day.replace(year=year)
    except ValueError:  # only 29 February can fail now
        return dt.date(year, 2, 28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Civil days from `start` to `end`, both counted; `end` None means that no end is set.

    A period of one day has `start == end`. `ValueError` if it would end before it starts.
    """

    start: dt.date
    end: dt.date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            message = "a period cannot end before it starts"
            raise ValueError(message)

    @classmethod
    def of_years(cls, start: dt.date, years: int) -> Period:
        """Give the period of whole years from `start` (护士条例 第八条: five), last day as `years_after` says."""
        return cls(start=start, end=years_after(start, years))

    @property
    def begins(self) -> int:
        """The first instant that lies inside, Unix seconds."""
        return day_begins(self.start)

    @property
    def ends(self) -> int | None:
        """The first instant that lies after it, Unix seconds; None if no end is set."""
        return None if self.end is None else day_ends(self.end)

    def contains(self, day: dt.date) -> bool:
        """Say whether the civil day lies inside; the days `start` and `end` themselves do."""
        return self.start <= day and (self.end is None or day <= self.end)

    def contains_instant(self, at: int) -> bool:
        """Say whether the instant lies inside; total for every integer, also beyond the year 9999."""
        return self.begins <= at and (self.end is None or at < day_ends(self.end))
