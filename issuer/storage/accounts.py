"""Accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from issuer.domain.account import Account, AccountId, AccountKind, AccountState, Role
from issuer.domain.organisation import OrganisationId
from issuer.storage import rows
from issuer.storage.tables import account
from issuer.storage.transaction import Transaction


def add(tx: Transaction, value: Account) -> None:
    """Insert an account. Raises StorageFailed("storage-conflict") if its id exists."""
    tx.insert(account, _row(value))


def put(tx: Transaction, value: Account, revision: int) -> None:
    """Replace an account that still has this revision. Raises ChangedMeanwhile."""
    rows.put(tx, account, _row(value), revision)


def get(tx: Transaction, id_: AccountId) -> Account | None:
    """Return one, or None. Nobody changes it until the end of a write transaction."""
    row = tx.one(sa.select(account).where(account.c.id == id_), shared=True)
    return None if row is None else _value(row)


def all_of(tx: Transaction, ids: Iterable[AccountId]) -> tuple[Account, ...]:
    """Return the accounts with these ids; unknown ids are passed over."""
    return tuple(map(_value, tx.all(sa.select(account).where(account.c.id.in_(list(ids))).order_by(account.c.id))))


def by_identity(tx: Transaction, identity: bytes) -> tuple[Account, ...]:
    """Return all accounts that carry this keyed digest of a proven identity, by id."""
    return find(tx, identity=identity)


def find(
    tx: Transaction,
    *,
    kind: AccountKind | None = None,
    state: AccountState | None = None,
    organisation: OrganisationId | None = None,
    identity: bytes | None = None,
) -> tuple[Account, ...]:
    """Return all accounts that have the given values, by id."""
    wanted = rows.where(account, {"kind": kind, "state": state, "organisation": organisation, "identity": identity})
    return tuple(map(_value, tx.all(sa.select(account).where(*wanted).order_by(account.c.id))))


def _row(value: Account) -> dict[str, Any]:
    return rows.values(value) | {"roles": rows.to_json(sorted(role.value for role in value.roles))}


def _value(row: sa.Row[Any]) -> Account:
    held = rows.fields(row)
    return Account(
        kind=AccountKind(held.pop("kind")),
        state=AccountState(held.pop("state")),
        roles=frozenset(map(Role, rows.texts(held.pop("roles")))),
        **held,
    )
