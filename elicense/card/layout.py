"""The layout of the card: what stands where, in pixels of a 1280 by 808 card. Drawing is `png` and `svg`.

Lengths follow one scale; a value that is too long wraps, then becomes smaller; what still does not fit is cut so that
it is seen: a list ends in 等 N 项, another text in an ellipsis. The whole is in the code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from elicense import face, qr
from elicense.card.fonts import Fonts, bundled
from elicense.licence import Kind, Licence
from elicense.trust import Issuer

WIDTH: Final = 1280
HEIGHT: Final = 808
MARGIN: Final = 56
HEADER: Final = 128
RULE: Final = 6
FOOTER: Final = 84
QR_SIDE: Final = 420
COLUMN: Final = WIDTH - 2 * MARGIN - QR_SIDE - 48
LABEL_WIDTH: Final = 176
TOP: Final = HEADER + RULE + 30
BOTTOM: Final = HEIGHT - FOOTER - 14

BLUE: Final = "#0b4f9e"
RED: Final = "#c8102e"
INK: Final = "#14202e"
QUIET: Final = "#5b6b7f"
PALE: Final = "#eef3f9"
MARK: Final = "#e4ebf4"
WHITE: Final = "#ffffff"

SAMPLE: Final = "演示样本"
SAMPLE_EN: Final = "DEMONSTRATION SAMPLE"
DISCLAIMER: Final = "演示样本，不是法定证照 · A demonstration, not a legal licence"
SCAN: Final = "扫码核验 · Scan to verify"

_SIZES: Final = (30, 27, 24, 21, 18, 16)
_LABEL_SIZE: Final = 19
_ENGLISH_SIZE: Final = 13
_ON_FACE: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.PHYSICIAN: (
        "name", "sex", "number", "level", "category", "scopes", "scope_text", "place", "institution", "filings",
        "valid_until",
    ),
    Kind.NURSE: ("name", "sex", "number", "registered_on", "valid_until", "place", "institution", "filings"),
    Kind.INSTITUTION: (
        "institution_name", "registration_number", "address", "legal_representative", "principal", "statutory_type",
        "profit_class", "subjects", "valid_from", "valid_until", "verified_until",
    ),
}  # fmt: skip
_COMMA: Final = "、"
_CUT: Final = "…"
_LAST_LATIN: Final = "ɏ"
_SUBJECT_CODE: Final = re.compile(r"\A\d{2}(?:\.\d{2}){0,2} ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A piece of text: left end and baseline in pixels, size, colour. `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    size: int
    colour: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card ready to be drawn: texts, the modules of the code, and the fonts that have every character."""

    title: str
    texts: tuple[Text, ...]
    modules: tuple[tuple[bool, ...], ...]
    fonts: Fonts

    @property
    def module(self) -> int:
        """Pixels a module, a whole number, with the quiet zone inside the square of the code."""
        return QR_SIDE // (len(self.modules) + 2 * qr.QUIET_ZONE)

    @property
    def qr_origin(self) -> tuple[int, int]:
        """The top left corner of the first module."""
        drawn = self.module * len(self.modules)
        return WIDTH - MARGIN - QR_SIDE + (QR_SIDE - drawn) // 2, TOP + (QR_SIDE - drawn) // 2


def lay_out(licence: Licence, issuer: Issuer, link: str, fonts: Fonts | None = None) -> Card:
    """Lay a licence out. `link` is the text of its QR code. Raises `GlyphMissing`."""
    held = fonts or bundled()
    shown = {row.name: row for row in face.rows(licence, issuer)}
    rows = [_plain(shown[name]) for name in _ON_FACE[licence.kind] if name in shown]
    authority = _fit(f"登记机关 {shown['authority'].value}", held, 19, WIDTH - 2 * MARGIN)
    issued = f" · 签发日期 {shown['issued_on'].value} · 版本 {shown['version'].value}"
    free = WIDTH - 2 * MARGIN - held.width(issued, 17) - held.width(DISCLAIMER, 15) - 24
    by = _fit(f"发证机关 {issuer.name}", held, 17, free)
    texts = [
        Text(x=MARGIN, y=70, text=face.title(licence.kind), size=44, colour=WHITE),
        Text(x=MARGIN, y=104, text=face.title(licence.kind, "en"), size=20, colour="#cfe0f5"),
        *_rows(rows, held),
        *_under_code(licence),
        Text(x=MARGIN, y=HEIGHT - 46, text=authority, size=19, colour=INK),
        Text(x=MARGIN, y=HEIGHT - 18, text=by + issued, size=17, colour=QUIET),
        Text(x=WIDTH - MARGIN, y=HEIGHT - 18, text=DISCLAIMER, size=15, colour=RED, anchor="end"),
    ]  # fmt: skip
    for text in texts:
        held.runs(text.text)
    return Card(
        title=f"{face.title(licence.kind)} {licence.name}", texts=tuple(texts), modules=qr.matrix(link), fonts=held
    )


def _under_code(licence: Licence) -> list[Text]:
    middle = WIDTH - MARGIN - QR_SIDE / 2
    below = TOP + QR_SIDE
    number = f"{licence.number} · {licence.version:03d}"
    return [
        Text(x=middle, y=below + 34, text=SCAN, size=20, colour=BLUE, anchor="middle"),
        Text(x=middle, y=below + 62, text=number, size=16, colour=QUIET, anchor="middle"),
    ]


def _plain(row: face.Row) -> face.Row:
    """Subjects are printed by their names; their codes are in the code."""
    if row.name != "subjects":
        return row
    items = tuple(_SUBJECT_CODE.sub("", item) for item in row.items)
    return replace(row, value=_COMMA.join(items), items=items)


def _rows(rows: list[face.Row], fonts: Fonts) -> list[Text]:
    """The rows at the largest size at which they fit; at the smallest the longest values are cut until they do."""
    for size in _SIZES:
        if laid := _at_size(rows, fonts, size):
            return laid
    size = _SIZES[-1]
    cut = {row.name: row for row in rows}
    counts = {row.name: len(row.items) for row in rows}
    widths = {row.name: fonts.width(row.value, size) for row in rows}
    while not (laid := _at_size(list(cut.values()), fonts, size)):
        longest = max(widths, key=widths.__getitem__)
        cut[longest] = _shorter(cut[longest], counts[longest])
        widths[longest] = fonts.width(cut[longest].value, size)
    return laid


def _shorter(row: face.Row, count: int) -> face.Row:
    """A list of `count` items without the last few of those left; any other text without its last characters."""
    if len(row.items) > 1:
        items = row.items[: -max(1, len(row.items) // 16)]
        return replace(row, value=f"{_COMMA.join(items)} 等 {count} 项", items=items)
    if row.items:
        return replace(row, value=f"{count} 项", items=())
    return replace(row, value=f"{row.value.removesuffix(_CUT)[:-4]}{_CUT}")


def _fit(text: str, fonts: Fonts, size: int, width: float) -> str:
    """The text, cut visibly if it is wider than `width` pixels."""
    if fonts.width(text, size) <= width:
        return text
    while fonts.width(text + _CUT, size) > width:
        text = text[:-1]
    return text + _CUT


def _at_size(rows: list[face.Row], fonts: Fonts, size: int) -> list[Text]:
    """The rows laid out with values of this size; nothing if they do not fit."""
    line = round(size * 1.34)
    wrapped = [wrap(row.value, fonts, size, COLUMN - LABEL_WIDTH) for row in rows]
    heights = [max(len(lines) * line, _LABEL_SIZE + _ENGLISH_SIZE + 4) for lines in wrapped]
    gap = min(24.0, (BOTTOM - TOP - sum(heights)) / max(1, len(rows) - 1))
    if gap < 6:
        return []
    texts: list[Text] = []
    y = float(TOP)
    for row, lines, height in zip(rows, wrapped, heights, strict=True):
        label = y + _LABEL_SIZE
        english = face.label(row.name, "en")
        texts.append(Text(x=MARGIN, y=label, text=row.label, size=_LABEL_SIZE, colour=QUIET))
        texts.append(Text(x=MARGIN, y=label + _ENGLISH_SIZE + 4, text=english, size=_ENGLISH_SIZE, colour=QUIET))
        first = y + max(size, _LABEL_SIZE)
        texts += [
            Text(x=MARGIN + LABEL_WIDTH, y=first + number * line, text=one, size=size, colour=INK)
            for number, one in enumerate(lines)
        ]
        y += height + gap
    return texts


def wrap(text: str, fonts: Fonts, size: int, width: float) -> list[str]:
    """Break a text into lines of at most `width` pixels: after a Chinese character or sign, or at a space."""
    lines, line, used = [], "", 0.0
    for word in _words(text, fonts, size, width):
        wide = fonts.width(word, size)
        if line and used + wide > width:
            lines.append(line.rstrip())
            line, used = "", 0.0
            word = word.lstrip()  # noqa: PLW2901 - a space at the break is not drawn
            wide = fonts.width(word, size)
        line, used = line + word, used + wide
    return [*lines, line.rstrip()] if line.strip() else lines


def _words(text: str, fonts: Fonts, size: int, width: float) -> list[str]:
    """The pieces between which a line may break; none is wider than a line."""
    words: list[str] = []
    for character in text:
        together = words and character <= _LAST_LATIN and " " != words[-1][-1] <= _LAST_LATIN
        closing = words and character in "、，。）》：；”’·)"
        if (together or closing) and fonts.width(words[-1] + character, size) <= width:
            words[-1] += character
        else:
            words.append(character)
    return words
