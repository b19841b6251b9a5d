"""What every copy for a wallet goes through between its record and its release, and the names of its configurations."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from elicense import claims, cose, sdjwt
from elicense.keys import PublicKey
from elicense.licence import Kind as LicenceKind
from elicense.licence import Licence
from elicense.sdjwt import making
from elicense.sdjwt.opening import processed
from elicense.status import StatusArray, StatusList
from elicense.trust import Issuer, TrustKey, TrustList
from issuer.domain import content
from issuer.domain.kind import Kind
from issuer.domain.licence_record import LicenceRecord, StatusEntry
from issuer.domain.offer import WalletCopy
from issuer.services import tokens
from issuer.storage import Transaction, licences, statuses


def vct(issuer: Issuer, kind: LicenceKind) -> str:
    """The type of a kind's copies: an address at which it is described, with its version."""
    return sdjwt.vct(sdjwt.base_of(issuer), kind)


def configuration(kind: Kind) -> str:
    """The name under which a wallet asks for a kind of licence."""
    return f"{kind.value}_licence"


CONFIGURATIONS: Final[Mapping[str, Kind]] = MappingProxyType({configuration(kind): kind for kind in Kind})


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
    held: LicenceRecord,
    issuer: Issuer,
    entry: StatusEntry,
    device: PublicKey,
    key: TrustKey,
    at: int,
    chain: Sequence[bytes] = (),
) -> tuple[bytes, tuple[str, ...]]:
    """The exact bytes to be signed, and the disclosures: what the licence in force says, for this device and index.

    `chain` are the certificates (DER) of the key, its own first, if copies are to carry them.
    """
    licence = _licence(held)
    x5c = [base64.b64encode(one).decode("ascii") for one in chain]
    return making.prepare(_open(issuer, licence, entry, device, key, at), making.said(licence), key.key, x5c=x5c)


def signed(one: WalletCopy, signature: bytes) -> bytes:
    """What is kept of a copy that is released."""
    return making.signed(one.tbs, signature)


def presentable(one: WalletCopy) -> str:
    """What the wallet gets."""
    return making.presentable(one.token or b"", one.disclosures)


def fault(
    tx: Transaction, one: WalletCopy, device: PublicKey, signature: bytes, trust: TrustList, issuer: Issuer, at: int
) -> str | None:
    """What a release must not have; None if a stranger who has everything would believe it, and rightly.

    Judged by the published trust list and by what the status list is about to say; what is told, open and hidden, is
    what the licence in force says for this very key and index. Raises Refusal if it cannot be judged now.
    """
    entry, row, held = (
        statuses.entry_of(tx, one.id), statuses.get_list(tx, one.list), licences.get(tx, one.licence)
    )  # fmt: skip
    if entry is None or row is None or held is None:
        return "status-missing"
    text = making.presentable(signed(one, signature), one.disclosures)
    uri = issuer.list_uri(row.number)
    shown = StatusArray.build(row.size, {entry.index: entry.value})
    listed = StatusList(uri=uri, issuer=issuer.id, issued_at=at, expires_at=at + 1, ttl=None, entries=shown)
    found = tokens.fault(sdjwt.verify_sdjwt(text, trust, {uri: listed}, at), entry)
    if found is not None:
        return found
    key = next((each for each in issuer.keys if each.key.kid.hex() == one.kid), None)
    compact, licence = sdjwt.split(text), _licence(held)
    # Whose certificate comes first was judged; what vouches for it decides nothing and may be renewed meanwhile.
    if key is None or {**compact.jwt.header, "x5c": None} != {**making.header(key.key), "x5c": None}:
        return "header-differs"
    expected = {**_open(issuer, licence, entry, device, key, one.intended_at), **making.said(licence)}
    return None if processed(compact) == expected else "licence-differs"


def _licence(held: LicenceRecord) -> Licence:
    licence, _ = claims.from_payload(cose.split_licence(held.token or b"").payload)
    return licence


def _open(
    issuer: Issuer, licence: Licence, entry: StatusEntry, device: PublicKey, key: TrustKey, at: int
) -> dict[str, Any]:
    return making.open_claims(
        licence,
        device,
        iss=sdjwt.base_of(issuer),
        vct=vct(issuer, licence.kind),
        uri=issuer.list_uri(entry.list),
        index=entry.index,
        iat=making.day_of_issue(at, key.since),
    )
