"""What this issuer may do by the trust list that is published, and with which of its keys.

The list is read from what was published, opened with the pinned root keys, and followed through changes of root keys.
A key is used only if the list names it for its purpose now and does not mark it: what nobody would believe is never
signed. Publishing a list is in `keys`; nothing is written here.
"""

from __future__ import annotations

import json

from elicense.errors import Rejected
from elicense.keys import Signer
from elicense.trust import Anchor, Issuer, TrustKey, TrustList, open_trust_list
from elicense.trust import Purpose as TrustPurpose
from issuer.domain.refusal import Refusal
from issuer.services.desk import Desk
from issuer.storage import Transaction, publications
from issuer.vault import KeyUnavailable, Purpose

_OPENED: dict[tuple[bytes, tuple[bytes, ...]], TrustList] = {}
"""The list that was opened last, by the root keys and the digests of all lists up to it: a memory, not a state."""

_PURPOSES = {TrustPurpose.LICENCE: Purpose.LICENCE, TrustPurpose.STATUS: Purpose.STATUS}


def published(desk: Desk) -> TrustList:
    """Return the newest published trust list. Raises Refusal("trust-missing") or Refusal("trust-bad")."""
    with desk.store.reading() as tx:
        return newest(desk, tx)


def newest(desk: Desk, tx: Transaction, *, recorded: bool = False) -> TrustList:
    """Return the newest published list, or with `recorded` one whose file may not be written yet."""
    digests = publications.digests(tx, publications.TRUST, published=not recorded)
    if not digests:
        raise Refusal("trust-missing", "no trust list is published")
    anchor = anchor_bytes(desk)
    known = _OPENED.get((anchor, digests))
    if known is None:
        stored = publications.all_of(tx, publications.TRUST)
        known = _chain(read_anchor(anchor), tuple(one.token for one in stored if one.published or recorded))
        _OPENED.clear()
        _OPENED[anchor, digests] = known
    return known


def anchor_bytes(desk: Desk) -> bytes:
    """Return the file of the pinned root keys. Raises Refusal("trust-missing")."""
    try:
        return desk.config.anchor.read_bytes()
    except OSError:
        raise Refusal("trust-missing", "the file of the root keys cannot be read") from None


def read_anchor(data: bytes) -> Anchor:
    """Return the root keys in the file that the ceremony wrote. Raises Refusal("trust-bad")."""
    try:
        return Anchor.from_json(json.loads(data))
    except (Rejected, ValueError):
        raise Refusal("trust-bad", "the file of the root keys") from None


def own(desk: Desk, trust: TrustList) -> Issuer:
    """Return this issuer's entry. Raises Refusal("issuer-not-in-trust-list")."""
    for issuer in trust.issuers:
        if issuer.id == desk.config.issuer:
            return issuer
    raise Refusal("issuer-not-in-trust-list")


def usable(desk: Desk, issuer: Issuer, purpose: TrustPurpose, at: int) -> tuple[TrustKey, Signer]:
    """Return the newest key of a purpose that the list allows at `at` and the vault holds, with its signer.

    Raises KeyUnavailable if there is none.
    """
    allowed = [key for key in issuer.keys if key.purpose is purpose and key.compromised_from is None and key.covers(at)]
    for key in sorted(allowed, key=lambda one: one.since, reverse=True):
        try:
            return key, desk.vault.signer(_PURPOSES[purpose], key.key.kid.hex())
        except KeyUnavailable:
            continue
    raise KeyUnavailable(f"no {purpose.value} key that the trust list allows now")


def _chain(anchor: Anchor, tokens: tuple[bytes, ...]) -> TrustList:
    """Open every list with the root keys of the one before."""
    opened: TrustList | None = None
    for token in tokens:
        try:
            opened = open_trust_list(token, anchor)
        except Rejected as rejected:
            raise Refusal("trust-bad", rejected.detail) from None
        anchor = opened.anchor
    if opened is None:
        raise Refusal("trust-missing")
    return opened
