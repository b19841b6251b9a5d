"""What keys do, as the watch over them counts it; alerts about keys; announcements; numbers seen in what was granted.

A row of `key_event` is one signature or one refused attempt of an officer's key, with the machine where it is known.
The trail is the record of what was done; this is what a rule may count, failures included.
"""

from __future__ import annotations

import datetime
from typing import Any

import sqlalchemy as sa

from issuer.domain.alert import Alert, AlertId, AlertState, Announced, Announcement
from issuer.domain.anomaly import KeyEvent
from issuer.domain.officer_key import KeyId
from issuer.domain.organisation import OrganisationId
from issuer.storage import rows
from issuer.storage.tables import metadata
from issuer.storage.transaction import Transaction


def _to(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(target, deferrable=True, initially="DEFERRED")


key_event = sa.Table(
    "key_event",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text(), _to("electronic_key.id"), nullable=False),
    sa.Column("day", sa.Date(), nullable=False),
    sa.Column("at", sa.BigInteger(), nullable=False),
    sa.Column("act", sa.Text(), nullable=False),
    sa.Column("target", sa.Text(), nullable=False),
    sa.Column("machine", sa.Text(), nullable=False),
    sa.Column("outcome", sa.Text(), nullable=False),
    sa.Column("facts", sa.Text(), nullable=False),
)
sa.Index("ix_key_event_key_day", key_event.c.key, key_event.c.day)

key_alert = sa.Table(
    "key_alert",
    metadata,
    sa.Column("id", sa.Text(), primary_key=True),
    sa.Column("key", sa.Text(), _to("electronic_key.id"), nullable=False, index=True),
    sa.Column("organisation", sa.Text(), _to("organisation.id"), index=True),
    sa.Column("rule", sa.Text(), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("blocking", sa.Boolean(), nullable=False),
    sa.Column("figures", sa.Text(), nullable=False),
    sa.Column("since", sa.BigInteger(), nullable=False),
    sa.Column("at", sa.BigInteger(), nullable=False),
    sa.Column("state", sa.Text(), nullable=False, index=True),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("closed_by", sa.Text()),
    sa.Column("closed_at", sa.BigInteger()),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.CheckConstraint("state IN ('open', 'cleared', 'confirmed')", name="state"),
    sa.CheckConstraint("(state = 'open') = (closed_by IS NULL)", name="closed"),
)
_OPEN = sa.text("state = 'open'")
sa.Index(
    "uq_key_alert_open",
    key_alert.c.key,
    key_alert.c.rule,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)

key_announcement = sa.Table(
    "key_announcement",
    metadata,
    sa.Column("id", sa.Text(), primary_key=True),
    sa.Column("key", sa.Text(), _to("electronic_key.id"), nullable=False, index=True),
    sa.Column("what", sa.Text(), nullable=False),
    sa.Column("first_day", sa.Date(), nullable=False),
    sa.Column("last_day", sa.Date(), nullable=False),
    sa.Column("by", sa.Text(), nullable=False),
    sa.Column("at", sa.BigInteger(), nullable=False),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.CheckConstraint("what IN ('hours', 'machine')", name="what"),
)

content_mark = sa.Table(
    "content_mark",
    metadata,
    sa.Column("digest", sa.LargeBinary(), primary_key=True),
    sa.Column("holder", sa.Text(), primary_key=True),
)


def mark(tx: Transaction, digest: bytes, holder: str) -> int:
    """Remember that what a holder was granted carries a number (its keyed digest); return how many others' do."""
    tx.insert_if_absent(content_mark, {"digest": digest, "holder": holder})
    others = sa.select(sa.func.count()).where(content_mark.c.digest == digest, content_mark.c.holder != holder)
    return int(tx.run(others).scalar_one())


def note(tx: Transaction, key: KeyId, day: datetime.date, event: KeyEvent) -> None:
    """Add one event of a key."""
    facts = rows.to_json(sorted([name, value] for name, value in event.facts))
    tx.insert(key_event, {**rows.values(event, "facts"), "key": key, "day": day, "facts": facts})


def events_on(tx: Transaction, key: KeyId, day: datetime.date) -> tuple[KeyEvent, ...]:
    """Return what a key did on a civil day, in order."""
    chosen = sa.select(key_event).where(key_event.c.key == key, key_event.c.day == day).order_by(key_event.c.id)
    return tuple(map(_event, tx.all(chosen)))


def events_since(tx: Transaction, key: KeyId, at: int, limit: int) -> tuple[KeyEvent, ...]:
    """Return the first things that a key did or tried from an instant on, in order."""
    chosen = sa.select(key_event).where(key_event.c.key == key, key_event.c.at >= at).order_by(key_event.c.id)
    return tuple(map(_event, tx.all(chosen.limit(limit))))


def counts(tx: Transaction, key: KeyId, first: datetime.date, before: datetime.date) -> tuple[int, ...]:
    """Return how many acts were done on each day on which any was, from `first` on and before `before`."""
    number = sa.func.count().label("number")
    chosen = (
        sa.select(key_event.c.day, number)
        .where(key_event.c.key == key, key_event.c.day >= first, key_event.c.day < before, key_event.c.outcome == "")
        .group_by(key_event.c.day)
        .order_by(key_event.c.day)
    )
    return tuple(int(row.number) for row in tx.all(chosen))


def last_before(tx: Transaction, key: KeyId) -> int | None:
    """Return when a key did something last; None if it never did."""
    last = tx.run(sa.select(sa.func.max(key_event.c.at)).where(key_event.c.key == key, key_event.c.outcome == ""))
    found: int | None = last.scalar()
    return found


def add(tx: Transaction, value: Alert) -> bool:
    """Insert an alert unless one of the same key and rule is open; say whether it was inserted."""
    return tx.insert_if_absent(key_alert, _row(value))


def put(tx: Transaction, value: Alert, revision: int) -> None:
    """Replace an alert that still has this revision. Raises ChangedMeanwhile."""
    rows.put(tx, key_alert, _row(value), revision)


def get(tx: Transaction, id_: AlertId) -> Alert | None:
    """Return one alert, or None. It stays locked until the end of a write transaction."""
    row = tx.one(sa.select(key_alert).where(key_alert.c.id == id_))
    return None if row is None else _alert(row)


def find(
    tx: Transaction,
    *,
    key: KeyId | None = None,
    organisation: tuple[OrganisationId, ...] | None = None,
    state: AlertState | tuple[AlertState, ...] | None = None,
    limit: int | None = None,
) -> tuple[Alert, ...]:
    """Return all alerts that have the given values: blocking ones first, then the newest."""
    wanted = rows.where(key_alert, {"key": key, "organisation": organisation, "state": state})
    order = (key_alert.c.blocking.desc(), key_alert.c.at.desc(), key_alert.c.id)
    return tuple(map(_alert, tx.all(sa.select(key_alert).where(*wanted).order_by(*order).limit(limit))))


def announce(tx: Transaction, value: Announcement) -> None:
    """Insert an announcement."""
    tx.insert(key_announcement, rows.values(value))


def announced(tx: Transaction, key: KeyId) -> tuple[Announcement, ...]:
    """Return what was announced for a key, newest first."""
    chosen = sa.select(key_announcement).where(key_announcement.c.key == key)
    found = tx.all(chosen.order_by(key_announcement.c.first_day.desc(), key_announcement.c.id))
    return tuple(Announcement(what=Announced(held.pop("what")), **held) for held in map(rows.fields, found))


def _event(row: sa.Row[Any]) -> KeyEvent:
    facts = tuple((str(name), int(value)) for name, value in rows.from_json(row.facts))
    return KeyEvent(at=row.at, act=row.act, target=row.target, machine=row.machine, outcome=row.outcome, facts=facts)


def _row(value: Alert) -> dict[str, Any]:
    return rows.values(value) | {"figures": rows.to_json([list(item) for item in value.figures])}


def _alert(row: sa.Row[Any]) -> Alert:
    held = rows.fields(row)
    figures = tuple((item[0], item[1]) for item in rows.from_json(held.pop("figures")))
    return Alert(state=AlertState(held.pop("state")), figures=figures, **held)
