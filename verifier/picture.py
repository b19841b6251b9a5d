"""Reading pictures, in a process of its own: bytes on standard input, the texts of their QR codes on standard output.

`verifier.scan` starts it and is the only one that talks to it. Decoders of pictures and PDFs run here and nowhere
else: a picture made for the purpose keeps ZXing busy for minutes (thousands of finder patterns) and a PDF of 2 kB
keeps PDFium busy for hours (forms that draw forms), so an alarm ends the process; a crash ends nothing but this
process; PDFium must not run in two threads. Memory is bounded. Of our own packages only the limits are loaded.

    asked     8 bytes length (big-endian), then that many bytes
    answered  lines of JSON: a string for each text, then {"complete": bool} or {"fault": code}

PNG, JPEG, WebP, GIF, BMP, TIFF through Pillow, PDF pages through PDFium, codes through ZXing. A picture that gives no
licence is tried again enlarged and sharpened, then with its contrast evened out: measured, this brings codes of 2.7
pixels a module back.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import resource
import signal
import sys
import warnings
from collections.abc import Iterator
from typing import Final

import zxingcpp
from PIL import Image, ImageFilter, ImageOps, ImageSequence

from verifier.limits import (
    CODES_MAX,
    PAGE_DPI,
    PAGE_PIXELS_MAX,
    PAGES_MAX,
    PICTURE_DECODED_BYTES_MAX,
    PICTURE_PIXELS_MAX,
    SCAN_MEMORY_BYTES,
    SCAN_SECONDS,
)

LENGTH_BYTES: Final = 8
PDF_MAGIC: Final = b"%PDF-"

_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_QR: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_LICENCE: Final = re.compile(r"(?:\A|#)[1-9][0-9]{99,}\Z")
_BYTES_PER_PIXEL: Final = {"I": 4, "F": 4, "I;16": 2, "I;16B": 2, "I;16L": 2}
_POINTS_PER_INCH: Final = 72
_ENLARGE_BELOW: Final = 1_600
_PASSWORD: Final = 4  # FPDF_ERR_PASSWORD


class Fault(Exception):
    """The picture cannot be read; the code is one of `verifier.scan.Unreadable`."""


def main(seconds: float = SCAN_SECONDS) -> None:
    """Answer until standard input ends. A picture that takes longer than `seconds` ends the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asks
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with contextlib.suppress(ValueError, OSError):  # systems that do not know this bound
        resource.setrlimit(resource.RLIMIT_AS, (SCAN_MEMORY_BYTES, SCAN_MEMORY_BYTES))
    asked, answered = sys.stdin.buffer, sys.stdout.buffer
    while len(head := asked.read(LENGTH_BYTES)) == LENGTH_BYTES:
        data = asked.read(int.from_bytes(head, "big"))
        signal.setitimer(signal.ITIMER_REAL, seconds)
        for value in answers(data):
            answered.write(json.dumps(value).encode("ascii") + b"\n")
            answered.flush()
        signal.setitimer(signal.ITIMER_REAL, 0)


def answers(data: bytes) -> Iterator[str | dict[str, object]]:
    """The texts of all QR codes in a picture or PDF, page by page from top to bottom, each once; then how it ended."""
    seen: set[str] = set()
    try:
        for page in _pages(data):
            if page is None:
                yield {"complete": False}
                return
            for text in _texts(page):
                if text not in seen:
                    if len(seen) == CODES_MAX:
                        yield {"complete": False}
                        return
                    seen.add(text)
                    yield text
        yield {"complete": True}
    except MemoryError:
        yield {"fault": "too-large"}
    except Fault as fault:
        yield {"fault": str(fault)}
    except Exception:  # noqa: BLE001 - third-party decoders on hostile bytes: any failure is one answer
        yield {"fault": "damaged"}


def _pages(data: bytes) -> Iterator[Image.Image | None]:
    """Pages or frames in shades of grey; None where there are more than are looked at."""
    return _pdf_pages(data) if data.startswith(PDF_MAGIC) else _frames(data)


def _frames(data: bytes) -> Iterator[Image.Image | None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError:
        raise Fault("too-large") from None
    with warnings.catch_warnings(), opened:
        warnings.simplefilter("ignore")
        if opened.format == "JPEG":
            opened.draft("L", opened.size)
        for number, frame in enumerate(ImageSequence.Iterator(opened)):
            if number == PAGES_MAX:
                yield None
                return
            pixels = frame.width * frame.height
            if pixels > PICTURE_PIXELS_MAX or pixels * _depth(frame.mode) > PICTURE_DECODED_BYTES_MAX:
                raise Fault("too-large")
            yield ImageOps.exif_transpose(_grey(frame))


def _pdf_pages(data: bytes) -> Iterator[Image.Image | None]:
    import pypdfium2  # noqa: PLC0415 - a third of the starting time, and most pictures are no PDF

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        secret = getattr(error, "err_code", None) == _PASSWORD and b"/Encrypt" in data  # the code may be an older one
        raise Fault("locked" if secret else "damaged") from None
    for number in range(len(document)):
        if number == PAGES_MAX:
            yield None
            return
        page = document[number]
        width, height = page.get_size()
        scale = PAGE_DPI / _POINTS_PER_INCH
        if width * height * scale * scale > PAGE_PIXELS_MAX:
            scale = (PAGE_PIXELS_MAX / (width * height)) ** 0.5
        yield page.render(scale=scale, grayscale=True).to_pil()
        page.close()


def _depth(mode: str) -> int:
    return _BYTES_PER_PIXEL.get(mode) or Image.getmodebands(mode)


def _grey(picture: Image.Image) -> Image.Image:
    """In shades of grey, on white where the picture is transparent."""
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        white = Image.new("L", rgba.size, "white")
        white.paste(rgba.convert("L"), mask=rgba.getchannel("A"))
        return white
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return picture.convert("L")


def _texts(picture: Image.Image) -> list[str]:
    """The texts of a page. It is looked at harder until a licence is among them: other codes often hang beside it."""
    found: dict[str, None] = {}
    for attempt in _attempts(picture):
        codes = zxingcpp.read_barcodes(attempt, formats=_QR)
        placed = sorted(codes, key=lambda code: (code.position.top_left.y, code.position.top_left.x))
        found.update((code.text, None) for code in placed if code.valid and code.text)
        if any(_LICENCE.search(text) for text in found):
            break
    return list(found)


def _attempts(picture: Image.Image) -> Iterator[Image.Image]:
    yield picture
    if max(picture.size) < _ENLARGE_BELOW:
        large = picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.BICUBIC)
        yield large.filter(ImageFilter.UnsharpMask(radius=3, percent=180, threshold=0))
        yield ImageOps.autocontrast(large, cutoff=5)
    else:
        yield ImageOps.autocontrast(picture, cutoff=5)
        yield picture.resize(((picture.width + 1) // 2, (picture.height + 1) // 2), Image.Resampling.BOX)


if __name__ == "__main__":
    main(float(sys.argv[1]))
