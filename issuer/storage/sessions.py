"""Sessions of the web pages. The table knows the digest of a cookie, never the cookie."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from issuer.domain.account import AccountId
from issuer.domain.officer_key import KeyId
from issuer.domain.session import Session
from issuer.storage import rows
from issuer.storage.tables import session
from issuer.storage.transaction import Transaction


def add(tx: Transaction, value: Session) -> None:
    """Insert a session."""
    tx.insert(session, rows.values(value))


def get(tx: Transaction, id_: bytes) -> Session | None:
    """Return the session with that digest, ended ones too, or None."""
    row = tx.run(sa.select(session).where(session.c.id == id_)).one_or_none()
    return None if row is None else _value(row)


def open_of_key(tx: Transaction, key: KeyId) -> tuple[Session, ...]:
    """Return the sessions of a key that nobody ended, newest first."""
    chosen = sa.select(session).where(session.c.key == key, session.c.ended_at.is_(None))
    return tuple(map(_value, tx.all(chosen.order_by(session.c.began_at.desc()))))


def of_account(tx: Transaction, account: AccountId, limit: int) -> tuple[Session, ...]:
    """Return the newest sessions of an account, ended ones too."""
    chosen = sa.select(session).where(session.c.account == account).order_by(session.c.began_at.desc())
    return tuple(map(_value, tx.all(chosen.limit(limit))))


def seen(tx: Transaction, id_: bytes, at: int) -> None:
    """Note that a session was used."""
    tx.run(sa.update(session).where(session.c.id == id_, session.c.seen_at < at).values(seen_at=at))


def end(tx: Transaction, id_: bytes, at: int) -> None:
    """End a session, if it has not ended."""
    tx.run(sa.update(session).where(session.c.id == id_, session.c.ended_at.is_(None)).values(ended_at=at))


def _value(row: sa.Row[Any]) -> Session:
    return Session(**rows.fields(row))
