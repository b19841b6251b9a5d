"""The clock of an application: which limit runs, from which day, until which day, and what silence means.

行政许可法 32(4): no correction notice within five working days of receipt means accepted on the day of receipt;
42 and the special laws: the decision; 44: delivery within ten working days; 45: excluded time; 82: working days.
Where the calendar of a needed year is missing the last day is unknown and says so; nothing is guessed.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from issuer.domain.calendar import add_days
from issuer.domain.refusal import Refusal

if TYPE_CHECKING:
    from issuer.domain.application import Application, Pause
    from issuer.domain.kind import Kind
    from issuer.domain.rulebook import LimitRow, Rulebook

CORRECTION = "correction_notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The limit that runs now. `last_day` is None with `unknown` saying why (calendar-missing, clock-paused)."""

    code: str
    start: datetime.date
    last_day: datetime.date | None
    unknown: str
    basis: str
    confidence: str

    def passed(self, on: datetime.date) -> bool:
        """Say whether the last day lies before `on`; an unknown one never has."""
        return self.last_day is not None and on > self.last_day


class Clocked(Protocol):
    """What the clock of an application depends on; an application is one."""

    @property
    def kind(self) -> Kind:
        """What is applied for."""

    @property
    def action(self) -> str:
        """Which action."""

    @property
    def received_on(self) -> datetime.date | None:
        """The day of receipt."""

    @property
    def accepted_on(self) -> datetime.date | None:
        """The day of acceptance."""

    @property
    def decided_on(self) -> datetime.date | None:
        """The day of the decision."""

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """Excluded time."""


def deadline(rules: Rulebook, application: Application) -> Deadline | None:
    """Return the limit that runs in the present stage, or None where none runs."""
    code = rules.stage(application.stage).clock
    return limit_of(rules, application, code) if code else None


def limit_of(rules: Rulebook, application: Clocked, code: str) -> Deadline | None:
    """Return one named limit of the application, or None if it has not begun or does not exist."""
    first = application.received_on
    row = None if first is None else rules.limit(code, application.kind, application.action, first)
    start = None if row is None else _start(row, application)
    if row is None or start is None:
        return None
    last_day, unknown = _last_day(rules, row, start, application)
    return Deadline(
        code=code, start=start, last_day=last_day, unknown=unknown, basis=row.basis, confidence=row.confidence
    )


def _start(row: LimitRow, application: Clocked) -> datetime.date | None:
    return {
        "receipt": application.received_on,
        "acceptance": application.accepted_on,
        "decision": application.decided_on,
    }.get(row.start)


def _last_day(
    rules: Rulebook, row: LimitRow, start: datetime.date, application: Clocked
) -> tuple[datetime.date | None, str]:
    try:
        if row.unit == "working_day":
            return rules.calendar.add_working_days(start, row.value, application.pauses), ""
        return add_days(start, row.value, application.pauses), ""
    except Refusal as refusal:
        return None, refusal.code
