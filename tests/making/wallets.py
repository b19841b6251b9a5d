"""Licences from wallets: what is made for a case, right or with one thing otherwise. Salts come from words.

The cases themselves stand in `shown` (judged as licences, by a trust list) and `disclosed` (read as anybody's SD-JWT).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from elicense import Kind, Licence, SoftwareSigner
from elicense.keys import b64url, b64url_decode
from elicense.sdjwt import Asked, bind, making, vct
from tests.elicense.sdjwt.made import digest, disclosure, jws
from tests.making.case import HAINAN, Case
from tests.making.world import T0, WORLD
from tests.world import physician, signer

KEY: Final = WORLD.licence_key
HOLDER: Final = signer("wallet")
ASKED: Final = Asked(audience="x509_hash:Zm9vYmFy", nonce="bm9uY2Utb2YtdGhpcy1xdWVzdGlvbg")
DAY_OF_ISSUE: Final = making.day_of_issue(T0, 0)


def salt(word: str) -> str:
    """A salt of 128 bits that is the same in every run."""
    return b64url(hashlib.sha256(f"salt {word}".encode()).digest()[:16])


def open_claims(licence: Licence) -> dict[str, Any]:
    """What everybody sees of a copy from Hainan."""
    made: dict[str, Any] = making.open_claims(
        licence, HOLDER.public_key, iss=WORLD.host, vct=vct(WORLD.host, licence.kind),
        uri=WORLD.hainan.list_uri(1), index=licence.status.index, iat=DAY_OF_ISSUE,
    )  # fmt: skip
    return {**made, "_sd_alg": "sha-256"}


def header(key: SoftwareSigner, **changes: Any) -> dict[str, Any]:
    """The header of a copy; a member that is None is left out."""
    made = {"alg": key.public_key.algorithm.jose, "kid": key.public_key.kid.hex(), "typ": "dc+sd-jwt", **changes}
    return {name: value for name, value in made.items() if value is not None}


def copy(
    licence: Licence | None = None, *, key: SoftwareSigner = KEY, head: Mapping[str, Any] | None = None,
    hidden: Mapping[str, Any] | None = None, payload: Mapping[str, Any] | None = None, more: tuple[str, ...] = (),
) -> str:  # fmt: skip
    """A copy with all its disclosures. `hidden` and `payload` replace or add; a member that is None is left out."""
    held = licence or physician()
    said = {**making.said(held), **(hidden or {})}
    disclosures = [disclosure(salt(name), name, value) for name, value in said.items() if value is not None]
    claims = {**open_claims(held), "_sd": sorted(map(digest, disclosures)), **(payload or {})}
    claims = {name: value for name, value in claims.items() if value is not None}
    return "~".join([jws(header(key, **(head or {})), claims, key), *disclosures, *more, ""])


def shown(sdjwt: str, *names: str, asked: Asked = ASKED, at: int = T0, key: SoftwareSigner = HOLDER) -> str:
    """What a wallet shows of a copy: the named items, proven for a question."""
    issued, *disclosures, _ = sdjwt.split("~")
    kept = [one for one in disclosures if json.loads(b64url_decode(one))[1] in names]
    return bind("~".join([issued, *kept, ""]), key, asked, at)


def certificate(key: SoftwareSigner, by: SoftwareSigner | None = None) -> str:
    """A certificate (DER in base64, as `x5c` has it) of a key, signed by it or by another, deterministically."""
    subject, issuer = (_native(one) for one in (key, by or key))
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"elicense {key.public_key.kid.hex()}")])
    begins = dt.datetime.fromtimestamp(T0, dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(subject.public_key())
        .serial_number(7).not_valid_before(begins).not_valid_after(begins + dt.timedelta(days=1))
        .sign(issuer, hashes.SHA256(), ecdsa_deterministic=True)
    )  # fmt: skip
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode("ascii")


def _native(key: SoftwareSigner) -> EllipticCurvePrivateKey:
    native = serialization.load_der_private_key(key.to_pkcs8(), None)
    if not isinstance(native, EllipticCurvePrivateKey):
        raise TypeError("certificates here are of P-256 keys")
    return native


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """One vector of `sdjwt/presented`: what was shown, and the answer. `claims` is None where nothing is believed."""

    name: str
    text: str
    reasons: tuple[str, ...] = ()
    claims: Mapping[str, Any] | None = None
    kind: Kind = Kind.PHYSICIAN
    asked: Asked | None = ASKED
    bound: bool = True
    at: int = T0
    trust: str = "main"
    lists: str = "normal"
    issuer: str = HAINAN

    def to_json(self) -> dict[str, Any]:
        """The case as it stands in a file."""
        outcome = Case(name=self.name, token=b"", reasons=self.reasons).outcome
        expect: dict[str, Any] = {"outcome": outcome, "reasons": list(self.reasons), "claims": None}
        if self.claims is not None:
            expect |= {"claims": dict(self.claims), "kind": self.kind.text, "issuer": self.issuer, "bound": self.bound}
        asked = None if self.asked is None else {"audience": self.asked.audience, "nonce": self.asked.nonce}
        return {
            "name": self.name, "presentation": self.text, "at": self.at, "trust": self.trust, "lists": self.lists,
            "asked": asked, "expect": expect,
        }  # fmt: skip


def said(licence: Licence, *names: str) -> dict[str, Any]:
    """The items of a licence that are shown, in the order of the licence."""
    return {name: value for name, value in making.said(licence).items() if name in names}


def genuine(
    name: str, licence: Licence, *names: str, reasons: str = "", sdjwt: str = "", **changes: Any
) -> Presentation:
    """A copy that is what it says, shown in part; there may be more to say about it."""
    text = shown(sdjwt or copy(licence), *names, at=changes.get("at", T0))
    return Presentation(
        name=name, text=text, reasons=tuple(reasons.split()), claims=said(licence, *names), kind=licence.kind, **changes
    )


def refused(name: str, sdjwt: str, reason: str, *names: str, **changes: Any) -> Presentation:
    """A copy with one thing wrong, shown as the good one is."""
    return Presentation(name=name, text=shown(sdjwt, *names), reasons=(reason,), **changes)


def listed(**changes: Any) -> dict[str, Any]:
    """A claim `status`."""
    return {"status_list": {"idx": 101, "uri": WORLD.hainan.list_uri(1), **changes}}
