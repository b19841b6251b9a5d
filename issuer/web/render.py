"""Values of the register as shapes of the API, field by field. Restricted parts have no way in."""

from __future__ import annotations

import json
from typing import Any

from issuer.domain.account import Account
from issuer.domain.application import Application, Step
from issuer.domain.audit import AuditRow
from issuer.domain.licence_copy import LicenceCopy
from issuer.domain.licence_record import LicenceRecord
from issuer.domain.officer_key import ElectronicKey
from issuer.domain.organisation import Organisation
from issuer.domain.proposal import Proposal
from issuer.domain.refusal import Ground
from issuer.domain.registration import Registration, StandingChange
from issuer.domain.standing import Standing
from issuer.services.exchange import Page
from issuer.services.offers import MadeOffer
from issuer.services.publishing import Health
from issuer.services.query import CaseView, PublicAnswer, RegistrationView, StepView
from issuer.services.witnessed import LogHealth
from issuer.web import health_shapes, office_shapes, shapes, share_shapes
from issuer.web.content_shapes import Content


def application(value: Application) -> shapes.Application:
    """An application for those who may see it: applicant, confirming institution, competent officers."""
    return shapes.Application(
        id=value.id,
        kind=value.kind,
        action=value.action,
        stage=value.stage,
        revision=value.revision,
        applicant=value.applicant,
        registration=value.registration,
        institution=value.institution,
        authority=value.authority,
        content=Content(json.loads(value.content)),
        content_version=value.content_version,
        has_restricted=value.sealed is not None,
        opened_at=value.opened_at,
        received_on=value.received_on,
        accepted_on=value.accepted_on,
        decided_on=value.decided_on,
        delivered_on=value.delivered_on,
        due_on=value.due_on,
        steps=[_step(step) for step in value.steps],
    )


def case(view: CaseView) -> shapes.Case:
    """An application with its clock and its history in words."""
    return shapes.Case(
        **_members(application(view.application)),
        stage_zh=view.stage_zh,
        stage_en=view.stage_en,
        final=view.final,
        limit=view.limit,
        last_day=view.last_day,
        days_left=view.days_left,
        unknown=view.unknown,
        basis=view.basis,
        history=[_line(step) for step in view.history],
    )


def registration(value: Registration) -> shapes.Registration:
    """A register entry for its holder and for competent officers."""
    return shapes.Registration(
        id=value.id,
        kind=value.kind,
        number=value.number,
        name=value.name,
        authority=value.authority,
        state=value.state,
        version=value.version,
        revision=value.revision,
        content=Content(json.loads(value.content)),
        registered_on=value.registered_on,
        valid_from=value.valid_from,
        valid_until=value.valid_until,
        verify_by=value.verify_by,
        until=value.until,
        frozen=value.frozen,
    )


def entry(view: RegistrationView) -> shapes.RegistrationEntry:
    """A register entry and how it stands today."""
    return shapes.RegistrationEntry(**_members(registration(view.registration)), standing=_standing(view.standing))


def detail(view: RegistrationView, licences: tuple[LicenceRecord, ...]) -> shapes.RegistrationDetail:
    """A register entry with its history and its licences."""
    return shapes.RegistrationDetail(
        **_members(entry(view)),
        history=[_change(one) for one in view.history],
        licences=[licence(one) for one in licences],
    )


def public(found: PublicAnswer) -> shapes.PublicRegistration:
    """What anybody may know."""
    return shapes.PublicRegistration(
        kind=found.kind,
        number=found.number,
        name=found.name,
        authority=found.authority,
        state=found.standing.state,
        state_zh=found.standing.zh,
        state_en=found.standing.en,
        permits_practice=found.standing.permits_practice,
        version=found.version,
        valid_from=found.valid_from,
        valid_until=found.valid_until,
        verify_by=found.verify_by,
        fields=Content(json.loads(found.public)),
    )


def shared(found: Page) -> share_shapes.Shared:
    """What changed in the register."""
    entries = [
        share_shapes.SharedEntry(seq=one.seq, id=one.id, now=None if one.now is None else public(one.now))
        for one in found.entries
    ]
    return share_shapes.Shared(entries=entries, next=found.next, more=found.more)


def account(value: Account) -> shapes.Account:
    """An account without its identity."""
    return shapes.Account(
        id=value.id,
        kind=value.kind,
        state=value.state,
        revision=value.revision,
        organisation=value.organisation,
        roles=sorted(value.roles),
        name=value.name,
        proof=value.proof,
    )


def organisation(value: Organisation) -> shapes.Organisation:
    """An authority or an institution."""
    return shapes.Organisation(
        id=value.id,
        kind=value.kind,
        name=value.name,
        division=value.division,
        parent=value.parent,
        level=value.level,
        branch=value.branch,
        uscc=value.uscc,
        number=value.number,
        trust_number=value.trust_number,
        open=value.open,
        revision=value.revision,
    )


def key(value: ElectronicKey) -> shapes.Key:
    """An electronic key, where it stands, and what happened to it."""
    lines = [
        shapes.KeyChange(at=one.at, event=one.event, state=one.state, by=one.by, reason=one.reason)
        for one in value.history
    ]
    return shapes.Key(
        id=value.id,
        account=value.account,
        organisation=value.organisation,
        state=value.state,
        revision=value.revision,
        kid=value.kid,
        requested_by=value.requested_by,
        approved_by=value.approved_by,
        replaces=value.replaces,
        history=lines,
    )


def proposal(value: Proposal) -> office_shapes.Proposal:
    """A proposal for those who file it and those who decide."""
    return office_shapes.Proposal(
        id=value.id,
        registration=value.registration,
        source=value.source,
        action=value.action,
        grounds=list(value.grounds),
        evidence=value.evidence,
        happened_on=value.happened_on,
        state=value.state,
        revision=value.revision,
        filed_at=value.filed_at,
        closed_at=value.closed_at,
        reason=value.reason,
    )


def licence(value: LicenceRecord) -> shapes.Licence:
    """A minted licence without its token."""
    return shapes.Licence(id=value.id, version=value.version, state=value.state, issued_at=value.issued_at)


def licence_token(value: LicenceRecord, token: bytes, link: str) -> shapes.LicenceToken:
    """A licence with its token and its link."""
    return shapes.LicenceToken(**_members(licence(value)), token=token.hex(), link=link)


def copy(value: LicenceCopy) -> shapes.Copy:
    """A copy for a device without its token."""
    return shapes.Copy(
        id=value.id,
        registration=value.registration,
        device=value.device,
        state=value.state,
        issued_at=value.issued_at,
    )


def copy_token(value: LicenceCopy, token: bytes, link: str) -> shapes.CopyToken:
    """A copy with its token and its link."""
    return shapes.CopyToken(**_members(copy(value)), token=token.hex(), link=link)


def wallet_offer(value: MadeOffer) -> shapes.WalletOffer:
    """An offer to a wallet with what opens it: for its holder's eyes."""
    return shapes.WalletOffer(
        id=value.offer.id,
        registration=value.offer.registration,
        link=value.link,
        tx_code=value.tx_code,
        expires_at=value.offer.expires_at,
    )


def event(row: AuditRow) -> shapes.Event:
    """An event of the trail without the bytes of its act, in which personal data may stand."""
    return shapes.Event(
        seq=row.seq,
        at=row.event.at,
        tag=row.event.tag,
        target=row.event.target,
        actor=row.event.actor,
        key=row.event.key,
        signed=row.event.act is not None,
        detail=dict(row.event.detail),
        hash=row.hash.hex(),
    )


def health(found: Health, log: LogHealth | None) -> health_shapes.Health:
    """How publishing stands, and the log."""
    return health_shapes.Health(
        status="ok" if found.ok and (log is None or log.ok) else "failing",
        trust_sequence=found.trust_sequence,
        trust_next_update=found.trust_next_update,
        waiting_since=found.waiting_since,
        lists=[
            health_shapes.ListHealth(
                number=one.number, issued_at=one.issued_at, expires_at=one.expires_at, late=one.late
            )
            for one in found.lists
        ],
        failures=[health_shapes.Failure(list=one.list, since=one.at, code=one.code) for one in found.failures],
        log=None if log is None else _log(log),
    )


def _log(found: LogHealth) -> health_shapes.LogHealth:
    return health_shapes.LogHealth(
        origin=found.origin,
        events=found.events,
        signed=found.signed,
        witnessed=found.witnessed,
        quorum=found.quorum,
        waiting_since=found.waiting_since,
        alarms=[
            health_shapes.LogAlarm(witness=one.witness.partition("+")[0], code=one.code, size=one.size, since=one.at)
            for one in found.alarms
        ],
    )


def _members(shape: shapes.Shape) -> dict[str, Any]:
    """The members of a shape, for a wider one."""
    return {name: getattr(shape, name) for name in type(shape).model_fields}


def _standing(value: Standing) -> shapes.Standing:
    return shapes.Standing(
        state=value.state,
        zh=value.zh,
        en=value.en,
        permits_practice=value.permits_practice,
        lapsed=value.lapsed,
    )


def _step(step: Step) -> shapes.Step:
    return shapes.Step(
        number=step.number,
        step=step.step,
        from_=step.source,
        to=step.target,
        at=step.at,
        finding=step.finding,
        reason=step.reason,
        grounds=list(step.grounds),
    )


def _line(step: StepView) -> shapes.HistoryLine:
    return shapes.HistoryLine(
        step=step.step,
        at=step.at,
        stage=step.stage,
        zh=step.zh,
        en=step.en,
        by=step.by,
        reason=step.reason,
        grounds=[_ground(one) for one in step.grounds],
    )


def _ground(value: Ground) -> shapes.Ground:
    return shapes.Ground(code=value.code, zh=value.zh, en=value.en, basis=value.basis)


def _change(value: StandingChange) -> shapes.Change:
    return shapes.Change(
        revision=value.revision,
        at=value.at,
        action=value.action,
        from_=value.source,
        to=value.target,
        version=value.version,
        reason=value.reason,
        basis=value.basis,
        grounds=list(value.grounds),
        until=value.until,
    )
