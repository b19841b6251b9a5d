"""What every copy for a wallet goes through between its record and its release, and the names of its types."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from elicense import claims, cose
from elicense.keys import PublicKey
from elicense.trust import Issuer, Purpose, TrustKey, TrustList
from issuer.domain import content
from issuer.domain import wallet_credential as credential
from issuer.domain.kind import Kind
from issuer.domain.licence_record import LicenceRecord, StatusEntry
from issuer.domain.offer import WalletCopy
from issuer.domain.refusal import Refusal
from issuer.services.desk import Desk
from issuer.storage import Transaction, licences, statuses

VERSION: Final = 1
"""Of the types. A claim that changes its meaning is another type."""


def configuration(kind: Kind) -> str:
    """The name under which a wallet asks for a kind of licence."""
    return f"{kind.value}_licence"


CONFIGURATIONS: Final[Mapping[str, Kind]] = MappingProxyType({configuration(kind): kind for kind in Kind})


def vct(desk: Desk, kind: str) -> str:
    """The type of a copy: an address at which it is described, with its version."""
    return f"{desk.config.base_url}/vct/{kind}/{VERSION}"


OPEN: Final = ("iss", "iat", "exp", "vct", "cnf", "status")
"""Claims that no wallet can hide."""


def hidden(kind: Kind) -> tuple[tuple[str, bool], ...]:
    """Name of every claim that a wallet shows or keeps, in the order of the licence, and whether each copy has it."""
    ends = (("valid_until", kind is not Kind.PHYSICIAN),)
    return (
        tuple(
            (held.name, field.default is dataclasses.MISSING)
            for field in dataclasses.fields(content.LICENCES[kind])
            if (held := field.metadata.get("claim")) is not None and held.name != "status"
        )
        + ends
    )


def prepare(
    desk: Desk, held: LicenceRecord, issuer: Issuer, entry: StatusEntry, device: PublicKey, key: TrustKey, at: int
) -> tuple[bytes, tuple[str, ...]]:
    """The exact bytes to be signed, and the disclosures: what the licence in force says, for this device and index."""
    licence, _ = claims.from_payload(cose.split_licence(held.token or b"").payload)
    open_ = credential.open_claims(
        licence,
        device,
        iss=desk.config.base_url,
        vct=vct(desk, licence.kind.text),
        uri=issuer.list_uri(entry.list),
        index=entry.index,
        iat=credential.day_of_issue(at, key.since),
    )
    return credential.prepare(open_, credential.said(licence), key.key)


def signed(one: WalletCopy, signature: bytes) -> bytes:
    """What is kept of a copy that is released."""
    return credential.signed(one.tbs, signature)


def presentable(one: WalletCopy) -> str:
    """What the wallet gets."""
    return credential.presentable(one.token or b"", one.disclosures)


def fault(
    desk: Desk, tx: Transaction, one: WalletCopy, device: PublicKey, signature: bytes, trust: TrustList, at: int
) -> str | None:
    """What a release must not have: the copy read as a stranger reads it, by the published trust list.

    None if it is good: signed by a key that the list allows for licences, every digest with its disclosure, and what is
    told is what the licence in force says, for this very key and index. Raises Refusal if it cannot be judged now.
    """
    if trust.stale(at):
        raise Refusal("trust-stale")
    try:
        header, open_, hidden = credential.opened(one.tbs, one.disclosures)
    except (ValueError, TypeError):
        return "bytes-differ"
    kid = header.get("kid")
    found = [(each.key, each.issuer) for each in trust.by_kid.get(bytes.fromhex(one.kid), ()) if kid == one.kid]
    usable = [(key, issuer) for key, issuer in found if _may_sign(key, open_.get("iat"))]
    held, entry = licences.get(tx, one.licence), statuses.entry_of(tx, one.id)
    if not usable or held is None or entry is None:
        return "issuer-unknown"
    key, issuer = usable[0]
    if header != {"alg": key.key.algorithm.jose, "kid": kid, "typ": credential.TYP}:
        return "header-differs"
    if not key.key.verify(one.tbs, signature):
        return "signature-bad"
    licence, _ = claims.from_payload(cose.split_licence(held.token or b"").payload)
    expected = credential.open_claims(
        licence,
        device,
        iss=desk.config.base_url,
        vct=vct(desk, licence.kind.text),
        uri=issuer.list_uri(entry.list),
        index=entry.index,
        iat=credential.day_of_issue(one.intended_at, key.since),
    )
    return None if (open_, hidden) == (expected, credential.said(licence)) else "licence-differs"


def _may_sign(key: TrustKey, iat: object) -> bool:
    marked = key.purpose is not Purpose.LICENCE or key.compromised_from is not None
    return type(iat) is int and not marked and key.covers(iat)
