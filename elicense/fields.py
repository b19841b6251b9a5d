"""How a field of a licence travels: its label, its name and its coder, written once on the field itself.

A coder turns a value into the integer-map form (CBOR) and the named form (JSON) and back. What comes
back from outside is checked completely; `BadValue` says that it was not acceptable, without repeating
it. Labels and coders are normative (docs/format.md, section "Licence").
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from elicense.limits import DAY_MAX, DAY_MIN

_EPOCH: Final = dt.date(1970, 1, 1)
_EPOCH_ORDINAL: Final = _EPOCH.toordinal()

# The characters of names and texts: printable ASCII, Latin letters with accents, Chinese punctuation and the
# Han ideographs of planes 0, 2 and 3. A closed set, so that the answer does not depend on the Unicode version
# of the reader: no control, bidirectional, zero-width or combining character, no other script that looks alike,
# no full-width or compatibility form; every accepted text is therefore in NFC.
_VISIBLE: Final = (
    r"!-~·À-ÖØ-öø-ɏ—‘’“”…、。《》〇（），：；"
    "\u3400-\u4dbf\u4e00-\u9fff\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27-\ufa29"
    "\U00020000-\U0002f7ff\U0002fa20-\U0003fffd"
)
TEXT_PATTERN: Final = f"^[{_VISIBLE}]([ {_VISIBLE}]*[{_VISIBLE}])?$"
"""The characters of a text as the `pattern` of a JSON Schema; the length stands beside it."""


class BadValue(ValueError):
    """A value that the field does not allow. The text names the rule, never the value."""


@dataclass(frozen=True, slots=True)
class Coder:
    """Two pairs of functions; every `from_` function raises `BadValue` and nothing else.

    `schema` describes the JSON form (JSON Schema), `wire` the form on the wire: `is` names the coder, the rest are its
    limits; readers in other languages are made from it. The values are of any type by nature: this is the one place
    where the formats meet `Any`.
    """

    to_wire: Callable[[Any], Any]
    from_wire: Callable[[Any], Any]
    to_json: Callable[[Any], Any]
    from_json: Callable[[Any], Any]
    schema: dict[str, Any]
    wire: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """Where a field stands on the wire (`label`), in JSON (`name`), and how it is coded."""

    label: int
    name: str
    coder: Coder


def claim(label: int, name: str, coder: Coder, *, optional: bool = False, many: bool = False) -> Any:  # noqa: ANN401
    """Declare a field of a licence. Optional fields are absent when None, `many` ones when empty."""
    metadata = {"claim": Claim(label, name, coder)}
    if optional:
        return dataclasses.field(default=None, metadata=metadata)
    if many:
        return dataclasses.field(default=(), metadata=metadata)
    return dataclasses.field(metadata=metadata)


def unchanged(value: Any) -> Any:  # noqa: ANN401
    """What a coder does with a value that travels as it is."""
    return value


def uint(low: int, high: int) -> Coder:
    """An integer between `low` and `high`, both included."""
    rule = f"not an integer between {low} and {high}"

    def check(value: Any) -> int:  # noqa: ANN401
        if type(value) is int and low <= value <= high:
            return value
        raise BadValue(rule)

    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Coder(unchanged, check, unchanged, check, schema, {"is": "uint", "low": low, "high": high})


def text(limit: int) -> Coder:
    """A text of 1 to `limit` characters of the closed set above, without a space at either end."""
    full = re.compile(f"(?! )[ {_VISIBLE}]{{1,{limit}}}(?<! )").fullmatch
    rule = f"not a text of 1 to {limit} allowed characters"

    def check(value: Any) -> str:  # noqa: ANN401
        if type(value) is str and full(value):
            return value
        raise BadValue(rule)

    schema = {"type": "string", "minLength": 1, "maxLength": limit, "pattern": TEXT_PATTERN}
    return Coder(unchanged, check, unchanged, check, schema, {"is": "text", "limit": limit})


def pattern(expression: str, then: Callable[[str], str] = unchanged) -> Coder:
    """An ASCII text that matches `expression` wholly and that `then` accepts (it may raise ValueError)."""
    full = re.compile(expression, re.ASCII).fullmatch

    def check(value: Any) -> str:  # noqa: ANN401
        if type(value) is str and full(value):
            try:
                return then(value)
            except ValueError:
                pass
        raise BadValue("not a number of the prescribed form")

    schema = {"type": "string", "pattern": f"^{expression}$"}
    return Coder(unchanged, check, unchanged, check, schema, {"is": "pattern", "pattern": expression})


def digits(width: int, form: str | None = None) -> Coder:
    """A text of exactly `width` ASCII digits, of the expression `form` if given; an integer on the wire."""
    limit = 10**width
    expression = form or f"[0-9]{{{width}}}"
    full = re.compile(expression).fullmatch
    rule = f"not a number of {width} digits of the prescribed form"

    def from_wire(value: Any) -> str:  # noqa: ANN401
        if type(value) is int and 0 <= value < limit:
            found = str(value).zfill(width)
            if form is None or full(found):
                return found
        raise BadValue(rule)

    def from_json(value: Any) -> str:  # noqa: ANN401
        if type(value) is str and full(value):
            return value
        raise BadValue(rule)

    schema = {"type": "string", "pattern": f"^{expression}$"}
    wire = {"is": "digits", "width": width, "pattern": expression}
    return Coder(int, from_wire, unchanged, from_json, schema, wire)


_GROUP: Final = "(0[1-9]|[1-9][0-9])"
_SUBJECT: Final = re.compile(rf"{_GROUP}(\.{_GROUP}){{0,2}}")
_LEVEL_BASE: Final = 100
_FIRST_LEVEL: Final = {number: f"{number:02d}" for number in range(1, _LEVEL_BASE)}
_INT: Final = {int}


def subjects(limit: int) -> Coder:
    """Codes of the subject catalogue, `03`, `03.01` or `04.01.01`, in the order given, each once; a tuple in Python.

    On the wire a subject of the first level is its number; neighbours below one first level form an array that begins
    with it: `03.01, 03.04` is `[3, 1, 4]`, `04.01.01` is `[4, 101]`. Large hospitals list over a hundred.
    """
    rule = f"not an array of 1 to {limit} distinct subject codes"

    def from_json(value: Any) -> tuple[str, ...]:  # noqa: ANN401
        if type(value) is list and 0 < len(value) <= limit and all(map(_is_subject, value)):
            found = dict.fromkeys(value)
            if len(found) == len(value):
                return tuple(found)
        raise BadValue(rule)

    def from_wire(value: Any) -> tuple[str, ...]:  # noqa: ANN401
        if type(value) is list and 0 < len(value) <= limit:
            codes = _subject_codes(value)
            if 0 < len(codes) <= limit and len(set(codes)) == len(codes):
                return tuple(codes)
        raise BadValue(rule)

    schema = {
        "type": "array",
        "minItems": 1,
        "maxItems": limit,
        "uniqueItems": True,
        "items": {"type": "string", "pattern": f"^{_SUBJECT.pattern}$"},
    }
    return Coder(_grouped, from_wire, list, from_json, schema, {"is": "subjects", "limit": limit})


def _is_subject(code: object) -> bool:
    return type(code) is str and _SUBJECT.fullmatch(code) is not None


def _grouped(codes: tuple[str, ...]) -> list[Any]:
    wire: list[Any] = []
    joined: int | None = None  # the first level of the array at the end of `wire`
    for code in codes:
        first, part = _numbers(code)
        if not part:
            wire.append(first)
            joined = None
        elif first == joined:
            wire[-1].append(part)
        else:
            wire.append([first, part])
            joined = first
    return wire


@functools.lru_cache(maxsize=1024)
def _numbers(code: str) -> tuple[int, int]:
    """3 and 0 for `03`, 3 and 4 for `03.04`, 4 and 101 for `04.01.01`."""
    first, *below = map(int, code.split("."))
    return first, below[0] * _LEVEL_BASE + below[1] if len(below) > 1 else sum(below)


def _subject_codes(wire: list[Any]) -> list[str]:
    """The codes of an array that is exactly what `_grouped` writes; nothing for any other."""
    codes: list[str] = []
    joined = 0  # the first level of the array just read, which a neighbour below it would have joined
    for item in wire:
        if type(item) is int:
            joined = 0
            codes.append(_FIRST_LEVEL.get(item, ""))
        elif type(item) is list and len(item) > 1 and {*map(type, item)} == _INT and item[0] != joined:
            joined = item[0]
            codes += [_code(joined, part) for part in item[1:]]
        else:
            return []
    return [] if "" in codes else codes


@functools.lru_cache(maxsize=1024)
def _code(first: int, part: int) -> str:
    """`03.04` for 3 and 4, `04.01.01` for 4 and 101; nothing for numbers that stand for no code."""
    second, third = divmod(part, _LEVEL_BASE)
    if first not in _FIRST_LEVEL or not 0 <= second < _LEVEL_BASE or third == 0:
        return ""
    return f"{first:02d}.{second:02d}.{third:02d}" if second else f"{first:02d}.{third:02d}"


def day() -> Coder:
    """A civil day; the number of days since 1970-01-01 on the wire (RFC 8943 without its tag)."""

    def to_wire(value: dt.date) -> int:
        return value.toordinal() - _EPOCH_ORDINAL

    def from_wire(value: Any) -> dt.date:  # noqa: ANN401
        if type(value) is int and DAY_MIN <= value <= DAY_MAX:
            return dt.date.fromordinal(value + _EPOCH_ORDINAL)
        raise BadValue("not a civil day")

    def from_json(value: Any) -> dt.date:  # noqa: ANN401
        try:
            found = dt.date.fromisoformat(value)
        except (ValueError, TypeError):
            found = None
        if found is None or found.isoformat() != value:  # a week date, 2026-W01-1, is another form
            raise BadValue("not a civil day")
        return from_wire(to_wire(found))

    schema = {"type": "string", "format": "date"}
    return Coder(to_wire, from_wire, dt.date.isoformat, from_json, schema, {"is": "day"})


def many(item: Coder, limit: int) -> Coder:
    """A filled array of up to `limit` distinct items, in the order given; a tuple in Python."""
    rule = f"not an array of 1 to {limit} distinct items"

    def reader(read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
        def check(value: Any) -> tuple[Any, ...]:  # noqa: ANN401
            if type(value) is not list or not 0 < len(value) <= limit:
                raise BadValue(rule)
            items = tuple(map(read, value))
            if len(items) > 1 and len(set(items)) != len(items):
                raise BadValue(rule)
            return items

        return check

    def writer(write: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
        return lambda values: [write(one) for one in values]

    return Coder(
        writer(item.to_wire),
        reader(item.from_wire),
        writer(item.to_json),
        reader(item.from_json),
        {"type": "array", "minItems": 1, "maxItems": limit, "uniqueItems": True, "items": item.schema},
        {"is": "many", "limit": limit, "item": item.wire},
    )


Members = tuple[tuple[str, Coder, bool], ...]


def record(cls: type, members: Members) -> Coder:
    """A small dataclass: an array on the wire (absent members null, or left out at the end), an object in JSON.

    `members` are (attribute, coder, optional) in wire order; the optional ones stand last.
    """
    schema = {
        "type": "object",
        "properties": {name: coder.schema for name, coder, _ in members},
        "required": sorted(name for name, _, optional in members if not optional),
        "additionalProperties": False,
    }
    wire = {"is": "record", "of": cls.__name__, "members": [[name, coder.wire, opt] for name, coder, opt in members]}
    return Coder(*_record_wire(cls, members), *_record_json(cls, members), schema, wire)


def _record_wire(cls: type, members: Members) -> tuple[Callable[[Any], list[Any]], Callable[[Any], Any]]:
    least = sum(1 for _, _, optional in members if not optional)
    setters = tuple(cls.__dict__[name].__set__ for name, _, _ in members)
    readers = tuple(_or_none(coder.from_wire) if optional else coder.from_wire for _, coder, optional in members)
    check = getattr(cls, "__post_init__", None)
    steps = tuple(zip(setters, readers, strict=True))
    rule = f"not a {cls.__name__}"

    writers = tuple((operator.attrgetter(name), coder.to_wire) for name, coder, _ in members)

    def to_wire(value: Any) -> list[Any]:  # noqa: ANN401
        items = [None if (v := get(value)) is None else write(v) for get, write in writers]
        while items[-1] is None:
            items.pop()
        return items

    def from_wire(value: Any) -> Any:  # noqa: ANN401
        if type(value) is not list or not least <= len(value) <= len(readers) or value[-1] is None:
            raise BadValue(rule)
        made: Any = object.__new__(cls)
        for (put, read), one in zip(steps, value, strict=False):
            put(made, read(one))
        for put in setters[len(value) :]:
            put(made, None)
        if check is not None:
            check(made)
        return made

    return to_wire, from_wire if check or (least, len(steps)) != (2, 2) else _pair_from_wire(cls, steps, rule)


def _pair_from_wire(cls: type, steps: tuple[tuple[Any, Any], ...], rule: str) -> Callable[[Any], Any]:
    """The same for two required members and no check of its own: twice as fast, and every licence has such pairs."""
    (put_first, read_first), (put_second, read_second) = steps

    def from_wire(value: Any) -> Any:  # noqa: ANN401
        if type(value) is not list or len(value) != 2:
            raise BadValue(rule)
        made: Any = object.__new__(cls)
        put_first(made, read_first(value[0]))
        put_second(made, read_second(value[1]))
        return made

    return from_wire


def _record_json(cls: type, members: Members) -> tuple[Callable[[Any], dict[str, Any]], Callable[[Any], Any]]:
    names = frozenset(name for name, _, _ in members)
    required = frozenset(name for name, _, optional in members if not optional)
    rule = f"not a {cls.__name__}"

    def to_json(value: Any) -> dict[str, Any]:  # noqa: ANN401
        pairs = ((name, coder, getattr(value, name)) for name, coder, _ in members)
        return {name: coder.to_json(v) for name, coder, v in pairs if v is not None}

    def from_json(value: Any) -> Any:  # noqa: ANN401
        if type(value) is not dict or not required <= value.keys() <= names:
            raise BadValue(rule)
        return cls(**{name: coder.from_json(value[name]) for name, coder, _ in members if name in value})

    return to_json, from_json


def _or_none(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)
