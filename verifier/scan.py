"""From a picture to the texts of its QR codes.

PNG, JPEG, WebP, GIF (first frame), BMP, TIFF through Pillow, PDF pages through PDFium, codes through ZXing. A
picture that gives nothing is tried again enlarged and sharpened, then with its contrast evened out: measured, this
brings codes of 2.7 pixels a module back. Whatever the bytes, the answer is texts or `Unreadable`.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Final

import pypdfium2
import zxingcpp
from PIL import Image, ImageFilter, ImageOps

from elicense.errors import ElicenseError
from verifier.limits import CODES_MAX, PDF_DPI, PDF_PAGES_MAX, PICTURE_BYTES_MAX, PICTURE_PIXELS_MAX

_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_QR: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_PDF: Final = b"%PDF-"
_POINTS_PER_INCH: Final = 72
_ENLARGE_BELOW: Final = 1_600
_MAGIC: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", _PDF)


class Unreadable(ElicenseError):
    """No text could be read. `code` is `not-a-picture`, `too-large`, `no-code` or `damaged`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def looks_like_picture(data: bytes) -> bool:
    """Whether the bytes begin like a picture or a PDF, so that they are not a text."""
    return data.startswith(_MAGIC) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def texts_in(data: bytes) -> tuple[str, ...]:
    """The texts of all QR codes in a picture or PDF, from top to bottom, each once. Raises `Unreadable`."""
    if len(data) > PICTURE_BYTES_MAX:
        raise Unreadable("too-large")
    found: dict[str, None] = {}
    for page in _pages(data):
        for text in _read(page):
            found.setdefault(text)
    if not found:
        raise Unreadable("no-code")
    return tuple(found)[:CODES_MAX]


def _pages(data: bytes) -> Iterator[Image.Image]:
    if data.startswith(_PDF):
        yield from _pdf_pages(data)
    else:
        yield _picture(data)


def _picture(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            warnings.simplefilter("ignore")
            if opened.width * opened.height > PICTURE_PIXELS_MAX:
                raise Unreadable("too-large")
            return _grey(ImageOps.exif_transpose(opened))
    except Unreadable:
        raise
    except Image.DecompressionBombError:
        raise Unreadable("too-large") from None
    except Exception:  # noqa: BLE001 - third-party decoder on hostile bytes: any failure is one answer
        raise Unreadable("not-a-picture" if not looks_like_picture(data) else "damaged") from None


def _pdf_pages(data: bytes) -> Iterator[Image.Image]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise Unreadable("damaged") from None
    try:
        for number in range(min(len(document), PDF_PAGES_MAX)):
            page = document[number]
            scale = PDF_DPI / _POINTS_PER_INCH
            width, height = page.get_size()
            if width * height * scale * scale > PICTURE_PIXELS_MAX:
                raise Unreadable("too-large")
            yield _grey(page.render(scale=scale).to_pil())
    except pypdfium2.PdfiumError:
        raise Unreadable("damaged") from None
    finally:
        document.close()


def _grey(picture: Image.Image) -> Image.Image:
    """On white where the picture is transparent, in shades of grey."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        ground = Image.new("RGBA", rgba.size, "white")
        ground.alpha_composite(rgba)
        picture = ground
    return picture.convert("L")


def _read(picture: Image.Image) -> list[str]:
    for attempt in _attempts(picture):
        codes = zxingcpp.read_barcodes(attempt, formats=_QR)
        placed = sorted(codes, key=lambda code: (code.position.top_left.y, code.position.top_left.x))
        if texts := [code.text for code in placed if code.valid and code.text]:
            return texts
    return []


def _attempts(picture: Image.Image) -> Iterator[Image.Image]:
    yield picture
    if max(picture.size) < _ENLARGE_BELOW:
        large = picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.BICUBIC)
        yield large.filter(ImageFilter.UnsharpMask(radius=3, percent=180, threshold=0))
        yield ImageOps.autocontrast(large, cutoff=5)
    else:
        yield ImageOps.autocontrast(picture, cutoff=5)
        half = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX)
        yield half
