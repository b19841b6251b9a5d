"""Genuine signatures over content that is no licence of this format. Check 4."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import cbor2

from elicense.limits import DAY_MAX, INSTANT_MAX, INSTANT_MIN
from tests import forge
from tests.making.case import Case, refused
from tests.making.genuine import KEY
from tests.making.world import T0
from tests.world import institution, nurse, physician, signer

BODY: Final = forge.raw(forge.wire(_64=0))
_NAME: Final = forge.raw("林知远")
_DEVICE: Final = signer("device a").public_key

_PIECES: Final[dict[str, tuple[bytes, bytes]]] = {
    "a field twice": (b"\x04" + _NAME, b"\x04" + _NAME + b"\x04" + _NAME),
    "a label in two bytes": (b"\x04" + _NAME, b"\x18\x04" + _NAME),
    "a length in two bytes": (_NAME, b"\x78\x09" + _NAME[1:]),
    "an integer in two bytes": (b"\x03\x01", b"\x03\x18\x01"),
    "an integer in nine bytes": (b"\x03\x01", b"\x03\x1b" + bytes(7) + b"\x01"),
    "a text in pieces": (_NAME, b"\x7f" + _NAME + b"\xff"),
    "an array in pieces": (b"\x12\x81\x0b", b"\x12\x9f\x0b\xff"),
    "text that is no UTF-8": (_NAME, b"\x69\xff" + _NAME[2:]),
    "text of surrogates": (_NAME, b"\x66\xed\xa0\x80\xed\xb0\x80"),
    "text of overlong UTF-8": (_NAME, b"\x62\xc0\xaf"),
    "an integer as floating point": (b"\x03\x01", b"\x03\xf9\x3c\x00"),
    "an integer as a big number": (b"\x03\x01", b"\x03\xc2\x41\x01"),
    "true for an integer": (b"\x03\x01", b"\x03\xf5"),
    "null for an integer": (b"\x03\x01", b"\x03\xf6"),
    "undefined for an integer": (b"\x03\x01", b"\x03\xf7"),
    "a simple value": (b"\x03\x01", b"\x03\xf8\x20"),
    "a tag": (b"\x03\x01", b"\x03\xc1\x01"),
    "a shared value": (b"\x03\x01", b"\x03\xd8\x1c\x01"),
    "a name of bytes": (_NAME, b"\x49" + _NAME[1:]),
    "true as a label": (b"\x01\x01\x02", b"\xf5\x01\x02"),
    "labels out of order": (b"\x03\x01\x04" + _NAME, b"\x04" + _NAME + b"\x03\x01"),
    "a map longer than announced": (b"\x18\x40\x00", b"\x18\x40\x00\x18\x41\x00"),
    "a map shorter than announced": (b"\x18\x40\x00", b""),
    "something behind the map": (b"\x18\x40\x00", b"\x18\x40\x00\xa0"),
    "an ignored label that holds floating point": (b"\x18\x40\x00", b"\x18\x40\xf9\x00\x00"),
    "an ignored label that holds a map out of order": (b"\x18\x40\x00", b"\x18\x40\xa2\x02\x00\x01\x00"),
    "an ignored label nested too deeply": (b"\x18\x40\x00", b"\x18\x40" + b"\x81" * 9 + b"\x00"),
}

_FIELDS: Final[dict[str, Any]] = {
    "no version": {"_3": ...}, "version 0": {"_3": 0}, "version 1000": {"_3": 1000}, "version negative": {"_3": -1},
    "no name": {"_4": ...}, "name empty": {"_4": ""}, "name of 65 characters": {"_4": "林" * 65},
    "name that begins with a space": {"_4": " 林"}, "name that ends with a space": {"_4": "林 "},
    "name with a line break": {"_4": "林\n知远"}, "name with right-to-left override": {"_4": "林\u202e远知"},
    "name with isolates": {"_4": "\u2066林知远\u2069"}, "name with a zero-width joiner": {"_4": "林\u200d知远"},
    "name with a Cyrillic letter": {"_4": "L\u0456n"}, "name in Greek": {"_4": "\u0391\u03b2"},
    "name in full-width letters": {"_4": "Ｌｉｎ"}, "name with a radical for a character": {"_4": "\u2f4a"},
    "name with a compatibility ideograph": {"_4": "\uf92d"}, "name with a combining accent": {"_4": "e\u0301"},
    "name with a ligature": {"_4": "\ufb01n"}, "name with an emoji": {"_4": "林👨"},
    "name with a tag": {"_4": "\U000e0041"},
    "name with a private character": {"_4": "林\ue000"}, "name with a variation selector": {"_4": "林\ufe00"},
    "status list 0": {"_6": [0, 1]}, "status index negative": {"_6": [1, -1]},
    "status index too large": {"_6": [1, 2**24]},
    "status of three": {"_6": [1, 2, 3]}, "status of one": {"_6": [1]}, "status as a map": {"_6": {1: 1}},
    "place outside the country": {"_7": 830_000}, "place as text": {"_7": "460000"}, "no place": {"_7": ...},
    "institution without a name": {"_11": ["MBT10001246010011A1001"]},
    "institution with a null at the end": {"_11": ["MBT10001246010011A1001", "院", None]},
    "institution number in small letters": {"_11": ["mbt10001246010011a1001", "院"]},
    "no scopes": {"_18": []}, "a scope twice": {"_18": [11, 11]}, "seventeen scopes": {"_18": list(range(1, 18))},
    "scopes as one integer": {"_18": 11}, "scope true beside 1": {"_18": [1, True]},
    "filings empty": {"_12": []},
    "a filing that ends before it begins": {"_12": [["MBT10001246010011A1001", "院", 9, 8]]},
    "a filing twice": {"_12": [["MBT10001246010011A1001", "院", 9]] * 2},
    "number of 16 digits": {"_2": 10**15}, "number as text": {"_2": "110460100000123"}, "number negative": {"_2": -1},
    "kind as text": {"_1": "1"}, "no kind": {"_1": ...}, "negative label": {"_m1": 0},
}  # fmt: skip


def cases() -> Iterator[Case]:
    """Content that is refused, whoever signed it."""
    for name, (old, new) in _PIECES.items():
        yield refused(name, forge.token(BODY.replace(old, new), KEY), "claims-bad")
    for name, changes in _FIELDS.items():
        yield refused(name, forge.token(forge.wire(**changes), KEY), "claims-bad")
    for name, payload in _payloads():
        yield refused(name, forge.token(payload, KEY), "claims-bad")
    for name, payload in _unknown():
        yield refused(name, forge.token(payload, KEY), "claims-unknown")


def _payloads() -> Iterator[tuple[str, object]]:
    body, nurses, clinic = forge.wire(), forge.wire(nurse()), forge.wire(institution())
    yield from (
        ("an empty map", b"\xa0"), ("an array", b"\x80"), ("null", b"\xf6"), ("text", cbor2.dumps("licence")),
        ("no CBOR", b"licence"), ("a token inside a token", forge.token(body, KEY)),
        ("a licence that is no map", forge.changed(body, {"_m65537": [1]})),
        ("no time of issue", forge.changed(body, {"_6": ...})),
        ("time of issue too early", forge.changed(body, {"_6": INSTANT_MIN - 1})),
        ("time of issue too late", forge.changed(body, {"_6": INSTANT_MAX + 1})),
        ("time of issue as floating point", forge.changed(body, {"_6": float(T0)})),
        ("time of issue as text", forge.changed(body, {"_6": str(T0)})),
        ("a physician with an end", forge.changed(body, {"_4": nurses[4]})),
        ("a nurse without an end", forge.changed(nurses, {"_4": ...})),
        ("an end one second early", forge.changed(nurses, {"_4": nurses[4] - 1})),
        ("an end one second late", forge.changed(nurses, {"_4": nurses[4] + 1})),
        ("an end at midnight UTC", forge.changed(nurses, {"_4": nurses[4] + 8 * 3600})),
        ("an end that is null", forge.changed(nurses, {"_4": None})),
        ("a nurse for five years and a day", forge.changed(nurses, {"_4": nurses[4] + 86_400})),
        ("a nurse that ends on the day of registration", forge.changed(nurses, {"_4": nurses[4] - 1826 * 86_400})),
        ("a nurse's number of another century", forge.wire(nurse(), _2=211946000456)),
        ("a nurse's number of no province", forge.wire(nurse(), _2=201999000456)),
        ("a day after the last", forge.wire(nurse(), _8=DAY_MAX + 1)),
        ("a day before 1970", forge.wire(nurse(), _8=-1)),
        ("an institution without an end", forge.changed(clinic, {"_4": ...})),
        ("an institution without verification", forge.wire(institution(), _9=...)),
        ("an institution that begins after its end", forge.wire(institution(), _8=DAY_MAX)),
        ("an institution without subjects", forge.wire(institution(), _20=[])),
        ("subjects not in one array", forge.wire(institution(), _20=[[3, 1], [3, 4]])),
        ("a subject alone in an array", forge.wire(institution(), _20=[[3]])),
        ("subject 0", forge.wire(institution(), _20=[0])), ("subject 100", forge.wire(institution(), _20=[100])),
        ("a subject as text", forge.wire(institution(), _20=["03"])),
        ("a subject twice", forge.wire(institution(), _20=[3, 3])),
        ("subjects of group 12 without their edition", forge.wire(institution(), _20=[[12, 1]])),
        ("a remark on a subject that is not listed", forge.wire(institution(), _32=[99])),
        ("an institution with the profit class 3", forge.wire(institution(), _2="MBT10001246010011A1003")),
        ("an address with a tab", forge.wire(institution(), _22="海口\t1号")),
        ("beds negative", forge.wire(institution(), _29=-1)),
    )  # fmt: skip
    key = {1: 2, -1: 1, -2: _DEVICE.x, -3: bool(_DEVICE.y[-1] & 1)}
    for name, cnf in (
        ("empty", {}), ("not a map", []), ("with a second member", {1: key, 3: b"x"}),
        ("not compressed", {1: {**key, -3: _DEVICE.y}}),
        ("with an algorithm", {1: {1: 2, 3: -7, -1: 1, -2: _DEVICE.x, -3: True}}),
        ("out of order", {1: {-1: 1, 1: 2, -2: _DEVICE.x, -3: True}}),
        ("no point of the curve", {1: {**key, -2: b"\xff" * 32}}),
        ("of another curve", {1: {**key, -1: 2}}), ("by its id only", {3: b"12345678"}),
    ):  # fmt: skip
        yield f"a device key {name}", forge.changed(forge.wire(physician(holder_key=_DEVICE)), {"_8": cnf})


def _unknown() -> Iterator[tuple[str, object]]:
    body = forge.wire()
    yield from (
        ("a critical label that nobody knows", forge.wire(_63=1)),
        ("a label of another kind", forge.wire(nurse(), _16=1)),
        ("a fourth kind", forge.wire(_1=4)),
        ("kind 0", forge.wire(_1=0)),
        ("an audience", forge.changed(body, {"_3": "x"})),
        ("a time before which it is not valid", forge.changed(body, {"_5": T0})),
        ("a licence without claims around it", body[forge.LICENCE]),
        ("another private claim", forge.changed(body, {"_m65539": 1})),
    )
