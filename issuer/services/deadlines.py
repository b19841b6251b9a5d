"""The desk of deadlines: what silence means, what is overdue, what time has ended.

`sweep` is run by a timer and by hand; it may run twice or late and changes nothing the second time. It writes only
what the law itself does (deemed acceptance, 行政许可法 32(4)); expiry and overdue verification are computed where they
are asked and need no sweep. It decides nothing and mints nothing.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from issuer.domain.act import civil_day
from issuer.domain.application import ApplicationId, Stage
from issuer.domain.audit import Event
from issuer.domain.deadline import CORRECTION, deadline
from issuer.domain.organisation import OrganisationId
from issuer.domain.path import deem_accepted
from issuer.domain.refusal import Refusal
from issuer.domain.registration import RegistrationId
from issuer.services import fetch
from issuer.services.desk import Desk, tree, writing
from issuer.storage import applications, audit, registrations


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A case past its last day. `days` are working days, None where the calendar of a year is missing."""

    application: ApplicationId
    authority: OrganisationId | None
    stage: Stage
    limit: str
    last_day: datetime.date
    days: int | None
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What a sweep did and found.

    `unknown` are cases whose last day cannot be told (code says why); `ended` are suspensions, deferrals and pauses
    whose last day is past and which wait for an act.
    """

    deemed: tuple[ApplicationId, ...]
    overdue: tuple[Overdue, ...]
    unknown: tuple[tuple[ApplicationId, str], ...]
    ended: tuple[RegistrationId, ...]


def sweep(desk: Desk, at: int) -> Sweep:
    """Apply the effects of silence and list what is late, as of `at`. One transaction for each effect."""
    on = civil_day(at)
    with desk.store.reading() as tx:
        waiting = applications.find(tx, stage=Stage.SUBMITTED)
    deemed = tuple(one.id for one in waiting if _deem(desk, one.id, at))
    with desk.store.reading() as tx:
        running = tuple(Stage(row.stage) for row in desk.rules.stages if row.clock and row.clock != CORRECTION)
        pending = applications.find(tx, stage=running)
        ended = tuple(one.id for one in registrations.until_before(tx, on))
    overdue: list[Overdue] = []
    unknown: list[tuple[ApplicationId, str]] = []
    for application in pending:
        limit = deadline(desk.rules, application)
        if limit is None:
            continue
        if limit.last_day is None:
            unknown.append((application.id, limit.unknown))
        elif limit.passed(on):
            overdue.append(
                Overdue(
                    application=application.id,
                    authority=application.authority,
                    stage=application.stage,
                    limit=limit.code,
                    last_day=limit.last_day,
                    days=days_left(desk, on, limit.last_day, sign=-1),
                    basis=limit.basis,
                )
            )
    return Sweep(deemed=deemed, overdue=tuple(overdue), unknown=tuple(unknown), ended=ended)


def days_left(desk: Desk, on: datetime.date, last_day: datetime.date, *, sign: int = 1) -> int | None:
    """Return the working days from `on` to `last_day` (times `sign`), None where the calendar does not reach."""
    try:
        return sign * desk.rules.calendar.days_left(on, last_day)
    except Refusal:
        return None


def _deem(desk: Desk, id_: ApplicationId, at: int) -> bool:
    """Apply deemed acceptance to one case, looking at it again under its lock."""
    with writing(desk) as tx:
        application = fetch.application(tx, id_)
        moved = deem_accepted(desk.rules, tree(tx), application, at)
        if moved is None:
            return False
        applications.put(tx, moved, application.revision)
        audit.append(
            tx,
            Event(at=at, tag="application.deemed_accepted", target=id_, detail=(("basis", moved.steps[-1].reason),)),
        )
    return True
