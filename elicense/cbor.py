"""The one strict, deterministic CBOR of the formats: a narrow wrapper around cbor2.

Deterministic means RFC 8949 section 4.2.1: shortest integers and lengths, definite lengths, map keys
in bytewise order, no duplicate keys. On top of that the formats use integers of 64 bits, byte and text
strings, arrays, maps with integer or text keys, true, false and null: no tags, no floats, no other
simple values. cbor2 by itself accepts far more, so every decoded value is encoded again and compared
with the bytes received. `loads_any` is for messages of other people (RFC 9052 vectors): well-formed
CBOR without tags inside, still without duplicate keys or trailing bytes.
"""

from __future__ import annotations

import io
from typing import Final, NoReturn

import cbor2

from elicense.errors import Rejected
from elicense.limits import PAYLOAD_DEPTH_MAX
from elicense.reason import Reason

_INT_MAX: Final = 2**64
_ANY_DEPTH_MAX: Final = 16
_KEYS: Final = frozenset({int, str})
_TOO_WIDE: Final = "integer of more than 64 bits"
_TOO_DEEP: Final = "nested too deeply"
_BAD_KEY: Final = "map key is neither integer nor text"
_BAD_TYPE: Final = "a type that the formats do not have"
_SCALARS: Final = frozenset({bytes, str, bool, type(None)})
# Tags that cbor2 would turn into objects before we could look at them (dates, big numbers, regular
# expressions, shared references, sets, addresses ...). The test of this module walks all small tags.
_BUILT_IN_TAGS: Final = (
    *range(64),
    100, 256, 258, 260, 261, 1004, 43000, 55799,
)  # fmt: skip


def _no_tag(*_: object) -> NoReturn:
    raise cbor2.CBORDecodeError("tag")


_REFUSED: Final = dict.fromkeys(_BUILT_IN_TAGS, _no_tag)


def dumps(value: object) -> bytes:
    """Encode deterministically. Raises `ValueError` for a value that the formats do not have."""
    _check(value, 0)
    return cbor2.dumps(_ordered(value))


def encode_ordered(value: object) -> bytes:
    """Encode a value that has only the types of the formats, and its keys in order already; nothing is looked at.

    For `elicense.claims`, whose fields have proved both (a test compares with `dumps`); all others use `dumps`.
    """
    return cbor2.dumps(value)


def loads(data: bytes) -> object:
    """Decode deterministic CBOR. Raises `Rejected(malformed)` for anything else, whatever the bytes."""
    value = decode_ordered(data)
    require_plain(value)
    return value


def require_plain(value: object) -> None:
    """Refuse, with `Rejected(malformed)`, a decoded value with types or a key order that the formats do not have."""
    try:
        _check(value, 0)
    except ValueError as bad:
        raise Rejected(Reason.MALFORMED, str(bad)) from None
    if not _sorted_keys(value):
        raise Rejected(Reason.MALFORMED, "map keys out of order")


def decode_ordered(data: bytes) -> object:
    """Decode and prove that encoding the value again, keys as received, gives the same bytes.

    For callers that check every type and the order of the keys themselves (`elicense.claims`); all
    others use `loads`. Raises `Rejected(malformed)`.
    """
    try:
        value: object = cbor2.loads(
            data,
            tag_hook=_no_tag,
            semantic_decoders=_REFUSED,
            max_depth=PAYLOAD_DEPTH_MAX,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
        again = cbor2.dumps(value)
    except Exception:  # noqa: BLE001 - third-party decoder on hostile bytes: any failure is one answer
        raise Rejected(Reason.MALFORMED, "not CBOR of this format") from None
    if again != data:
        raise Rejected(Reason.MALFORMED, "not deterministic CBOR")
    return value


def loads_any(data: bytes) -> object:
    """Decode any well-formed CBOR item without tags. Raises `Rejected(malformed)`."""
    value, end = item_any(data)
    if end != len(data):
        raise Rejected(Reason.MALFORMED, "something follows")
    return value


def item_any(data: bytes, start: int = 0, most: int | None = None) -> tuple[object, int]:
    """Decode the item at `start`, of at most `most` bytes, and say where it ends. Raises `Rejected(malformed)`.

    A decoded item can take a hundred times the memory of its bytes: bound whatever nobody has signed.
    """
    held = io.BytesIO(data[start : None if most is None else start + most])
    try:
        value: object = cbor2.CBORDecoder(
            held, tag_hook=_no_tag, semantic_decoders=_REFUSED, max_depth=_ANY_DEPTH_MAX, allow_duplicate_keys=False
        ).decode()
    except Exception:  # noqa: BLE001 - third-party decoder on hostile bytes: any failure is one answer
        raise Rejected(Reason.MALFORMED, "not CBOR") from None
    return value, start + held.tell()


def _check(value: object, depth: int) -> None:
    """Refuse, with `ValueError`, what the formats do not have. Key order is the caller's matter."""
    kind = type(value)
    if kind in _SCALARS:
        return
    if isinstance(value, int) and kind is int:
        if not -_INT_MAX <= value < _INT_MAX:
            raise ValueError(_TOO_WIDE)
        return
    if depth >= PAYLOAD_DEPTH_MAX:
        raise ValueError(_TOO_DEEP)
    if isinstance(value, list | tuple):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if type(key) not in _KEYS:
                raise ValueError(_BAD_KEY)
            _check(key, depth + 1)
            _check(item, depth + 1)
    else:
        raise ValueError(_BAD_TYPE)


def _sorted_keys(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_sorted_keys, value))
    if isinstance(value, dict):
        keys = [cbor2.dumps(key) for key in value]
        return keys == sorted(keys) and all(map(_sorted_keys, value.values()))
    return True


def _ordered(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=cbor2.dumps)}
    return value
