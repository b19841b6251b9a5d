"""The desk of proposals: what an inspection proposes, what an institution reports, and what becomes of it.

Who files does not decide (four eyes). Filing changes nothing in the register; a standing act that names a proposal
(`issuer.services.registrations`) takes it up in the same transaction, and a dismissal needs a reason.
"""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass

from issuer.domain.account import Account, AccountKind, Role, same_person
from issuer.domain.act import SignedAct, civil_day
from issuer.domain.calendar import add_days
from issuer.domain.canonical import Json
from issuer.domain.kind import Kind
from issuer.domain.path import office
from issuer.domain.proposal import DEPARTURE, Proposal, ProposalId, ProposalState, Source
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.domain.standing import acts_from
from issuer.services import area, fetch
from issuer.services.desk import Attested, Desk, attest, day, expect, only, record, text, texts, tree, writing
from issuer.services.query import RegistrationView, entry_of
from issuer.storage import Transaction, organisations, proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposal with what it is about. `last_day`: by when an institution had to report; `late`: it did not."""

    proposal: Proposal
    entry: RegistrationView
    filed_by: str
    closed_by: str
    last_day: datetime.date | None
    late: bool


def file(desk: Desk, signed: SignedAct) -> Proposal:
    """File a proposal: act `proposal.file`, target the registration, body `{action, grounds, evidence, happened_on?}`.

    An officer with any role over the registering authority proposes any act that leads on from how the entry stands;
    an institution only reports that a physician whose primary institution it is has left (`happened_on` needed).
    Refuses: role-missing, out-of-jurisdiction, not-your-institution, own-case, transition-not-allowed,
    grounds-missing, ground-unknown, body-malformed, proposal-open-already.
    """
    at = desk.clock()
    on = civil_day(at)
    with writing(desk) as tx:
        attested = attest(tx, signed, "proposal.file", at)
        body = attested.act.content()
        only(body, "action", "grounds", "evidence", "happened_on")
        held = fetch.registration(tx, attested.act.target)
        source = _may_file(tx, attested.actor, held)
        action, grounds = _asked(desk, tx, held, body, source, on)
        happened = day(body, "happened_on")
        if (happened is None and source is Source.INSTITUTION) or (happened is not None and happened > on):
            raise Refusal("body-malformed", "happened_on")
        tx.lock(f"proposal:{held.id}")
        open_ = proposals.find(tx, registration=held.id, state=ProposalState.OPEN)
        if any((one.action, one.source) == (action, source) for one in open_):
            raise Refusal("proposal-open-already")
        made = Proposal(
            id=ProposalId(desk.ids("prop")),
            registration=held.id,
            authority=held.authority,
            source=source,
            action=action,
            grounds=grounds,
            evidence=text(body, "evidence"),
            happened_on=happened,
            state=ProposalState.OPEN,
            revision=0,
            filed_by=attested.actor.id,
            filed_at=at,
        )
        proposals.add(tx, made)
        record(tx, attested, "proposal.filed", held.id, ("proposal", made.id), ("action", action))
    return made


def dismiss(desk: Desk, signed: SignedAct) -> Proposal:
    """Dismiss a proposal: act `proposal.dismiss`, body `{reason}`, by a deciding officer who did not file it."""
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "proposal.dismiss", at)
        only(attested.act.content(), "reason")
        found = _get(tx, attested.act.target)
        expect(attested.act, found.revision)
        held = fetch.registration(tx, found.registration)
        _may_close(tx, attested.actor, found, held)
        closed = _closed(tx, found, attested, ProposalState.DISMISSED, text(attested.act.content(), "reason"))
        record(tx, attested, "proposal.dismissed", held.id, ("proposal", found.id))
    return closed


def take(tx: Transaction, attested: Attested, held: Registration, action: str) -> tuple[tuple[str, str], ...]:
    """Take up, inside a standing act's own transaction, the proposal that the act names; return it as audit detail.

    An act that names none takes none up. Refuses: proposal-unknown, proposal-closed, own-proposal, body-malformed.
    """
    body = attested.act.content()
    if body.get("proposal") is None:
        return ()
    found = _get(tx, text(body, "proposal", limit=64))
    if found.registration != held.id or found.action != action:
        raise Refusal("body-malformed", "proposal")
    _may_close(tx, attested.actor, found, held)
    _closed(tx, found, attested, ProposalState.TAKEN, text(body, "reason"))
    return (("proposal", found.id),)


def inbox(desk: Desk, account: Account, *, closed: bool = False, limit: int = 200) -> tuple[ProposalView, ...]:
    """Return the open (or the closed) proposals of an officer's area, newest first; an institution's own of both."""
    with desk.store.reading() as tx:
        if account.kind is AccountKind.INSTITUTION:
            found = proposals.find(tx, filed_by=account.id, limit=limit)
        else:
            states = (ProposalState.TAKEN, ProposalState.DISMISSED) if closed else (ProposalState.OPEN,)
            found = proposals.find(tx, authority=area.authorities(tx, account), state=states, limit=limit)
        return tuple(_view(desk, tx, one) for one in found)


def one(desk: Desk, account: Account, id_: ProposalId) -> ProposalView:
    """Return a proposal to an officer of its area or to who filed it. Raises Refusal("proposal-unknown")."""
    with desk.store.reading() as tx:
        found = _get(tx, id_)
        if found.filed_by != account.id:
            try:
                inside = found.authority in area.authorities(tx, account)
            except Refusal:
                inside = False
            if not inside:
                raise Refusal("proposal-unknown")
        return _view(desk, tx, found)


def _view(desk: Desk, tx: Transaction, found: Proposal) -> ProposalView:
    names = {id_: fetch.account(tx, id_).name for id_ in (found.filed_by, found.closed_by) if id_ is not None}
    last_day = None
    if found.source is Source.INSTITUTION and found.happened_on is not None:
        limit = desk.rules.limit("departure_report", Kind.PHYSICIAN, DEPARTURE, found.happened_on)
        last_day = None if limit is None else add_days(found.happened_on, limit.value)
    return ProposalView(
        proposal=found,
        entry=entry_of(desk, tx, fetch.registration(tx, found.registration)),
        filed_by=names[found.filed_by],
        closed_by="" if found.closed_by is None else names[found.closed_by],
        last_day=last_day,
        late=last_day is not None and civil_day(found.filed_at) > last_day,
    )


def _get(tx: Transaction, id_: str) -> Proposal:
    found = proposals.get(tx, ProposalId(id_))
    if found is None:
        raise Refusal("proposal-unknown")
    return found


def _may_file(tx: Transaction, actor: Account, held: Registration) -> Source:
    if actor.kind is AccountKind.INSTITUTION:
        own = None if actor.organisation is None else organisations.get(tx, actor.organisation)
        if own is None or own.number is None or held.institution != own.number or held.kind is not Kind.PHYSICIAN:
            raise Refusal("not-your-institution")
        return Source.INSTITUTION
    if held.authority not in area.authorities(tx, actor):
        raise Refusal("out-of-jurisdiction")
    _not_own(tx, actor, held)
    return Source.INSPECTION


def _asked(
    desk: Desk, tx: Transaction, held: Registration, body: dict[str, Json], source: Source, on: datetime.date
) -> tuple[str, tuple[str, ...]]:
    action, grounds = text(body, "action", limit=40), texts(body, "grounds")
    if source is Source.INSTITUTION and action != DEPARTURE:
        raise Refusal("action-unknown", action)
    state = entry_of(desk, tx, held).standing.state
    if action not in {row.action for row in acts_from(desk.rules, held.kind, state, on)}:
        raise Refusal("transition-not-allowed", action)
    if not grounds:
        raise Refusal("grounds-missing")
    return action, tuple(desk.rules.ground(code, held.kind, action, on).code for code in grounds)


def _may_close(tx: Transaction, actor: Account, found: Proposal, held: Registration) -> None:
    office(tree(tx), actor, Role.DECISION, held.authority)
    if found.state is not ProposalState.OPEN:
        raise Refusal("proposal-closed")
    if same_person(fetch.account(tx, found.filed_by), actor):
        raise Refusal("own-proposal")
    _not_own(tx, actor, held)


def _not_own(tx: Transaction, actor: Account, held: Registration) -> None:
    if held.kind.is_person and same_person(fetch.account(tx, held.holder), actor):
        raise Refusal("own-case")


def _closed(tx: Transaction, found: Proposal, attested: Attested, state: ProposalState, reason: str) -> Proposal:
    closed = dataclasses.replace(
        found,
        state=state,
        revision=found.revision + 1,
        closed_by=attested.actor.id,
        closed_at=attested.at,
        reason=reason,
    )
    proposals.put(tx, closed, found.revision)
    return closed


def of_entry(tx: Transaction, held: Registration) -> tuple[Proposal, ...]:
    """Return the open proposals about an entry, newest first."""
    return proposals.find(tx, registration=held.id, state=ProposalState.OPEN)


def reported(tx: Transaction, ids: tuple[str, ...], account: Account) -> frozenset[str]:
    """Return which of these registrations an institution has an open report about."""
    open_ = proposals.find(tx, filed_by=account.id, state=ProposalState.OPEN)
    return frozenset(str(one.registration) for one in open_) & frozenset(ids)
