"""How long a picture takes: the QR code as PNG and SVG, and the licence card, beside the libraries that make QR codes.

Every QR picture is read back by zxing-cpp and must give the link, SVG too: the runs of its path are drawn and read.
Ours and segno's have two segments (link, digits); qrcode and zxing-cpp choose segments by themselves.
"""

from __future__ import annotations

import functools
import io
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import qrcode
import segno
import zxingcpp
from PIL import Image
from qrcode.image.svg import SvgPathImage
from segno import consts

from benchmarks import pool
from benchmarks.result import Result, Row, Table, timing_rows
from benchmarks.timing import Candidate, Effort, compare
from elicense import Algorithm, Kind, card, qr
from elicense.trust import Issuer
from tests import world

SCALE = 4
Maker = Callable[[str], bytes]


def run(effort: Effort) -> Result:
    """QR codes of physicians at level M; cards of the three kinds."""
    held = pool.make(Kind.PHYSICIAN, Algorithm.ES256, 2 if effort.quick else 4)
    made: dict[str, tuple[Callable[[bytes], object], dict[str, Maker]]] = {
        "PNG": (_read, {"elicense.qr.png": _ours, "segno": _segno, "qrcode": _qrcode, "zxing-cpp": _zxing}),
        "SVG": (
            _read_svg,
            {"elicense.qr.svg": _ours_svg, "segno": _segno_svg, "qrcode": _qrcode_svg, "zxing-cpp": _zxing_svg},
        ),
    }
    rows: list[Row] = []
    for form, (read, makers) in made.items():
        candidates = [_candidate(name, maker, held.texts, read) for name, maker in makers.items()]
        sizes = [len(maker(held.texts[0])) for maker in makers.values()]
        timings = timing_rows(compare(candidates, held.texts, effort), form=form)
        rows += [{**row, "bytes": size} for row, size in zip(timings, sizes, strict=True)]
    modules = [_candidate("segno", _segno_modules, held.texts, _read_modules)]
    modules.append(_candidate("zxing-cpp", _zxing_modules, held.texts, _read_modules))
    return Result(
        name="pictures",
        tables=(
            Table(title="QR code of a physician, level M, ratio to ours", rows=rows),
            Table(title="Its modules without a picture", rows=timing_rows(compare(modules, held.texts, effort))),
            Table(title="The licence card, first with its layout, then drawn", rows=_cards(effort)),
        ),
    )


def _candidate(name: str, maker: Maker, texts: Sequence[str], read: Callable[[bytes], object]) -> Candidate:
    return Candidate(name=name, items=[functools.partial(maker, text) for text in texts], answer=read)


def _cards(effort: Effort) -> list[Row]:
    rows: list[Row] = []
    issuer = world.World().hainan
    for kind in Kind:
        held = pool.make(kind, Algorithm.ES256, 2)
        laid = [card.lay_out(each, issuer, text) for each, text in zip(held.licences, held.texts, strict=True)]
        names = [None] * len(laid)
        candidates = (
            Candidate(name="lay_out", items=_layouts(held.licences, held.texts, issuer)),
            Candidate(name="png", items=[functools.partial(card.png, one) for one in laid]),
            Candidate(name="svg", items=[functools.partial(card.svg, one) for one in laid]),
        )
        sizes = [0, len(card.png(laid[0])), len(card.svg(laid[0]).encode())]
        timings = timing_rows(compare(candidates, names, effort), kind=kind.text)
        rows += [{**row, "bytes": size} for row, size in zip(timings, sizes, strict=True)]
    return rows


def _layouts(licences: Sequence[Any], texts: Sequence[str], issuer: Issuer) -> list[Callable[[], card.Card]]:
    return [
        functools.partial(card.lay_out, licence, issuer, text) for licence, text in zip(licences, texts, strict=True)
    ]


def _read(picture: bytes) -> object:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return found.text


def _read_modules(modules: bytes) -> object:
    """Read a square of bytes, dark where they are 1 or, as zxing-cpp has it, 0."""
    side = math.isqrt(len(modules))
    dark = 0 if max(modules) > 1 else 1
    return _read_cells({divmod(at, side)[::-1] for at, module in enumerate(modules) if module == dark})


def _read_svg(picture: bytes) -> object:
    """Draw the dark modules of an SVG path: each stretch to the right is a run, as high as it then goes down."""
    runs: list[list[float]] = []
    for path in re.findall(r' d="([^"]+)"', picture.decode()):
        x = y = 0.0
        for command, numbers in re.findall(r"([MmHhVvZz])([^MmHhVvZz]*)", path):
            values = [float(one) for one in re.findall(r"-?[0-9.]+", numbers)]
            moved = x
            if command in "Mm":
                x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
            elif command in "Vv":
                before, y = y, values[0] if command == "V" else y + values[0]
                runs[-1][3] = max(runs[-1][3], y - before)
            elif command in "Hh":
                x = values[0] if command == "H" else x + values[0]
                if x > moved:
                    runs.append([moved, y, x - moved, 0.0])
    unit = min(length for _, _, length, _ in runs)
    dark: set[tuple[int, int]] = set()
    for x, y, length, height in runs:
        left, top, wide, high = round(x / unit), math.floor(y / unit + 0.1), round(length / unit), round(height / unit)
        dark |= {(left + column, top + row) for column in range(wide) for row in range(max(1, high))}
    return _read_cells(dark)


def _read_cells(dark: set[tuple[int, int]]) -> object:
    left, top = min(x for x, _ in dark), min(y for _, y in dark)
    side = max(x for x, _ in dark) - left + 9
    picture = Image.new("L", (side, side), 255)
    for x, y in dark:
        picture.putpixel((x - left + 4, y - top + 4), 0)
    (found,) = zxingcpp.read_barcodes(picture.resize((side * SCALE, side * SCALE), Image.Resampling.NEAREST))
    return found.text


def _ours(link: str) -> bytes:
    return qr.png(link, scale=SCALE)


def _ours_svg(link: str) -> bytes:
    return qr.svg(link).encode()


def _segno_symbol(link: str) -> segno.QRCode:
    head, mark, digits = link.rpartition("#")
    parts: Any = [(head + mark, consts.MODE_BYTE), (digits, consts.MODE_NUMERIC)]
    return segno.make_qr(parts, error="m", boost_error=False, encoding="ascii")


def _segno(link: str) -> bytes:
    held = io.BytesIO()
    _segno_symbol(link).save(held, kind="png", scale=SCALE, border=4)
    return held.getvalue()


def _segno_svg(link: str) -> bytes:
    held = io.BytesIO()
    _segno_symbol(link).save(held, kind="svg", border=4)
    return held.getvalue()


def _segno_modules(link: str) -> bytes:
    return b"".join(map(bytes, _segno_symbol(link).matrix))


def _qrcode_symbol(link: str) -> qrcode.QRCode[Any]:
    made = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, box_size=SCALE, border=4)
    made.add_data(link, optimize=8)
    return made


def _qrcode(link: str) -> bytes:
    held = io.BytesIO()
    _qrcode_symbol(link).make_image().save(held, "PNG")
    return held.getvalue()


def _qrcode_svg(link: str) -> bytes:
    held = io.BytesIO()
    _qrcode_symbol(link).make_image(image_factory=SvgPathImage).save(held)
    return held.getvalue()


def _zxing_symbol(link: str) -> zxingcpp.Barcode:
    return zxingcpp.create_barcode(link, zxingcpp.BarcodeFormat.QRCode, ec_level="M")


def _zxing(link: str) -> bytes:
    held = io.BytesIO()
    modules: Any = _zxing_symbol(link).to_image(scale=SCALE, add_quiet_zones=True)
    Image.fromarray(modules).save(held, "PNG")
    return held.getvalue()


def _zxing_svg(link: str) -> bytes:
    return _zxing_symbol(link).to_svg(add_quiet_zones=True).encode()


def _zxing_modules(link: str) -> bytes:
    modules: Any = _zxing_symbol(link).to_image(scale=1, add_quiet_zones=False)
    return bytes(modules)
