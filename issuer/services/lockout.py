"""The way back for a province whose key managers are locked out: at the machine, in front of witnesses, on record.

Each key needs one key manager who asks and another who approves. When fewer than two of the province have an active
key (lost, stopped by the watch, retired), nobody can give anybody a key any more. Then, and only then, the operator of
the machine enters new keys for key managers who are there already, so many that two can act again. Nobody becomes a key
manager by it. What was decided, by whom, is written down by the people who were present; the digest of these minutes
stands in the event, which everybody who reads the trail sees and no log forgets.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Final

from issuer.domain import canonical
from issuer.domain.account import Account, AccountId, AccountKind, AccountState, Role
from issuer.domain.audit import Event
from issuer.domain.canonical import Json
from issuer.domain.officer_key import ElectronicKey, KeyState
from issuer.domain.organisation import Level
from issuer.domain.refusal import Refusal
from issuer.services import officer_keys
from issuer.services.desk import Desk, tree, writing
from issuer.storage import Transaction, accounts, audit, keys

_LOG: Final = logging.getLogger("issuer.lockout")
NEEDED: Final = 2
"""Key managers who must be able to act: one asks, another approves."""


def managers(desk: Desk) -> tuple[tuple[Account, bool], ...]:
    """Return the key managers of the province, and whether each has an active key."""
    with desk.store.reading() as tx:
        return _managers(tx)


def restore(desk: Desk, jwks: Mapping[AccountId, Json], minutes: bytes) -> tuple[ElectronicKey, ...]:
    """Enter a new active key for each of these key managers; `minutes` is the document of who decided it and why.

    A key that is stopped stays stopped, and its inquiry open. Raises Refusal: not-locked-out, account-unknown (no key
    manager of the province, or one whose key is active), four-eyes (fewer than two could act afterwards),
    key-malformed, key-known, reason-missing (no minutes).
    """
    at = desk.clock()
    if not minutes:
        raise Refusal("reason-missing", "minutes")
    with writing(desk) as tx:
        tx.lock("key-managers")
        found = _managers(tx)
        able = {account.id for account, active in found if active}
        if len(able) >= NEEDED:
            raise Refusal("not-locked-out")
        waiting = {account.id: account for account, active in found if not active}
        if not jwks.keys() <= waiting.keys():
            raise Refusal("account-unknown", "no key manager of the province without a key")
        if len(able | jwks.keys()) < NEEDED:
            raise Refusal("four-eyes", "two key managers are needed")
        made = tuple(
            officer_keys.record_active(desk, tx, waiting[id_], jwk, id_, at) for id_, jwk in sorted(jwks.items())
        )
        detail = (
            ("accounts", " ".join(key.account for key in made)),
            ("kids", " ".join(key.kid or "" for key in made)),
            ("minutes", hashlib.sha256(minutes).hexdigest()),
        )
        audit.append(tx, Event(at=at, tag="system.key_managers_restored", target="register", detail=detail))
    _LOG.critical("keys of %d key managers were entered at the machine", len(made))
    return made


def read_keys(value: object) -> dict[AccountId, Json]:
    """Return accounts and public keys of `[{"account": id, "jwk": {...}}, ...]`. Raises ValueError."""
    found: dict[AccountId, Json] = {}
    for one in value if isinstance(value, list) else [None]:
        match one:
            case {"account": str() as id_, "jwk": dict() as jwk, **more} if not more and id_ not in found:
                found[AccountId(id_)] = canonical.loads(canonical.dumps(jwk))
            case _:
                raise ValueError("not a list of account and jwk, each account once")
    return found


def _managers(tx: Transaction) -> tuple[tuple[Account, bool], ...]:
    all_ = tree(tx)
    officers = accounts.find(tx, kind=AccountKind.OFFICER, state=AccountState.ACTIVE)
    return tuple(
        (one, any(key.state is KeyState.ACTIVE for key in keys.of_account(tx, one.id)))
        for one in officers
        if Role.KEY_MANAGER in one.roles
        and one.organisation is not None
        and all_.get(one.organisation).level is Level.PROVINCE
    )
