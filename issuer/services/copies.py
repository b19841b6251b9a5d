"""The desk of copies: the licence in force, signed once more for the device on which its holder shows it.

    1 record   the older copy let go (superseded), index and exact bytes stored, with the holder's act
    2 sign     the vault signs the stored bytes
    3 check    judged as a stranger would
    4 release  token stored

Safe against the death of the process at any point: `resume` finishes what is recorded. Nothing is decided here: a copy
says what the licence in force says, and follows its standing. Whoever loses a device binds another one; the copy on
the lost device is superseded in the same transaction.
"""

from __future__ import annotations

import dataclasses
import logging
from typing import Final

from elicense import claims, cose
from elicense.issue import SealRefused, prepare, seal
from elicense.keys import PublicKey
from elicense.licence import Licence, StatusRef
from elicense.status import StatusValue
from elicense.trust import Issuer, TrustList
from elicense.trust import Purpose as TrustPurpose
from issuer.domain import act as acts
from issuer.domain.act import SignedAct, civil_day
from issuer.domain.audit import Event
from issuer.domain.canonical import Json, dumps
from issuer.domain.licence_copy import CopyId, CopyState, LicenceCopy
from issuer.domain.licence_record import LicenceRecord
from issuer.domain.refusal import Refusal
from issuer.domain.registration import RegistrationId
from issuer.domain.standing import standing
from issuer.services import casework, fetch, publishing, tokens, trusting
from issuer.services.desk import Desk, attest, only, public_key, record, writing
from issuer.storage import StorageFailed, Transaction, audit, copies, failpoints, licences, statuses
from issuer.vault import Purpose, VaultError

_LOG: Final = logging.getLogger("issuer.copies")


def bind(desk: Desk, signed: SignedAct, possession: bytes) -> LicenceCopy:
    """Bind a device: act `licence.bind_device`, target the registration, body `{jwk}`; the older device is let go.

    `possession` are the 64 raw bytes of the device key's signature over the act bytes: nobody binds a key that is not
    in their hands. Only the holder, a person, of a registration that is not ended. Refuses: registration-unknown,
    licence-unknown, registration-ended, key-malformed, possession-bad, and what `attest` and the trust list refuse.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "licence.bind_device", at)
        trust = trusting.newest(desk, tx)
        if trust.stale(at):
            raise Refusal("trust-stale")
        issuer = trusting.own(desk, trust)
        body = attested.act.content()
        only(body, "jwk")
        device = _device(body, signed, possession)
        registration = fetch.registration(tx, attested.act.target)
        if registration.holder != attested.actor.id or not registration.kind.is_person:
            raise Refusal("registration-unknown")
        held = licences.current(tx, registration.id)
        if held is None or held.token is None:
            raise Refusal("licence-unknown")
        pending = casework.renewal_pending(desk, tx, registration)
        now = standing(desk.rules, registration, civil_day(at), renewal_pending=pending)
        if not now.live:
            raise Refusal("registration-ended")
        let_go(tx, registration.id, at)
        key, _ = trusting.usable(desk, issuer, TrustPurpose.LICENCE, at)
        id_ = CopyId(desk.ids("copy"))
        entry = publishing.take_index(desk, tx, id_, now.status_value, at)
        status = StatusRef(list=entry.list, index=entry.index)
        prepared = prepare(_said_by(held, device, status, at), key.key)
        made = LicenceCopy(
            id=id_,
            registration=registration.id,
            licence=held.id,
            device=device.kid.hex(),
            list=entry.list,
            index=entry.index,
            tbs=prepared.tbs,
            token=None,
            state=CopyState.INTENDED,
            kid=key.key.kid.hex(),
            intended_at=at,
        )
        copies.add(tx, made)
        record(tx, attested, "copy.intended", id_, ("registration", registration.id), ("device", made.device))
    failpoints.reach("copy.recorded")
    return _finish(desk, made)


def resume(desk: Desk) -> tuple[str, ...]:
    """Finish the copies that are recorded and not released; return the codes of those that could not be."""
    with desk.store.reading() as tx:
        waiting = copies.intended(tx)
    failed: list[str] = []
    for id_ in waiting:
        try:
            with desk.store.reading() as tx:
                found = copies.get(tx, id_)
            if found is not None and found.state is CopyState.INTENDED:
                _finish(desk, found)
        except (Refusal, VaultError, StorageFailed) as stopped:
            _LOG.warning("copy %s not made: %s", id_, stopped.code)
            failed.append(stopped.code)
    return tuple(failed)


def current(desk: Desk, id_: RegistrationId) -> LicenceCopy | None:
    """Return the copy in force of a registration, None if there is none or it is not signed yet."""
    with desk.store.reading() as tx:
        found = copies.live(tx, id_)
    return found if found is not None and found.state is CopyState.ACTIVE else None


def let_go(tx: Transaction, id_: RegistrationId, at: int) -> None:
    """Retire the copy of a registration, if there is one: its code says superseded from the next list on."""
    before = copies.live(tx, id_)
    if before is None:
        return
    copies.move(tx, before, CopyState.RETIRED)
    entry = statuses.entry_of(tx, before.id)
    if entry is not None:
        statuses.set_value(tx, entry, StatusValue.SUPERSEDED, at)
    _event(tx, before, "copy.retired", at)


def _finish(desk: Desk, made: LicenceCopy) -> LicenceCopy:
    """Steps 2 to 4. Whoever comes second finds it done."""
    at = desk.clock()
    trust = trusting.published(desk)
    issuer = trusting.own(desk, trust)
    signature = desk.vault.signer(Purpose.LICENCE, made.kid).sign(made.tbs)
    failpoints.reach("copy.signed")
    prepared = tokens.stored(made.tbs, made.kid, issuer)
    try:
        token = None if prepared is None else seal(prepared, signature)
    except SealRefused:
        token = None
    with writing(desk) as tx:
        found = copies.get(tx, made.id)
        if found is None or found.state is not CopyState.INTENDED:
            return found or made
        fault = "signature-bad" if token is None else _fault(tx, made, token, trust, issuer, at)
        if fault is None:
            copies.move(tx, found, CopyState.ACTIVE, token=token, issued_at=at)
            _event(tx, found, "copy.released", at)
        else:
            let_go(tx, made.registration, at)
        released = copies.get(tx, made.id) or made
    failpoints.reach("copy.released")
    if fault is not None:
        _LOG.critical("copy %s did not pass its check: %s; key %s", made.id, fault, made.kid)
        raise Refusal("minting-spoiled", fault)
    return released


def _fault(tx: Transaction, made: LicenceCopy, token: bytes, trust: TrustList, issuer: Issuer, at: int) -> str | None:
    """Step 3: the token, judged by a stranger, says what the licence in force says, for this very device."""
    entry, row = statuses.entry_of(tx, made.id), statuses.get_list(tx, made.list)
    held = licences.get(tx, made.licence)
    if entry is None or row is None or held is None:
        return "status-missing"
    verdict = tokens.judged(token, entry, row, trust, issuer, at)
    found = tokens.fault(verdict, entry)
    if found is not None or verdict.licence is None:
        return found
    device = verdict.licence.holder_key
    if device is None or device.kid.hex() != made.device:
        return "licence-differs"
    expected = _said_by(held, device, StatusRef(list=made.list, index=made.index), made.intended_at)
    return None if verdict.licence == expected else "licence-differs"


def _device(body: dict[str, Json], signed: SignedAct, possession: bytes) -> PublicKey:
    jwk = body.get("jwk")
    if not isinstance(jwk, dict):
        raise Refusal("body-malformed", "jwk")
    device = public_key(dumps(jwk).decode("utf-8"))
    if device.kid.hex() == signed.key_id:
        raise Refusal("key-malformed", "the key of the account and that of the device are two keys")
    if not acts.verify_proof(dataclasses.replace(signed, proof=acts.Es256Proof(signature=possession)), device):
        raise Refusal("possession-bad")
    return device


def _said_by(held: LicenceRecord, device: PublicKey, status: StatusRef, at: int) -> Licence:
    """What the licence in force says, with the device's key, its own index and its own time of issue."""
    licence, _ = claims.from_payload(cose.split_licence(held.token or b"").payload)
    return dataclasses.replace(licence, holder_key=device, status=status, issued_at=at)


def _event(tx: Transaction, held: LicenceCopy, tag: str, at: int) -> None:
    detail = (("registration", held.registration), ("licence", held.licence), ("device", held.device))
    audit.append(tx, Event(at=at, tag=tag, target=held.id, key=held.kid, detail=detail))
