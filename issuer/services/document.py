"""The desk of documents: the licence in force as a signed PDF, made anew each time it is asked for.

Only of a licence in force: what is superseded, suspended or ended has none, and its holder is told what to do. Each
signature leaves an event with the digest of the file.
"""

from __future__ import annotations

import hashlib

from elicense import claims, cose, qr
from elicense.card import GlyphMissing
from elicense.status import StatusValue
from issuer import document
from issuer.domain.account import Account
from issuer.domain.audit import Event
from issuer.domain.refusal import Refusal
from issuer.domain.registration import RegistrationId
from issuer.services import licences, query, trusting
from issuer.services.desk import Desk, writing
from issuer.storage import audit
from issuer.vault import Purpose


def pdf_of(desk: Desk, account: Account, id_: RegistrationId) -> tuple[str, bytes]:
    """Return the number of the holder's licence and its signed PDF.

    Only for the holder. Raises Refusal: registration-unknown, licence-unknown (not minted yet), document-not-in-force,
    glyph-missing, and what the trust list refuses. Raises KeyUnavailable, KeyRefused.
    """
    at = desk.clock()
    view = query.registration(desk, account, id_)
    if view.registration.holder not in {account.id, account.organisation}:
        raise Refusal("registration-unknown")
    held = licences.current(desk, id_)
    if held is None or held.token is None:
        raise Refusal("licence-unknown")
    if view.standing.status_value != StatusValue.VALID or held.version != view.registration.version:
        raise Refusal("document-not-in-force")
    licence, _ = claims.from_payload(cose.split_licence(held.token).payload)
    issuer = trusting.own(desk, trusting.published(desk))
    try:
        plain = document.pdf(licence, issuer, qr.to_link(held.token, desk.config.scan_url))
    except GlyphMissing:
        raise Refusal("glyph-missing") from None
    signer = desk.vault.signer(Purpose.DOCUMENT)
    kid = signer.public_key.kid.hex()
    made = document.signed(plain, signer, desk.vault.certificate(kid), at)
    detail = (("licence", held.id), ("version", str(held.version)), ("sha256", hashlib.sha256(made).hexdigest()))
    with writing(desk) as tx:
        audit.append(tx, Event(at=at, tag="document.signed", target=id_, actor=account.id, key=kid, detail=detail))
    return licence.number, made
