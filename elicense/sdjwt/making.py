"""A licence as SD-JWT VC (RFC 9901, `dc+sd-jwt`): the exact bytes to be signed, and what its digests stand for.

Open to everybody who gets a copy are issuer, type, times, the holder's key and the status; everything that the licence
says of its holder hides behind a salted digest of its own, so that the wallet shows an item or keeps it. Salts are 128
random bits. The time of issue is that of the day, so that the copies of one batch do not share a second by which two
verifiers could tell them.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from elicense import claims, period, strictjson
from elicense.errors import Rejected
from elicense.keys import PublicKey, b64url, b64url_decode
from elicense.sdjwt.opening import HASH, SD, SD_ALG, TYP, digest

if TYPE_CHECKING:
    from elicense.licence import Licence

_SALT_BYTES: Final = 16
_PARTS: Final = 3
_NOT_SAID: Final = frozenset({"kind", "issued_at", "holder_key", "status"})
"""Members of a licence that are told by claims of the text: `vct`, `iat`, `cnf`, `status`."""


def said(licence: Licence) -> dict[str, Any]:
    """What the licence says of its holder, by the names of its JSON form: each is hidden for itself."""
    return {name: value for name, value in claims.to_json(licence).items() if name not in _NOT_SAID}


def open_claims(licence: Licence, device: PublicKey, *, iss: str, vct: str, uri: str, index: int, iat: int) -> Any:  # noqa: ANN401 - JSON
    """What everybody sees who gets a copy."""
    ends = {} if licence.expires_at is None else {"exp": licence.expires_at}
    return {
        "iss": iss,
        "iat": iat,
        **ends,
        "vct": vct,
        "cnf": {"jwk": device.to_jwk()},
        "status": {"status_list": {"idx": index, "uri": uri}},
        SD_ALG: HASH,
    }


def prepare(open_: dict[str, Any], hidden: dict[str, Any], key: PublicKey) -> tuple[bytes, tuple[str, ...]]:
    """The bytes that `key` must sign, and the disclosures, with fresh salts."""
    disclosures = tuple(
        b64url(strictjson.dumps([b64url(secrets.token_bytes(_SALT_BYTES)), name, value]))
        for name, value in hidden.items()
    )
    payload = {**open_, SD: sorted(map(digest, disclosures))}
    header = {"alg": key.algorithm.jose, "kid": key.kid.hex(), "typ": TYP}
    tbs = ".".join(b64url(strictjson.dumps(part)) for part in (header, payload))
    return tbs.encode("ascii"), disclosures


def opened(tbs: bytes, disclosures: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Header, open claims and hidden ones. Raises ValueError unless every digest has its disclosure and vice versa."""
    try:
        header, payload = (strictjson.loads(b64url_decode(part)) for part in tbs.decode("ascii").split("."))
        told = [strictjson.loads(b64url_decode(one)) for one in disclosures]
    except Rejected:
        raise ValueError("not strict JSON") from None
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise TypeError("not two objects")
    if payload.pop(SD, None) != sorted(map(digest, disclosures)):
        raise ValueError("digests and disclosures differ")
    hidden = {name: value for _, name, value in told}
    if len(hidden) != len(told) or hidden.keys() & payload.keys():
        raise ValueError("a claim twice")
    return header, payload, hidden


def day_of_issue(at: int, since: int) -> int:
    """The first second of the civil day, or that from which the key may sign."""
    return max(since, period.day_ends(period.civil_day(at)) - 86_400)


def signed(tbs: bytes, signature: bytes) -> bytes:
    """The issuer-signed JWT."""
    return tbs + b"." + b64url(signature).encode("ascii")


def presentable(token: bytes, disclosures: Sequence[str]) -> str:
    """The SD-JWT with all its disclosures: what a wallet gets."""
    return "~".join([token.decode("ascii"), *disclosures, ""])
