"""The one strict, deterministic CBOR of the formats: a narrow wrapper around cbor2.

Deterministic means RFC 8949 section 4.2.1: shortest integers and lengths, definite lengths, map keys
in bytewise order, no duplicate keys. On top of that the formats use integers of 64 bits, byte and text
strings, arrays, maps with integer or text keys, true, false and null: no tags, no floats, no other
simple values. cbor2 by itself accepts far more, so the bytes received must be shown to be those that the
value is encoded to: by an expression that knows the shortest heads, or by encoding it again. `loads_any`
is for messages of other people (RFC 9052 vectors): well-formed CBOR without tags inside, still without
duplicate keys or trailing bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, NoReturn

import cbor2

from elicense.errors import Rejected
from elicense.limits import PAYLOAD_DEPTH_MAX
from elicense.reason import Reason

_INT_MAX: Final = 2**64
_ANY_DEPTH_MAX: Final = 16
_TWO: Final = b"\x82"
_UNDEFINED: Final = b"\xf7"
_LONGEST: Final = 99
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
        if _shortest()(data):
            # cbor2 does not say what follows an item. So it is read as the first of two whose second is *undefined*,
            # which stands nowhere in `data`: the second is that one only if nothing stands between.
            value, end = _decoded(_TWO + data + _UNDEFINED, PAYLOAD_DEPTH_MAX + 1)
            same = end is cbor2.undefined
        else:
            value = _decoded(data, PAYLOAD_DEPTH_MAX)
            same = cbor2.dumps(value) == data
    except Exception:  # noqa: BLE001 - third-party decoder on hostile bytes: any failure is one answer
        raise Rejected(Reason.MALFORMED, "not CBOR of this format") from None
    if not same:
        raise Rejected(Reason.MALFORMED, "not deterministic CBOR")
    return value


def _decoded(data: bytes, depth: int) -> Any:  # noqa: ANN401 - what cbor2 gives
    return cbor2.loads(
        data,
        tag_hook=_no_tag,
        semantic_decoders=_REFUSED,
        max_depth=depth,
        allow_indefinite=False,
        allow_duplicate_keys=False,
    )


@cache
def _shortest() -> Callable[[bytes], object]:
    """What says of bytes that every head in them is in its shortest form, and that none is cut short.

    Such bytes, if they are one item, are what encoding the item gives: nothing else could be longer than needed. It
    is a third of the work of encoding. No for tags, floats, other simple values, indefinite lengths, and for strings
    of more than `_LONGEST` bytes, of which it does not say anything.
    """

    def strings(first: int, last: int) -> bytes:
        heads = b"%b-%b%b-%b" % tuple(_byte(kind + length) for kind in (0x40, 0x60) for length in (first, last))
        each = (
            b"(?<=[%b%b]).{%d}" % (_byte(0x40 + length), _byte(0x60 + length), length)
            for length in range(first, last + 1)
        )
        return b"[%b](?:%b)" % (heads, b"|".join(each))

    longer = b"|".join(b"%b.{%d}" % (_byte(length), length) for length in range(24, _LONGEST + 1))
    heads = (
        rb"[\x00-\x17\x20-\x37\x80-\x97\xa0-\xb7\xf4-\xf6]+",  # one byte: number, array, map, false, true, null
        rb"[\x18\x38\x98\xb8][\x18-\xff]",
        rb"[\x19\x39\x99\xb9][\x01-\xff].",
        rb"[\x1a\x3a\x9a\xba](?!\0\0).{4}",
        *(strings(first, first + 5) for first in range(0, 24, 6)),
        b"[\x58\x78](?:%b)" % longer,
        rb"[\x1b\x3b](?!\0\0\0\0).{8}",
    )
    return re.compile(b"(?:%b)++" % b"|".join(heads), re.DOTALL).fullmatch


def _byte(value: int) -> bytes:
    """A byte as an expression writes it."""
    return b"\\x%02x" % value


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
