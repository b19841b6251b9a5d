"""The fonts of the card: which has which character, and how wide a text is.

Noto Sans SC draws; Noto Serif SC helps out character by character. Both come from the package pylopdf-fonts-zh-cn
(SIL Open Font License 1.1) and have rare characters of names that common system fonts lack.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import pylopdf_fonts_zh_cn
from fontTools.ttLib import TTFont
from PIL import ImageFont

from elicense.errors import ElicenseError


class GlyphMissing(ElicenseError):
    """No font has this character. `codepoint` says which; the text itself is not repeated."""

    def __init__(self, codepoint: int) -> None:
        super().__init__(f"no font has U+{codepoint:04X}")
        self.codepoint = codepoint


@dataclass(frozen=True, slots=True)
class Fonts:
    """Font files in the order in which they are asked for a character."""

    paths: tuple[Path, ...]

    def font_of(self, character: str) -> int:
        """The number of the first font that has the character. Raises `GlyphMissing`."""
        for number, path in enumerate(self.paths):
            if ord(character) in _characters(path):
                return number
        raise GlyphMissing(ord(character))

    def runs(self, text: str) -> tuple[tuple[int, str], ...]:
        """The text in pieces of one font each: (number of the font, piece). Raises `GlyphMissing`."""
        return tuple((number, "".join(piece)) for number, piece in groupby(text, self.font_of))

    def at(self, number: int, size: int) -> ImageFont.FreeTypeFont:
        """A font at a size in pixels."""
        return _font(self.paths[number], size)

    def width(self, text: str, size: int) -> float:
        """How many pixels a text is wide. Raises `GlyphMissing`."""
        return _width(self, text, size)


@functools.cache
def bundled() -> Fonts:
    """The fonts that come with the package."""
    return Fonts((Path(pylopdf_fonts_zh_cn.sans_path()), Path(pylopdf_fonts_zh_cn.serif_path())))


_CACHED_SIZES: Final = 64


@functools.lru_cache(maxsize=4096)
def _width(fonts: Fonts, text: str, size: int) -> float:
    """Kept, since text is laid out by trying: the same characters are asked for again and again."""
    return sum(fonts.at(number, size).getlength(piece) for number, piece in fonts.runs(text))


@functools.lru_cache(maxsize=8)
def _characters(path: Path) -> frozenset[int]:
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


@functools.lru_cache(maxsize=_CACHED_SIZES)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
