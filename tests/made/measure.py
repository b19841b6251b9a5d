"""How large the formats are, and how large they would be otherwise. `python -m tests.made.measure` prints it."""

from __future__ import annotations

import datetime as dt
import sys
import zlib
from collections.abc import Callable
from typing import Any, Final

import cbor2
import segno
from segno import consts

from elicense import claims, qr
from elicense.keys import b64url
from tests.made.tokens import EXAMPLES, INSTITUTION, NURSE, PHYSICIAN
from tests.world import BASE

LEVELS: Final = ("l", "m", "q")
_BASE45: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def side(version: int) -> int:
    """Modules of one side of a QR symbol."""
    return 17 + 4 * version


def sizes() -> str:
    """Bytes, digits and symbols of the examples."""
    rows = ["| licence | payload | token | digits | at L | at M | at Q |", "|---|---|---|---|---|---|---|"]
    for each in EXAMPLES:
        symbols = [side(int(qr.symbol(each.link, level).version)) for level in LEVELS]
        cells = [len(each.payload), len(each.token), len(qr.to_digits(each.token)), *(f"{n}×{n}" for n in symbols)]
        rows.append(f"| {each.title} | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def base45(data: bytes) -> str:
    """RFC 9285."""
    out = ""
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(3 if len(pair) == 2 else 2):
            out += _BASE45[number % 45]
            number //= 45
    return out


def _version(segments: list[tuple[str, int]], level: str = "m") -> int:
    made: Any = segno.make_qr(segments, error=level, boost_error=False, encoding="iso-8859-1")  # type: ignore[arg-type]
    return int(made.version)


def _bits(kind: str, length: int) -> float:
    """Bits of the data part of a segment (ISO/IEC 18004), without its head."""
    return {"numeric": 10 * length / 3, "alphanumeric": 11 * length / 2, "byte": 8.0 * length}[kind]


def _named(licence: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in claims.to_json(licence).items()
    }


def alternatives() -> str:
    """The same licences by other means."""
    rows = ["| of the same licence | physician | nurse | institution |", "|---|---|---|---|"]
    examples = (PHYSICIAN, NURSE, INSTITUTION)

    def row(title: str, *cells: object) -> None:
        rows.append(f"| {title} | " + " | ".join(map(str, cells)) + " |")

    row("token, bytes", *(len(each.token) for each in examples))
    row("… after zlib level 9", *(len(zlib.compress(each.token, 9)) for each in examples))
    named = [
        cbor2.dumps({6: each.licence.issued_at, claims.LICENCE: _named(each.licence)}, canonical=True)
        for each in examples
    ]
    row("payload with integer labels, bytes", *(len(each.payload) for each in examples))
    row("payload with member names instead, bytes", *(len(each) for each in named))
    encodings: dict[str, tuple[str, Callable[[bytes], str]]] = {
        "decimal digits": ("numeric", lambda data: str(int.from_bytes(data, "big"))),
        "base45": ("alphanumeric", base45),
        "base64url": ("byte", b64url),
        "hexadecimal": ("alphanumeric", lambda data: data.hex().upper()),
    }
    modes = {"numeric": consts.MODE_NUMERIC, "alphanumeric": consts.MODE_ALPHANUMERIC, "byte": consts.MODE_BYTE}
    for title, (mode, encode) in encodings.items():
        bits = [_bits(mode, len(encode(each.token))) / len(each.token) for each in examples]
        row(f"{title}: bits for a byte of the token", *(f"{each:.2f}" for each in bits))
        symbols = [side(_version([(BASE, consts.MODE_BYTE), (encode(each.token), modes[mode])])) for each in examples]
        row(f"{title}: symbol at M", *(f"{each}×{each}" for each in symbols))
    jws = [
        len(b64url(b'{"alg":"ES256","kid":"0123456789abcdef"}') + b64url(str(_named(each.licence)).encode())) + 88
        for each in examples
    ]
    symbols = [side(_version([(BASE + "x" * each, consts.MODE_BYTE)])) for each in jws]
    row("compact JWS of the named form: characters", *jws)
    row("compact JWS of the named form: symbol at M", *(f"{each}×{each}" for each in symbols))
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(f"{sizes()}\n\n{alternatives()}\n")
