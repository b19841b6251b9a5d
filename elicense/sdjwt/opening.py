"""SD-JWT of anybody: compact form, signature, disclosures put back into their places (RFC 9901 sections 4 and 7.1).

Array elements, nested objects, disclosures inside disclosures and decoy digests are all understood. What the text says
must be refused is refused, whatever the bytes, with `Rejected`:

    malformed        not the compact form; not canonical base64url; not strict JSON (no floats, no member twice)
    algorithm-bad    `alg` is not that of the key, or `_sd_alg` not sha-256
    header-unknown   a header that must be understood (`crit`)
    signature-bad    the issuer's signature does not verify
    disclosure-bad   not an array of two or three, a name that is reserved or taken, a digest twice, a disclosure that
                     no digest stands for, digests in a wrong place, claims deeper than strict JSON once disclosed
    too-large        more than 64 KiB, more than 256 disclosures

Whose key it is, what the claims mean and whether a holder showed it are other questions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from elicense import strictjson
from elicense.errors import Rejected
from elicense.keys import PublicKey, b64url, b64url_decode
from elicense.limits import SDJWT_BYTES_MAX, SDJWT_DISCLOSURES_MAX
from elicense.reason import Reason

TYP: Final = "dc+sd-jwt"
"""`typ` of a licence as SD-JWT VC; other people's SD-JWT have others."""
SEPARATOR: Final = "~"
SD: Final = "_sd"
SD_ALG: Final = "_sd_alg"
ELEMENT: Final = "..."
HASH: Final = "sha-256"
_JWT_PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class Jwt:
    """A compact JWS, its signature not yet looked at."""

    header: Mapping[str, Any]
    payload: Any
    signing_input: bytes
    signature: bytes

    def signed_by(self, key: PublicKey) -> bool:
        """Whether `key` signed it, with the algorithm of that key in the header."""
        return self.header.get("alg") == key.algorithm.jose and key.verify(self.signing_input, self.signature)


@dataclass(frozen=True, slots=True)
class Compact:
    """The parts of an SD-JWT or SD-JWT+KB. `covered` is what `sd_hash` is over: all of it up to the last tilde."""

    jwt: Jwt
    disclosures: tuple[str, ...]
    key_binding: str | None
    covered: str


def split(text: str) -> Compact:
    """Take the compact form apart (RFC 9901 section 4). Raises `Rejected`."""
    if len(text) > SDJWT_BYTES_MAX:
        raise Rejected(Reason.TOO_LARGE)
    if not text.isascii():
        raise Rejected(Reason.MALFORMED, "not ASCII")
    issued, mark, rest = text.partition(SEPARATOR)
    if not mark:
        raise Rejected(Reason.MALFORMED, "no tilde: a JWT, and no SD-JWT")
    *disclosures, last = rest.split(SEPARATOR)
    if len(disclosures) > SDJWT_DISCLOSURES_MAX:
        raise Rejected(Reason.TOO_LARGE, "too many disclosures")
    covered = text[: len(text) - len(last)]
    return Compact(read_jwt(issued), tuple(disclosures), last or None, covered)


def read_jwt(text: str) -> Jwt:
    """Read a compact JWS whose payload is an object. Raises `Rejected`."""
    parts = text.split(".")
    if len(parts) != _JWT_PARTS:
        raise Rejected(Reason.MALFORMED, "not a compact JWS")
    header, payload = strictjson.loads(decoded(parts[0])), strictjson.loads(decoded(parts[1]))
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise Rejected(Reason.MALFORMED, "header and payload are objects")
    if "crit" in header or "b64" in header:
        raise Rejected(Reason.HEADER_UNKNOWN)
    if not isinstance(header.get("alg"), str) or header["alg"] == "none":
        raise Rejected(Reason.ALGORITHM_BAD)
    return Jwt(header, payload, f"{parts[0]}.{parts[1]}".encode("ascii"), decoded(parts[2]))


def open_sdjwt(text: str, key: PublicKey) -> dict[str, Any]:
    """The claims of an SD-JWT that `key` signed, with what was disclosed in its place. Raises `Rejected`.

    One with key binding is `malformed` here: who asked for a proof checks it, with `split` and `bound`.
    """
    compact = split(text)
    if compact.key_binding is not None:
        raise Rejected(Reason.MALFORMED, "key binding that nobody asked for")
    if compact.jwt.header.get("alg") != key.algorithm.jose:
        raise Rejected(Reason.ALGORITHM_BAD)
    if not compact.jwt.signed_by(key):
        raise Rejected(Reason.SIGNATURE_BAD)
    return processed(compact)


def processed(compact: Compact, *, salt_chars: int = 0) -> dict[str, Any]:
    """The claims with what was disclosed in its place (section 7.1, step 3). Raises `Rejected`.

    Only for a JWT whose signature was verified. A salt of fewer than `salt_chars` characters is `disclosure-bad`.
    """
    payload = dict(compact.jwt.payload)
    if payload.pop(SD_ALG, HASH) != HASH:
        raise Rejected(Reason.ALGORITHM_BAD)
    known = {digest(one): one for one in compact.disclosures}
    if len(known) != len(compact.disclosures):
        raise Rejected(Reason.DISCLOSURE_BAD, "a disclosure twice")
    walk = _Walk(known, salt_chars)
    claims = walk.object(payload)
    if walk.waiting:
        raise Rejected(Reason.DISCLOSURE_BAD, "a disclosure that no digest stands for")
    return claims


class _Walk:
    """One way through a payload. `waiting` are the disclosures that no digest has called yet."""

    def __init__(self, known: Mapping[str, str], salt_chars: int) -> None:
        self._known = known
        self._salt_chars = salt_chars
        self._seen: set[str] = set()
        self.waiting = set(known)

    def value(self, value: Any, depth: int) -> Any:  # noqa: ANN401 - JSON is any value
        if isinstance(value, dict):
            return self.object(value, depth)
        if isinstance(value, list):
            return self.array(value, depth)
        return value

    def object(self, held: dict[str, Any], depth: int = 1) -> dict[str, Any]:
        if depth > strictjson.DEPTH_MAX:
            raise Rejected(Reason.DISCLOSURE_BAD, "disclosures nested too deeply")
        if ELEMENT in held or SD_ALG in held:
            raise Rejected(Reason.DISCLOSURE_BAD, "a reserved name in a wrong place")
        digests = held.get(SD, [])
        if not isinstance(digests, list):
            raise Rejected(Reason.DISCLOSURE_BAD, "digests are an array")
        claims = {name: self.value(value, depth + 1) for name, value in held.items() if name != SD}
        for found in self._called(digests, 3):
            _, name, value = found
            if not isinstance(name, str) or name in {SD, ELEMENT} or name in claims:
                raise Rejected(Reason.DISCLOSURE_BAD, "a name that is reserved or taken")
            claims[name] = self.value(value, depth + 1)
        return claims

    def array(self, held: list[Any], depth: int) -> list[Any]:
        if depth > strictjson.DEPTH_MAX:
            raise Rejected(Reason.DISCLOSURE_BAD, "disclosures nested too deeply")
        items: list[Any] = []
        for item in held:
            if isinstance(item, dict) and ELEMENT in item:
                if len(item) != 1:
                    raise Rejected(Reason.DISCLOSURE_BAD, "a digest of an element stands alone")
                items += [self.value(value, depth + 1) for _, value in self._called([item[ELEMENT]], 2)]
            else:
                items.append(self.value(item, depth + 1))
        return items

    def _called(self, digests: list[Any], size: int) -> list[list[Any]]:
        found = []
        for one in digests:
            if not isinstance(one, str):
                raise Rejected(Reason.DISCLOSURE_BAD, "a digest is a text")
            if one in self._seen:
                raise Rejected(Reason.DISCLOSURE_BAD, "a digest twice")
            self._seen.add(one)
            if one in self._known:
                self.waiting.discard(one)
                found.append(_disclosure(self._known[one], size, self._salt_chars))
        return found


def _disclosure(text: str, size: int, salt_chars: int) -> list[Any]:
    held = strictjson.loads(decoded(text))
    if not isinstance(held, list) or len(held) != size or not isinstance(held[0], str):
        raise Rejected(Reason.DISCLOSURE_BAD, "not a disclosure of this place")
    if len(held[0]) < salt_chars:
        raise Rejected(Reason.DISCLOSURE_BAD, "a salt that can be guessed")
    return held


def digest(text: str) -> str:
    """The digest of a disclosure, or of what key binding covers (section 4.2.3): over the ASCII, in base64url."""
    return b64url(hashlib.sha256(text.encode("ascii")).digest())


def decoded(text: str) -> bytes:
    """Canonical base64url without padding. Raises `Rejected`."""
    try:
        return b64url_decode(text)
    except ValueError:
        raise Rejected(Reason.MALFORMED, "not canonical base64url") from None
