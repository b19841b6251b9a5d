"""What a decision makes of the register: the entry created or changed, its history, its bars.

Called inside the transaction of the decision, never alone. The number of a registration is given here: a physician's
and a nurse's from a serial of the province, an institution's as it was proposed and checked.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import cast

from issuer.domain import canonical, content
from issuer.domain.act import civil_day
from issuer.domain.application import Application, Step
from issuer.domain.content import Public
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Bar, BarId, Registration, RegistrationId, StandingChange
from issuer.domain.rulebook import GroundRow, TransitionRow
from issuer.domain.standing import bar_last_day, term_end
from issuer.services import casework, fetch
from issuer.services.desk import Attested, Desk
from issuer.storage import Transaction, organisations, registrations, serials

_MOVES = frozenset({"institution", "own"})
"""With the primary institution the registration goes to that institution's authority; with a filing it stays."""
VERIFICATION = "verification"
"""The ordinary term: it runs on from the end of the last one; a shortened one starts today."""


def grant(
    desk: Desk, tx: Transaction, application: Application, attested: Attested, *, valid_until: datetime.date | None
) -> Registration:
    """Create or change the register entry for an approved application and write its history.

    Raises Refusal: barred, transition-not-allowed, registration-frozen, number-taken, until-out-of-range.
    """
    on = civil_day(attested.at)
    casework.refuse_if_barred(desk, tx, application.kind, application.holder, on)
    current = casework.current_of(tx, application)
    arrow = casework.transition_of(desk, tx, application, on)
    public = content.merge(
        application.kind,
        {} if current is None else casework.public_of(current.content),
        casework.public_of(application.content),
    )
    if current is None:
        registration = _created(desk, tx, application, public, arrow, on)
    else:
        registration = _changed(desk, application, current, public, arrow, on)
    registration = _terms(desk, application, registration, public, on, valid_until, before=current)
    if current is None:
        registrations.add(tx, registration)
    else:
        registrations.put(tx, registration, current.revision)
    registrations.add_change(
        tx,
        StandingChange(
            registration=registration.id,
            revision=registration.revision,
            at=attested.at,
            action=application.action,
            source="none" if current is None else current.state,
            target=registration.state,
            version=registration.version,
            application=application.id,
            act=attested.digest,
            actor=attested.actor.id,
            basis=arrow.basis,
            content=registration.content,
            sealed=registration.sealed,
        ),
    )
    if application.kind is Kind.INSTITUTION:
        _institution(tx, registration)
    return registration


def bars_after_refusal(desk: Desk, tx: Transaction, application: Application, attested: Attested) -> None:
    """Write the bars that the grounds of a refusal bring (false material: one year, 行政许可法 78)."""
    on = civil_day(attested.at)
    step: Step = application.steps[-1]
    for code in step.grounds:
        ground = desk.rules.ground(code, application.kind, "refuse", on)
        if ground.bar:
            add_bar(
                desk, tx, ground, application.kind, application.holder, on, attested.digest, years=None, for_life=False
            )


def add_bar(
    desk: Desk,
    tx: Transaction,
    ground: GroundRow,
    kind: Kind,
    holder: str,
    on: datetime.date,
    act: bytes,
    *,
    years: int | None,
    for_life: bool,
    registration: RegistrationId | None = None,
) -> Bar:
    """Write one bar that begins today. Raises Refusal("bar-years-wrong")."""
    row = desk.rules.bar(ground.bar, kind, on)
    bar = Bar(
        id=BarId(desk.ids("bar")),
        kind=kind if row.kind == kind else None,
        holder=holder,
        cause=row.code,
        basis=row.basis,
        first_day=on,
        last_day=bar_last_day(desk.rules, ground, kind, on, years, for_life=for_life),
        registration=registration,
        act=act,
    )
    registrations.add_bar(tx, bar)
    return bar


def _created(
    desk: Desk, tx: Transaction, application: Application, public: Public, arrow: TransitionRow, on: datetime.date
) -> Registration:
    if application.authority is None:
        raise Refusal("authority-unknown")
    id_ = RegistrationId(desk.ids("reg"))
    number = _number(tx, application.kind, public, on)
    if registrations.by_number(tx, application.kind, number) is not None:
        raise Refusal("number-taken")
    restricted = casework.opened(desk, application.sealed, application.id)
    return Registration(
        id=id_,
        kind=application.kind,
        number=number,
        holder=application.holder,
        name=str(public["name"]),
        authority=application.authority,
        institution=_institution_number(public, number),
        state=arrow.target,
        version=1,
        revision=0,
        content=canonical.dumps(public).decode("utf-8"),
        sealed=casework.seal(desk, restricted, id_) if restricted else None,
        registered_on=on,
    )


def _changed(
    desk: Desk,
    application: Application,
    current: Registration,
    public: Public,
    arrow: TransitionRow,
    on: datetime.date,
) -> Registration:
    known = casework.opened(desk, current.sealed, current.id)
    action = desk.rules.action(application.kind, application.action, on)
    authority = current.authority
    if action.competent in _MOVES and application.authority is not None:
        authority = application.authority
    restricted = {**known, **casework.opened(desk, application.sealed, application.id)}
    return dataclasses.replace(
        current,
        name=str(public["name"]),
        authority=authority,
        institution=_institution_number(public, current.number),
        state=arrow.target,
        version=current.version + 1,
        revision=current.revision + 1,
        content=canonical.dumps(public).decode("utf-8"),
        sealed=casework.seal(desk, restricted, current.id) if restricted else None,
        until=None,
    )


def _terms(
    desk: Desk,
    application: Application,
    registration: Registration,
    public: Public,
    on: datetime.date,
    valid_until: datetime.date | None,
    *,
    before: Registration | None,
) -> Registration:
    """Set the days between which the new version holds. What is not renewed keeps its days."""
    facts = cast("dict[str, object]", public)
    kind, action = registration.kind, desk.rules.action(application.kind, application.action, on)
    if valid_until is not None and (kind is not Kind.INSTITUTION or not action.renews or valid_until <= on):
        raise Refusal("until-out-of-range", "valid_until")
    if action.renews:
        end = valid_until or term_end(desk.rules, "validity", kind, facts, on)
        registration = dataclasses.replace(registration, valid_from=on, valid_until=end)
    if action.verifies:
        term = desk.rules.state(kind, (before or registration).state).verification_term
        runs_on = before is not None and before.verify_by is not None and term == VERIFICATION
        start = max(before.verify_by, on) if runs_on and before and before.verify_by else on
        registration = dataclasses.replace(registration, verify_by=term_end(desk.rules, term, kind, facts, start))
    return registration


def _number(tx: Transaction, kind: Kind, public: Public, on: datetime.date) -> str:
    """Give the next number. Physician: level, category, division, serial; nurse: year, province, serial."""
    if kind is Kind.INSTITUTION:
        return str(public["number"])
    division = str(cast("dict[str, object]", public["institution"])["number"])[9:15]
    physician = f"{public.get('level')}{public.get('category')}0{division}"
    series = f"{on.year}{division[:2]}" if kind is Kind.NURSE else physician
    return f"{series}{serials.next_of(tx, f'{kind}:{series}'):06d}"


def _institution_number(public: Public, own: str) -> str | None:
    named = public.get("institution")
    return str(named["number"]) if isinstance(named, dict) else own


def _institution(tx: Transaction, registration: Registration) -> None:
    """Keep the organisation's name and number those of its licence."""
    organisation = fetch.organisation(tx, registration.holder)
    changed = dataclasses.replace(
        organisation, name=registration.name, number=registration.number, revision=organisation.revision + 1
    )
    organisations.put(tx, changed, organisation.revision)
