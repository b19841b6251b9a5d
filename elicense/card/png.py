"""The card drawn by Pillow."""

from __future__ import annotations

import functools
import io
from typing import Final

from PIL import Image, ImageDraw

from elicense.card import layout
from elicense.card.fonts import Fonts
from elicense.card.layout import Card, Text

_ANCHORS: Final = {"start": 0.0, "middle": 0.5, "end": 1.0}


def png(card: Card) -> bytes:
    """The card as a PNG of 1280 by 808 pixels."""
    picture = _watermark(card.fonts).copy()
    draw = ImageDraw.Draw(picture)
    _ground(draw, card)
    for text in card.texts:
        _text(draw, card.fonts, text)
    _code(draw, card)
    held = io.BytesIO()
    picture.save(held, "PNG", compress_level=6)
    return held.getvalue()


def _ground(draw: ImageDraw.ImageDraw, card: Card) -> None:
    right, bottom = layout.WIDTH, layout.HEIGHT
    draw.rectangle((0, 0, right, layout.HEADER), fill=layout.BLUE)
    draw.rectangle((0, layout.HEADER, right, layout.HEADER + layout.RULE), fill=layout.RED)
    draw.rectangle((0, bottom - layout.FOOTER, right, bottom), fill=layout.PALE)
    side = layout.QR_SIDE
    left, top = right - layout.MARGIN - side, layout.TOP
    draw.rounded_rectangle((left, top, left + side, top + side), 14, fill=layout.WHITE, outline="#c9d6e6", width=2)
    pill = (right - layout.MARGIN - 250, 30, right - layout.MARGIN, 98)
    draw.rounded_rectangle(pill, 12, outline=layout.WHITE, width=3)
    middle = (pill[0] + pill[2]) / 2
    _text(draw, card.fonts, Text(x=middle, y=64, text=layout.SAMPLE, size=30, colour=layout.WHITE, anchor="middle"))
    _text(draw, card.fonts, Text(x=middle, y=87, text=layout.SAMPLE_EN, size=14, colour=layout.WHITE, anchor="middle"))


@functools.lru_cache(maxsize=2)
def _watermark(fonts: Fonts) -> Image.Image:
    """The word 演示样本 across the card, pale, beneath everything else; the same on every card."""
    layer = Image.new("RGB", (layout.WIDTH * 2, layout.HEIGHT * 2), layout.WHITE)
    draw = ImageDraw.Draw(layer)
    for row, y in enumerate(range(60, layer.height, 190)):
        for x in range(-200 + row % 2 * 180, layer.width, 420):
            _text(draw, fonts, Text(x=x, y=y, text=layout.SAMPLE, size=64, colour="#f1f5fa"))
    turned = layer.rotate(24, Image.Resampling.BICUBIC, fillcolor=layout.WHITE)
    left, top = layout.WIDTH // 2, layout.HEIGHT // 2
    return turned.crop((left, top, left + layout.WIDTH, top + layout.HEIGHT))


def _text(draw: ImageDraw.ImageDraw, fonts: Fonts, text: Text) -> None:
    x = text.x - fonts.width(text.text, text.size) * _ANCHORS[text.anchor]
    for number, piece in fonts.runs(text.text):
        font = fonts.at(number, text.size)
        draw.text((x, text.y), piece, fill=text.colour, font=font, anchor="ls")
        x += font.getlength(piece)


def _code(draw: ImageDraw.ImageDraw, card: Card) -> None:
    left, top = card.qr_origin
    side = card.module
    for row, modules in enumerate(card.modules):
        for column, dark in enumerate(modules):
            if dark:
                x, y = left + column * side, top + row * side
                draw.rectangle((x, y, x + side - 1, y + side - 1), fill="#000000")
