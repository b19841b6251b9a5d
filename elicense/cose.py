"""COSE_Sign1 (RFC 9052 section 4.2) and nothing else.

Two doors. `open_sign1` opens anybody's COSE_Sign1 with the algorithms of `elicense.keys`: tagged or
not, any payload, external data empty, the algorithm in the protected header. `split_licence` is the
stricter profile of a licence token (docs/format.md): tag 18, exactly {1: alg, 4: kid} protected, nothing
unprotected, deterministic. Neither door hands out a payload as genuine before its signature is checked;
`Parts.payload` of `split_licence` is only claimed until the caller has done so.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn

from elicense import cbor
from elicense.errors import Rejected
from elicense.keys import KID_BYTES, SIGNATURE_BYTES, PublicKey, Signer
from elicense.limits import COSE_BYTES_MAX, TOKEN_BYTES_MAX
from elicense.reason import Reason

ALG: Final = 1
CRIT: Final = 2
CONTENT_TYPE: Final = 3
KID: Final = 4
TYP: Final = 16
_UNDERSTOOD: Final = frozenset({ALG, CRIT, CONTENT_TYPE, KID, TYP})

_TAGS: Final = (b"\xd2", b"\xd8\x12")
_ARRAY_OF_FOUR: Final = b"\x84"
_BSTR: Final = 2
_HEADER_BYTES_MAX: Final = 4_096
_SIG_STRUCTURE: Final = b"\x84\x6aSignature1"
_NO_EXTERNAL_DATA: Final = b"\x40"

# A licence token, byte by byte: d2 84 | 4d <13 bytes header> | a0 | <payload bstr> | 58 40 <64 bytes>
_LICENCE_START: Final = b"\xd2\x84\x4d"
_HEADER_END: Final = 16
_SIGNATURE_HEAD: Final = b"\x58\x40"
_TAIL_BYTES: Final = 2 + SIGNATURE_BYTES
_SHORT: Final = 0x40
_ONE_BYTE: Final = 0x58
_TWO_BYTES: Final = 0x59
_SHORT_MAX: Final = 23
_ONE_BYTE_MAX: Final = 255


@dataclass(frozen=True, slots=True)
class Opened:
    """A COSE_Sign1 whose signature is good: headers as decoded maps, payload as bytes."""

    protected: Mapping[int | str, object]
    unprotected: Mapping[int | str, object]
    payload: bytes


class Parts(NamedTuple):
    """A licence token taken apart, nothing checked but its shape. `tbs` is what was signed."""

    header: bytes
    payload: bytes
    signature: bytes
    tbs: bytes


def open_sign1(data: bytes, key: PublicKey) -> Opened:
    """Open a COSE_Sign1 that `key` signed. Raises `Rejected`, whatever the bytes.

    Reasons: `too-large`, `malformed`, `header-unknown` (a critical header that is not understood),
    `algorithm-bad` (not the key's, or not in the protected header), `signature-bad`.
    """
    protected_bytes, unprotected, payload, signature = _take_apart(data)
    protected = read_header(protected_bytes)
    _check_labels(unprotected)
    if protected.keys() & unprotected.keys():
        raise Rejected(Reason.MALFORMED, "a header label stands in both maps")
    if CRIT in unprotected:
        raise Rejected(Reason.MALFORMED, "crit must be protected")
    _check_critical(protected)
    algorithm = protected.get(ALG)
    if type(algorithm) is not int or algorithm not in key.algorithm.cose_accepted:
        raise Rejected(Reason.ALGORITHM_BAD)
    tbs = _SIG_STRUCTURE + cbor.dumps(protected_bytes) + _NO_EXTERNAL_DATA + cbor.dumps(payload)
    if not key.verify(tbs, signature):
        raise Rejected(Reason.SIGNATURE_BAD)
    return Opened(MappingProxyType(protected), MappingProxyType(unprotected), payload)


def claimed_header(data: bytes) -> dict[int | str, object]:
    """The protected header of a COSE_Sign1, nobody's word yet: only for finding its key. Raises `Rejected`."""
    return read_header(_take_apart(data)[0])


def read_header(data: bytes) -> dict[int | str, object]:
    """Decode a protected header; empty bytes and an encoded empty map are both empty. Raises `Rejected`."""
    header = cbor.loads_any(data) if data else {}
    if not isinstance(header, dict):
        raise Rejected(Reason.MALFORMED, "protected header is not a map")
    _check_labels(header)
    return header


def sign1(payload: bytes, signer: Signer, *, typ: str | None = None) -> bytes:
    """Sign `payload` as a tagged COSE_Sign1 with {1: alg, 4: kid} and, if given, {16: typ} protected."""
    header = protected_header(signer.public_key, typ)
    return assemble(header, payload, signer.sign(sign1_tbs(header, payload)))


@functools.lru_cache(maxsize=64)
def protected_header(key: PublicKey, typ: str | None = None) -> bytes:
    """The deterministic protected header that this format writes for `key`."""
    header: dict[int, object] = {ALG: key.algorithm.cose, KID: key.kid}
    if typ is not None:
        header[TYP] = typ
    return cbor.dumps(header)


def sign1_tbs(header: bytes, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052 section 4.4: the exact bytes that are signed."""
    return _SIG_STRUCTURE + _bstr(header) + _NO_EXTERNAL_DATA + _bstr(payload)


def assemble(header: bytes, payload: bytes, signature: bytes) -> bytes:
    """The tagged COSE_Sign1 with an empty unprotected map."""
    return b"\xd2\x84" + _bstr(header) + b"\xa0" + _bstr(payload) + _SIGNATURE_HEAD + signature


def licence_headers(key: PublicKey) -> tuple[bytes, ...]:
    """Every protected header a licence signed by `key` may carry: one for each accepted algorithm number."""
    return tuple(cbor.dumps({ALG: number, KID: key.kid}) for number in sorted(key.algorithm.cose_accepted))


def _refuse(data: bytes) -> NoReturn:
    """Find out, slowly and only for bytes that are refused anyway, what to call the fault."""
    if not data.startswith(b"\xd2"):
        raise Rejected(Reason.MALFORMED, "not a tagged COSE_Sign1")
    match cbor.loads(data[1:]):
        case [bytes() as header, dict() as unprotected, bytes(), bytes() as signature]:
            claimed_kid(header)
            if unprotected:
                raise Rejected(Reason.HEADER_UNKNOWN, "the unprotected header of a licence is empty")
            if len(signature) != SIGNATURE_BYTES:
                raise Rejected(Reason.SIGNATURE_BAD, "not 64 bytes")
            if len(header) != _HEADER_END - len(_LICENCE_START):
                raise Rejected(Reason.ALGORITHM_BAD, "an algorithm number that no key has")
    raise Rejected(Reason.MALFORMED, "not a licence token")


def split_licence(data: bytes) -> Parts:
    """Take a licence token apart without believing it. Raises `Rejected`, whatever the bytes.

    Reasons: `too-large`, `malformed`, `type-wrong` (another kind of COSE message), `header-unknown`.
    """
    if len(data) > TOKEN_BYTES_MAX:
        raise Rejected(Reason.TOO_LARGE)
    body = len(data) - _TAIL_BYTES
    if data[:3] == _LICENCE_START and body > _HEADER_END + 2 and data[_HEADER_END] == 0xA0:
        start, length = _bstr_at(data, _HEADER_END + 1)
        if start + length == body and data[body : body + 2] == _SIGNATURE_HEAD:
            return Parts(
                data[3:_HEADER_END],
                data[start:body],
                data[body + 2 :],
                _SIG_STRUCTURE + data[2:_HEADER_END] + _NO_EXTERNAL_DATA + data[_HEADER_END + 1 : body],
            )
    _refuse(data)


def claimed_kid(header: bytes) -> tuple[int, bytes]:
    """Algorithm and key id of a licence's protected header. Raises `Rejected`: `type-wrong`, `header-unknown` ..."""
    fields = cbor.loads(header)
    if not isinstance(fields, dict):
        raise Rejected(Reason.MALFORMED, "protected header is not a map")
    if TYP in fields:
        raise Rejected(Reason.TYPE_WRONG, "a licence carries no typ header")
    if fields.keys() - {ALG, KID}:
        raise Rejected(Reason.HEADER_UNKNOWN)
    match fields.get(ALG), fields.get(KID):
        case int() as algorithm, bytes() as kid if type(algorithm) is int and len(kid) == KID_BYTES:
            return algorithm, kid
        case None, _:
            raise Rejected(Reason.ALGORITHM_BAD, "no algorithm in the protected header")
        case _:
            raise Rejected(Reason.MALFORMED, "header values of the wrong type")


def _bstr(data: bytes) -> bytes:
    length = len(data)
    if length <= _SHORT_MAX:
        return bytes((_SHORT + length,)) + data
    if length <= _ONE_BYTE_MAX:
        return bytes((_ONE_BYTE, length)) + data
    return cbor.dumps(data)


def _bstr_at(data: bytes, at: int) -> tuple[int, int]:
    """Start and length of the byte string whose head is at `at`; (0, -1) if there is none in shortest form."""
    head = data[at]
    if head == _ONE_BYTE and data[at + 1] > _SHORT_MAX:
        return at + 2, data[at + 1]
    if head == _TWO_BYTES and data[at + 1] > 0:
        return at + 3, data[at + 1] << 8 | data[at + 2]
    if _SHORT <= head <= _SHORT + _SHORT_MAX:
        return at + 1, head - _SHORT
    return 0, -1


def _take_apart(data: bytes) -> tuple[bytes, dict[Any, object], bytes, bytes]:
    """The four parts of a COSE_Sign1 with its payload inside; no part that is not signed may be a large structure."""
    if len(data) > COSE_BYTES_MAX:
        raise Rejected(Reason.TOO_LARGE)
    start = next((len(tag) for tag in _TAGS if data.startswith(tag)), 0)
    if data[start : start + 1] != _ARRAY_OF_FOUR:
        raise Rejected(Reason.MALFORMED, "not an array of four")
    protected, start = cbor.item_any(data, start + 1, _HEADER_BYTES_MAX)
    unprotected, start = cbor.item_any(data, start, _HEADER_BYTES_MAX)
    parts = []
    for _ in range(2):
        if data[start : start + 1] and data[start] >> 5 != _BSTR:
            break
        part, start = cbor.item_any(data, start)
        parts.append(part)
    match [protected, unprotected, *parts]:
        case [bytes() as header, dict() as unsigned, bytes() as payload, bytes() as signature] if start == len(data):
            return header, unsigned, payload, signature
    raise Rejected(Reason.MALFORMED, "not a COSE_Sign1 with its payload inside")


def _check_labels(header: Mapping[object, object]) -> None:
    if any(type(label) not in (int, str) for label in header):
        raise Rejected(Reason.MALFORMED, "header label is neither integer nor text")


def _check_critical(protected: Mapping[int | str, object]) -> None:
    if CRIT not in protected:
        return
    labels = protected[CRIT]
    if not isinstance(labels, list) or not labels:
        raise Rejected(Reason.MALFORMED, "crit is not a filled array")
    if any(type(label) not in (int, str) or label not in protected for label in labels):
        raise Rejected(Reason.MALFORMED, "crit names a label that is not protected")
    if not _UNDERSTOOD.issuperset(labels):
        raise Rejected(Reason.HEADER_UNKNOWN, "a critical header is not understood")
