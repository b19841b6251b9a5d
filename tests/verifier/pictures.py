"""Pictures and PDFs for tests: good ones in every shape, and some that were made to do harm."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import segno
from PIL import Image, ImageDraw

from elicense import qr


def code(text: str, scale: int = 4) -> Image.Image:
    """The QR code of a text, in shades of grey; a link of ours in its two segments."""
    head, mark, digits = text.rpartition("#")
    if mark and digits.isdecimal():
        return Image.open(io.BytesIO(qr.png(text, scale=scale))).convert("L")
    held = io.BytesIO()
    segno.make_qr(head + mark + digits).save(held, kind="png", scale=scale, border=4)
    return Image.open(held).convert("L")


def saved(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a picture file."""
    held = io.BytesIO()
    picture.save(held, kind, **options)
    return held.getvalue()


def sheet(pictures: Sequence[Image.Image], columns: int) -> Image.Image:
    """Pictures on one white sheet, row by row."""
    width, height = max(one.width for one in pictures), max(one.height for one in pictures)
    rows = -(-len(pictures) // columns)
    made = Image.new("L", (width * columns, height * rows), 255)
    for number, one in enumerate(pictures):
        made.paste(one, (number % columns * width, number // columns * height))
    return made


def pdf(pages: Sequence[Image.Image]) -> bytes:
    """A PDF with a picture on each page."""
    return saved(pages[0], "PDF", save_all=True, append_images=pages[1:], resolution=100)


def raw_pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of objects written by hand; the first is the catalogue."""
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"<< /Size %d /Root 1 0 R %s >>" % (len(objects) + 1, trailer)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n%s\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1, table, end, len(out),
    )  # fmt: skip


def empty_pdf(pages: int, box: bytes = b"0 0 100 100", trailer: bytes = b"") -> bytes:
    """A PDF with this many empty pages."""
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(pages))
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
            *[b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] >>" % box] * pages,
        ],
        trailer,
    )


def locked_pdf() -> bytes:
    """A PDF that wants a password."""
    secret = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<%s> <%s>]" % (
        b"11" * 32, b"22" * 32, b"33" * 16, b"33" * 16,
    )  # fmt: skip
    return empty_pdf(1, trailer=secret)


def endless_pdf(depth: int = 9, fan: int = 10) -> bytes:
    """Two kilobytes that draw a form that draws ten forms that draw ten forms ..."""
    forms = []
    for number in range(depth):
        last = number == depth - 1
        content = b"0 0 100 100 re f" if last else b"/F Do " * fan
        below = b"" if last else b"/Resources << /XObject << /F %d 0 R >> >>" % (number + 6)
        forms.append(_stream(b"/Type /XObject /Subtype /Form /BBox [0 0 200 200] " + below, content))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << /XObject %s >> >>" % (
        b"<< /F 5 0 R >>"
    )
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page,
            _stream(b"", b"/F Do"),
            *forms,
        ]
    )


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<< %s /Length %d >> stream\n%s\nendstream" % (entries, len(content), content)


def labyrinth(side: int = 200) -> Image.Image:
    """Thousands of finder patterns and no code: a reader tries to put every three of them together."""
    cell = Image.new("L", (18, 18), 255)
    draw = ImageDraw.Draw(cell)
    for inset, shade in ((2, 0), (4, 255), (6, 0)):
        draw.rectangle((inset, inset, 17 - inset, 17 - inset), fill=shade)
    return sheet([cell] * side**2, side)


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is this large and holds hardly anything."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(10_000))), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body
