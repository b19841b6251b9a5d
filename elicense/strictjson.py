"""Strict JSON: what every reader would read alike (the I-JSON of RFC 7493, and without floats).

UTF-8 without a byte order mark, no duplicate members, no NaN or Infinity, no floats, bounded depth,
integers of 53 bits, no half of a character (a lone surrogate, which only an escape can spell). `dumps` writes the one
canonical form: sorted members, no white space.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from elicense.errors import Rejected
from elicense.reason import Reason

DEPTH_MAX: Final = 16
_INT_MAX: Final = 2**53 - 1
# Possessive, and an open string ends with the input: each byte is looked at once, whatever a stranger sends.
_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.?)*+(?:"|\Z)', re.DOTALL)
# What may spell half of a character: a pair of them, or an escaped backslash, is found out by encoding.
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


def dumps(value: object) -> bytes:
    """The canonical bytes of a value of texts, integers, booleans, null, lists and dicts with text keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("utf-8")


def loads(data: bytes) -> Any:  # noqa: ANN401 - JSON is any value; callers match on it
    """Read strict JSON. Raises `Rejected(malformed)`, whatever the bytes."""
    if _depth(data) > DEPTH_MAX:
        raise Rejected(Reason.MALFORMED, "JSON nested too deeply")
    try:
        value = _DECODER.decode(data.decode("utf-8"))
        if b"\\" in data and _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise Rejected(Reason.MALFORMED, "not strict JSON") from None
    return value


def _depth(data: bytes) -> int:
    opening = data.count(b"[") + data.count(b"{")
    if opening <= DEPTH_MAX:
        return opening  # at most so deep, and no need to know better
    deepest = depth = 0
    for bracket in _STRINGS.sub(b"", data).translate(None, _NOT_BRACKETS):
        if bracket in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _integer(text: str) -> int:
    if len(text) > len(str(-_INT_MAX)) or abs(value := int(text)) > _INT_MAX:
        raise ValueError("integer of more than 53 bits")
    return value


def _refuse(_: str) -> NoReturn:
    raise ValueError("neither floats nor constants")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_refuse, parse_float=_refuse, parse_int=_integer
)
