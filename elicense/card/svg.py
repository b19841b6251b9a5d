"""The card as SVG: real text in the reader's own fonts, the code as one path.

No script, no style element or attribute, no outside reference: it may stand in a page under a strict content security
policy, and prints at any size.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from elicense.card import layout
from elicense.card.layout import Card, Text

_FAMILY: Final = "Noto Sans SC, PingFang SC, HarmonyOS Sans SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"


def svg(card: Card) -> str:
    """The card as an SVG document."""
    right, bottom = layout.WIDTH, layout.HEIGHT
    side, top = layout.QR_SIDE, layout.TOP
    left = right - layout.MARGIN - side
    pill = right - layout.MARGIN - 250
    frame = f'rx="14" fill="{layout.WHITE}" stroke="#c9d6e6" stroke-width="2"'
    outline = f'rx="12" fill="none" stroke="{layout.WHITE}" stroke-width="3"'
    family = f"font-family={quoteattr(_FAMILY)}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {bottom}" role="img" lang="zh-CN" {family}>',
        f"<title>{escape(card.title)}</title>",
        f'<rect width="{right}" height="{bottom}" fill="{layout.WHITE}"/>',
        *_watermark(),
        f'<rect width="{right}" height="{layout.HEADER}" fill="{layout.BLUE}"/>',
        f'<rect y="{layout.HEADER}" width="{right}" height="{layout.RULE}" fill="{layout.RED}"/>',
        f'<rect y="{bottom - layout.FOOTER}" width="{right}" height="{layout.FOOTER}" fill="{layout.PALE}"/>',
        f'<rect x="{left}" y="{top}" width="{side}" height="{side}" {frame}/>',
        f'<rect x="{pill}" y="30" width="250" height="68" {outline}/>',
        _text(Text(x=pill + 125, y=64, text=layout.SAMPLE, size=30, colour=layout.WHITE, anchor="middle")),
        _text(Text(x=pill + 125, y=87, text=layout.SAMPLE_EN, size=14, colour=layout.WHITE, anchor="middle")),
        *map(_text, card.texts),
        _code(card),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _watermark() -> list[str]:
    return [
        f'<text x="{x}" y="{y}" font-size="64" fill="#f1f5fa" transform="rotate(-24 {x} {y})">{layout.SAMPLE}</text>'
        for row, y in enumerate(range(200, layout.HEIGHT + 200, 190))
        for x in range(-60 + row % 2 * 180, layout.WIDTH, 420)
    ]


def _text(text: Text) -> str:
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    place = f'x="{text.x:g}" y="{text.y:g}" font-size="{text.size}" fill="{text.colour}"{anchor}'
    return f"<text {place}>{escape(text.text)}</text>"


def _code(card: Card) -> str:
    """Each run of dark modules in a row is one rectangle of the path."""
    left, top = card.qr_origin
    path: list[str] = []
    for row, modules in enumerate(card.modules):
        column = 0
        for dark, run in groupby(modules):
            length = len(list(run))
            if dark:
                path.append(f"M{column} {row}h{length}v1h-{length}z")
            column += length
    move = f'transform="translate({left} {top}) scale({card.module})"'
    return f'<path {move} fill="#000000" shape-rendering="crispEdges" d="{"".join(path)}"/>'
