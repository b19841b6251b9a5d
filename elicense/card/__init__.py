"""The licence as a picture: a card as PNG and as SVG, from the same layout.

    >>> card = lay_out(licence, issuer, link)
    >>> open("card.png", "wb").write(png(card))

Only public fields are on it. It is marked 演示样本, carries no state title, no emblem and no seal. A character that the
fonts do not have is an error (`GlyphMissing`), never a box.
"""

from elicense.card.fonts import Fonts, GlyphMissing, bundled
from elicense.card.layout import Card, lay_out
from elicense.card.png import png
from elicense.card.svg import svg

__all__ = ["Card", "Fonts", "GlyphMissing", "bundled", "lay_out", "png", "svg"]
