"""Shows CBOR to people: an annotated dump of the bytes, and diagnostic notation (RFC 8949 section 8) with names.

It reads the heads itself, a second reader beside the one of the library, for the few types that the formats have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_WIDTH: Final = 16
_COLUMN: Final = 60


@dataclass(frozen=True, slots=True)
class Name:
    """What an item is called, and what is called what inside it. `embedded`: a byte string that is CBOR itself."""

    text: str = ""
    inside: Mapping[object, Name] = field(default_factory=dict)
    embedded: bool = False

    def of(self, key: object) -> Name:
        """The name of an item inside: by label of a map, by place in an array."""
        return self.inside.get(key) or self.inside.get("*") or Name()


def names(*texts: str) -> dict[object, Name]:
    """Names of the places of an array."""
    return {place: Name(text) for place, text in enumerate(texts)}


def dump(data: bytes, name: Name) -> str:
    """Every byte, in hexadecimal, with what it says."""
    lines, end = _item(data, 0, 0, name)
    assert end == len(data)
    return "\n".join(lines)


def _item(data: bytes, at: int, depth: int, name: Name, key: bytes = b"", label: str = "") -> tuple[list[str], int]:
    """The lines of the item at `at`, after the bytes of its key if it stands in a map, and where it ends."""
    major, value, body = _head(data, at)
    head, called = key + data[at:body], f"{label}{name.text}"
    if major in (2, 3):
        return _string(head, data[body : body + value], depth, name, called, text=major == 3), body + value
    says = {0: value, 1: -1 - value, 4: f"array of {value}", 5: f"map of {value}", 6: f"tag {value}"}
    lines = [_line(depth, head, f"{called}: {says.get(major, _SIMPLE.get(value))}" if major != 6 else f"tag {value}")]
    for place in range({4: value, 5: value, 6: 1}.get(major, 0)):
        if major == 5:
            below, body = _entry(data, body, depth + 1, name)
        else:
            below, body = _item(data, body, depth + 1, name.of(place) if major == 4 else name)
        lines += below
    return lines, body


def _string(head: bytes, content: bytes, depth: int, name: Name, called: str, *, text: bool) -> list[str]:
    says = f"“{content.decode('utf-8')}”" if text else f"{len(content)} bytes"
    if name.embedded:
        below, _ = _item(content, 0, depth + 1, Name("", name.inside))
        return [_line(depth, head, f"{called}: {says}, CBOR"), *below]
    if len(head + content) <= _WIDTH:
        return [_line(depth, head + content, f"{called}: {says}")]
    rows = (content[start : start + _WIDTH] for start in range(0, len(content), _WIDTH))
    return [_line(depth, head, f"{called}: {says}"), *(_line(depth + 1, row) for row in rows)]


def _entry(data: bytes, at: int, depth: int, name: Name) -> tuple[list[str], int]:
    major, value, body = _head(data, at)
    key: object = value if major == 0 else -1 - value
    if major == 3:
        body, key = body + value, data[body : body + value].decode("utf-8")
    return _item(data, body, depth, name.of(key), data[at:body], f"{key} ")


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument, and where the content begins (RFC 8949 section 3)."""
    major, low = data[at] >> 5, data[at] & 0x1F
    if low < 24:
        return major, low, at + 1
    size = 1 << (low - 24)
    return major, int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size


_SIMPLE: Final = {20: "false", 21: "true", 22: "null"}


def _line(depth: int, data: bytes, text: str = "") -> str:
    shown = "   " * depth + data.hex(" ")
    return f"{shown:{_COLUMN}}# {text.lstrip(': ')}" if text else shown


def diagnose(value: object, name: Name, indent: str = "") -> str:
    """A value in diagnostic notation, names in comments."""
    deeper = indent + "  "
    match value:
        case dict():
            rows = [f"{deeper}{_comment(name.of(key))}{_scalar(key)}: {diagnose(held, name.of(key), deeper)}"
                    for key, held in value.items()]  # fmt: skip
            return "{\n" + ",\n".join(rows) + f"\n{indent}}}" if rows else "{}"
        case list() if any(isinstance(each, list | dict) for each in value) and len(_flat(value, name)) > 2 * _COLUMN:
            rows = [
                f"{deeper}{_comment(name.of(at))}{diagnose(each, name.of(at), deeper)}" for at, each in enumerate(value)
            ]
            return "[\n" + ",\n".join(rows) + f"\n{indent}]"
        case list():
            return _flat(value, name)
    return _scalar(value)


def _flat(value: list[Any], name: Name) -> str:
    return "[" + ", ".join(_comment(name.of(at)) + diagnose(each, name.of(at)) for at, each in enumerate(value)) + "]"


def _scalar(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case None:
            return "null"
        case bytes():
            return f"h'{value.hex()}'"
        case str():
            return f'"{value}"'
    return str(value)


def _comment(name: Name) -> str:
    return f"/ {name.text} / " if name.text else ""


def iter_hex(text: str) -> Iterator[int]:
    """The bytes that a dump shows."""
    for line in text.splitlines():
        yield from bytes.fromhex(line.partition("#")[0])
