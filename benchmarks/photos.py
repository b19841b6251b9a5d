"""Photographs of a printed QR code, drawn: a pinhole camera, a lens out of focus, a noisy sensor, JPEG.

    print    modules as they are, with the quiet zone of four, on white paper
    camera   the plane of the paper turned and tilted before a pinhole, three samples by three to a pixel, then averaged
    lens     a Gaussian of that many pixels
    light    how many of 255 grey levels lie between dark and light, around the middle
    sensor   Gaussian noise of that many grey levels on each pixel
    file     JPEG of that quality, or none

The side of the code in pixels is what distance does. Where the code lies on the grid of pixels, how it is turned and
which noise there is come from a seed: the same for every code, so that they are compared on the same photographs. Not
here: glare, shadows, dirt, crumpled paper, moving hands.
"""

from __future__ import annotations

import io
import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops, ImageFilter

QUIET: Final = 4
SAMPLES: Final = 3
_PRINTED: Final = 8
"""Pixels a module in the printed picture."""
FOCAL: Final = 1_480
"""Pixels: a frame 1920 wide that takes in 66 degrees, as the main camera of a telephone does."""
_MIDDLE: Final = 128

Matrix = Sequence[Sequence[bool]]
_Rows = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
_QUANTILES: Final = [statistics.NormalDist().inv_cdf((step + 0.5) / 256) for step in range(256)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How a photograph is taken. `side` is that of the code without its quiet zone, in pixels, if it were not tilted.

    `tilt` is in degrees, `blur` a sigma in pixels, `contrast` and `noise` (a sigma) in grey levels of 255, `quality`
    that of JPEG, 100 for a picture that was never compressed.
    """

    side: float = 300
    tilt: float = 0
    blur: float = 0.6
    contrast: float = 180
    noise: float = 3
    quality: int = 100


def printed(modules: Matrix) -> Image.Image:
    """The code on its paper, `_PRINTED` pixels a module."""
    side = len(modules)
    small = Image.new("L", (side + 2 * QUIET, side + 2 * QUIET), 255)
    small.putdata([
        0 if 0 <= x < side and 0 <= y < side and modules[y][x] else 255
        for y in range(-QUIET, side + QUIET)
        for x in range(-QUIET, side + QUIET)
    ])  # fmt: skip
    return small.resize((small.width * _PRINTED, small.height * _PRINTED), Image.Resampling.NEAREST)


def photograph(paper: Image.Image, taken: Conditions, seed: str) -> Image.Image:
    """One photograph of `printed` paper, in shades of grey; the seed fixes place, turn and noise."""
    source = random.Random(seed)
    size = math.ceil(taken.side * 1.5) + 48
    modules = paper.width / _PRINTED - 2 * QUIET
    fine = paper.transform(
        (size * SAMPLES, size * SAMPLES),
        Image.Transform.PERSPECTIVE,
        _seen(taken, modules, size, source),
        Image.Resampling.BILINEAR,
        fillcolor=255,
    )
    seen = fine.filter(ImageFilter.GaussianBlur(taken.blur * SAMPLES)).reduce(SAMPLES)
    dark = _MIDDLE - taken.contrast / 2
    lit = seen.point([round(dark + taken.contrast * level / 255) for level in range(256)])
    noise = Image.frombytes("L", lit.size, source.randbytes(size * size))
    noisy = ImageChops.add(lit, noise.point([round(_MIDDLE + taken.noise * one) for one in _QUANTILES]), 1, -_MIDDLE)
    return noisy if taken.quality == 100 else _compressed(noisy, taken.quality)


def _compressed(picture: Image.Image, quality: int) -> Image.Image:
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=quality)
    opened = Image.open(held)
    opened.load()
    return opened


def _seen(taken: Conditions, modules: float, size: int, source: random.Random) -> tuple[float, ...]:
    """The eight numbers with which Pillow finds, for each sample of the photograph, its place on the paper."""
    turn, axis = source.uniform(0, 2 * math.pi), source.uniform(0, 2 * math.pi)
    tilt = math.radians(taken.tilt)
    plane = _times(_turned(axis), _times(((1, 0, 0), (0, math.cos(tilt), 0), (0, math.sin(tilt), 0)), _turned(turn)))
    away = FOCAL * modules / taken.side  # in modules
    view: _Rows = tuple((row[0], row[1], last) for row, last in zip(plane, (0, 0, away), strict=True))  # type: ignore[assignment]
    middle = size / 2 + source.uniform(-0.5, 0.5), size / 2 + source.uniform(-0.5, 0.5)
    lens: _Rows = (
        (FOCAL * SAMPLES, 0, middle[0] * SAMPLES),
        (0, FOCAL * SAMPLES, middle[1] * SAMPLES),
        (0, 0, 1),
    )
    half = (modules / 2 + QUIET) * _PRINTED
    on_paper: _Rows = ((_PRINTED, 0, half), (0, _PRINTED, half), (0, 0, 1))
    found = _times(on_paper, _inverse(_times(lens, view)))
    scale = found[2][2]
    return tuple(number / scale for row in found for number in row)[:8]


def _turned(angle: float) -> _Rows:
    return (math.cos(angle), -math.sin(angle), 0), (math.sin(angle), math.cos(angle), 0), (0, 0, 1)


def _times(one: _Rows, other: _Rows) -> _Rows:
    columns = tuple(zip(*other, strict=True))
    return tuple(
        tuple(sum(map(float.__mul__, map(float, row), map(float, column))) for column in columns) for row in one
    )  # type: ignore[return-value]


def _inverse(rows: _Rows) -> _Rows:
    (a, b, c), (d, e, f), (g, h, i) = rows
    cofactors = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    whole = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0]
    return tuple(tuple(one / whole for one in row) for row in cofactors)  # type: ignore[return-value]
