"""The desk of applications: from the draft to the decision and its delivery.

Every function is one signed act and one transaction. The path itself (who, from where, with which words) is
`issuer.domain.path`; what an approval makes of the register is `issuer.services.granting`. This module does not mint:
an approved application waits for `issuer.services.minting`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from issuer.domain import canonical, content, path, prechecks
from issuer.domain.account import Account, AccountKind
from issuer.domain.act import SignedAct, civil_day
from issuer.domain.application import Application, ApplicationId, Stage
from issuer.domain.audit import Event
from issuer.domain.kind import Kind
from issuer.domain.path import Said
from issuer.domain.refusal import Refusal
from issuer.domain.standing import origin_state
from issuer.services import casework, fetch, granting, papers
from issuer.services.desk import Attested, Desk, attest, day, expect, only, record, text, texts, tree, writing
from issuer.storage import Transaction, accounts, applications, audit, licences

if TYPE_CHECKING:
    from issuer.domain.canonical import Json

CHECKED = frozenset({"accept", "approve"})
"""The steps of officers that no blocking finding may stand against."""


def open_draft(desk: Desk, signed: SignedAct, restricted: bytes | None = None) -> Application:
    """Open a draft: act `application.open`, target `new`, body `{kind, action, content?, restricted?}`.

    `restricted` is the canonical JSON object whose SHA-256 (hex) the body names; the act itself carries no restricted
    value. Refuses: barred, registration-exists, registration-missing, application-open-already,
    transition-not-allowed, action-unknown, content-malformed, restricted-malformed, restricted-differs.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "application.open", at)
        body = attested.act.content()
        only(body, "kind", "action", "content", "restricted")
        kind, action = _kind(body), text(body, "action", limit=40)
        on = civil_day(at)
        row = desk.rules.action(kind, action, on)
        if row.channel != "application":
            raise Refusal("action-unknown", action)
        holder = _holder(attested.actor, kind)
        registration = casework.registration_for(tx, row, kind, holder)
        casework.refuse_if_barred(desk, tx, kind, holder, on)
        tx.lock(f"holder:{holder}")
        if applications.open_of(tx, holder, kind):
            raise Refusal("application-open-already")
        pending = casework.renewal_pending(desk, tx, registration)
        desk.rules.transition(kind, origin_state(desk.rules, registration, on, renewal_pending=pending), action, on)
        application = Application(
            id=ApplicationId(desk.ids("app")),
            kind=kind,
            action=action,
            stage=Stage.DRAFT,
            revision=0,
            applicant=attested.actor.id,
            holder=holder,
            registration=None if registration is None else registration.id,
            registration_revision=None if registration is None else registration.revision,
            opened_at=at,
        )
        application = _filled(desk, application, body, restricted, at)
        applications.add(tx, application)
        record(tx, attested, "application.opened", application.id, ("kind", kind), ("action", action))
    return application


def save(desk: Desk, signed: SignedAct, restricted: bytes | None = None) -> Application:
    """Fill in a draft, or answer a correction: act `application.save`, body `{content, restricted?}`.

    The content replaces the former content whole; without `restricted` the former restricted part stays.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested, application = _begin(tx, signed, "application.save", at)
        body = attested.act.content()
        only(body, "content", "restricted")
        moved = _advance(desk, tx, application, "save", attested, Said(act=attested.digest))
        moved = _filled(desk, moved, body, restricted, at)
        moved = dataclasses.replace(moved, content_version=application.content_version + 1)
        applications.put(tx, moved, application.revision)
        record(tx, attested, "application.saved", application.id)
    return moved


def submit(desk: Desk, signed: SignedAct) -> Application:
    """Hand in: to the institution that confirms, or (an institution's own) to the authority. Act `application.submit`.

    The body names the papers that are handed in with it, `{papers?}`: their SHA-256 (hex). Finds the confirming
    institution and the competent authority from the content. Refuses `precheck-failed` with every blocking finding, and
    what `open_draft` refuses of the register, `papers-differ`.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested, application = _begin(tx, signed, "application.submit", at)
        only(attested.act.content(), "papers")
        application, findings = casework.routed(desk, tx, application, civil_day(at))
        casework.refuse_if_blocked(findings)
        casework.refuse_if_barred(desk, tx, application.kind, application.holder, civil_day(at))
        casework.transition_of(desk, tx, application, civil_day(at))
        moved = _advance(desk, tx, application, "submit", attested, Said(act=attested.digest))
        applications.put(tx, moved, application.revision)
        detail = (*casework.warned(findings), *papers.fix(tx, attested, application))
        record(tx, attested, "application.submitted", application.id, *detail)
    return moved


def withdraw(desk: Desk, signed: SignedAct) -> Application:
    """Withdraw before the decision: act `application.withdraw`, body `{reason?}`."""
    return _step(desk, signed, "withdraw", "application.withdrawn")


def confirm(desk: Desk, signed: SignedAct) -> Application:
    """The institution confirms what its practitioner filled in (SR-34); the authority receives the application."""
    return _step(desk, signed, "confirm", "application.confirmed")


def give_back(desk: Desk, signed: SignedAct) -> Application:
    """The institution returns it to the applicant: act `application.return`, body `{reason}`."""
    return _step(desk, signed, "return", "application.returned")


def accept(desk: Desk, signed: SignedAct) -> Application:
    """Accept 受理: act `application.accept`. Refuses `precheck-failed` if the data now contradict the register."""
    return _step(desk, signed, "accept", "application.accepted")


def ask_correction(desk: Desk, signed: SignedAct) -> Application:
    """Ask once for everything that is missing 补正: act `application.ask_correction`, body `{grounds, reason}`."""
    return _step(desk, signed, "ask_correction", "application.correction_requested")


def refuse_acceptance(desk: Desk, signed: SignedAct) -> Application:
    """Not accept 不予受理: act `application.not_accept`, body `{grounds, reason}`."""
    return _step(desk, signed, "not_accept", "application.not_accepted")


def review(desk: Desk, signed: SignedAct) -> Application:
    """Record a reviewer's finding 审核: act `application.review`, body `{finding, reason?}`.

    `finding` is favourable or unfavourable (then with a reason). An action that needs a substantive check needs two
    reviewers (行政许可法 34).
    """
    return _step(desk, signed, "review", "application.reviewed")


def pause_clock(desk: Desk, signed: SignedAct) -> Application:
    """Begin excluded time (hearing, inspection, expert review; 行政许可法 45): body `{reason}`."""
    return _step(desk, signed, "pause_clock", "application.clock_paused")


def resume_clock(desk: Desk, signed: SignedAct) -> Application:
    """End excluded time."""
    return _step(desk, signed, "resume_clock", "application.clock_resumed")


def refuse(desk: Desk, signed: SignedAct) -> Application:
    """Refuse 不予许可: act `application.refuse`, body `{grounds, reason}`; a ground may bring a bar (行政许可法 78)."""
    at = desk.clock()
    with writing(desk) as tx:
        attested, application = _begin(tx, signed, "application.refuse", at)
        moved = _advance(desk, tx, application, "refuse", attested, _said(attested))
        applications.put(tx, moved, application.revision)
        granting.bars_after_refusal(desk, tx, moved, attested)
        record(tx, attested, "application.refused", application.id, ("grounds", " ".join(moved.steps[-1].grounds)))
    return moved


def approve(desk: Desk, signed: SignedAct) -> Application:
    """Approve 准予: act `application.approve`, body `{valid_until?}` (an institution's printed end; else the default).

    Changes the register in the same transaction and leaves a granted application for minting. Refuses what `path`
    refuses, `precheck-failed`, `barred`, `transition-not-allowed`, `registration-frozen`, `number-taken`.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested, application = _begin(tx, signed, "application.approve", at)
        body = attested.act.content()
        only(body, "valid_until", "reason")
        casework.refuse_if_blocked(casework.routed(desk, tx, application, civil_day(at))[1])
        moved = _advance(desk, tx, application, "approve", attested, _said(attested))
        registration = granting.grant(desk, tx, moved, attested, valid_until=day(body, "valid_until"))
        moved = dataclasses.replace(moved, registration=registration.id, registration_revision=registration.revision)
        applications.put(tx, moved, application.revision)
        record(
            tx,
            attested,
            "application.approved",
            application.id,
            ("registration", registration.id),
            ("version", str(registration.version)),
        )
    return moved


def deliver(desk: Desk, signed: SignedAct) -> Application:
    """Record delivery 送达 by the holder's receipt or an officer: act `application.deliver`.

    Minting does this by itself (`delivered`). Refuses `licence-not-released` before there is a licence to deliver.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested, application = _begin(tx, signed, "application.deliver", at)
        only(attested.act.content())
        minted = licences.of_application(tx, application.id)
        if application.stage is Stage.APPROVED and (minted is None or minted.token is None):
            raise Refusal("licence-not-released")
        moved = _advance(desk, tx, application, "deliver", attested, Said(act=attested.digest))
        applications.put(tx, moved, application.revision)
        record(tx, attested, "application.delivered", application.id)
    return moved


def delivered(desk: Desk, tx: Transaction, id_: ApplicationId, at: int) -> Application:
    """Record, inside minting's own transaction, that the licence lies in the holder's account (行政许可法 44)."""
    application = fetch.application(tx, id_)
    moved = path.advance(desk.rules, tree(tx), application, "deliver", None, {}, at, Said())
    applications.put(tx, moved, application.revision)
    audit.append(tx, Event(at=at, tag="application.delivered", target=id_))
    return moved


def _step(desk: Desk, signed: SignedAct, step: str, tag: str) -> Application:
    at = desk.clock()
    with writing(desk) as tx:
        attested, application = _begin(tx, signed, f"application.{step}", at)
        only(attested.act.content(), "reason", "grounds", "finding")
        if step in CHECKED:
            casework.refuse_if_blocked(casework.routed(desk, tx, application, civil_day(at))[1])
        moved = _advance(desk, tx, application, step, attested, _said(attested))
        applications.put(tx, moved, application.revision)
        record(tx, attested, tag, application.id)
    return moved


def _begin(tx: Transaction, signed: SignedAct, name: str, at: int) -> tuple[Attested, Application]:
    attested = attest(tx, signed, name, at)
    application = fetch.application(tx, attested.act.target)
    expect(attested.act, application.revision)
    return attested, application


def _advance(
    desk: Desk, tx: Transaction, application: Application, step: str, attested: Attested, said: Said
) -> Application:
    ids = {application.applicant, *(taken.actor for taken in application.steps if taken.actor is not None)}
    people = {account.id: account for account in accounts.all_of(tx, ids)}
    return path.advance(desk.rules, tree(tx), application, step, attested.actor, people, attested.at, said)


def _said(attested: Attested) -> Said:
    body = attested.act.content()
    return Said(
        finding=text(body, "finding", limit=20, default=""),
        reason=text(body, "reason", default=""),
        grounds=texts(body, "grounds"),
        act=attested.digest,
    )


def _filled(
    desk: Desk, application: Application, body: dict[str, Json], restricted: bytes | None, at: int
) -> Application:
    public = body.get("content", {})
    if not isinstance(public, dict):
        raise Refusal("body-malformed", "content")
    on = civil_day(at)
    content.check_public(desk.rules, application.kind, application.action, public, on)
    sealed = application.sealed
    if body.get("restricted") is not None:
        opened = content.read_restricted(restricted, text(body, "restricted", limit=64))
        content.check_restricted(desk.rules, application.kind, application.action, opened, on)
        sealed = casework.seal(desk, opened, application.id)
    elif restricted is not None:
        raise Refusal("restricted-differs")
    return dataclasses.replace(application, content=canonical.dumps(public).decode("utf-8"), sealed=sealed)


def _kind(body: dict[str, Json]) -> Kind:
    value = body.get("kind")
    if not isinstance(value, str) or value not in set(Kind):
        raise Refusal("body-malformed", "kind")
    return Kind(str(value))


def _holder(actor: Account, kind: Kind) -> str:
    if kind is Kind.INSTITUTION and actor.kind is AccountKind.INSTITUTION and actor.organisation is not None:
        return actor.organisation
    if kind.is_person and actor.kind is AccountKind.APPLICANT:
        return actor.id
    raise Refusal("not-your-application")


def findings_of(desk: Desk, account: Account, id_: ApplicationId) -> tuple[prechecks.Finding, ...]:
    """Return what the pre-checks find now, for the applicant, the confirming institution or a competent officer."""
    with desk.store.reading() as tx:
        application = casework.visible(tx, account, id_)
        return casework.routed(desk, tx, application, civil_day(desk.clock()))[1]
