"""The desk of questions: what the public, the applicant, the institution and the officer may see.

The public answer is built from the fields of the licence and nothing else; a restricted field has no way into it
(SR-32). It needs two facts that agree. Rates and captchas are the web edge's matter. An officer who opens the
restricted part of a case leaves an audit event.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from issuer.domain import canonical, content
from issuer.domain.account import Account, AccountKind
from issuer.domain.act import civil_day
from issuer.domain.application import Application, ApplicationId, Stage
from issuer.domain.audit import Event
from issuer.domain.content import Public, Restricted
from issuer.domain.deadline import deadline
from issuer.domain.kind import Kind
from issuer.domain.prechecks import same_name
from issuer.domain.refusal import Ground, Refusal
from issuer.domain.registration import Registration, RegistrationId, StandingChange
from issuer.domain.standing import Standing, standing
from issuer.services import area, casework, fetch
from issuer.services.deadlines import days_left
from issuer.services.desk import Desk, tree, writing
from issuer.storage import Transaction, applications, audit, organisations, registrations

NAME_MIN = 2
INSTITUTION_NAME_MIN = 4
"""Characters of a name that the public must give (the national query asks for four of an institution's)."""
_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAnswer:
    """What anybody may know of a registration. `public` is canonical JSON of the fields of the licence."""

    kind: Kind
    number: str
    name: str
    authority: str
    standing: Standing
    version: int
    valid_from: datetime.date | None
    valid_until: datetime.date | None
    verify_by: datetime.date | None
    public: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One line of a history as the applicant sees it: what, when, by which side, told with which reasons."""

    step: str
    at: int
    stage: Stage
    zh: str
    en: str
    by: str
    reason: str
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """An application as its applicant sees it (SR-30): stage, deadline, days left, history, result."""

    application: Application
    stage_zh: str
    stage_en: str
    final: bool
    limit: str
    last_day: datetime.date | None
    days_left: int | None
    unknown: str
    basis: str
    history: tuple[StepView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationView:
    """A register entry as its holder and competent officers see it: how it stands today, and what happened to it."""

    registration: Registration
    standing: Standing
    history: tuple[StandingChange, ...] = ()


def public_lookup(
    desk: Desk, kind: Kind, name: str, *, number: str | None = None, institution: str | None = None
) -> tuple[PublicAnswer, ...]:
    """Look a registration up by name and one more fact.

    The second fact is the licence number, or the number or full name of the primary institution (persons). For an
    institution the number is needed or at least four characters of its full name equal. Raises
    Refusal("two-facts-needed"). No hit and a hit whose second fact differs give the same empty answer.
    """
    least = NAME_MIN if kind.is_person else INSTITUTION_NAME_MIN
    if len(name.strip()) < least or (kind.is_person and not number and not institution):
        raise Refusal("two-facts-needed")
    on = civil_day(desk.clock())
    with desk.store.reading() as tx:
        if number:
            found = registrations.by_number(tx, kind, number)
            hits = [] if found is None else [found]
        else:
            hits = list(registrations.find(tx, kind=kind, name=name.strip(), limit=_MOST))
        hits = [hit for hit in hits if same_name(hit.name, name.strip()) and _at(tx, hit, institution)]
        return tuple(public_answer(desk, tx, hit, on) for hit in hits[:_MOST])


def own_cases(desk: Desk, account: Account) -> tuple[CaseView, ...]:
    """Return the applications of an account (an institution's: its own), newest first."""
    with desk.store.reading() as tx:
        found = applications.find(tx, applicant=account.id)
        if account.kind is AccountKind.INSTITUTION and account.organisation is not None:
            found = applications.find(tx, holder=account.organisation)
        return tuple(view_of(desk, one) for one in reversed(found))


def case(desk: Desk, account: Account, id_: ApplicationId) -> CaseView:
    """Return one application to somebody who may see it. Raises Refusal("application-unknown") to anybody else."""
    with desk.store.reading() as tx:
        return view_of(desk, casework.visible(tx, account, id_))


def to_confirm(desk: Desk, account: Account) -> tuple[CaseView, ...]:
    """Return what waits for an institution's confirmation."""
    if account.kind is not AccountKind.INSTITUTION or account.organisation is None:
        raise Refusal("not-your-institution")
    with desk.store.reading() as tx:
        waiting = applications.find(tx, stage=Stage.INSTITUTION_CONFIRM, institution=account.organisation)
        return tuple(view_of(desk, one) for one in waiting)


def queue(desk: Desk, account: Account) -> tuple[CaseView, ...]:
    """Return the cases of an officer's jurisdiction that wait at the authority, the most urgent first.

    Raises Refusal("role-missing") for who neither works on cases nor oversees them.
    """
    stages = tuple(Stage(row.stage) for row in desk.rules.stages if row.pending)
    with desk.store.reading() as tx:
        mine = applications.find(tx, stage=stages, authority=area.authorities(tx, account))
    views = [view_of(desk, one) for one in mine]
    return tuple(sorted(views, key=lambda view: (view.last_day or datetime.date.max, view.application.id)))


def restricted_of(desk: Desk, account: Account, id_: ApplicationId, purpose: str) -> Restricted:
    """Open the restricted part of a case: for its applicant, or with a purpose for those who work on it.

    Those are the confirming institution and the competent officers; an auditor has no business with it. They leave an
    audit event with the purpose (SR-33). Raises Refusal: application-unknown, role-missing, purpose-missing.
    """
    at = desk.clock()
    with writing(desk) as tx:
        application = casework.visible(tx, account, id_)
        if account.id != application.applicant:
            if account.kind is AccountKind.OFFICER and not account.roles & area.WORK:
                raise Refusal("role-missing")
            if not purpose.strip():
                raise Refusal("purpose-missing")
            audit.append(
                tx,
                Event(at=at, tag="restricted.read", target=id_, actor=account.id, detail=(("purpose", purpose[:200]),)),
            )
        opened = casework.opened(desk, application.sealed, application.id)
    return {name: value for name, value in opened.items() if name != "salt"}


def own_registrations(desk: Desk, account: Account) -> tuple[RegistrationView, ...]:
    """Return the register entries of an account, without their histories."""
    holder = account.organisation if account.kind is AccountKind.INSTITUTION else account.id
    with desk.store.reading() as tx:
        found = registrations.find(tx, holder=holder) if holder else ()
        return tuple(entry_of(desk, tx, one) for one in found)


def public_of_own(desk: Desk, account: Account, kind: Kind) -> Public:
    """Return the public content of the account's own register entry of a kind, empty if there is none."""
    holder = account.organisation if account.kind is AccountKind.INSTITUTION else account.id
    with desk.store.reading() as tx:
        found = registrations.of_holder(tx, holder, kind) if holder else None
    return {} if found is None else casework.public_of(found.content)


def registration(desk: Desk, account: Account, id_: RegistrationId) -> RegistrationView:
    """Return a register entry with its history to its holder or a competent officer, else Refusal."""
    with desk.store.reading() as tx:
        found = fetch.registration(tx, id_)
        own = found.holder in {account.id, account.organisation}
        officer = (
            account.kind is AccountKind.OFFICER
            and bool(account.roles & area.SEE)
            and account.organisation is not None
            and tree(tx).jurisdiction(account.organisation, found.authority)
        )
        if not own and not officer:
            raise Refusal("registration-unknown")
        return entry_of(desk, tx, found, tuple(registrations.changes(tx, id_)))


def entry_of(
    desk: Desk, tx: Transaction, found: Registration, history: tuple[StandingChange, ...] = ()
) -> RegistrationView:
    """Return an entry and how it stands today. Who may see it is checked by the caller."""
    pending = casework.renewal_pending(desk, tx, found)
    now = standing(desk.rules, found, civil_day(desk.clock()), renewal_pending=pending)
    return RegistrationView(registration=found, standing=now, history=history)


def _at(tx: Transaction, hit: Registration, institution: str | None) -> bool:
    if not institution:
        return True
    if hit.institution == institution:
        return True
    found = organisations.by_number(tx, hit.institution) if hit.institution else None
    return found is not None and same_name(found.name, institution)


def public_answer(desk: Desk, tx: Transaction, hit: Registration, on: datetime.date) -> PublicAnswer:
    """Return what anybody may know of an entry."""
    authority = fetch.organisation(tx, hit.authority)
    shown: Public = casework.public_of(hit.content)
    fields = content.coders(hit.kind).keys()
    return PublicAnswer(
        kind=hit.kind,
        number=hit.number,
        name=hit.name,
        authority=authority.name,
        standing=standing(desk.rules, hit, on, renewal_pending=casework.renewal_pending(desk, tx, hit)),
        version=hit.version,
        valid_from=hit.valid_from,
        valid_until=hit.valid_until,
        verify_by=hit.verify_by,
        public=canonical.dumps({name: value for name, value in shown.items() if name in fields}).decode("utf-8"),
    )


def view_of(desk: Desk, application: Application) -> CaseView:
    """Return a case with its stage, clock and history in words. Who may see it is checked by the caller."""
    row = desk.rules.stage(application.stage)
    limit = deadline(desk.rules, application)
    last_day = None if limit is None else limit.last_day
    return CaseView(
        application=application,
        stage_zh=row.zh,
        stage_en=row.en,
        final=row.final,
        limit="" if limit is None else limit.code,
        last_day=last_day,
        days_left=None if last_day is None else days_left(desk, civil_day(desk.clock()), last_day),
        unknown="" if limit is None else limit.unknown,
        basis="" if limit is None else limit.basis,
        history=tuple(_step(desk, application, number) for number in range(len(application.steps))),
    )


def _step(desk: Desk, application: Application, number: int) -> StepView:
    step = application.steps[number]
    row = desk.rules.stage(step.target)
    on = civil_day(step.at)
    sides = {arrow.by for arrow in desk.rules.steps if arrow.step == step.step and arrow.origin == step.source}
    return StepView(
        step=step.step,
        at=step.at,
        stage=step.target,
        zh=row.zh,
        en=row.en,
        by="law" if step.actor is None else ("applicant" if step.actor == application.applicant else _side(sides)),
        reason=step.reason,
        grounds=tuple(desk.rules.ground(code, application.kind, step.step, on).told() for code in step.grounds),
    )


def _side(sides: set[str]) -> str:
    return next(iter(sorted(sides - {"applicant", "law"})), "officer")
