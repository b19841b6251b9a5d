"""Between a token and what a camera reads: link, digits, segments, picture.

    https://host/path#12345...   byte mode up to and with "#", numeric mode for the digits

The digits are the decimal form of the token read as one big-endian integer. Numeric mode is the densest
mode of a QR code, digits may stand in a URL fragment, and what stands after `#` never reaches a server.
A reader takes the digits and ignores the rest (docs/format.md).
"""

from __future__ import annotations

import io
import math
import re
from typing import TYPE_CHECKING, Any, Final

from elicense.errors import Rejected
from elicense.limits import QR_DIGITS_MAX, TEXT_CHARS_MAX, TOKEN_BYTES_MAX
from elicense.reason import Reason

if TYPE_CHECKING:
    import segno

DIGITS_PER_BYTE: Final = math.log10(256)
QUIET_ZONE: Final = 4
_HALF: Final = QR_DIGITS_MAX // 2
_NEVER_REFUSED: Final = 640
_TEN_TO_HALF: Final = int("1" + "0" * _HALF)
_BASE: Final = re.compile(r"https?://[!\"$-~]+")


def to_digits(token: bytes) -> str:
    """The decimal form of a token. Raises `ValueError` for one that a QR licence may not hold."""
    if not token or token[0] == 0 or len(token) > TOKEN_BYTES_MAX:
        raise ValueError("not a token of a QR licence")
    high, low = divmod(int.from_bytes(token, "big"), _TEN_TO_HALF)
    if high >= _TEN_TO_HALF:
        raise ValueError("the token needs more digits than a QR licence may have")
    return f"{high}{low:0{_HALF}d}" if high else str(low)


def to_link(token: bytes, base: str) -> str:
    """The text of the QR code: `base`, a link without a fragment, then `#` and the digits."""
    if not _BASE.fullmatch(base.removesuffix("#")):
        raise ValueError("the base is a link in ASCII without a fragment")
    return f"{base.removesuffix('#')}#{to_digits(token)}"


def from_text(text: str) -> bytes:
    """The token in a text: only digits, or a link whose fragment is only digits. Raises `Rejected`."""
    if len(text) > TEXT_CHARS_MAX:
        raise Rejected(Reason.TOO_LARGE)
    digits = text.rpartition("#")[2]
    if len(digits) > QR_DIGITS_MAX:
        raise Rejected(Reason.TOO_LARGE)
    if not (digits.isascii() and digits.encode("ascii").isdigit()) or digits[0] == "0":  # bytes: six times as fast
        raise Rejected(Reason.MALFORMED, "no licence digits")
    number = _number(digits)
    return number.to_bytes((number.bit_length() + 7) >> 3, "big")


def _number(digits: str) -> int:
    """The integer; in two halves if long, since a program may have told Python to refuse more than 640 at a time."""
    if len(digits) <= _NEVER_REFUSED:
        return int(digits)
    return int(digits[:-_HALF] or "0") * _TEN_TO_HALF + int(digits[-_HALF:])


def symbol(link: str, error: str = "m") -> segno.QRCode:
    """The QR symbol of a link made by `to_link`, in its two segments. `error` is the level: l, m, q or h."""
    import segno  # noqa: PLC0415 - brings a client for HTTP along, and who reads a code draws none
    from segno import consts  # noqa: PLC0415

    head, mark, digits = link.rpartition("#")
    segments: Any = [(head + mark, consts.MODE_BYTE), (digits, consts.MODE_NUMERIC)]
    return segno.make_qr(segments, error=error, boost_error=False, encoding="ascii")


def matrix(link: str, error: str = "m") -> tuple[tuple[bool, ...], ...]:
    """The modules of the symbol, dark is True, without the quiet zone."""
    return tuple(tuple(bool(module) for module in row) for row in symbol(link, error).matrix)


def png(link: str, *, scale: int = 4, error: str = "m") -> bytes:
    """The symbol as a PNG, `scale` pixels a module, with its quiet zone."""
    held = io.BytesIO()
    symbol(link, error).save(held, kind="png", scale=scale, border=QUIET_ZONE)
    return held.getvalue()


def svg(link: str, *, error: str = "m") -> str:
    """The symbol as an SVG picture without styles or scripts, with its quiet zone."""
    held = io.BytesIO()
    symbol(link, error).save(held, kind="svg", border=QUIET_ZONE, xmldecl=False, svgclass=None, lineclass=None)
    return held.getvalue().decode("utf-8")
