"""The making of a copy: a licence as SD-JWT VC (RFC 9901, `dc+sd-jwt`), and what its digests stand for.

`issue_sdjwt` makes one at once, with a key at hand. Whose key is elsewhere takes the steps: `prepare` gives the exact
bytes to be signed and the disclosures, `signed` and `presentable` put together what the wallet gets.

Open to everybody who gets a copy are issuer, type, times, the holder's key and the status; everything that the licence
says of its holder hides behind a salted digest of its own, so that the wallet shows an item or keeps it. Salts are 128
random bits. The time of issue is that of the day, so that the copies of one batch do not share a second by which two
verifiers could tell them. Nothing is kept or checked against a register here: that is an issuing service's matter.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from elicense import claims, period, strictjson
from elicense.keys import PublicKey, Signer, b64url
from elicense.licence import Licence
from elicense.sdjwt.judging import base_of, vct
from elicense.sdjwt.opening import HASH, SD, SD_ALG, SEPARATOR, TYP, digest
from elicense.trust import Issuer, Purpose

_SALT_BYTES: Final = 16
_NOT_SAID: Final = frozenset({"kind", "issued_at", "holder_key", "status"})
"""Members of a licence that are told by claims of the text: `vct`, `iat`, `cnf`, `status`."""


def issue_sdjwt(
    licence: Licence, signer: Signer, issuer: Issuer, holder: PublicKey, at: int, *, x5c: Sequence[str] = ()
) -> str:
    """One copy for the wallet that holds the key `holder`, made at `at` (Unix seconds): what that wallet gets.

    `issuer` is the entry of the trust list that has the signer's key. The status is that of the licence given: give
    each copy an entry of its own (`dataclasses.replace(licence, status=...)`), or verifiers can tell copies as one.
    Raises ValueError if the key is no licence key of this issuer.
    """
    key = next((one for one in issuer.keys if one.key == signer.public_key and one.purpose is Purpose.LICENCE), None)
    if key is None:
        raise ValueError("the signer's key is no licence key of this issuer")
    open_ = open_claims(
        licence, holder, iss=base_of(issuer), vct=vct(base_of(issuer), licence.kind),
        uri=issuer.list_uri(licence.status.list), index=licence.status.index, iat=day_of_issue(at, key.since),
    )  # fmt: skip
    tbs, disclosures = prepare(open_, said(licence), key.key, x5c=x5c)
    return presentable(signed(tbs, signer.sign(tbs)), disclosures)


def said(licence: Licence) -> dict[str, Any]:
    """What the licence says of its holder, by the names of its JSON form: each is hidden for itself."""
    return {name: value for name, value in claims.to_json(licence).items() if name not in _NOT_SAID}


def open_claims(
    licence: Licence, device: PublicKey, *, iss: str, vct: str, uri: str, index: int, iat: int
) -> dict[str, Any]:
    """What everybody sees who gets a copy."""
    ends = {} if licence.expires_at is None else {"exp": licence.expires_at}
    return {
        "iss": iss,
        "iat": iat,
        **ends,
        "vct": vct,
        "cnf": {"jwk": device.to_jwk()},
        "status": {"status_list": {"idx": index, "uri": uri}},
    }


def header(key: PublicKey, x5c: Sequence[str] = ()) -> dict[str, Any]:
    """The header of a copy that `key` signs. `x5c` are certificates (DER in base64), the first of that key."""
    certified = {"x5c": list(x5c)} if x5c else {}
    return {"alg": key.algorithm.jose, "kid": key.kid.hex(), "typ": TYP, **certified}


def prepare(
    open_: Mapping[str, Any], hidden: Mapping[str, Any], key: PublicKey, *, x5c: Sequence[str] = ()
) -> tuple[bytes, tuple[str, ...]]:
    """The bytes that `key` must sign, and the disclosures, with fresh salts."""
    disclosures = tuple(
        b64url(strictjson.dumps([b64url(secrets.token_bytes(_SALT_BYTES)), name, value]))
        for name, value in hidden.items()
    )
    payload = {**open_, SD_ALG: HASH, SD: sorted(map(digest, disclosures))}
    parts = (header(key, x5c), payload)
    return ".".join(b64url(strictjson.dumps(part)) for part in parts).encode("ascii"), disclosures


def day_of_issue(at: int, since: int) -> int:
    """The first second of the civil day, or that from which the key may sign."""
    return max(since, period.day_begins(period.civil_day(at)))


def signed(tbs: bytes, signature: bytes) -> bytes:
    """The issuer-signed JWT."""
    return tbs + b"." + b64url(signature).encode("ascii")


def presentable(token: bytes, disclosures: Sequence[str]) -> str:
    """The SD-JWT with all its disclosures: what a wallet gets."""
    return SEPARATOR.join([token.decode("ascii"), *disclosures, ""])
