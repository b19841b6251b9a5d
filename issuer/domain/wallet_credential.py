"""The making of a copy: a licence as SD-JWT VC, the exact bytes to be signed and what their digests stand for.

How such a copy is read and judged is `elicense.sdjwt`; the names are those of the JSON form of a licence. Open to
everybody who gets a copy are issuer, type, times, the holder's key and the status; everything that the licence says of
its holder hides behind a salted digest of its own, so that the wallet shows an item or keeps it. Salts are 128 random
bits. The time of issue is that of the day, so that the copies of one batch do not share a second by which two verifiers
could tell them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from elicense import claims, period, strictjson
from elicense.keys import PublicKey, b64url
from elicense.sdjwt import TYP
from elicense.sdjwt.opening import HASH, SD, SD_ALG, SEPARATOR, digest

if TYPE_CHECKING:
    from elicense.licence import Licence

_SALT_BYTES: Final = 16
_NOT_SAID: Final = frozenset({"kind", "issued_at", "holder_key", "status"})
"""Members of a licence that are told by claims of the text: `vct`, `iat`, `cnf`, `status`."""


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


def header(key: PublicKey) -> dict[str, str]:
    """The header of a copy that `key` signs."""
    return {"alg": key.algorithm.jose, "kid": key.kid.hex(), "typ": TYP}


def prepare(open_: Mapping[str, Any], hidden: Mapping[str, Any], key: PublicKey) -> tuple[bytes, tuple[str, ...]]:
    """The bytes that `key` must sign, and the disclosures, with fresh salts."""
    disclosures = tuple(
        b64url(strictjson.dumps([b64url(secrets.token_bytes(_SALT_BYTES)), name, value]))
        for name, value in hidden.items()
    )
    payload = {**open_, SD_ALG: HASH, SD: sorted(map(digest, disclosures))}
    return ".".join(b64url(strictjson.dumps(part)) for part in (header(key), payload)).encode("ascii"), disclosures


def day_of_issue(at: int, since: int) -> int:
    """The first second of the civil day, or that from which the key may sign."""
    return max(since, period.day_begins(period.civil_day(at)))


def signed(tbs: bytes, signature: bytes) -> bytes:
    """The issuer-signed JWT."""
    return tbs + b"." + b64url(signature).encode("ascii")


def presentable(token: bytes, disclosures: Sequence[str]) -> str:
    """The SD-JWT with all its disclosures: what a wallet gets."""
    return SEPARATOR.join([token.decode("ascii"), *disclosures, ""])
