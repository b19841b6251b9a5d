"""Electronic keys of accounts and their history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from issuer.domain.account import AccountId
from issuer.domain.officer_key import ElectronicKey, KeyChange, KeyId, KeyState
from issuer.domain.organisation import OrganisationId
from issuer.storage import rows
from issuer.storage.tables import electronic_key, key_change, key_use
from issuer.storage.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """When a key signed last, and how often it did."""

    used_at: int
    uses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What a signature is checked against: whose key it is, the public key as a JWK, where a security key was made."""

    account: str
    jwk: str
    origin: str


def holders(tx: Transaction) -> dict[str, Holder]:
    """Return who holds each key id. Read as it stands, whatever somebody made of the rest of these rows."""
    chosen = sa.select(electronic_key.c.kid, electronic_key.c.account, electronic_key.c.jwk, electronic_key.c.origin)
    found = tx.all(chosen.where(electronic_key.c.kid.is_not(None)))
    return {str(row.kid): Holder(account=str(row.account), jwk=str(row.jwk), origin=str(row.origin)) for row in found}


def add(tx: Transaction, value: ElectronicKey) -> None:
    """Insert a key. Raises StorageFailed("storage-conflict") if its id or kid exists."""
    tx.insert(electronic_key, rows.values(value, "history"))
    _add_history(tx, value, 0)


def put(tx: Transaction, value: ElectronicKey, revision: int) -> None:
    """Replace a key that still has this revision; new lines of its history are added. Raises ChangedMeanwhile."""
    rows.put(tx, electronic_key, rows.values(value, "history"), revision)
    counted = sa.select(sa.func.count()).select_from(key_change).where(key_change.c.key == value.id)
    _add_history(tx, value, tx.run(counted).scalar_one())


def get(tx: Transaction, id_: KeyId) -> ElectronicKey | None:
    """Return one key, or None. Nobody changes it until the end of a write transaction."""
    return _one(tx, electronic_key.c.id == id_)


def of_account(tx: Transaction, account: AccountId) -> tuple[ElectronicKey, ...]:
    """Return all keys of an account, past ones too, by id."""
    return find(tx, account=account)


def by_kid(tx: Transaction, kid: str) -> ElectronicKey | None:
    """Return the key with that key id (16 hex digits), whatever its state."""
    return _one(tx, electronic_key.c.kid == kid)


def find(
    tx: Transaction,
    *,
    account: AccountId | None = None,
    organisation: OrganisationId | None = None,
    state: KeyState | tuple[KeyState, ...] | None = None,
) -> tuple[ElectronicKey, ...]:
    """Return all keys that have the given values, by id."""
    wanted = rows.where(electronic_key, {"account": account, "organisation": organisation, "state": state})
    found = tx.all(sa.select(electronic_key).where(*wanted).order_by(electronic_key.c.id))
    return tuple(_value(tx, row) for row in found)


def note_use(tx: Transaction, id_: KeyId, counter: int, at: int) -> bool:
    """Note that a key signed just now; False, and nothing is noted, if its signature counter did not grow.

    An authenticator that keeps no counter says 0 each time.
    """
    if tx.insert_if_absent(key_use, {"key": id_, "counter": counter, "used_at": at, "uses": 1}):
        return True  # two first uses at once: the second waits here, and then counts
    row = tx.one(sa.select(key_use).where(key_use.c.key == id_))
    if row is None or (row.counter and counter <= row.counter):
        return False
    used = {"counter": counter, "used_at": max(at, row.used_at), "uses": row.uses + 1}
    tx.run(sa.update(key_use).where(key_use.c.key == id_).values(used))
    return True


def uses(tx: Transaction) -> dict[KeyId, KeyUse]:
    """Return when and how often each key signed; a key that never did is not in it."""
    return {KeyId(row.key): KeyUse(used_at=row.used_at, uses=row.uses) for row in tx.all(sa.select(key_use))}


def _one(tx: Transaction, condition: sa.ColumnElement[bool]) -> ElectronicKey | None:
    row = tx.one(sa.select(electronic_key).where(condition), shared=True)
    return None if row is None else _value(tx, row)


def _add_history(tx: Transaction, value: ElectronicKey, known: int) -> None:
    lines = enumerate(value.history[known:], known + 1)
    tx.insert_all(key_change, [{"key": value.id, "number": number, **rows.values(line)} for number, line in lines])


def _value(tx: Transaction, row: sa.Row[Any]) -> ElectronicKey:
    held = rows.fields(row)
    lines = tx.all(sa.select(key_change).where(key_change.c.key == held["id"]).order_by(key_change.c.number))
    history = tuple(
        KeyChange(at=line.at, event=line.event, state=KeyState(line.state), by=line.by, reason=line.reason)
        for line in lines
    )
    return ElectronicKey(state=KeyState(held.pop("state")), history=history, **held)
