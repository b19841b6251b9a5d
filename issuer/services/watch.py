"""The watch over officers' keys: what a key does is counted, held against the rules, and stops it where they say so.

An edge puts its acts through `before`, then `done` or `refused`. What stops a key does so in the request of the act:
two machines at once before the act is done, an attempt that the desk refuses right after the refusal. Only what the
key itself signed counts against it, so that nobody stops a key whose number they know; failed attempts, which anybody
can make, lead to a warning at the most. Persons' and institutions' keys are not watched.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import TYPE_CHECKING, Final

from issuer.domain import act as acts
from issuer.domain import anomaly, officer_key
from issuer.domain.account import Account, AccountId, AccountKind
from issuer.domain.act import Act, SignedAct, civil_day
from issuer.domain.alert import Alert, AlertId, AlertState
from issuer.domain.anomaly import NOT_SIGNED, Before, Finding, KeyEvent
from issuer.domain.application import ApplicationId
from issuer.domain.audit import Event
from issuer.domain.officer_key import ElectronicKey, KeyState
from issuer.domain.refusal import Refusal
from issuer.services import casework, rules
from issuer.services.desk import Desk, public_key, writing
from issuer.storage import Transaction, accounts, applications, audit, keys
from issuer.storage import watch as stored

if TYPE_CHECKING:
    from issuer.domain.application import Application

SYSTEM: Final = AccountId("system")
"""Who suspends a key by a rule; no account has this id."""
SUSPENDED: Final = "key-suspended"
FAILURES_MOST: Final = 20
"""Failed attempts of a key that are kept for a day: enough for every rule, whoever makes more."""
_SIGNED: Final = frozenset(
    {"four-eyes", "out-of-jurisdiction", "key-not-holder", "key-counter-back"} | anomaly.GONE
)  # fmt: skip
"""Refusals that count against the key, if the key did sign."""
_QUALIFICATION: Final = "qualification_number"
_DATES: Final = ("qualified_on", "exam_passed_on")
_APPROVED: Final = "application.approve"


def before(desk: Desk, signed: SignedAct, machine: str) -> None:
    """Stop a key before it does what a blocking rule forbids. Raises Refusal("key-suspended")."""
    at = desk.clock()
    with desk.store.reading() as tx:
        found = _officer_key(tx, signed.key_id)
        if found is None or found[0].state is not KeyState.ACTIVE or not _holds(signed, found[0]):
            return
        event = _event(signed, at, machine)
        stops = event is not None and any(one.row.blocking for one in _findings(tx, found[0], event))
    if event is not None and stops:
        with writing(desk) as tx:
            key = keys.get(tx, found[0].id)
            if key is not None:
                _take_in(desk, tx, key, event, outcome=SUSPENDED)
        raise Refusal(SUSPENDED)


def done(desk: Desk, signed: SignedAct, machine: str) -> None:
    """Count an act that was done, and tell the province what is unusual about it."""
    at = desk.clock()
    with writing(desk) as tx:
        found = _officer_key(tx, signed.key_id)
        event = _event(signed, at, machine)
        if found is not None and event is not None:
            facts = _facts(desk, tx, acts.parse(signed.act_bytes), at)
            _take_in(desk, tx, found[0], dataclasses.replace(event, facts=facts))


def refused(desk: Desk, signed: SignedAct, machine: str, code: str) -> None:
    """Count an attempt that the desk refused, where that says something about the key."""
    if code not in _SIGNED | anomaly.FAILED:
        return
    at = desk.clock()
    with writing(desk) as tx:
        found = _officer_key(tx, signed.key_id)
        event = _event(signed, at, machine)
        if found is None or event is None:
            return
        if code in anomaly.FAILED:
            _fail(desk, tx, found[0], dataclasses.replace(event, outcome=code))
        elif _holds(signed, found[0]):
            _take_in(desk, tx, found[0], dataclasses.replace(event, outcome=code))


def not_signed(desk: Desk, kid: str) -> None:
    """Count an attempt to sign in that ended in the browser: wrong PIN, key taken out, given up."""
    at = desk.clock()
    with writing(desk) as tx:
        found = _officer_key(tx, kid)
        if found is not None:
            _fail(desk, tx, found[0], KeyEvent(at=at, act="session.begin", target="session", outcome=NOT_SIGNED))


def opened(desk: Desk, account: Account, target: str, machine: str = "", rows: int = 1) -> None:
    """Count records that an officer opened or exported."""
    if account.kind is not AccountKind.OFFICER:
        return
    at = desk.clock()
    with writing(desk) as tx:
        key = next((one for one in keys.of_account(tx, account.id) if one.state is KeyState.ACTIVE), None)
        if key is not None:
            event = KeyEvent(at=at, act="restricted.read", target=target, machine=machine, facts=(("rows", rows),))
            _take_in(desk, tx, key, event)


def close_all(tx: Transaction, key: ElectronicKey, state: AlertState, by: AccountId, at: int, reason: str) -> None:
    """Close every open alert of a key, in the transaction of the act that ends its inquiry."""
    for alert in stored.find(tx, key=key.id, state=AlertState.OPEN):
        closed = dataclasses.replace(
            alert, state=state, revision=alert.revision + 1, closed_by=by, closed_at=at, reason=reason
        )
        stored.put(tx, closed, alert.revision)


def _officer_key(tx: Transaction, kid: str) -> tuple[ElectronicKey, Account] | None:
    key = keys.by_kid(tx, kid)
    holder = None if key is None else accounts.get(tx, key.account)
    if key is None or holder is None or holder.kind is not AccountKind.OFFICER:
        return None
    return key, holder


def _holds(signed: SignedAct, key: ElectronicKey) -> bool:
    """Whether the key itself signed."""
    return acts.verify_proof(signed, public_key(key.jwk), key.origin)


def _event(signed: SignedAct, at: int, machine: str) -> KeyEvent | None:
    """The act as an event; None for bytes that are no act."""
    try:
        act = acts.parse(signed.act_bytes)
    except Refusal:
        return None
    return KeyEvent(at=at, act=act.name, target=act.target, machine=machine)


def _findings(tx: Transaction, key: ElectronicKey, event: KeyEvent) -> tuple[Finding, ...]:
    watch, on = rules.watch(), civil_day(event.at)
    past = Before(
        today=stored.events_on(tx, key.id, on),
        days=stored.counts(tx, key.id, watch.window(on), on),
        last_at=stored.last_before(tx, key.id),
        announced=frozenset(one.what for one in stored.announced(tx, key.id) if one.covers(one.what, on)),
    )
    return anomaly.judge(watch, past, event)


def _fail(desk: Desk, tx: Transaction, key: ElectronicKey, event: KeyEvent) -> None:
    today = stored.events_on(tx, key.id, civil_day(event.at))
    if sum(one.outcome in anomaly.FAILED for one in today) < FAILURES_MOST:
        _take_in(desk, tx, key, event)


def _take_in(desk: Desk, tx: Transaction, key: ElectronicKey, event: KeyEvent, outcome: str = "") -> None:
    """Judge an event, keep it (under another outcome, if one is given), and do what the rules say."""
    tx.lock(f"watch:{key.id}")
    findings = _findings(tx, key, event)
    kept = dataclasses.replace(event, outcome=outcome) if outcome else event
    stored.note(tx, key.id, civil_day(event.at), kept)
    for finding in findings:
        alert = Alert(
            id=AlertId(desk.ids("alert")),
            key=key.id,
            organisation=key.organisation,
            rule=finding.row.rule,
            version=finding.row.version,
            blocking=finding.row.blocking,
            figures=finding.figures,
            since=finding.since,
            at=event.at,
        )
        if stored.add(tx, alert):
            detail = (("rule", alert.rule), ("alert", alert.id))
            audit.append(tx, Event(at=event.at, tag="key.alerted", target=key.id, detail=detail))
    stops = next((one.row for one in findings if one.row.blocking), None)
    if stops is not None and key.state is KeyState.ACTIVE:
        changed = officer_key.change(desk.rules, key, "suspend", SYSTEM, event.at, stops.rule)
        keys.put(tx, changed, key.revision)
        audit.append(tx, Event(at=event.at, tag="key.stopped", target=key.id, detail=(("rule", stops.rule),)))


def _facts(desk: Desk, tx: Transaction, act: Act, at: int) -> tuple[tuple[str, int], ...]:
    """Numbers about a decision: how soon after acceptance, how many others carry its number, how near a cut-off."""
    if act.name not in anomaly.DECISIONS:
        return ()
    case = applications.get(tx, ApplicationId(act.target))
    if case is None:
        return ()
    facts: dict[str, int] = {}
    accepted = [step.at for step in case.steps if step.step == "accept"]
    if accepted:
        facts["since_accepted"] = at - accepted[-1]
    if act.name == _APPROVED:
        facts |= _content_facts(desk, tx, case, at)
    return tuple(sorted(facts.items()))


def _content_facts(desk: Desk, tx: Transaction, case: Application, at: int) -> dict[str, int]:
    held = casework.opened(desk, case.sealed, case.id)
    facts: dict[str, int] = {}
    number = held.get(_QUALIFICATION)
    if isinstance(number, str) and number.strip():
        digest = desk.vault.digest(number.strip().upper().encode("utf-8"), "watch/qualification")
        facts["shared"] = stored.mark(tx, digest, case.holder)
    bounds = rules.watch().bounds(civil_day(at))
    cutoffs = [_day(str(bounds.limit("AN-11", name))) for name in ("cutoff_1", "cutoff_2")]
    dates = [_day(str(held[name]).replace("-", "")) for name in _DATES if name in held]
    near = [(last - on).days for on in dates for last in cutoffs if on is not None and last is not None]
    inside = [days for days in near if 0 < days <= bounds.limit("AN-11", "window_days")]
    if inside:
        facts["cutoff"] = min(inside)
    return facts


def _day(digits: str) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(digits, "%Y%m%d").replace(tzinfo=datetime.UTC).date()
    except ValueError:
        return None
