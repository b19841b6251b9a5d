"""Applications and their steps."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from issuer.domain.account import AccountId
from issuer.domain.application import Application, ApplicationId, Pause, Stage, Step
from issuer.domain.kind import Kind
from issuer.domain.organisation import OrganisationId
from issuer.domain.registration import RegistrationId
from issuer.storage import rows
from issuer.storage.tables import ENDED, application, application_step
from issuer.storage.transaction import Transaction


def add(tx: Transaction, value: Application) -> None:
    """Insert an application. Raises StorageFailed("storage-conflict") if its id exists."""
    tx.insert(application, _row(value))
    _add_steps(tx, value, 0)


def put(tx: Transaction, value: Application, revision: int) -> None:
    """Replace an application that still has this revision; new steps are added. Raises ChangedMeanwhile."""
    rows.put(tx, application, _row(value), revision)
    of_this = application_step.c.application == value.id
    _add_steps(tx, value, tx.run(sa.select(sa.func.count()).select_from(application_step).where(of_this)).scalar_one())


def get(tx: Transaction, id_: ApplicationId) -> Application | None:
    """Return one application, or None. It stays locked until the end of a write transaction."""
    row = tx.one(sa.select(application).where(application.c.id == id_))
    return None if row is None else _values(tx, [row])[0]


def open_of(tx: Transaction, holder: str, kind: Kind) -> tuple[Application, ...]:
    """Return the application of a holder for a kind that has not come to its end. There is at most one."""
    ended = application.c.stage.in_(ENDED)
    of_this = sa.select(application).where(application.c.holder == holder, application.c.kind == kind.value, ~ended)
    return _values(tx, tx.all(of_this))


def of_applicant(tx: Transaction, applicant: AccountId) -> tuple[Application, ...]:
    """Return all applications that an account opened, newest first."""
    return tuple(reversed(find(tx, applicant=applicant)))


def of_holder(tx: Transaction, holder: str) -> tuple[Application, ...]:
    """Return all applications for a holder, newest first."""
    return tuple(reversed(find(tx, holder=holder)))


def in_stages(tx: Transaction, stages: tuple[Stage, ...]) -> tuple[Application, ...]:
    """Return all applications in one of the stages, oldest first."""
    return find(tx, stage=stages)


def find(
    tx: Transaction,
    *,
    kind: Kind | None = None,
    action: str | None = None,
    stage: Stage | tuple[Stage, ...] | None = None,
    applicant: AccountId | None = None,
    holder: str | None = None,
    registration: RegistrationId | None = None,
    institution: OrganisationId | None = None,
    authority: OrganisationId | tuple[OrganisationId, ...] | None = None,
    due_until: datetime.date | None = None,
    received_until: datetime.date | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> tuple[Application, ...]:
    """Return all applications that have the given values, oldest first.

    `due_until` and `received_until` are the last days of `due_on` and `received_on`.
    """
    wanted = rows.where(
        application,
        {
            "kind": kind,
            "action": action,
            "stage": stage,
            "applicant": applicant,
            "holder": holder,
            "registration": registration,
            "institution": institution,
            "authority": authority,
        },
    )
    if due_until is not None:
        wanted.append(application.c.due_on <= due_until)
    if received_until is not None:
        wanted.append(application.c.received_on <= received_until)
    order = (application.c.opened_at, application.c.id)
    return _values(tx, tx.all(sa.select(application).where(*wanted).order_by(*order).limit(limit).offset(offset)))


def _row(value: Application) -> dict[str, Any]:
    pauses = [[one.start.isoformat(), one.end.isoformat() if one.end else None, one.cause] for one in value.pauses]
    return rows.values(value, "steps") | {"pauses": rows.to_json(pauses)}


def _add_steps(tx: Transaction, value: Application, known: int) -> None:
    made = [
        {"application": value.id, **rows.values(step), "grounds": rows.to_json(step.grounds)}
        for step in value.steps[known:]
    ]
    tx.insert_all(application_step, made)


def _values(tx: Transaction, found: Sequence[sa.Row[Any]]) -> tuple[Application, ...]:
    steps: dict[str, list[Step]] = {row.id: [] for row in found}
    if steps:
        chosen = sa.select(application_step).where(application_step.c.application.in_(list(steps)))
        for row in tx.all(chosen.order_by(application_step.c.application, application_step.c.number)):
            held = rows.fields(row)
            source = held.pop("source")
            steps[held.pop("application")].append(
                Step(
                    source=None if source is None else Stage(source),
                    target=Stage(held.pop("target")),
                    grounds=rows.texts(held.pop("grounds")),
                    **held,
                )
            )
    return tuple(_value(row, tuple(steps[row.id])) for row in found)


def _value(row: sa.Row[Any], steps: tuple[Step, ...]) -> Application:
    held = rows.fields(row)
    pauses = pauses_of(held.pop("pauses"))
    return Application(kind=Kind(held.pop("kind")), stage=Stage(held.pop("stage")), pauses=pauses, steps=steps, **held)


def pauses_of(text: str) -> tuple[Pause, ...]:
    """Return the excluded time from the column that holds it."""
    day = datetime.date.fromisoformat
    return tuple(
        Pause(start=day(one[0]), end=day(one[1]) if one[1] else None, cause=one[2]) for one in rows.from_json(text)
    )
