"""The icons of the installed page, drawn when the server starts: a sheet with a tick, marked 演示 as everything is."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageDraw

from elicense.card import fonts

SIZES: Final = (192, 512)
_BLUE: Final = "#0b4f9e"
_RED: Final = "#b3142c"
_WHITE: Final = "#ffffff"
_PALE: Final = "#c9d9ee"
_MARK: Final = "演示"
_DRAWN: Final = 1024


def png(size: int) -> bytes:
    """The icon as a PNG of `size` by `size` pixels. What matters lies in the middle, so that any mask fits."""
    picture = Image.new("RGB", (_DRAWN, _DRAWN), _BLUE)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((262, 190, 762, 700), 44, fill=_WHITE)
    for row, width in enumerate((240, 380, 320)):
        draw.rounded_rectangle((322, 262 + row * 72, 322 + width, 290 + row * 72), 14, fill=_PALE)
    draw.line((352, 556, 462, 648, 690, 420), fill=_BLUE, width=64, joint="curve")
    for x, y in ((352, 556), (690, 420)):
        draw.ellipse((x - 32, y - 32, x + 32, y + 32), fill=_BLUE)
    draw.rounded_rectangle((322, 706, 702, 866), 36, fill=_RED)
    draw.text((512, 786), _MARK, fill=_WHITE, font=fonts.bundled().at(0, 124), anchor="mm")
    held = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(held, "PNG", optimize=True)
    return held.getvalue()
