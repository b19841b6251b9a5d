"""Canonical JSON: one value, one sequence of bytes. A subset of RFC 8785 (no floating point, ASCII member names).

`loads` accepts only bytes that `dumps` would write: members sorted, none twice, no white space, no NaN, bounded
size and depth. What is signed can so be parsed once and means one thing. It does not normalise text (Unicode
normalisation belongs to intake) and knows no schema.
"""

from __future__ import annotations

import json
from typing import NoReturn, TypeAlias

from issuer.domain.refusal import Refusal

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_INT = 2**53 - 1

Json: TypeAlias = str | int | bool | list["Json"] | dict[str, "Json"] | None


def dumps(value: Json) -> bytes:
    """Return the one canonical UTF-8 encoding of `value`.

    Raises Refusal("json-malformed") for a value outside the subset: a float, an integer beyond 2^53-1, a member
    name that is not ASCII, a lone surrogate, more than 16 levels or more than 64 KiB.
    """
    _check(value, 0)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        _refuse("a lone surrogate")
    if len(data) > MAX_BYTES:
        _refuse("more than 64 KiB")
    return data


def loads(data: bytes) -> Json:
    """Return the value of canonical bytes. Raises Refusal("json-malformed") for any other bytes, whatever they are."""
    if len(data) > MAX_BYTES:
        _refuse("more than 64 KiB")
    _bound_depth(data)
    try:
        value: Json = json.loads(
            data.decode("utf-8"), object_pairs_hook=_members, parse_float=_no_float, parse_constant=_no_float
        )
    except (UnicodeDecodeError, ValueError, RecursionError):
        _refuse("not JSON")
    if dumps(value) != data:
        _refuse("not canonical")
    return value


def _bound_depth(data: bytes) -> None:
    """Refuse deep nesting before a recursive parser meets it."""
    depth = 0
    quoted = escaped = False
    for byte in data:
        if quoted:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                quoted = False
        elif byte == 0x22:
            quoted = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                _refuse("more than 16 levels")
        elif byte in b"]}":
            depth -= 1


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        _refuse("a member twice")
    return members


def _no_float(_text: str) -> NoReturn:
    _refuse("a number that is not an integer")


def _check(value: Json, depth: int) -> None:
    if depth > MAX_DEPTH:
        _refuse("more than 16 levels")
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if abs(value) > MAX_INT:
            _refuse("an integer out of range")
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            if not name.isascii():
                _refuse("a member name that is not ASCII")
            _check(item, depth + 1)
    else:
        _refuse("a value that is not JSON")


def _refuse(what: str) -> NoReturn:
    raise Refusal("json-malformed", what)
