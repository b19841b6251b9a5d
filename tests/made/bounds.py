"""For each coder: values on the wire that are just inside and just outside what it describes.

Made from `Coder.wire`, so that a new field, or a moved limit, is tried by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from elicense.limits import DAY_MAX, DAY_MIN

Wire = dict[str, Any]
Values = Callable[[Wire], Iterator[Any]]

_NUMBER: Final = "MBT10001246010011A1001"
_INTEGERS: Final = (0, 190_011_000_000, 209_966_999_999, 999_999_999_999_999)


def inside(wire: Wire) -> list[Any]:
    """Values that the coder takes, the extreme ones among them."""
    return list(_INSIDE[wire["is"]](wire))


def outside(wire: Wire) -> list[Any]:
    """Values that it refuses and that a schema can refuse too."""
    good = {type(value) for value in inside(wire)}
    wrong = [None, True, -1, 2**63, 7, "x", b"x", {}, {1: 2}, [], [None]]
    return [*_OUTSIDE[wire["is"]](wire), *(value for value in wrong if type(value) not in good)]


def _uint(wire: Wire) -> Iterator[Any]:
    yield from (wire["low"], wire["high"])


def _not_uint(wire: Wire) -> Iterator[Any]:
    yield from (wire["low"] - 1, wire["high"] + 1)


def _day(_: Wire) -> Iterator[Any]:
    yield from (DAY_MIN, DAY_MAX)


def _not_day(_: Wire) -> Iterator[Any]:
    yield from (DAY_MIN - 1, DAY_MAX + 1)


def _text(wire: Wire) -> Iterator[Any]:
    yield from ("a", "林", "~", "𠀀", "a b", "林" * wire["limit"])


def _not_text(wire: Wire) -> Iterator[Any]:
    yield from (
        "",
        " ",
        " a",
        "a ",
        "a\n",
        "\na",
        "a\tb",
        "a\u202eb",
        "\u0430",
        "Ａ",
        "e\u0301",
        "\ue000",
        "\x7f",
        "\xa0",
    )
    yield "林" * (wire["limit"] + 1)


def _pattern(_: Wire) -> Iterator[Any]:
    yield from (_NUMBER, "0" * 17 + "Z0009", "Z" * 9 + "9" * 8 + "A9992")


def _not_pattern(_: Wire) -> Iterator[Any]:
    yield from (_NUMBER[:-1], _NUMBER + "1", _NUMBER[:-1] + "3", _NUMBER.lower(), " " + _NUMBER, _NUMBER + "\n", "")


def _digits(wire: Wire) -> Iterator[Any]:
    form = re.compile(wire["pattern"])
    yield from (each for each in _INTEGERS if form.fullmatch(f"{each:0{wire['width']}d}"))


def _not_digits(wire: Wire) -> Iterator[Any]:
    good = inside(wire)
    yield from (min(good) - 1, max(good) + 1)


def _subjects(wire: Wire) -> Iterator[Any]:
    yield from ([1], [99], [[1, 1]], [[99, 9999]], [3, [3, 1, 4, 101], 4])
    yield [*range(1, 100), *([first, 1] for first in range(1, wire["limit"] - 98))]
    yield [[1, *_below(wire["limit"])]]


def _below(count: int) -> list[int]:
    return [part for part in range(1, 9_999) if part % 100][:count]


def _not_subjects(wire: Wire) -> Iterator[Any]:
    yield from ([], [0], [100], [[1]], [[]], [[0, 1]], [[100, 1]], [[1, 0]], [[1, 10_000]], ["03"], [[1, [1]]], [True])
    yield [1] * (wire["limit"] + 1)
    yield [[1, *_below(wire["limit"] + 1)]]


def _many(wire: Wire) -> Iterator[Any]:
    items = inside(wire["item"])
    yield from ([item] for item in items)
    if wire["item"]["is"] == "uint":
        yield list(range(wire["item"]["low"], wire["item"]["low"] + wire["limit"]))


def _not_many(wire: Wire) -> Iterator[Any]:
    yield []
    yield [inside(wire["item"])[0]] * (wire["limit"] + 1)
    if wire["item"]["is"] == "uint":
        yield list(range(wire["item"]["low"], wire["item"]["low"] + wire["limit"] + 1))
    if wire["item"]["is"] == "text":
        yield ["a" * length for length in range(1, wire["limit"] + 2)]
    yield from ([item] for item in outside(wire["item"]))


def _record(wire: Wire) -> Iterator[Any]:
    members = [(inside(member), optional) for _, member, optional in wire["members"]]
    least = sum(1 for _, optional in members if not optional)
    for size in range(least, len(members) + 1):
        yield [values[0] for values, _ in members[:size]]
        yield [values[-1] for values, _ in members[:size]]
    for place in range(least, len(members) - 1):  # a member that is absent where a later one is not
        yield [None if at == place else values[0] for at, (values, _) in enumerate(members)]


def _not_record(wire: Wire) -> Iterator[Any]:
    whole = max(_record(wire), key=len)
    least = sum(1 for *_, optional in wire["members"] if not optional)
    yield from (whole[: least - 1], [*whole, 1], [*whole[:least], None])
    for place, (_, member, optional) in enumerate(wire["members"]):
        for value in outside(member):
            if not (optional and value is None):
                yield [*whole[:place], value, *whole[place + 1 :]]


_INSIDE: Final[dict[str, Values]] = {
    "uint": _uint, "day": _day, "text": _text, "pattern": _pattern, "digits": _digits, "subjects": _subjects,
    "many": _many, "record": _record,
}  # fmt: skip
_OUTSIDE: Final[dict[str, Values]] = {
    "uint": _not_uint, "day": _not_day, "text": _not_text, "pattern": _not_pattern, "digits": _not_digits,
    "subjects": _not_subjects, "many": _not_many, "record": _not_record,
}  # fmt: skip
