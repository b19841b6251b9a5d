"""Files that people upload, good and hostile, made here: nobody's papers."""

from __future__ import annotations

import io
import struct
import zlib

from fpdf import FPDF
from PIL import Image

GPS_TAG = 0x8825


def picture(kind: str = "JPEG", size: tuple[int, int] = (600, 800)) -> bytes:
    """A picture as a phone writes it: turned, with the place and the device beside it."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    beside = Image.Exif()
    beside[0x010F] = "SECRETCAMERA"
    beside[0x0112] = 6
    beside.get_ifd(GPS_TAG)[1] = "N"
    beside.get_ifd(GPS_TAG)[29] = "2026:03:02"
    held = io.BytesIO()
    image.save(held, kind, exif=beside)
    return held.getvalue()


def pdf(text: str = "health certificate") -> bytes:
    """A plain PDF."""
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=20)
    made.cell(text=text)
    return bytes(made.output())


def pdf_with(addition: bytes) -> bytes:
    """A PDF with an object of somebody's own before its end."""
    whole = pdf()
    cut = whole.rindex(b"xref")
    return whole[:cut] + b"99 0 obj\n" + addition + b"\nendobj\n" + whole[cut:]


def packed(addition: bytes) -> bytes:
    """A PDF whose addition lies packed in an object stream."""
    body = zlib.compress(addition)
    head = b"<< /Type /ObjStm /N 1 /First 5 /Filter /FlateDecode /Length %d >>\nstream\n" % len(body)
    return pdf_with(head + body + b"\nendstream")


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few hundred kilobytes that unpacks to gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes(10 * 2**20), 9)
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
