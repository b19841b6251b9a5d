"""The key ceremony: root keys, keys of an issuer, drafts of the trust list, signing by holders, publishing.

Root keys lie in three folders with three passphrases, one a holder, and are opened here one at a time, to sign a draft
and for nothing else. A draft is made, shown, signed by each holder on a machine of their choice, and published when
enough have signed (2 of 3). Rotation, retirement and compromise are new drafts: keys are never taken out of a list,
marks never disappear or move forward, the sequence only grows. Root keys change by a list that the old threshold and
the new one sign (as in The Update Framework). No function here asks for the time.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from elicense import jws, trust
from elicense.errors import Rejected
from elicense.fields import BadValue
from elicense.keys import Algorithm, PublicKey
from elicense.limits import TRUST_SIGNATURES_MAX
from elicense.trust import Anchor, Issuer, TrustKey, TrustList
from elicense.trust import Purpose as TrustPurpose
from issuer.domain.audit import Event
from issuer.domain.refusal import Refusal
from issuer.services import trusting
from issuer.services.desk import Desk, writing
from issuer.services.publishing import write_file, write_trust_file
from issuer.storage import Transaction, audit, failpoints, licences, publications, statuses
from issuer.vault import FileVault, Purpose, keyfile, passphrase
from issuer.vault.purpose import PurposeSigner

THRESHOLD: Final = 2
LEAD_SECONDS: Final = 86_400
"""A new key stands in the list this long before its first use, so that verifiers have it by then."""
OVERLAP_SECONDS: Final = 86_400
"""The old key stays usable for so long after that, so that what it signed while holders were signing stays good."""
LIST_LIFETIME: Final = 30 * 86_400
SKEW_SECONDS: Final = 300
"""A list may be this much younger than the clock of the machine that publishes it."""
_SERVICE: Final = (Purpose.LICENCE, Purpose.STATUS, Purpose.DOCUMENT, Purpose.LOG, Purpose.RECORD, Purpose.LOOKUP)
_FIXED: Final = {Purpose.DOCUMENT: Algorithm.ES256, Purpose.LOG: Algorithm.EDDSA}
"""Purposes whose readers know one algorithm."""


# --- keys ----------------------------------------------------------------------------------------------------


def create_root_key(folder: Path, passphrase_source: str, at: int) -> tuple[Path, PublicKey]:
    """Make the root key of one holder in the holder's own folder. Raises KeyRefused, KeyUnavailable."""
    path = keyfile.create(folder, Purpose.ROOT, passphrase.read(passphrase_source), at)
    public = keyfile.read_head(path).public
    if public is None:
        raise Refusal("key-unknown")
    return path, public


def create_service_keys(vault: FileVault, at: int, algorithm: Algorithm = Algorithm.ES256) -> dict[Purpose, str]:
    """Make each key that a service needs and its vault has not; return the newest key id of every purpose."""
    made: dict[Purpose, str] = {}
    for purpose in _SERVICE:
        known = vault.heads(purpose)
        by = _FIXED.get(purpose, algorithm)
        made[purpose] = known[-1].kid if known else vault.create(purpose, at, by).kid
    return made


def make_anchor(roots: Sequence[PublicKey], threshold: int = THRESHOLD) -> Anchor:
    """Return the root keys and how many must sign. Raises Refusal("threshold-bad")."""
    try:
        return Anchor(threshold=threshold, keys=tuple(roots))
    except BadValue:
        raise Refusal("threshold-bad") from None


def write_anchor(path: Path, anchor: Anchor) -> None:
    """Write the file that verifiers and this issuer pin."""
    write_file(path, json.dumps(anchor.to_json(), indent=1, sort_keys=True).encode("ascii") + b"\n")


# --- what a new list says ------------------------------------------------------------------------------------


def first_list(anchor: Anchor, issuers: Sequence[Issuer], at: int, lifetime: int = LIST_LIFETIME) -> TrustList:
    """Return the first list, sequence 1."""
    return TrustList(sequence=1, issued=at, next_update=at + lifetime, anchor=anchor, issuers=tuple(issuers))


def next_list(
    previous: TrustList,
    at: int,
    *,
    issuers: Sequence[Issuer] | None = None,
    anchor: Anchor | None = None,
    lifetime: int = LIST_LIFETIME,
) -> TrustList:
    """Return the list that follows `previous`, with other issuers or other root keys where given.

    Raises Refusal("trust-rolled-back") if it would forget a key, a mark or an issuer, or go back in time.
    """
    following = TrustList(
        sequence=previous.sequence + 1,
        issued=at,
        next_update=at + lifetime,
        anchor=anchor or previous.anchor,
        issuers=previous.issuers if issuers is None else tuple(issuers),
    )
    require_successor(following, previous)
    return following


def with_key(issuer: Issuer, key: PublicKey, purpose: TrustPurpose, since: int) -> Issuer:
    """Return the issuer with one more key, usable from `since` on. Raises Refusal("key-known")."""
    if any(known.key == key for known in issuer.keys):
        raise Refusal("key-known")
    return dataclasses.replace(issuer, keys=(*issuer.keys, TrustKey(key=key, purpose=purpose, since=since)))


def rotated(
    issuer: Issuer, key: PublicKey, purpose: TrustPurpose, at: int, *, lead: int = LEAD_SECONDS, overlap: int = 0
) -> Issuer:
    """Return the issuer with a new key usable after `lead` seconds and the present ones until `overlap` after that."""
    since = at + lead
    kept = tuple(
        dataclasses.replace(known, until=since + overlap)
        if known.purpose is purpose and known.compromised_from is None and (known.until or since + overlap + 1) > since
        else known
        for known in issuer.keys
    )
    return with_key(dataclasses.replace(issuer, keys=kept), key, purpose, since)


def retired(issuer: Issuer, kid: str, until: int) -> Issuer:
    """Return the issuer with one key ending at `until`: what it signed before stays good. Raises Refusal."""
    return _changed(issuer, kid, until=until)


def compromised(issuer: Issuer, kid: str, since: int) -> Issuer:
    """Return the issuer with one key marked: nothing it signed is believed any more. A mark only moves backwards."""
    known = next((one.compromised_from for one in issuer.keys if one.key.kid.hex() == kid), None)
    return _changed(issuer, kid, compromised_from=since if known is None else min(known, since))


def _changed(issuer: Issuer, kid: str, *, until: int | None = None, compromised_from: int | None = None) -> Issuer:
    if all(known.key.kid.hex() != kid for known in issuer.keys):
        raise Refusal("key-unknown", kid)
    changed = tuple(
        dataclasses.replace(
            known,
            until=known.until if until is None else until,
            compromised_from=known.compromised_from if compromised_from is None else compromised_from,
        )
        if known.key.kid.hex() == kid
        else known
        for known in issuer.keys
    )
    return dataclasses.replace(issuer, keys=changed)


def require_successor(following: TrustList, previous: TrustList) -> None:
    """Raise Refusal("trust-rolled-back") unless `following` keeps what `previous` said.

    Stricter than a verifier has to be: no issuer and no key ever leaves the list, a key keeps its purpose and its
    beginning, a mark never disappears or moves forward, sequence and time of issue grow.
    """
    try:
        following.require_successor(previous)
    except Rejected as rejected:
        raise Refusal("trust-rolled-back", rejected.detail) from None
    if following.sequence != previous.sequence + 1 or following.issued <= previous.issued:
        raise Refusal("trust-rolled-back", "not the next list")
    now = {(issuer.id, key.key): key for issuer in following.issuers for key in issuer.keys}
    for issuer in previous.issuers:
        if all(one.id != issuer.id for one in following.issuers):
            raise Refusal("trust-rolled-back", "an issuer disappeared")
        for key in issuer.keys:
            same = now.get((issuer.id, key.key))
            if same is None or (same.purpose, same.since) != (key.purpose, key.since):
                raise Refusal("trust-rolled-back", "a key disappeared or became another")


# --- signing and publishing ----------------------------------------------------------------------------------


def draft(new: TrustList) -> bytes:
    """Return a list that nobody has signed yet, to be carried to the holders."""
    return trust.sign_trust_list(new, [])


def shown(data: bytes) -> TrustList:
    """Return what a draft says, for its holder to read before signing. Raises Refusal("trust-bad")."""
    try:
        claimed = trust.read_unverified(data)
        if jws.read_general(data) != trust.payload_of(claimed):
            raise Refusal("trust-bad", "the draft holds more than can be shown")
    except Rejected as rejected:
        raise Refusal("trust-bad", rejected.detail) from None
    return claimed


def sign_draft(data: bytes, root_key: Path, passphrase_source: str) -> bytes:
    """Return the draft with one holder's signature added. Raises Refusal, KeyRefused, KeyUnavailable.

    The holder signs exactly the bytes that `shown` shows.
    """
    shown(data)
    opened = keyfile.open_key(root_key, passphrase.read(passphrase_source), Purpose.ROOT)
    if opened.signer is None:
        raise Refusal("key-unknown")
    signed = jws.sign_general(jws.read_general(data), [PurposeSigner(Purpose.ROOT, opened.signer)], trust.TYP)
    try:
        return trust.merge_signatures(data, signed)
    except Rejected as rejected:
        raise Refusal("trust-bad", rejected.detail) from None


def signed_by(data: bytes, anchor: Anchor) -> tuple[int, int]:
    """Return how many distinct root keys of the anchor signed, and how many must."""
    try:
        found = jws.signers_of_general(data, trust.TYP, anchor.keys, TRUST_SIGNATURES_MAX)
    except Rejected as rejected:
        raise Refusal("trust-bad", rejected.detail) from None
    return len(found), anchor.threshold


def publish_trust_list(desk: Desk, data: bytes, at: int) -> TrustList:
    """Store a signed list and write its file; the same list again only writes the file again.

    Raises Refusal: trust-missing (no file of root keys), trust-bad (too few signatures, or of other keys),
    trust-rolled-back, trust-issued-later, trust-cuts-off.
    """
    with writing(desk) as tx:
        tx.lock(publications.TRUST)
        stored = publications.all_of(tx, publications.TRUST)
        previous = trusting.newest(desk, tx, recorded=True) if stored else None
        new = _opened(data, previous.anchor if previous else trusting.read_anchor(trusting.anchor_bytes(desk)))
        if not (stored and stored[-1].token == data):
            if new.issued > at + SKEW_SECONDS:
                raise Refusal("trust-issued-later")
            if previous is not None:
                require_successor(new, previous)
            _refuse_if_cut_off(desk, tx, new)
            _record(tx, new, data, at)
            if previous is not None and new.issuers != previous.issuers:
                for row in statuses.lists(tx):  # a list signed by a key that was marked must be signed anew at once
                    statuses.note(tx, row.number, at)
    failpoints.reach("trust.recorded")
    write_trust_file(desk)
    return new


def _refuse_if_cut_off(desk: Desk, tx: Transaction, new: TrustList) -> None:
    """Refuse a list in which a key ended before the last licence that it signed: that licence would die with it.

    It comes from a draft that ended a key "now" and took its time to be signed. A mark of compromise is meant so.
    """
    for key in (key for issuer in new.issuers if issuer.id == desk.config.issuer for key in issuer.keys):
        if key.until is None or key.compromised_from is not None:
            continue
        last = licences.newest_signed(tx, key.key.kid.hex())
        if last is not None and last >= key.until:
            raise Refusal("trust-cuts-off", key.key.kid.hex())


def _opened(data: bytes, anchor: Anchor) -> TrustList:
    try:
        return trust.open_trust_list(data, anchor)
    except Rejected as rejected:
        raise Refusal("trust-bad", rejected.detail) from None


def _record(tx: Transaction, new: TrustList, data: bytes, at: int) -> None:
    publications.add(
        tx,
        kind=publications.TRUST,
        number=new.sequence,
        iat=new.issued,
        exp=new.next_update,
        media=trust.MEDIA_TYPE,
        token=data,
        made_at=at,
    )
    detail = (("sequence", str(new.sequence)), ("next_update", str(new.next_update)))
    audit.append(tx, Event(at=at, tag="trust.published", target=f"trust-{new.sequence}", detail=detail))
