"""Minted licences. What a licence was signed over never changes; a trigger keeps it so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from issuer.domain.application import ApplicationId, Stage
from issuer.domain.licence_record import LicenceId, LicenceRecord, LicenceState
from issuer.domain.registration import RegistrationId
from issuer.storage import rows
from issuer.storage.errors import ChangedMeanwhile
from issuer.storage.tables import application, licence, licence_copy
from issuer.storage.transaction import Transaction
from issuer.storage.wallets import wallet_copy


def add(tx: Transaction, value: LicenceRecord) -> None:
    """Insert a licence. Raises StorageFailed("storage-conflict") if its application or version has one already."""
    tx.insert(licence, rows.values(value))


def get(tx: Transaction, id_: LicenceId) -> LicenceRecord | None:
    """Return one licence, or None. It stays locked until the end of a write transaction."""
    row = tx.one(sa.select(licence).where(licence.c.id == id_))
    return None if row is None else _value(row)


def of_application(tx: Transaction, id_: ApplicationId) -> LicenceRecord | None:
    """Return the licence of an application: the one that is not spoiled, else the last spoiled one."""
    spoiled = licence.c.state == LicenceState.SPOILED.value
    chosen = sa.select(licence).where(licence.c.application == id_)
    row = tx.run(chosen.order_by(spoiled, licence.c.intended_at.desc(), licence.c.id).limit(1)).one_or_none()
    return None if row is None else _value(row)


def of_registration(tx: Transaction, id_: RegistrationId) -> tuple[LicenceRecord, ...]:
    """Return all licences of a registration, oldest version first, spoiled ones too."""
    chosen = sa.select(licence).where(licence.c.registration == id_)
    return tuple(map(_value, tx.all(chosen.order_by(licence.c.version, licence.c.intended_at, licence.c.id))))


def current(tx: Transaction, id_: RegistrationId) -> LicenceRecord | None:
    """Return the active licence of a registration. There is at most one."""
    row = tx.one(sa.select(licence).where(licence.c.registration == id_, licence.c.state == LicenceState.ACTIVE.value))
    return None if row is None else _value(row)


def find(tx: Transaction, *, state: LicenceState | None = None, kid: str | None = None) -> tuple[LicenceRecord, ...]:
    """Return all licences that have the given values, oldest first."""
    chosen = sa.select(licence).where(*rows.where(licence, {"state": state, "kid": kid}))
    return tuple(map(_value, tx.all(chosen.order_by(licence.c.intended_at, licence.c.id))))


def newest_signed(tx: Transaction, kid: str) -> int | None:
    """Return the newest time of issue that a key has signed, in a licence or in a copy; None if it signed nothing."""
    times = [
        tx.run(sa.select(sa.func.max(table.c.intended_at)).where(table.c.kid == kid)).scalar()
        for table in (licence, licence_copy, wallet_copy)
    ]
    return max((time for time in times if time is not None), default=None)


def wanting(tx: Transaction, actions: Iterable[tuple[str, str]]) -> tuple[ApplicationId, ...]:
    """Return the approved applications of these (kind, action) without an active or retired licence.

    Those with a spoiled row only are left out: they wait for a person.
    """
    granted = application.c.stage == Stage.APPROVED.value
    of_these = sa.tuple_(application.c.kind, application.c.action).in_(list(actions))
    done = sa.select(licence.c.id).where(
        licence.c.application == application.c.id, licence.c.state != LicenceState.INTENDED.value
    )
    chosen = sa.select(application.c.id).where(granted, of_these, ~done.exists())
    return tuple(tx.run(chosen.order_by(application.c.opened_at, application.c.id)).scalars())


def move(
    tx: Transaction,
    id_: LicenceId,
    source: LicenceState,
    target: LicenceState,
    *,
    token: bytes | None = None,
    issued_at: int | None = None,
) -> None:
    """Bring a licence from one state to another, with its token on release. Raises ChangedMeanwhile."""
    new: dict[str, Any] = {"state": target.value}
    if token is not None:
        new |= {"token": token, "issued_at": issued_at}
    if tx.update(licence, (licence.c.id == id_, licence.c.state == source.value), new) != 1:
        raise ChangedMeanwhile("licence")


def _value(row: sa.Row[Any]) -> LicenceRecord:
    held = rows.fields(row)
    return LicenceRecord(state=LicenceState(held.pop("state")), **held)
