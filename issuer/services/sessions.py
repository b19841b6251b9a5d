"""The desk of sessions: signing in by a signed act, and asking at each request whether that still holds.

Nobody has a password. Who signs in signs the act `session.begin` with the key of the account, so that the trail tells
every sign-in; a suspended key or a closed account ends its sessions with the next request, because each request asks.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from issuer.domain.account import Account, AccountId, AccountState
from issuer.domain.act import Act, SignedAct
from issuer.domain.officer_key import ElectronicKey, KeyState
from issuer.domain.refusal import Refusal
from issuer.domain.session import Session
from issuer.services import fetch
from issuer.services.desk import Desk, attest, only, record, writing
from issuer.storage import accounts, keys, sessions

ACT: Final = "session.begin"
_NOTE_SECONDS: Final = 60
"""How often the use of a session is noted; more would be a write for every picture of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who is signed in: the session, the account and the key, all of which hold now."""

    session: Session
    account: Account
    key: ElectronicKey


def asked(desk: Desk, kid: str) -> tuple[Act, ElectronicKey]:
    """Return the act that the key with this id must sign to sign in, and the key. Refuses: key-unknown, key-…."""
    with desk.store.reading() as tx:
        key = keys.by_kid(tx, kid)
    if key is None:
        raise Refusal("key-unknown")
    if key.state is not KeyState.ACTIVE:
        raise Refusal(f"key-{key.state}")
    act = Act(
        name=ACT, actor=key.account, target="session", revision=None, at=desk.clock(), nonce=secrets.token_hex(16)
    )
    return act, key


def begin(desk: Desk, signed: SignedAct, cookie: str, machine: str) -> Session:
    """Sign in: act `session.begin`. `cookie` is the secret the browser will show, `machine` tells browsers apart.

    Raises Refusal: what `attest` refuses.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, ACT, at)
        only(attested.act.content())
        key = keys.by_kid(tx, signed.key_id)
        if key is None:
            raise Refusal("key-unknown")
        made = Session(
            id=digest(cookie),
            account=attested.actor.id,
            key=key.id,
            csrf=secrets.token_urlsafe(24),
            machine=machine,
            began_at=at,
            seen_at=at,
        )
        sessions.add(tx, made)
        record(tx, attested, "session.begun", attested.actor.id, ("machine", machine[:12]))
    return made


def current(desk: Desk, cookie: str) -> SignedIn | None:
    """Return who is signed in with this cookie; None if nobody is, or not any more."""
    at = desk.clock()
    with desk.store.reading() as tx:
        found = sessions.get(tx, digest(cookie))
        if found is None or not found.open_at(at):
            return None
        account = accounts.get(tx, AccountId(found.account))
        key = fetch.key(tx, found.key)
    if account is None or account.state is not AccountState.ACTIVE or key.state is not KeyState.ACTIVE:
        return None
    if key.account != account.id:
        return None
    if at - found.seen_at >= _NOTE_SECONDS:
        with desk.store.transaction() as tx:
            sessions.seen(tx, found.id, at)
    return SignedIn(session=found, account=account, key=key)


def end(desk: Desk, session: Session) -> None:
    """Sign out."""
    with desk.store.transaction() as tx:
        sessions.end(tx, session.id, desk.clock())


def digest(cookie: str) -> bytes:
    """What the register keeps of a cookie."""
    return hashlib.sha256(cookie.encode("utf-8")).digest()
