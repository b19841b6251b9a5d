"""Token Status List: one array of bits, two tokens made from it, and the reading of both.

draft-ietf-oauth-status-list: two bits an entry, least significant bits first, compressed with zlib, signed
as JWT (`typ: statuslist+jwt`) for wallets and as CWT (header 16 `application/statuslist+cwt`, tag 18) for
QR verifiers. `open_status_list` believes a list only if a status key of the issuer that the trust list
names for its address signed it. Whether it is fresh is judged later, with a time.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from elicense import cbor, cose, jws, strictjson
from elicense.errors import Rejected
from elicense.fields import BadValue, uint
from elicense.keys import PublicKey, Signer, b64url, b64url_decode
from elicense.limits import INSTANT_MAX, INSTANT_MIN, STATUS_LIST_BYTES_MAX, STATUS_TOKEN_BYTES_MAX
from elicense.reason import Reason
from elicense.trust import LIST_PLACEHOLDER, Candidate, Issuer, Purpose, TrustKey, TrustList

JWT_TYP: Final = "statuslist+jwt"
CWT_TYP: Final = "application/statuslist+cwt"
JWT_MEDIA_TYPE: Final = "application/statuslist+jwt"
CWT_MEDIA_TYPE: Final = "application/statuslist+cwt"

_SUB, _EXP, _IAT, _STATUS_LIST, _TTL = 2, 4, 6, 65533, 65534
_BITS: Final = frozenset({1, 2, 4, 8})
_INSTANT: Final = uint(INSTANT_MIN, INSTANT_MAX).from_json
_SECONDS: Final = uint(1, 2**31 - 1).from_json
_ZLIB_LEVEL: Final = 9


class StatusValue(IntEnum):
    """What a list says of an entry. 3 is the application's own: a newer version of the licence exists."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2
    SUPERSEDED = 3


@dataclass(frozen=True, slots=True)
class StatusArray:
    """The entries of a list: `bits` each, least significant bits of a byte first."""

    bits: int
    data: bytes

    def __len__(self) -> int:
        return len(self.data) * 8 // self.bits

    def get(self, index: int) -> int | None:
        """The value at `index`, or None where the list has no such entry."""
        per_byte = 8 // self.bits
        place, shift = divmod(index, per_byte)
        if not 0 <= place < len(self.data):
            return None
        return self.data[place] >> shift * self.bits & (1 << self.bits) - 1

    @classmethod
    def build(cls, size: int, values: Mapping[int, int], bits: int = 2) -> StatusArray:
        """An array of `size` entries, all 0 but those in `values`. Raises `BadValue` for what does not fit."""
        if bits not in _BITS or size <= 0 or size * bits % 8:
            raise BadValue("size and bits must fill whole bytes")
        data = bytearray(size * bits // 8)
        for index, value in values.items():
            if not (0 <= index < size and 0 <= value < 1 << bits):
                raise BadValue("an entry lies outside the list or its bits")
            place, shift = divmod(index, 8 // bits)
            data[place] |= value << shift * bits
        return cls(bits, bytes(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """A genuine status list of `issuer`: address, times and entries. `ttl` is in seconds."""

    uri: str
    issuer: str
    issued_at: int
    expires_at: int
    ttl: int | None
    entries: StatusArray


def encode_jwt(array: StatusArray, signer: Signer, *, uri: str, issued_at: int, expires_at: int, ttl: int) -> bytes:
    """The list as a signed JWT. Times are Unix seconds, `ttl` seconds."""
    claims = {
        "sub": uri,
        "iat": issued_at,
        "exp": expires_at,
        "ttl": ttl,
        "status_list": {"bits": array.bits, "lst": b64url(_deflate(array.data))},
    }
    return jws.sign_compact(strictjson.dumps(claims), signer, JWT_TYP).encode("ascii")


def encode_cwt(array: StatusArray, signer: Signer, *, uri: str, issued_at: int, expires_at: int, ttl: int) -> bytes:
    """The list as a signed CWT. Times are Unix seconds, `ttl` seconds."""
    claims = {
        _SUB: uri,
        _EXP: expires_at,
        _IAT: issued_at,
        _STATUS_LIST: {"bits": array.bits, "lst": _deflate(array.data)},
        _TTL: ttl,
    }
    return cose.sign1(cbor.dumps(claims), signer, typ=CWT_TYP)


def open_status_list(data: bytes, uri: str, trust: TrustList) -> StatusList:
    """Open a list, JWT or CWT, that should stand at `uri`. Raises `Rejected(status-bad)`, whatever the bytes."""
    if len(data) > STATUS_TOKEN_BYTES_MAX:
        raise Rejected(Reason.STATUS_BAD, "too large")
    try:
        opened, claims = _open_cwt(data, trust) if data.startswith(b"\xd2") else _open_jwt(data, trust)
        signer, issuer = _signer(opened, uri, trust)
        listed = _list(claims, uri, issuer)
    except BadValue as bad:
        raise Rejected(Reason.STATUS_BAD, str(bad)) from None
    except Rejected as refused:
        raise Rejected(Reason.STATUS_BAD, refused.detail or refused.reason.code) from None
    if signer.compromised_from is not None:
        raise Rejected(Reason.STATUS_BAD, "signed by a compromised key")
    if not signer.covers(listed.issued_at):
        raise Rejected(Reason.STATUS_BAD, "its key was not valid then")
    return listed


def _signer(key: PublicKey, uri: str, trust: TrustList) -> tuple[TrustKey, Issuer]:
    for candidate in _status_keys(trust, key.kid):
        if candidate.key.key == key and _owns(candidate.issuer, uri):
            return candidate.key, candidate.issuer
    raise Rejected(Reason.STATUS_BAD, "not a status key of the issuer at this address")


def _owns(issuer: Issuer, uri: str) -> bool:
    head, _, tail = issuer.status_uri.partition(LIST_PLACEHOLDER)
    number = uri[len(head) : len(uri) - len(tail)]
    return uri.startswith(head) and uri.endswith(tail) and number.isascii() and number.isdigit()


def _status_keys(trust: TrustList, kid: bytes) -> tuple[Candidate, ...]:
    return tuple(each for each in trust.by_kid.get(kid, ()) if each.key.purpose is Purpose.STATUS)


def _open_jwt(data: bytes, trust: TrustList) -> tuple[PublicKey, dict[str, Any]]:
    payload, key = jws.open_compact(data, JWT_TYP, lambda kid: [each.key.key for each in _status_keys(trust, kid)])
    match strictjson.loads(payload):
        case {"status_list": {"bits": bits, "lst": str() as lst}, "sub": sub, "iat": iat, "exp": exp, **rest}:
            try:
                listed = b64url_decode(lst)
                return key, {"bits": bits, "lst": listed, "sub": sub, "iat": iat, "exp": exp, "ttl": rest.get("ttl")}
            except ValueError:
                pass
    raise BadValue("not the claims of a status list")


def _open_cwt(data: bytes, trust: TrustList) -> tuple[PublicKey, dict[str, Any]]:
    header = cose.claimed_header(data)
    if header.get(cose.TYP) != CWT_TYP:
        raise Rejected(Reason.TYPE_WRONG)
    kid = header.get(cose.KID)
    candidates = _status_keys(trust, kid) if isinstance(kid, bytes) else ()
    if not candidates:
        raise Rejected(Reason.ISSUER_UNKNOWN)
    for candidate in candidates:
        try:
            opened = cose.open_sign1(data, candidate.key.key)
        except Rejected as refused:
            last = refused
            continue
        match cbor.loads(opened.payload):
            case {2: sub, 4: exp, 6: iat, 65533: {"bits": bits, "lst": bytes() as lst}, **rest}:
                claims = {"bits": bits, "lst": lst, "sub": sub, "iat": iat, "exp": exp, "ttl": rest.get(_TTL)}
                return candidate.key.key, claims
        raise BadValue("not the claims of a status list")
    raise last


def _list(claims: dict[str, Any], uri: str, issuer: Issuer) -> StatusList:
    if claims.get("sub") != uri:
        raise BadValue("a list for another address")
    bits = claims.get("bits")
    if type(bits) is not int or bits not in _BITS:
        raise BadValue("bits is not 1, 2, 4 or 8")
    ttl = claims.get("ttl")
    listed = StatusList(
        uri=uri,
        issuer=issuer.id,
        issued_at=_INSTANT(claims.get("iat")),
        expires_at=_INSTANT(claims.get("exp")),
        ttl=None if ttl is None else _SECONDS(ttl),
        entries=StatusArray(bits, _inflate(claims["lst"])),
    )
    if listed.expires_at <= listed.issued_at:
        raise BadValue("a list that ends before it begins")
    return listed


def _deflate(data: bytes) -> bytes:
    """zlib, with whichever strategy is smallest: every reader reads them all."""
    strategies = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE)
    return min((_deflated(data, strategy) for strategy in strategies), key=len)


def _deflated(data: bytes, strategy: int) -> bytes:
    machine = zlib.compressobj(_ZLIB_LEVEL, zlib.DEFLATED, 15, 9, strategy)
    return machine.compress(data) + machine.flush()


def _inflate(data: bytes) -> bytes:
    machine = zlib.decompressobj()
    try:
        inflated = machine.decompress(data, STATUS_LIST_BYTES_MAX)
    except zlib.error:
        raise BadValue("the list does not inflate") from None
    if not machine.eof or machine.unused_data or not inflated:
        raise BadValue("the list is larger than allowed, cut short, or followed by something")
    return inflated
