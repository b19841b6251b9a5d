"""How the PDF looks: A4, title, code, every line of the face, on as many pages as it takes (ISO 32000).

The same licence makes the same bytes: no clock, no random number. Text is text, in the fonts of the card, which are
embedded; a character that they lack is an error (`GlyphMissing`), never a box. Title and language stand in the file.
"""

from __future__ import annotations

import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from fpdf import FPDF
from fpdf.fonts import TTFFont

from elicense import face, qr
from elicense.card import bundled

if TYPE_CHECKING:
    from elicense.card import Fonts
    from elicense.licence import Licence
    from elicense.trust import Issuer

MARGIN: Final = 20.0
CODE_SIDE: Final = 62.0
"""Millimetres of the code with its quiet zone."""
LABEL: Final = 46.0
SAMPLE: Final = "演示样本"
_SAMPLE_EN: Final = "DEMONSTRATION SAMPLE"
_DISCLAIMER: Final = "演示样本，不是法定证照 · A demonstration, not a legal licence"
_SCAN: Final = "扫码核验真伪和现状 · Scan to verify"
_SIGNED: Final = "本文件带有电子签名，改动即失效；证照是否有效以扫码结果为准。"
_BLUE: Final = (11, 79, 158)
_RED: Final = (179, 20, 44)
_INK: Final = (20, 32, 46)
_QUIET: Final = (81, 96, 116)
_PALE: Final = (236, 241, 247)
_MARKS: Final = ((28, 108), (112, 148), (28, 188), (112, 228), (28, 268))


class _Page(FPDF):
    """Pages with the mark beneath and the number at the foot of each."""

    def __init__(self, fonts: Fonts) -> None:
        super().__init__(format="A4")
        self.faces = fonts
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=26)

    def header(self) -> None:
        """The mark across the page."""
        self.set_text_color(*_PALE)
        for x, y in _MARKS:
            with self.rotation(24, x, y):
                self.put(x, y, SAMPLE, 40)
        self.set_text_color(*_RED)
        self.put(self.w - MARGIN - self.wide(SAMPLE, 15), 17, SAMPLE, 15)
        self.put(self.w - MARGIN - self.wide(_SAMPLE_EN, 7), 21, _SAMPLE_EN, 7)
        self.set_y(30)

    def footer(self) -> None:
        """What it is not, what the signature is, which page."""
        self.set_draw_color(*_RED)
        self.line(MARGIN, self.h - 21, self.w - MARGIN, self.h - 21)
        self.set_text_color(*_RED)
        self.put(MARGIN, self.h - 16, _DISCLAIMER, 8)
        self.set_text_color(*_QUIET)
        self.put(MARGIN, self.h - 11, _SIGNED, 8)
        number = str(self.page_no())
        self.put(self.w - MARGIN - self.wide(number, 8), self.h - 11, number, 8)

    def face(self, number: int, size: float) -> None:
        """Draw with a font from here on; it is opened when it is first needed."""
        family = f"face{number}"
        if family not in self.fonts:
            self.add_font(family, fname=self.faces.paths[number])
        self.set_font(family, size=size)

    def close_fonts(self) -> None:
        """Close the files of the fonts, which the library leaves open."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def put(self, x: float, y: float, text: str, size: float) -> None:
        """A line of text from a point on its baseline, each character in the first font that has it."""
        for number, piece in self.faces.runs(text):
            self.face(number, size)
            self.text(x, y, piece)
            x += self.get_string_width(piece)

    def wide(self, text: str, size: float) -> float:
        """How many millimetres a text is wide. Raises GlyphMissing."""
        used = 0.0
        for number, piece in self.faces.runs(text):
            self.face(number, size)
            used += self.get_string_width(piece)
        return used

    def lines(self, text: str, size: float, width: float) -> list[str]:
        """The text in lines of at most `width` millimetres."""
        found, line = [], ""
        for character in text:
            if line and self.wide(line + character, size) > width and character not in "、，。）：":
                found.append(line)
                line = ""
            line += character
        return [*found, line]


def pdf(licence: Licence, issuer: Issuer, link: str, fonts: Fonts | None = None) -> bytes:
    """Return the PDF of a licence, unsigned. `link` is the text of its QR code. Raises `GlyphMissing`."""
    page = _Page(fonts or bundled())
    try:
        return _drawn(page, licence, issuer, link)
    finally:
        page.close_fonts()


def _drawn(page: _Page, licence: Licence, issuer: Issuer, link: str) -> bytes:
    title = face.title(licence.kind)
    page.set_title(f"{title} {licence.name} {licence.number}")
    page.set_subject(_DISCLAIMER)
    page.set_lang("zh-CN")
    page.set_creator("elicense")
    page.set_creation_date(datetime.datetime.fromtimestamp(licence.issued_at, tz=datetime.UTC))
    page.set_display_mode("fullpage")
    page.add_page()
    page.set_text_color(*_BLUE)
    page.put(MARGIN, 38, title, 24)
    page.set_text_color(*_QUIET)
    page.put(MARGIN, 45, face.title(licence.kind, "en"), 11)
    _code(page, qr.matrix(link), page.w - MARGIN - CODE_SIDE, 52)
    page.put(page.w - MARGIN - (CODE_SIDE + page.wide(_SCAN, 8.5)) / 2, 52 + CODE_SIDE + 5, _SCAN, 8.5)
    page.set_y(58)
    for row, english in zip(face.rows(licence, issuer), face.rows(licence, issuer, "en"), strict=True):
        _row(page, row, english.label, below=52 + CODE_SIDE + 9)
    return bytes(page.output())


def _row(page: _Page, row: face.Row, english: str, below: float) -> None:
    """A label in both languages and its value; beside the code the lines are shorter."""
    beside = page.page_no() == 1 and page.get_y() < below
    width = page.w - 2 * MARGIN - LABEL - (CODE_SIDE + 6 if beside else 0)
    for number, line in enumerate(page.lines(row.value or "—", 11.5, width)):
        if page.will_page_break(11):
            page.add_page()
        y = page.get_y()
        if number == 0:
            page.set_text_color(*_QUIET)
            page.put(MARGIN, y + 4, row.label, 9.5)
            page.put(MARGIN, y + 8, english, 6.5)
        page.set_text_color(*_INK)
        page.put(MARGIN + LABEL, y + 4.5, line, 11.5)
        page.set_xy(MARGIN, y + 6)
    page.set_xy(MARGIN, page.get_y() + 4.5)


def _code(page: _Page, modules: tuple[tuple[bool, ...], ...], x: float, y: float) -> None:
    """Each run of dark modules in a row is one rectangle."""
    side = CODE_SIDE / (len(modules) + 2 * qr.QUIET_ZONE)
    page.set_fill_color(255, 255, 255)
    page.rect(x, y, CODE_SIDE, CODE_SIDE, style="F")
    page.set_fill_color(0, 0, 0)
    for number, line in enumerate(modules):
        column = 0
        for dark, run in groupby(line):
            length = len(list(run))
            if dark:
                left, top = x + (qr.QUIET_ZONE + column) * side, y + (qr.QUIET_ZONE + number) * side
                page.rect(left, top, length * side, side * 1.02, style="F")
            column += length
