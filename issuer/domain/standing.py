"""How a registration stands on a day, and what an act makes of it.

What time alone does (a nurse's period runs out, an institution's licence ends, a verification is overdue) is
computed here for the day that is asked and never stored. A renewal applied for in time and not decided keeps the
registration as it is (行政许可法 50). Callers branch on the attributes of a `Standing`, never on its code.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from issuer.domain import canonical
from issuer.domain.calendar import add_months
from issuer.domain.kind import Kind
from issuer.domain.refusal import Ground, Refusal
from issuer.domain.rulebook import LAPSE, NONE, held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from issuer.domain.application import Application
    from issuer.domain.registration import Bar, Registration
    from issuer.domain.rulebook import ActionRow, GroundRow, Rulebook

VALID, INVALID, SUSPENDED = 0, 1, 2
OFFICER = "officer"
"""The channel of an act that no application precedes."""
_DAY = datetime.timedelta(days=1)
_DEPENDS_ON_BEDS = "beds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a registration stands on one day.

    `status_value` is what the status list says of the current licence (0 valid, 1 invalid, 2 suspended); `lapsed`
    is true if time and not an act made this state; `live` if the registration is not ended.
    """

    state: str
    zh: str
    en: str
    permits_practice: bool
    status_value: int
    live: bool
    lapsed: bool


def standing(rules: Rulebook, registration: Registration, on: datetime.date, *, renewal_pending: bool) -> Standing:
    """Return how the registration stands on `on`. `renewal_pending`: see `timely_renewal`."""
    state = registration.state
    for target, past in _lapses(registration, on, renewal_pending=renewal_pending):
        arrow = any(
            row.action == LAPSE and (row.kind, row.origin, row.target) == (registration.kind, state, target)
            for row in held(rules.transitions, on)
        )
        if past and arrow:
            state = target
            break
    row = rules.state(registration.kind, state)
    beds = _beds(registration)
    return Standing(
        state=state,
        zh=row.zh,
        en=row.en,
        permits_practice=beds > 0 if row.permits_practice == _DEPENDS_ON_BEDS else row.permits_practice == "yes",
        status_value=(VALID if beds else SUSPENDED) if row.status_value == _DEPENDS_ON_BEDS else int(row.status_value),
        live=row.live,
        lapsed=state != registration.state,
    )


def _lapses(
    registration: Registration, on: datetime.date, *, renewal_pending: bool
) -> tuple[tuple[str, bool], tuple[str, bool]]:
    expired = registration.valid_until is not None and on > registration.valid_until and not renewal_pending
    overdue = registration.verify_by is not None and on > registration.verify_by
    return ("expired", expired), ("verification_overdue", overdue)


def timely_renewal(rules: Rulebook, registration: Registration, applications: Iterable[Application]) -> bool:
    """Say whether a renewal was received in time (30 days before the end) and is not decided yet."""
    if registration.valid_until is None:
        return False
    for application in applications:
        received = application.received_on
        if application.action != "renewal" or received is None or not rules.stage(application.stage).pending:
            continue
        limit = rules.limit("renewal_notice", registration.kind, "renewal", received)
        if limit is not None and received <= registration.valid_until - datetime.timedelta(days=limit.value):
            return True
    return False


def origin_state(
    rules: Rulebook, registration: Registration | None, on: datetime.date, *, renewal_pending: bool
) -> str:
    """Return the state from which a transition starts on that day (`none` where there is no registration)."""
    if registration is None:
        return NONE
    return standing(rules, registration, on, renewal_pending=renewal_pending).state


def acts_from(rules: Rulebook, kind: Kind, state: str, on: datetime.date) -> tuple[ActionRow, ...]:
    """Return the acts of officers that lead on from a state on that day, in the order of the data."""
    found: list[ActionRow] = []
    for row in held(rules.actions, on):
        if row.kind == kind and row.channel == OFFICER:
            try:
                rules.transition(kind, state, row.action, on)
            except Refusal:
                continue
            found.append(row)
    return tuple(found)


def check_until(
    grounds: tuple[GroundRow, ...], on: datetime.date, until: datetime.date | None, *, needed: bool
) -> None:
    """Check the last day of a suspension, deferral or pause against the months its grounds allow.

    Raises Refusal("until-missing") or Refusal("until-out-of-range").
    """
    if until is None:
        if needed:
            raise Refusal("until-missing")
        return
    if until <= on:
        raise Refusal("until-out-of-range", "the last day lies in the past")
    for ground in grounds:
        low = add_months(on, ground.min_months or 0) - _DAY
        high = add_months(on, ground.max_months) if ground.max_months is not None else None
        if ground.firm and (until < low or (high is not None and until > high)):
            raise Refusal("until-out-of-range", ground.code, (ground.told(),))


def barred(rules: Rulebook, bars: Iterable[Bar], kind: Kind, on: datetime.date) -> tuple[Ground, ...]:
    """Return, as grounds, every bar that blocks an application of that kind on that day."""
    blocking: list[Ground] = []
    for bar in bars:
        if (
            (bar.kind is None or bar.kind is kind)
            and bar.first_day <= on
            and (bar.last_day is None or on <= bar.last_day)
        ):
            row = rules.bar(bar.cause, bar.kind or kind, bar.first_day)
            blocking.append(Ground(code=row.code, zh=row.zh, en=row.en, basis=bar.basis))
    return tuple(blocking)


def bar_last_day(
    rules: Rulebook, ground: GroundRow, kind: Kind, on: datetime.date, years: int | None, *, for_life: bool
) -> datetime.date | None:
    """Return the last day of the bar that a ground brings. `years` and `for_life` only where the law leaves a choice.

    Raises Refusal("bar-years-wrong") if the choice is missing, not allowed, or outside what the law gives.
    """
    row = rules.bar(ground.bar, kind, on)
    if row.min_years == row.max_years:
        if for_life or years not in {None, row.min_years}:
            _refuse_years(row.code)
        return add_months(on, 12 * row.min_years)
    if for_life and row.max_years is None and years is None:
        return None
    if years is None or for_life or years < row.min_years or (row.max_years is not None and years > row.max_years):
        _refuse_years(row.code)
        return None
    return add_months(on, 12 * years)


def term_end(
    rules: Rulebook, term: str, registration_kind: Kind, content: dict[str, object], start: datetime.date
) -> datetime.date | None:
    """Return the last day of a term that begins on `start`, or None where the law sets none."""
    number = content.get("number")
    beds = content.get("beds")
    row = rules.term(
        term,
        registration_kind,
        number[17:21] if isinstance(number, str) else "",
        beds if isinstance(beds, int) else 0,
        start,
    )
    return None if row is None else add_months(start, row.months)


def _beds(registration: Registration) -> int:
    if registration.kind is not Kind.INSTITUTION:
        return 0
    content = cast("dict[str, object]", canonical.loads(registration.content.encode("utf-8")))
    beds = content.get("beds")
    return beds if isinstance(beds, int) else 0


def _refuse_years(bar: str) -> None:
    raise Refusal("bar-years-wrong", bar)
