"""The desk of offers: a holder offers the licence to a wallet of theirs; the wallet redeems the offer for a token.

An offer is made by a signed act, so that the trail tells each one. Everything that opens it (the address in the QR
code, the pre-authorized code, the transaction code) is derived from its id with the vault's lookup key: the page can
show it again, and the database, which keeps digests, does not open it. Whoever saw the QR code still lacks the
transaction code; five wrong ones and the offer is dead. An access token is random and kept as a digest too.

Nonces are signed by the vault's lookup key and carry their time, so that asking for one writes nothing; what is
written is that one was used.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from elicense.keys import b64url, b64url_decode
from issuer.domain.account import Account, AccountKind
from issuer.domain.act import SignedAct, civil_day
from issuer.domain.audit import Event
from issuer.domain.offer import (
    NONCE_SECONDS,
    OFFER_SECONDS,
    TRIES,
    TX_DIGITS,
    Declined,
    Fault,
    Offer,
    OfferId,
    OfferState,
    WalletCopy,
)
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration, RegistrationId
from issuer.domain.standing import standing
from issuer.services import casework, fetch
from issuer.services.desk import Desk, attest, only, record, writing
from issuer.storage import Transaction, audit, wallets

PATH: Final = "/wallet/offers/"
SCHEME: Final = "openid-credential-offer://?credential_offer_uri="
_RANDOM: Final = 16
_TIME: Final = 5
_MAC: Final = 16
_ANY: Final = "surrogatepass"
"""JSON can hold halves of characters; they are no secret of ours, and no reason to fall over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeOffer:
    """An offer with what opens it: the link (also the text of the QR code) and the transaction code."""

    offer: Offer
    link: str
    tx_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InWallets:
    """What a holder sees: the offer that can be redeemed now, the newest offer, and the copies in force."""

    open: MadeOffer | None
    newest: Offer | None
    copies: tuple[WalletCopy, ...]


def make(desk: Desk, signed: SignedAct) -> MadeOffer:
    """Offer a licence to a wallet: act `wallet.offer`, target the registration, no body.

    Older offers of the registration that nobody has used are closed. Only the holder, a person or the administrator of
    the institution, of a registration that is not ended. Refuses: registration-unknown, registration-ended, and what
    `attest` refuses.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "wallet.offer", at)
        only(attested.act.content())
        registration = own(tx, attested.actor, attested.act.target)
        pending = casework.renewal_pending(desk, tx, registration)
        if not standing(desk.rules, registration, civil_day(at), renewal_pending=pending).live:
            raise Refusal("registration-ended")
        tx.lock(f"wallet:{registration.id}")
        for older in wallets.unfinished(tx, registration.id):
            if older.state is not OfferState.REQUESTED:
                wallets.move(tx, older, OfferState.CLOSED, closed_at=at)
        id_ = OfferId(desk.ids("offer"))
        offer = Offer(
            id=id_,
            registration=registration.id,
            account=attested.actor.id,
            code=_digest(desk, _secret(desk, id_, "code"), "code"),
            reference=_digest(desk, _secret(desk, id_, "reference"), "reference"),
            state=OfferState.OPEN,
            tries=0,
            created_at=at,
            expires_at=at + OFFER_SECONDS,
        )
        wallets.add_offer(tx, offer)
        record(tx, attested, "wallet.offered", id_, ("registration", registration.id))
    return _made(desk, offer)


def own(tx: Transaction, account: Account, id_: str) -> Registration:
    """The register entry, if it is this account's own. Raises Refusal("registration-unknown")."""
    registration = fetch.registration(tx, id_)
    person = registration.kind.is_person and registration.holder == account.id
    institution = account.kind is AccountKind.INSTITUTION and registration.holder == account.organisation
    if not person and not institution:
        raise Refusal("registration-unknown")
    return registration


def seen(desk: Desk, account: Account, id_: RegistrationId) -> InWallets:
    """What the holder of a registration sees of its wallets. Raises Refusal("registration-unknown")."""
    at = desk.clock()
    with desk.store.reading() as tx:
        own(tx, account, id_)
        newest = wallets.newest_offer(tx, id_)
        copies = wallets.live(tx, id_)
    redeemable = newest is not None and newest.redeemable(at)
    return InWallets(open=_made(desk, newest) if newest and redeemable else None, newest=newest, copies=copies)


def by_reference(desk: Desk, reference: str) -> tuple[Offer, str]:
    """The offer behind the address in a QR code, and its code. Raises Refusal("not-found") if it opens nothing."""
    with desk.store.reading() as tx:
        found = wallets.offer_by(tx, reference=_digest(desk, reference, "reference"))
    if found is None or not found.redeemable(desk.clock()):
        raise Refusal("not-found")
    return found, _secret(desk, found.id, "code")


def redeem(desk: Desk, code: str, tx_code: str | None, client: str | None) -> str:
    """Give the access token for a code: once. Raises Declined: invalid_grant, invalid_request."""
    at, token = desk.clock(), secrets.token_urlsafe(32)
    digest = _digest(desk, code, "code")
    with writing(desk) as tx:
        offer = wallets.offer_by(tx, code=digest)
        if offer is None or not offer.redeemable(at):
            raise Declined(Fault.INVALID_GRANT, "the code opens nothing, or nothing any more")
        if tx_code is None:
            raise Declined(Fault.INVALID_REQUEST, "tx_code is missing")
        right = hmac.compare_digest(tx_code.encode("utf-8", _ANY), _tx_code(desk, offer.id).encode("ascii"))
        if right:
            kept = _digest(desk, token, "token")
            wallets.move(tx, offer, OfferState.REDEEMED, token=kept, redeemed_at=at, client=client)
            _event(tx, offer, "wallet.redeemed", at)
        else:
            _wrong(tx, offer, at)
    if not right:
        raise Declined(Fault.INVALID_GRANT, "the transaction code is wrong")
    return token


def holding(desk: Desk, tx: Transaction, token: str) -> Offer:
    """The offer that an access token belongs to. Raises Declined(invalid_token) where it opens nothing now."""
    found = wallets.offer_by(tx, token=_digest(desk, token, "token"))
    if found is None or found.state is OfferState.CLOSED or desk.clock() >= found.token_until():
        raise Declined(Fault.INVALID_TOKEN, "the access token opens nothing, or nothing any more")
    return found


def transaction_id(desk: Desk, id_: OfferId) -> str:
    """The id under which a wallet asks for what was deferred."""
    return _secret(desk, id_, "transaction")


def notification_id(desk: Desk, id_: OfferId) -> str:
    """The id under which a wallet tells what became of its copies."""
    return _secret(desk, id_, "notification")


def nonce(desk: Desk) -> str:
    """A fresh nonce. Nothing is written."""
    head = desk.clock().to_bytes(_TIME, "big") + secrets.token_bytes(_RANDOM)
    return b64url(head + desk.vault.digest(head, "wallet nonce")[:_MAC])


def nonce_id(desk: Desk, text: str, at: int) -> bytes:
    """What is kept of a nonce when it is used. Raises Declined(invalid_nonce) unless it is ours and young."""
    try:
        data = b64url_decode(text)
    except ValueError:
        data = b""
    head, mac = data[: _TIME + _RANDOM], data[_TIME + _RANDOM :]
    made = int.from_bytes(head[:_TIME], "big")
    right = hmac.compare_digest(mac, desk.vault.digest(head, "wallet nonce")[:_MAC])
    if not right or not made <= at < made + NONCE_SECONDS:
        raise Declined(Fault.INVALID_NONCE, "not a nonce of ours, or too old")
    return head


def _made(desk: Desk, offer: Offer) -> MadeOffer:
    address = f"{desk.config.base_url}{PATH}{_secret(desk, offer.id, 'reference')}"
    return MadeOffer(offer=offer, link=SCHEME + quote(address, safe=""), tx_code=_tx_code(desk, offer.id))


def _wrong(tx: Transaction, offer: Offer, at: int) -> None:
    """Count a wrong transaction code; with the last one the offer is dead."""
    wallets.count_try(tx, offer.id)
    if offer.tries + 1 >= TRIES and wallets.move(tx, offer, OfferState.CLOSED, closed_at=at):
        _event(tx, offer, "wallet.offer_died", at)


def _secret(desk: Desk, id_: OfferId, what: str) -> str:
    """A secret of an offer, 256 bits, the same whenever it is asked for."""
    return b64url(desk.vault.digest(id_.encode("ascii"), f"wallet secret {what}"))


def _tx_code(desk: Desk, id_: OfferId) -> str:
    number = int.from_bytes(desk.vault.digest(id_.encode("ascii"), "wallet secret tx_code"), "big")
    return f"{number % 10**TX_DIGITS:0{TX_DIGITS}d}"


def _digest(desk: Desk, secret: str, what: str) -> bytes:
    return desk.vault.digest(secret.encode("utf-8", _ANY), f"wallet digest {what}")


def _event(tx: Transaction, offer: Offer, tag: str, at: int) -> None:
    audit.append(tx, Event(at=at, tag=tag, target=offer.id, detail=(("registration", offer.registration),)))
