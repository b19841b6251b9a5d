"""The desk of wallets: the licence in force as SD-JWT copies, one for each key that a wallet proves to hold.

    1 request  keys, nonce and token used up, in one transaction
    2 record   an index for each copy, drawn at random, and the exact bytes to be signed with their disclosures
    3 sign     the vault signs the stored bytes
    4 check    judged as a stranger would
    5 release  tokens stored; the copies of another wallet superseded, in the same transaction

Safe against the death of the process at any point: `resume` finishes what was asked for, and whoever asks again with
the same keys gets the same copies. Nothing is decided here: a copy says what the licence in force says, and follows its
standing. A registration is in one wallet at a time: who lost a phone makes a new offer, and the copies on the lost one
end. What cannot be done now (no licence minted yet, no key, a busy register) is deferred.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Sequence
from typing import Final

from elicense.keys import PublicKey
from elicense.status import StatusValue
from elicense.trust import Purpose as TrustPurpose
from issuer.domain import key_proof
from issuer.domain.act import SignedAct, civil_day
from issuer.domain.audit import Event
from issuer.domain.canonical import dumps, loads
from issuer.domain.licence_record import LicenceRecord
from issuer.domain.offer import (
    BATCH,
    Declined,
    Fault,
    Offer,
    OfferId,
    OfferState,
    WalletCopy,
    WalletCopyId,
    WalletCopyState,
    WalletEvent,
)
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration, RegistrationId
from issuer.domain.standing import standing
from issuer.services import casework, fetch, offers, publishing, trusting, wallet_tokens
from issuer.services.desk import Desk, attest, only, record, writing
from issuer.storage import StorageFailed, Transaction, audit, failpoints, keys, licences, statuses, wallets
from issuer.vault import Purpose, VaultError

_LOG: Final = logging.getLogger("issuer.wallets")
_LEAVES: Final = frozenset({WalletEvent.DELETED, WalletEvent.FAILURE})
_ROUNDS: Final = 4
"""How often a batch is begun anew because the licence changed under it, before the wallet is asked to come again."""


def request(desk: Desk, token: str, configuration: str, proofs: Sequence[str]) -> tuple[Offer, tuple[str, ...] | None]:
    """Make the copies for the keys that are proven: the offer, and the credentials, None if they come later.

    Raises Declined: invalid_token, insufficient_scope, unknown_credential_configuration, invalid_proof, invalid_nonce,
    credential_request_denied.
    """
    at = desk.clock()
    with desk.store.reading() as tx:
        offer = offers.holding(desk, tx, token)
        offered = fetch.registration(tx, offer.registration)
    if configuration != wallet_tokens.configuration(offered.kind):
        known = configuration in wallet_tokens.CONFIGURATIONS
        raise Declined(Fault.INSUFFICIENT_SCOPE if known else Fault.UNKNOWN_CREDENTIAL_CONFIGURATION)
    devices, nonces = _proven(desk, offer, proofs, at)
    with writing(desk) as tx:
        offer = offers.holding(desk, tx, token)
        _accept(tx, offer, devices, nonces, at)
    failpoints.reach("wallet.requested")
    return offer, _fetched(desk, offer.id)


def deferred(desk: Desk, token: str, transaction: str) -> tuple[Offer, tuple[str, ...] | None]:
    """Ask again for what was deferred. Raises Declined: invalid_token, invalid_transaction_id, …_request_denied."""
    with desk.store.reading() as tx:
        offer = offers.holding(desk, tx, token)
    known = _same(transaction, offers.transaction_id(desk, offer.id))
    if not known or offer.state is OfferState.REDEEMED or offer.fetched_at is not None:
        raise Declined(Fault.INVALID_TRANSACTION_ID)
    return offer, _fetched(desk, offer.id, once=True)


def notified(desk: Desk, token: str, notification: str, event: WalletEvent) -> None:
    """Hear what became of the copies; those that a wallet does not keep end. The same message twice is heard once.

    Raises Declined: invalid_token, invalid_notification_id.
    """
    at = desk.clock()
    with writing(desk) as tx:
        offer = offers.holding(desk, tx, token)
        if offer.fetched_at is None or not _same(notification, offers.notification_id(desk, offer.id)):
            raise Declined(Fault.INVALID_NOTIFICATION_ID)
        if offer.event is event:
            return
        wallets.note_event(tx, offer.id, event)
        _event(tx, offer, f"wallet.{event.value}", at)
        if event in _LEAVES:
            _retire(tx, wallets.of_offer(tx, offer.id), at)


def remove(desk: Desk, signed: SignedAct) -> Registration:
    """End what wallets hold of a licence: act `wallet.remove`, target the registration, no body.

    Refuses: registration-unknown, and what `attest` refuses.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "wallet.remove", at)
        only(attested.act.content())
        registration = offers.own(tx, attested.actor, attested.act.target)
        tx.lock(f"wallet:{registration.id}")
        for open_ in wallets.unfinished(tx, registration.id):
            wallets.move(tx, open_, OfferState.CLOSED, closed_at=at)
        let_go(tx, registration.id, at)
        record(tx, attested, "wallet.removed", registration.id)
    return registration


def let_go(tx: Transaction, id_: RegistrationId, at: int) -> None:
    """Retire the copies of a registration: they say superseded from the next list on."""
    _retire(tx, wallets.live(tx, id_), at)


def resume(desk: Desk) -> tuple[str, ...]:
    """Finish what wallets asked for and have not got; return the codes of what could not be.

    What nobody can fetch any more, because its token ended, is closed and not made.
    """
    with desk.store.reading() as tx:
        waiting = wallets.requested(tx)
    failed: list[str] = []
    for id_ in waiting:
        try:
            if not _closed_late(desk, id_):
                finish(desk, id_)
        except Declined as declined:
            failed.append(declined.fault.value)
        except (Refusal, VaultError, StorageFailed) as stopped:
            _LOG.warning("copies of %s not made: %s", id_, stopped.code)
            failed.append(stopped.code)
    return tuple(failed)


def finish(desk: Desk, id_: OfferId) -> tuple[WalletCopy, ...]:
    """Steps 2 to 5, from wherever they stand. Whoever comes second finds it done.

    Raises Declined(credential_request_denied) if it will never be, Refusal and VaultError if it is not possible now.
    """
    for _ in range(_ROUNDS):
        with desk.store.reading() as tx:
            offer = wallets.offer_by(tx, id=id_)
            made = wallets.of_offer(tx, id_)
        if offer is None or offer.state is OfferState.CLOSED or (offer.state is OfferState.ISSUED and not made):
            raise Declined(Fault.CREDENTIAL_REQUEST_DENIED, "the offer was closed, or its copies ended")
        if offer.state is OfferState.ISSUED:
            return made
        made = made or _record(desk, offer)
        if not made:
            continue
        failpoints.reach("wallet.recorded")
        signatures = [desk.vault.signer(Purpose.LICENCE, one.kid).sign(one.tbs) for one in made]
        failpoints.reach("wallet.signed")
        _release(desk, offer, made, signatures)
        failpoints.reach("wallet.released")
    raise Refusal("changed-meanwhile")


def _proven(desk: Desk, offer: Offer, proofs: Sequence[str], at: int) -> tuple[tuple[str, ...], frozenset[bytes]]:
    """The keys of the proofs as canonical JWKs, in their order, and what is kept of their nonces."""
    if not 1 <= len(proofs) <= BATCH:
        raise Declined(Fault.INVALID_PROOF, f"between 1 and {BATCH} proofs")
    checked = [key_proof.check(one, desk.config.base_url, offer.client, at) for one in proofs]
    devices = tuple(dumps({**one.key.to_jwk()}).decode("ascii") for one in checked)
    if len(set(devices)) != len(devices):
        raise Declined(Fault.INVALID_PROOF, "each key once")
    return devices, frozenset(offers.nonce_id(desk, one.nonce, at) for one in checked)


def _accept(tx: Transaction, offer: Offer, devices: tuple[str, ...], nonces: frozenset[bytes], at: int) -> None:
    """Step 1. The same keys again, with a new nonce, are the same request: an answer may get lost."""
    if any(keys.by_kid(tx, device_key(one).kid.hex()) is not None for one in devices):
        raise Declined(Fault.INVALID_PROOF, "a key of an account is no key of a wallet")
    for one in nonces:
        if not wallets.use_nonce(tx, one, at):
            raise Declined(Fault.INVALID_NONCE, "the nonce was used")
    wallets.forget_nonces(tx, at - 2 * key_proof.SKEW)
    if offer.state is OfferState.REDEEMED:
        wallets.move(tx, offer, OfferState.REQUESTED, devices=devices, requested_at=at)
        _event(tx, offer, "wallet.requested", at, ("keys", str(len(devices))))
    elif offer.devices != devices:
        raise Declined(Fault.CREDENTIAL_REQUEST_DENIED, "this access token was used for other keys")


def device_key(jwk: str) -> PublicKey:
    """The key of a stored canonical JWK."""
    value = loads(jwk.encode("ascii"))
    return PublicKey.from_jwk(value if isinstance(value, dict) else {})


def _fetched(desk: Desk, id_: OfferId, *, once: bool = False) -> tuple[str, ...] | None:
    """The credentials, noted as handed out; None if they cannot be made now."""
    try:
        made = finish(desk, id_)
        with writing(desk) as tx:
            first = wallets.fetch(tx, id_, desk.clock())
    except (Refusal, VaultError, StorageFailed) as stopped:
        _LOG.warning("copies of %s deferred: %s", id_, stopped.code)
        return None
    if once and not first:
        raise Declined(Fault.INVALID_TRANSACTION_ID, "it was fetched")
    return tuple(wallet_tokens.presentable(one) for one in made)


def _record(desk: Desk, offer: Offer) -> tuple[WalletCopy, ...]:
    """Step 2: the copies that are in force or about to be, after the register was asked once more."""
    at = desk.clock()
    with writing(desk) as tx:
        tx.lock(f"wallet:{offer.registration}")
        present = wallets.offer_by(tx, id=offer.id)
        if present is None or present.state is not OfferState.REQUESTED:
            return ()  # somebody else was faster: the next round sees it
        known = wallets.of_offer(tx, offer.id)
        if known:
            return known
        registration = fetch.registration(tx, offer.registration)
        pending = casework.renewal_pending(desk, tx, registration)
        now = standing(desk.rules, registration, civil_day(at), renewal_pending=pending)
        if now.live:
            held = licences.current(tx, registration.id)
            if held is None or held.token is None:
                raise Refusal("licence-unknown")
            made = _copies(desk, tx, present, registration, held, now.status_value, at)
            wallets.add_copies(tx, made)
            _event(tx, present, "wallet.intended", at, ("licence", held.id), ("copies", str(len(made))))
            return made
        wallets.move(tx, present, OfferState.CLOSED, closed_at=at)
    raise Declined(Fault.CREDENTIAL_REQUEST_DENIED, "the registration has ended")


def _copies(
    desk: Desk, tx: Transaction, offer: Offer, registration: Registration, held: LicenceRecord, value: int, at: int
) -> tuple[WalletCopy, ...]:
    trust = trusting.newest(desk, tx)
    if trust.stale(at):
        raise Refusal("trust-stale")
    issuer = trusting.own(desk, trust)
    key, _ = trusting.usable(desk, issuer, TrustPurpose.LICENCE, at)
    chain = desk.vault.chain(key.key.kid.hex())
    made = []
    for place, jwk in enumerate(offer.devices):
        id_ = WalletCopyId(desk.ids("wallet"))
        entry = publishing.take_index(desk, tx, id_, value, at)
        device = device_key(jwk)
        tbs, disclosures = wallet_tokens.prepare(held, issuer, entry, device, key, at, chain)
        made.append(
            WalletCopy(
                id=id_,
                offer=offer.id,
                registration=registration.id,
                licence=held.id,
                place=place,
                device=device.kid.hex(),
                disclosures=disclosures,
                list=entry.list,
                index=entry.index,
                tbs=tbs,
                token=None,
                state=WalletCopyState.INTENDED,
                kid=key.key.kid.hex(),
                intended_at=at,
            )
        )
    return tuple(made)


def _release(desk: Desk, offer: Offer, made: tuple[WalletCopy, ...], signatures: list[bytes]) -> None:
    """Steps 4 and 5."""
    at = desk.clock()
    trust = trusting.published(desk)
    issuer = trusting.own(desk, trust)
    with writing(desk) as tx:
        tx.lock(f"wallet:{offer.registration}")
        present = wallets.offer_by(tx, id=offer.id)
        if present is None or present.state is not OfferState.REQUESTED or wallets.of_offer(tx, offer.id) != made:
            return  # somebody else was faster, or the licence changed: the next round sees it
        pairs = list(zip(made, signatures, strict=True))
        checked = (
            wallet_tokens.fault(tx, one, device_key(present.devices[one.place]), signature, trust, issuer, at)
            for one, signature in pairs
        )
        fault = next(filter(None, checked), None)
        if fault is None:
            _retire(tx, [one for one in wallets.live(tx, offer.registration) if one.offer != offer.id], at)
            for one, signature in pairs:
                token = wallet_tokens.signed(one, signature)
                wallets.move_copy(tx, one, WalletCopyState.ACTIVE, token=token, issued_at=at)
            wallets.move(tx, present, OfferState.ISSUED, issued_at=at)
            _event(tx, present, "wallet.issued", at, ("copies", str(len(made))))
        else:
            _retire(tx, made, at)
            wallets.move(tx, present, OfferState.CLOSED, closed_at=at)
            _event(tx, present, "wallet.spoiled", at, ("fault", fault))
    if fault is not None:
        _LOG.critical("copies of %s did not pass their check: %s; key %s", offer.id, fault, made[0].kid)
        raise Refusal("minting-spoiled", fault)


def _retire(tx: Transaction, copies: Sequence[WalletCopy], at: int) -> None:
    for one in copies:
        wallets.move_copy(tx, one, WalletCopyState.RETIRED)
        entry = statuses.entry_of(tx, one.id)
        if entry is not None:
            statuses.set_value(tx, entry, StatusValue.SUPERSEDED, at)


def _closed_late(desk: Desk, id_: OfferId) -> bool:
    """Close an offer whose token ended before its copies were made; say whether it was."""
    at = desk.clock()
    with writing(desk) as tx:
        offer = wallets.offer_by(tx, id=id_)
        if offer is None or offer.state is not OfferState.REQUESTED or at < offer.token_until():
            return False
        _retire(tx, wallets.of_offer(tx, id_), at)
        wallets.move(tx, offer, OfferState.CLOSED, closed_at=at)
        _event(tx, offer, "wallet.lapsed", at)
        return True


def _same(given: str, ours: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), ours.encode("ascii"))


def _event(tx: Transaction, offer: Offer, tag: str, at: int, *more: tuple[str, str]) -> None:
    detail = (("registration", offer.registration), *more)
    audit.append(tx, Event(at=at, tag=tag, target=offer.id, detail=detail))
