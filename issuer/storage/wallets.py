"""Offers to wallets, the copies made for them, and the nonces that were used; with their tables.

Codes, references and access tokens are here as keyed digests only. Every step of an offer is one UPDATE that names the
state it starts from: of a hundred that come at once one finds it so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from issuer.domain.offer import (
    TRIES,
    Offer,
    OfferId,
    OfferState,
    WalletCopy,
    WalletCopyId,
    WalletCopyState,
    WalletEvent,
)
from issuer.domain.registration import RegistrationId
from issuer.storage import rows
from issuer.storage.errors import ChangedMeanwhile
from issuer.storage.tables import metadata, of_a_token
from issuer.storage.transaction import Transaction


def _to(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(target, deferrable=True, initially="DEFERRED")


wallet_offer = sa.Table(
    "wallet_offer",
    metadata,
    sa.Column("id", sa.Text(), primary_key=True),
    sa.Column("registration", sa.Text(), _to("registration.id"), nullable=False, index=True),
    sa.Column("account", sa.Text(), _to("account.id"), nullable=False),
    sa.Column("code", sa.LargeBinary(), nullable=False, unique=True),
    sa.Column("reference", sa.LargeBinary(), nullable=False, unique=True),
    sa.Column("state", sa.Text(), nullable=False, index=True),
    sa.Column("tries", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.BigInteger(), nullable=False),
    sa.Column("expires_at", sa.BigInteger(), nullable=False),
    sa.Column("client", sa.Text()),
    sa.Column("token", sa.LargeBinary(), unique=True),
    sa.Column("redeemed_at", sa.BigInteger()),
    sa.Column("devices", sa.Text(), nullable=False),
    sa.Column("requested_at", sa.BigInteger()),
    sa.Column("issued_at", sa.BigInteger()),
    sa.Column("fetched_at", sa.BigInteger()),
    sa.Column("event", sa.Text()),
    sa.Column("closed_at", sa.BigInteger()),
    sa.CheckConstraint("state IN ('open', 'redeemed', 'requested', 'issued', 'closed')", name="state"),
    sa.CheckConstraint(f"tries BETWEEN 0 AND {TRIES}", name="tries"),
    sa.CheckConstraint("state NOT IN ('redeemed', 'requested', 'issued') OR token IS NOT NULL", name="token"),
)
_OPEN = sa.text("state = 'open'")
sa.Index("uq_wallet_offer_open", wallet_offer.c.registration, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)

wallet_copy = sa.Table(
    "wallet_copy",
    metadata,
    sa.Column("id", sa.Text(), primary_key=True),
    sa.Column("offer", sa.Text(), _to("wallet_offer.id"), nullable=False, index=True),
    sa.Column("registration", sa.Text(), _to("registration.id"), nullable=False, index=True),
    sa.Column("licence", sa.Text(), _to("licence.id"), nullable=False),
    sa.Column("place", sa.Integer(), nullable=False),
    sa.Column("device", sa.Text(), nullable=False),
    sa.Column("disclosures", sa.Text(), nullable=False),
    *of_a_token(),
    sa.CheckConstraint("state IN ('intended', 'active', 'retired')", name="state"),
    sa.CheckConstraint("state <> 'active' OR token IS NOT NULL", name="released"),
)
_LIVE = tuple(state.value for state in (WalletCopyState.INTENDED, WalletCopyState.ACTIVE))

wallet_nonce = sa.Table(
    "wallet_nonce",
    metadata,
    sa.Column("id", sa.LargeBinary(), primary_key=True),
    sa.Column("used_at", sa.BigInteger(), nullable=False, index=True),
)


def add_offer(tx: Transaction, value: Offer) -> None:
    """Insert an offer."""
    tx.insert(wallet_offer, rows.values(value) | {"devices": rows.to_json(value.devices)})


def offer_by(tx: Transaction, **wanted: object) -> Offer | None:
    """Return the offer with this id, code, reference or token, or None. It stays locked until the end of a write."""
    chosen = sa.select(wallet_offer).where(*(wallet_offer.c[name] == value for name, value in wanted.items()))
    row = tx.one(chosen)
    return None if row is None else _offer(row)


def newest_offer(tx: Transaction, id_: RegistrationId) -> Offer | None:
    """Return the newest offer of a registration, of those of one second the open one, or None."""
    chosen = sa.select(wallet_offer).where(wallet_offer.c.registration == id_)
    order = (wallet_offer.c.created_at.desc(), wallet_offer.c.state != OfferState.OPEN.value, wallet_offer.c.id)
    row = tx.run(chosen.order_by(*order).limit(1)).one_or_none()
    return None if row is None else _offer(row)


def offers_of(tx: Transaction, id_: RegistrationId) -> tuple[OfferId, ...]:
    """Return every offer of a registration, oldest first."""
    chosen = sa.select(wallet_offer.c.id).where(wallet_offer.c.registration == id_)
    return tuple(tx.run(chosen.order_by(wallet_offer.c.created_at, wallet_offer.c.id)).scalars())


def unfinished(tx: Transaction, id_: RegistrationId) -> tuple[Offer, ...]:
    """Return the offers of a registration that may still give something."""
    waiting = [state.value for state in (OfferState.OPEN, OfferState.REDEEMED, OfferState.REQUESTED)]
    chosen = sa.select(wallet_offer).where(wallet_offer.c.registration == id_, wallet_offer.c.state.in_(waiting))
    return tuple(map(_offer, tx.all(chosen.order_by(wallet_offer.c.created_at, wallet_offer.c.id))))


def requested(tx: Transaction) -> tuple[OfferId, ...]:
    """Return the offers whose copies are asked for and not released, oldest first."""
    chosen = sa.select(wallet_offer.c.id).where(wallet_offer.c.state == OfferState.REQUESTED.value)
    return tuple(tx.run(chosen.order_by(wallet_offer.c.requested_at, wallet_offer.c.id)).scalars())


def move(tx: Transaction, held: Offer, target: OfferState, **new: object) -> bool:
    """Bring an offer from the state it is held in to another; say whether it was still in that state."""
    if "devices" in new:
        new["devices"] = rows.to_json(new["devices"])
    of_this = (wallet_offer.c.id == held.id, wallet_offer.c.state == held.state.value)
    return tx.run(sa.update(wallet_offer).where(*of_this).values({"state": target.value, **new})).rowcount == 1


def count_try(tx: Transaction, id_: OfferId) -> None:
    """Count a wrong transaction code."""
    of_this = (wallet_offer.c.id == id_, wallet_offer.c.tries < TRIES)
    tx.run(sa.update(wallet_offer).where(*of_this).values(tries=wallet_offer.c.tries + 1))


def fetch(tx: Transaction, id_: OfferId, at: int) -> bool:
    """Note that the copies were handed out for the first time; False if they were before."""
    of_this = (wallet_offer.c.id == id_, wallet_offer.c.fetched_at.is_(None))
    return tx.run(sa.update(wallet_offer).where(*of_this).values(fetched_at=at)).rowcount == 1


def note_event(tx: Transaction, id_: OfferId, event: WalletEvent) -> None:
    """Keep what the wallet told last."""
    tx.run(sa.update(wallet_offer).where(wallet_offer.c.id == id_).values(event=event.value))


def use_nonce(tx: Transaction, id_: bytes, at: int) -> bool:
    """Mark a nonce as used; False if it was."""
    return tx.insert_if_absent(wallet_nonce, {"id": id_, "used_at": at})


def forget_nonces(tx: Transaction, before: int) -> None:
    """Remove the marks of nonces that are too old to be taken anyway."""
    tx.run(sa.delete(wallet_nonce).where(wallet_nonce.c.used_at < before))


def add_copies(tx: Transaction, values: Iterable[WalletCopy]) -> None:
    """Insert copies."""
    tx.insert_all(wallet_copy, [rows.values(one) | {"disclosures": rows.to_json(one.disclosures)} for one in values])


def live(tx: Transaction, id_: RegistrationId) -> tuple[WalletCopy, ...]:
    """Return the copies of a registration that are in force or about to be."""
    return _copies(tx, wallet_copy.c.registration == id_, wallet_copy.c.state.in_(_LIVE))


def of_offer(tx: Transaction, id_: OfferId) -> tuple[WalletCopy, ...]:
    """Return the copies of an offer that are in force or about to be, in the order of the keys asked for."""
    return _copies(tx, wallet_copy.c.offer == id_, wallet_copy.c.state.in_(_LIVE))


def move_copy(
    tx: Transaction,
    held: WalletCopy,
    target: WalletCopyState,
    *,
    token: bytes | None = None,
    issued_at: int | None = None,
) -> None:
    """Bring a copy from the state it is held in to another, with its token on release. Raises ChangedMeanwhile."""
    new: dict[str, Any] = {"state": target.value}
    if token is not None:
        new |= {"token": token, "issued_at": issued_at}
    of_this = (wallet_copy.c.id == held.id, wallet_copy.c.state == held.state.value)
    if tx.update(wallet_copy, of_this, new) != 1:
        raise ChangedMeanwhile("wallet_copy")


def _copies(tx: Transaction, *conditions: sa.ColumnElement[bool]) -> tuple[WalletCopy, ...]:
    chosen = sa.select(wallet_copy).where(*conditions).order_by(wallet_copy.c.place, wallet_copy.c.id)
    return tuple(map(_copy, tx.all(chosen)))


def _offer(row: sa.Row[Any]) -> Offer:
    held = rows.fields(row)
    event = held.pop("event")
    return Offer(
        state=OfferState(held.pop("state")),
        devices=rows.texts(held.pop("devices")),
        event=None if event is None else WalletEvent(event),
        **held,
    )


def _copy(row: sa.Row[Any]) -> WalletCopy:
    held = rows.fields(row)
    return WalletCopy(
        id=WalletCopyId(held.pop("id")),
        state=WalletCopyState(held.pop("state")),
        disclosures=rows.texts(held.pop("disclosures")),
        **held,
    )
