"""The desk of alerts 异常预警: what the rules found about keys, and what the province says to it.

A warning is answered with a reason by a key manager of the province who does not hold the key. An inquiry, for which
the key was stopped, ends with the key: `key.clear` or `key.confirm` (`issuer.services.officer_keys`) close all its open
alerts. What is unusual and known beforehand (a weekend, a second machine) is announced by a key manager, never by the
holder, and never afterwards.
"""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass
from typing import Final

from issuer.domain.account import Account
from issuer.domain.act import SignedAct, civil_day
from issuer.domain.alert import Alert, AlertId, AlertState, Announced, Announcement
from issuer.domain.anomaly import AnomalyRow, KeyEvent
from issuer.domain.officer_key import ElectronicKey, KeyState
from issuer.domain.organisation import Level
from issuer.domain.refusal import Refusal
from issuer.services import custody, fetch, officer_keys, rules
from issuer.services.desk import Desk, day, only, record, text, tree, writing
from issuer.storage import Transaction, accounts, audit, organisations
from issuer.storage import watch as stored

DAYS_MOST: Final = 31
"""Days for which something may be announced at once."""
LIST_MOST: Final = 300
ACTS_MOST: Final = 1_000
"""Acts of an inquiry that are listed."""
_CLOSED: Final = (AlertState.CLEARED, AlertState.CONFIRMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """An alert with its rule, its key, who holds it and where."""

    alert: Alert
    rule: AnomalyRow
    key: ElectronicKey
    holder: Account
    office: str
    closed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFile:
    """An alert with all that the key signed since the unusual began, oldest first, and what it tried and was refused.

    `in_all` is how much it signed; `may` are dismiss, clear, confirm, as far as the reader may.
    """

    view: AlertView
    signed: tuple[custody.Signed, ...]
    in_all: int
    attempts: tuple[KeyEvent, ...]
    may: frozenset[str]


def dismiss(desk: Desk, signed: SignedAct) -> ElectronicKey:
    """Answer a warning: act `key.dismiss_alert`, target the key, body `{alert, reason}`.

    By the province's key manager who does not hold the key. A blocking alert of a key that is still suspended is ended
    by `key.clear` or `key.confirm` only. Refuses: alert-unknown, alert-closed, own-case, role-missing,
    out-of-jurisdiction, key-suspended.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested, key, holder = officer_keys.begin(tx, signed, "dismiss_alert", at)
        body = attested.act.content()
        only(body, "alert", "reason")
        reason = text(body, "reason")
        alert = stored.get(tx, AlertId(text(body, "alert", limit=64)))
        if alert is None or alert.key != key.id:
            raise Refusal("alert-unknown")
        if alert.state is not AlertState.OPEN:
            raise Refusal("alert-closed")
        if attested.actor.id == holder.id:
            raise Refusal("own-case")
        officer_keys.manager(tree(tx, holder.organisation), attested.actor, holder, province=True)
        if alert.blocking and key.state is KeyState.SUSPENDED:
            raise Refusal("key-suspended")
        closed = dataclasses.replace(
            alert,
            state=AlertState.CLEARED,
            revision=alert.revision + 1,
            closed_by=attested.actor.id,
            closed_at=at,
            reason=reason,
        )
        stored.put(tx, closed, alert.revision)
        record(tx, attested, "key.alert_dismissed", key.id, ("alert", alert.id), ("rule", alert.rule))
    return key


def announce(desk: Desk, signed: SignedAct) -> ElectronicKey:
    """Announce something unusual: act `key.announce`, body `{what, first_day, last_day, reason}`.

    `what` is hours or machine; at most 31 days, from today on. By a key manager above who does not hold the key.
    Refuses: body-malformed, own-case, role-missing, out-of-jurisdiction.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested, key, holder = officer_keys.begin(tx, signed, "announce", at)
        body = attested.act.content()
        only(body, "what", "first_day", "last_day", "reason")
        first, last = day(body, "first_day"), day(body, "last_day")
        what = text(body, "what", limit=16)
        if what not in set(Announced):
            raise Refusal("body-malformed", "what")
        if first is None or last is None or not civil_day(at) <= first <= last <= first + _span(DAYS_MOST - 1):
            raise Refusal("body-malformed", "first_day")
        if attested.actor.id == holder.id:
            raise Refusal("own-case")
        officer_keys.manager(tree(tx, holder.organisation), attested.actor, holder)
        made = Announcement(
            id=desk.ids("ann"),
            key=key.id,
            what=Announced(what),
            first_day=first,
            last_day=last,
            by=attested.actor.id,
            at=at,
            reason=text(body, "reason"),
        )
        stored.announce(tx, made)
        detail = (("what", made.what.value), ("from", str(first)), ("to", str(last)))
        record(tx, attested, "key.announced", key.id, *detail)
    return key


def inbox(desk: Desk, reader: Account, *, closed: bool = False) -> tuple[AlertView, ...]:
    """Return the open (or the closed) alerts of a key manager's area: inquiries first, then the newest."""
    with desk.store.reading() as tx:
        below = custody.area(tx, reader)
        states = _CLOSED if closed else (AlertState.OPEN,)
        found = stored.find(tx, organisation=tuple(below), state=states, limit=LIST_MOST)
        return tuple(_view(tx, one) for one in found)


def one(desk: Desk, reader: Account, id_: str) -> AlertFile:
    """Return an alert of a key manager's area. Raises Refusal: role-missing, alert-unknown."""
    with desk.store.reading() as tx:
        below = custody.area(tx, reader)
        found = stored.get(tx, AlertId(id_))
        if found is None or found.organisation not in below:
            raise Refusal("alert-unknown")
        view = _view(tx, found)
        rows = () if view.key.kid is None else audit.find(tx, key=view.key.kid, since=found.since)
        events = stored.events_since(tx, view.key.id, found.since, ACTS_MOST)
        return AlertFile(
            view=view,
            signed=tuple(custody.signed(row) for row in rows[:ACTS_MOST]),
            in_all=len(rows),
            attempts=tuple(event for event in events if not event.done),
            may=_may(tx, reader, view),
        )


def announced(desk: Desk, key: ElectronicKey) -> tuple[Announcement, ...]:
    """Return what was announced for a key, newest first."""
    with desk.store.reading() as tx:
        return stored.announced(tx, key.id)


def _may(tx: Transaction, reader: Account, view: AlertView) -> frozenset[str]:
    own = organisations.get(tx, reader.organisation) if reader.organisation is not None else None
    if own is None or own.level is not Level.PROVINCE or reader.id == view.holder.id:
        return frozenset()
    if view.key.state is KeyState.SUSPENDED:
        may = {"clear", "confirm"}
        return frozenset(may if view.alert.blocking or view.alert.state is not AlertState.OPEN else may | {"dismiss"})
    return frozenset({"dismiss"} if view.alert.state is AlertState.OPEN else ())


def _view(tx: Transaction, alert: Alert) -> AlertView:
    key = fetch.key(tx, alert.key)
    office = None if alert.organisation is None else organisations.get(tx, alert.organisation)
    closer = None if alert.closed_by is None else accounts.get(tx, alert.closed_by)
    return AlertView(
        alert=alert,
        rule=rules.watch().row(alert.rule, alert.version),
        key=key,
        holder=fetch.account(tx, key.account),
        office="" if office is None else office.name,
        closed_by="" if closer is None else closer.name,
    )


def _span(days: int) -> datetime.timedelta:
    return datetime.timedelta(days=days)
