"""Copies of licences for devices. What a copy was signed over never changes; a trigger keeps it so."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from issuer.domain.licence_copy import CopyId, CopyState, LicenceCopy
from issuer.domain.registration import RegistrationId
from issuer.storage import rows
from issuer.storage.errors import ChangedMeanwhile
from issuer.storage.tables import licence_copy
from issuer.storage.transaction import Transaction

_LIVE = ("intended", "active")


def add(tx: Transaction, value: LicenceCopy) -> None:
    """Insert a copy. Raises StorageFailed("storage-conflict") if its registration has one in force."""
    tx.insert(licence_copy, rows.values(value))


def get(tx: Transaction, id_: CopyId) -> LicenceCopy | None:
    """Return one copy, or None. It stays locked until the end of a write transaction."""
    row = tx.one(sa.select(licence_copy).where(licence_copy.c.id == id_))
    return None if row is None else _value(row)


def live(tx: Transaction, id_: RegistrationId) -> LicenceCopy | None:
    """Return the copy of a registration that is in force or about to be. There is at most one."""
    chosen = sa.select(licence_copy).where(licence_copy.c.registration == id_, licence_copy.c.state.in_(_LIVE))
    row = tx.one(chosen)
    return None if row is None else _value(row)


def intended(tx: Transaction) -> tuple[CopyId, ...]:
    """Return the copies that are recorded and not released, oldest first."""
    chosen = sa.select(licence_copy.c.id).where(licence_copy.c.state == CopyState.INTENDED.value)
    return tuple(tx.run(chosen.order_by(licence_copy.c.intended_at, licence_copy.c.id)).scalars())


def move(
    tx: Transaction, held: LicenceCopy, target: CopyState, *, token: bytes | None = None, issued_at: int | None = None
) -> None:
    """Bring a copy from the state it is held in to another, with its token on release. Raises ChangedMeanwhile."""
    new: dict[str, Any] = {"state": target.value}
    if token is not None:
        new |= {"token": token, "issued_at": issued_at}
    of_this = (licence_copy.c.id == held.id, licence_copy.c.state == held.state.value)
    if tx.update(licence_copy, of_this, new) != 1:
        raise ChangedMeanwhile("copy")


def _value(row: sa.Row[Any]) -> LicenceCopy:
    held = rows.fields(row)
    return LicenceCopy(state=CopyState(held.pop("state")), **held)
