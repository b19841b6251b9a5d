"""The desk of appeals and ratings: what an applicant says of a case, and the answer by somebody with no part in it."""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass

from issuer.domain.account import Account, AccountKind, same_person
from issuer.domain.act import SignedAct, civil_day
from issuer.domain.application import Application, ApplicationId
from issuer.domain.calendar import add_days
from issuer.domain.organisation import OrganisationId
from issuer.domain.refusal import Refusal
from issuer.domain.voice import STARS, Appeal, AppealId, Rating, Topic
from issuer.services import area, casework, fetch
from issuer.services.deadlines import days_left
from issuer.services.desk import Desk, attest, expect, only, record, text, writing
from issuer.services.query import CaseView, view_of
from issuer.storage import Transaction, serials, voice

_TEXT_MAX = 1000
_INBOX_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealView:
    """An appeal with its clock and its case. `against` says why this reader may not answer it, None: nothing does."""

    appeal: Appeal
    case: CaseView
    days_left: int | None
    answered_by: str
    against: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What was said of a case, and what its applicant may say now."""

    appeals: tuple[AppealView, ...]
    rating: Rating | None
    may_appeal: bool
    may_rate: bool


def appeal(desk: Desk, signed: SignedAct) -> Appeal:
    """Raise an appeal: act `voice.appeal`, target the application, body `{topic, text}`, by its applicant.

    One at a time for each case, once an authority has it. Refuses: application-unknown, not-your-application,
    stage-order, appeal-open-already, body-malformed.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "voice.appeal", at)
        body = attested.act.content()
        only(body, "topic", "text")
        case, authority = _own(tx, attested.actor, attested.act.target)
        if body.get("topic") not in set(Topic):
            raise Refusal("body-malformed", "topic")
        tx.lock(f"appeal:{case.id}")
        if voice.find(tx, application=case.id, answered=False):
            raise Refusal("appeal-open-already")
        on = civil_day(at)
        made = Appeal(
            id=AppealId(desk.ids("appeal")),
            number=f"SQ{on.year}-{serials.next_of(tx, f'appeal-{on.year}'):06d}",
            application=case.id,
            authority=authority,
            topic=Topic(str(body["topic"])),
            text=text(body, "text", limit=_TEXT_MAX),
            filed_by=attested.actor.id,
            filed_at=at,
            due_on=_due(desk, case, on),
            revision=0,
        )
        voice.add(tx, made)
        record(tx, attested, "voice.appealed", case.id, ("appeal", made.id), ("topic", made.topic.value))
    return made


def answer(desk: Desk, signed: SignedAct) -> Appeal:
    """Answer an appeal: act `voice.answer`, target the appeal, body `{text}`.

    By an officer who works on cases of that authority and took no step in this one. Refuses: appeal-unknown,
    role-missing, appeal-answered, appeal-own-case, changed-meanwhile, body-malformed.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "voice.answer", at)
        only(attested.act.content(), "text")
        found = _visible(tx, attested.actor, attested.act.target)
        expect(attested.act, found.revision)
        against = _against(tx, attested.actor, found, fetch.application(tx, found.application))
        if against is not None:
            raise against
        done = dataclasses.replace(
            found,
            revision=found.revision + 1,
            answered_by=attested.actor.id,
            answered_at=at,
            answer=text(attested.act.content(), "text", limit=_TEXT_MAX),
        )
        voice.put(tx, done, found.revision)
        record(tx, attested, "voice.answered", found.application, ("appeal", found.id))
    return done


def rate(desk: Desk, signed: SignedAct) -> Rating:
    """Rate how a case was handled: act `voice.rate`, target the application, body `{stars, text?}`, once, at its end.

    Refuses: application-unknown, not-your-application, stage-order, rating-exists, body-malformed.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "voice.rate", at)
        body = attested.act.content()
        only(body, "stars", "text")
        case, authority = _own(tx, attested.actor, attested.act.target)
        if not desk.rules.stage(case.stage).final:
            raise Refusal("stage-order", case.stage)
        stars = body.get("stars")
        if isinstance(stars, bool) or not isinstance(stars, int) or not 1 <= stars <= STARS:
            raise Refusal("body-malformed", "stars")
        made = Rating(
            application=case.id,
            authority=authority,
            stars=stars,
            text=text(body, "text", limit=_TEXT_MAX, default=""),
            rated_by=attested.actor.id,
            rated_at=at,
        )
        if not voice.add_rating(tx, made):
            raise Refusal("rating-exists")
        record(tx, attested, "voice.rated", case.id)
    return made


def of_case(desk: Desk, account: Account, id_: ApplicationId) -> Voice:
    """Return what was said of a case, to its applicant and to officers who may see the case.

    The institution that confirms it sees nothing of it. Raises Refusal("application-unknown").
    """
    with desk.store.reading() as tx:
        case = casework.visible(tx, account, id_)
        if account.kind is AccountKind.INSTITUTION and not _is_own(account, case):
            return Voice(appeals=(), rating=None, may_appeal=False, may_rate=False)
        found = voice.find(tx, application=id_)
        rating = voice.rating_of(tx, id_)
        own = _is_own(account, case) and case.authority is not None
        return Voice(
            appeals=tuple(_view(desk, tx, account, one) for one in found),
            rating=rating,
            may_appeal=own and all(one.answered_by is not None for one in found),
            may_rate=own and rating is None and desk.rules.stage(case.stage).final,
        )


def inbox(desk: Desk, account: Account, *, answered: bool = False) -> tuple[AppealView, ...]:
    """Return the appeals of an officer's area, the most urgent first. Raises Refusal("role-missing") to others."""
    with desk.store.reading() as tx:
        mine = area.authorities(tx, account)
        found = voice.find(tx, authority=mine, answered=answered, limit=_INBOX_MOST)
        return tuple(_view(desk, tx, account, one) for one in found)


def one(desk: Desk, account: Account, id_: str) -> AppealView:
    """Return one appeal to an officer of its area. Raises Refusal("appeal-unknown")."""
    with desk.store.reading() as tx:
        return _view(desk, tx, account, _visible(tx, account, id_))


def _view(desk: Desk, tx: Transaction, account: Account, found: Appeal) -> AppealView:
    case = fetch.application(tx, found.application)
    open_ = found.answered_by is None and found.due_on is not None
    return AppealView(
        appeal=found,
        case=view_of(desk, case),
        days_left=days_left(desk, civil_day(desk.clock()), found.due_on) if open_ and found.due_on else None,
        answered_by="" if found.answered_by is None else fetch.account(tx, found.answered_by).name,
        against=_against(tx, account, found, case),
    )


def _visible(tx: Transaction, account: Account, id_: str) -> Appeal:
    found = voice.get(tx, AppealId(id_))
    if found is None or found.authority not in area.authorities(tx, account):
        raise Refusal("appeal-unknown")
    return found


def _against(tx: Transaction, actor: Account, found: Appeal, case: Application) -> Refusal | None:
    """Why this account may not answer: no officer who works on cases, answered already, or part of the case."""
    if actor.kind is not AccountKind.OFFICER or not actor.roles & area.WORK:
        return Refusal("role-missing")
    if found.answered_by is not None:
        return Refusal("appeal-answered")
    people = area.people_of(tx, [case])
    if any(same_person(one, actor) for one in people.values()):
        return Refusal("appeal-own-case")
    return None


def _own(tx: Transaction, actor: Account, id_: str) -> tuple[Application, OrganisationId]:
    case = casework.visible(tx, actor, ApplicationId(id_))
    if not _is_own(actor, case):
        raise Refusal("not-your-application")
    if case.authority is None:
        raise Refusal("stage-order", case.stage)
    return case, case.authority


def _is_own(account: Account, case: Application) -> bool:
    return account.id == case.applicant or (
        account.kind is AccountKind.INSTITUTION and account.organisation == case.holder
    )


def _due(desk: Desk, case: Application, on: datetime.date) -> datetime.date | None:
    row = desk.rules.limit("appeal_answer", case.kind, case.action, on)
    if row is None:
        return None
    try:
        if row.unit == "working_day":
            return desk.rules.calendar.add_working_days(on, row.value)
        return add_days(on, row.value)
    except Refusal:
        return None
