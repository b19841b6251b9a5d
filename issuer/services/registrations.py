"""The desk of standing: what officers do to a registration that stands in the register.

Suspend 暂停, resume 恢复, revoke 吊销, rescind 撤销, cancel 注销, departure filing 离岗备案, pause and resume of
business 停业/复业, deferral of verification 暂缓校验, close-down 歇业. Which of them is possible, from which state, on
which ground, with which last day and which bar, is data. The status list follows in the same transaction; publishing
is queued. Licences are not minted here and none is ever edited.
"""

from __future__ import annotations

import dataclasses
import datetime

from issuer.domain.account import Role, same_person
from issuer.domain.act import SignedAct, civil_day
from issuer.domain.canonical import Json
from issuer.domain.organisation import Level, Tree
from issuer.domain.path import office
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration, StandingChange
from issuer.domain.rulebook import ActionRow, GroundRow
from issuer.domain.standing import check_until, origin_state, standing
from issuer.services import casework, fetch, granting, proposals
from issuer.services.desk import Attested, Desk, attest, day, expect, only, record, text, texts, tree, writing
from issuer.storage import Transaction, registrations, statuses

_LEVELS = (Level.COUNTY, Level.PREFECTURE, Level.PROVINCE, Level.NATIONAL)


def suspend(desk: Desk, signed: SignedAct) -> Registration:
    """Suspend practice for a time: act `registration.suspend`, body `{grounds, reason, until}`."""
    return _stand(desk, signed, "suspend")


def resume(desk: Desk, signed: SignedAct) -> Registration:
    """End a suspension: act `registration.resume`, body `{grounds, reason}`."""
    return _stand(desk, signed, "resume")


def revoke(desk: Desk, signed: SignedAct) -> Registration:
    """Revoke as a penalty: act `registration.revoke_licence`, body `{grounds, reason, bar_years?, for_life?}`."""
    return _stand(desk, signed, "revoke_licence")


def rescind(desk: Desk, signed: SignedAct) -> Registration:
    """Rescind what was wrongly granted: act `registration.rescind_licence`, body `{grounds, reason}`."""
    return _stand(desk, signed, "rescind_licence")


def cancel(desk: Desk, signed: SignedAct) -> Registration:
    """Close the entry of a person: act `registration.cancel_registration`, body `{grounds, reason}`."""
    return _stand(desk, signed, "cancel_registration")


def file_departure(desk: Desk, signed: SignedAct) -> Registration:
    """File that a physician left the institution: act `registration.departure_filing`, body `{grounds, reason}`."""
    return _stand(desk, signed, "departure_filing")


def pause_business(desk: Desk, signed: SignedAct) -> Registration:
    """Record that an institution pauses: act `registration.pause_business`, body `{grounds, reason, until}`."""
    return _stand(desk, signed, "pause_business")


def resume_business(desk: Desk, signed: SignedAct) -> Registration:
    """Record that it opens again: act `registration.resume_business`, body `{grounds, reason}`."""
    return _stand(desk, signed, "resume_business")


def defer_verification(desk: Desk, signed: SignedAct) -> Registration:
    """Defer verification by one to six months: act `registration.defer_verification`, body `{…, until}`."""
    return _stand(desk, signed, "defer_verification")


def close_down(desk: Desk, signed: SignedAct) -> Registration:
    """Close an institution's entry: act `registration.close_down`, body `{grounds, reason}`."""
    return _stand(desk, signed, "close_down")


def freeze(desk: Desk, signed: SignedAct) -> Registration:
    """Freeze an entry while false entries are looked into (SR-19): act `registration.freeze`, body `{reason}`.

    A frozen entry changes by no application until it is unfrozen; its standing stays as it is.
    """
    return _frozen(desk, signed, "freeze", frozen=True)


def unfreeze(desk: Desk, signed: SignedAct) -> Registration:
    """End a freeze: act `registration.unfreeze`, body `{reason}`."""
    return _frozen(desk, signed, "unfreeze", frozen=False)


def _stand(desk: Desk, signed: SignedAct, action: str) -> Registration:
    """One standing act. `reason` and at least one ground are always needed; `proposal` names one that it takes up.

    Refuses: registration-unknown, changed-meanwhile, role-missing, out-of-jurisdiction, own-case, level-too-low,
    transition-not-allowed, grounds-missing, ground-unknown, until-missing, until-out-of-range, bar-years-wrong.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested, registration = _begin(tx, signed, action, at)
        body = attested.act.content()
        only(body, "grounds", "reason", "until", "bar_years", "for_life", "proposal")
        on = civil_day(at)
        row = desk.rules.action(registration.kind, action, on)
        if row.channel != "officer":
            raise Refusal("action-unknown", action)
        grounds = _grounds(desk, tree(tx), attested, registration, action, on)
        reason = text(body, "reason")
        until = _until(row, grounds, body, on)
        pending = casework.renewal_pending(desk, tx, registration)
        arrow = desk.rules.transition(
            registration.kind,
            origin_state(desk.rules, registration, on, renewal_pending=pending),
            action,
            on,
        )
        changed = dataclasses.replace(registration, state=arrow.target, until=until, revision=registration.revision + 1)
        registrations.put(tx, changed, registration.revision)
        registrations.add_change(
            tx,
            StandingChange(
                registration=registration.id,
                revision=changed.revision,
                at=at,
                action=action,
                source=registration.state,
                target=changed.state,
                version=changed.version,
                act=attested.digest,
                actor=attested.actor.id,
                reason=reason,
                basis="; ".join(dict.fromkeys(ground.basis for ground in grounds)),
                grounds=tuple(ground.code for ground in grounds),
                until=until,
                content=changed.content,
                sealed=changed.sealed,
            ),
        )
        _bars(desk, tx, changed, grounds, attested, body, on)
        taken = proposals.take(tx, attested, changed, action)
        now = standing(desk.rules, changed, on, renewal_pending=pending)
        statuses.set_current(tx, changed.id, now.status_value, at)
        record(
            tx,
            attested,
            f"registration.{action}",
            changed.id,
            *casework.weak(arrow),
            ("from", registration.state),
            ("to", changed.state),
            ("grounds", " ".join(g.code for g in grounds)),
            *taken,
        )
    return changed


def _frozen(desk: Desk, signed: SignedAct, action: str, *, frozen: bool) -> Registration:
    at = desk.clock()
    with writing(desk) as tx:
        attested, registration = _begin(tx, signed, action, at)
        only(attested.act.content(), "reason")
        text(attested.act.content(), "reason")
        if registration.frozen is frozen:
            raise Refusal("transition-not-allowed", action)
        changed = dataclasses.replace(registration, frozen=frozen, revision=registration.revision + 1)
        registrations.put(tx, changed, registration.revision)
        record(tx, attested, f"registration.{action}", changed.id)
    return changed


def _begin(tx: Transaction, signed: SignedAct, action: str, at: int) -> tuple[Attested, Registration]:
    attested = attest(tx, signed, f"registration.{action}", at)
    registration = fetch.registration(tx, attested.act.target)
    office(tree(tx), attested.actor, Role.DECISION, registration.authority)
    if registration.kind.is_person and same_person(fetch.account(tx, registration.holder), attested.actor):
        raise Refusal("own-case")
    expect(attested.act, registration.revision)
    return attested, registration


def _grounds(
    desk: Desk, organisations: Tree, attested: Attested, registration: Registration, action: str, on: datetime.date
) -> tuple[GroundRow, ...]:
    codes = texts(attested.act.content(), "grounds")
    if not codes:
        raise Refusal("grounds-missing")
    rows = tuple(desk.rules.ground(code, registration.kind, action, on) for code in codes)
    level = organisations.get(attested.actor.organisation).level
    for row in rows:
        if not high_enough(level, row):
            raise Refusal("level-too-low", row.code, (row.told(),))
    return rows


def high_enough(level: Level, ground: GroundRow) -> bool:
    """Say whether an authority of this level may use a ground (医师法 58: province or higher)."""
    return not ground.min_level or _LEVELS.index(level) >= _LEVELS.index(Level(ground.min_level))


def _until(
    row: ActionRow, grounds: tuple[GroundRow, ...], body: dict[str, Json], on: datetime.date
) -> datetime.date | None:
    until = day(body, "until")
    if until is not None and not row.until:
        raise Refusal("body-malformed", "until")
    check_until(grounds, on, until, needed=row.until)
    return until


def _bars(
    desk: Desk,
    tx: Transaction,
    registration: Registration,
    grounds: tuple[GroundRow, ...],
    attested: Attested,
    body: dict[str, Json],
    on: datetime.date,
) -> None:
    years, for_life = body.get("bar_years"), body.get("for_life", False)
    if (years is not None and (isinstance(years, bool) or not isinstance(years, int))) or not isinstance(
        for_life, bool
    ):
        raise Refusal("body-malformed", "bar_years")
    for ground in grounds:
        if ground.bar:
            granting.add_bar(
                desk,
                tx,
                ground,
                registration.kind,
                registration.holder,
                on,
                attested.digest,
                years=years,
                for_life=for_life,
                registration=registration.id,
            )
