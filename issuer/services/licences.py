"""The desk that hands out what was minted: the versions of a registration's licence, and the link of its QR code."""

from __future__ import annotations

from elicense import qr
from issuer.domain.licence_record import LicenceRecord
from issuer.domain.refusal import Refusal
from issuer.domain.registration import RegistrationId
from issuer.services.desk import Desk
from issuer.storage import licences


def of_registration(desk: Desk, id_: RegistrationId) -> tuple[LicenceRecord, ...]:
    """Return every version, oldest first. Who may ask is checked by the caller's `query.registration`."""
    with desk.store.reading() as tx:
        return licences.of_registration(tx, id_)


def current(desk: Desk, id_: RegistrationId) -> LicenceRecord | None:
    """Return the version in force, None if none is released."""
    with desk.store.reading() as tx:
        return licences.current(tx, id_)


def link(held: LicenceRecord, base: str) -> str:
    """Return the text of the licence's QR code. Raises Refusal("licence-unknown") if it was never released."""
    if held.token is None:
        raise Refusal("licence-unknown")
    return qr.to_link(held.token, base)
