"""Working days: weekends, and what the State Council's yearly notice makes of them.

行政许可法 82: periods count in working days, holidays left out. Which weekdays are off and which weekend days are
worked is a yearly notice, so each year is a data file; a year that is not loaded is a Refusal("calendar-missing"),
never a guess. Days are civil days of UTC+8. Counting starts on the day after the event.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from issuer.domain.refusal import Refusal

if TYPE_CHECKING:
    from issuer.domain.application import Pause

_DAY = datetime.timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The years that are known, the days off and the worked weekend days in them."""

    years: frozenset[int]
    off: frozenset[datetime.date]
    worked: frozenset[datetime.date]

    def is_working(self, on: datetime.date) -> bool:
        """Say whether `on` is a working day. Raises Refusal("calendar-missing") if its year is not loaded."""
        if on.year not in self.years:
            raise Refusal("calendar-missing", str(on.year))
        return on in self.worked or (on.weekday() < _SATURDAY and on not in self.off)

    def add_working_days(self, start: datetime.date, days: int, excluded: tuple[Pause, ...] = ()) -> datetime.date:
        """Return the `days`-th working day after `start`, days inside `excluded` not counted (行政许可法 45).

        An open pause has no end, so there is no last day either: Refusal("clock-paused"). Raises ValueError for a
        count that is not positive, Refusal("calendar-missing") if a needed year is not loaded.
        """
        if days < 1:
            raise ValueError("a period has at least one day")
        here = start
        while days:
            here += _DAY
            if not _excluded(here, excluded) and self.is_working(here):
                days -= 1
        return here

    def days_left(self, on: datetime.date, due: datetime.date) -> int:
        """Return the working days after `on` up to and with `due`; negative: working days since it was due."""
        if on <= due:
            return self._count(on, due)
        return -self._count(due, on)

    def _count(self, start: datetime.date, end: datetime.date) -> int:
        return sum(self.is_working(start + _DAY * n) for n in range(1, (end - start).days + 1))


def add_days(start: datetime.date, days: int, excluded: tuple[Pause, ...] = ()) -> datetime.date:
    """Return the `days`-th calendar day after `start`, days inside `excluded` not counted."""
    here = start
    while days > 0:
        here += _DAY
        if not _excluded(here, excluded):
            days -= 1
    return here


def add_months(start: datetime.date, months: int) -> datetime.date:
    """Return the same day `months` later, or the last day of that month if it has no such day."""
    total = start.year * 12 + start.month - 1 + months
    year, month = divmod(total, 12)
    following = datetime.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return datetime.date(year, month + 1, min(start.day, (following - _DAY).day))


def _excluded(on: datetime.date, pauses: tuple[Pause, ...]) -> bool:
    for pause in pauses:
        if pause.end is None and on >= pause.start:
            raise Refusal("clock-paused")
        if pause.end is not None and pause.start <= on < pause.end:
            return True
    return False
