"""How bad a photograph may be for a QR code to be read: ours beside those of others with the same content. No times.

All codes are printed at one size, say 25 mm a side, at level M, and photographed alike (`benchmarks.photos`). A denser
code has fewer pixels a module. One condition is made worse step by step, the others stay; each step has the same seeded
photographs for every code. Read by ZXing once, as a camera's frame is, and by the verifier's picture reader, which
tries again. What is read must be the text that was printed. After two steps without any success the rest are not
taken: nothing is read there either.
"""

from __future__ import annotations

import io
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import zxingcpp
from PIL import Image

from benchmarks import formats, photos
from benchmarks.photos import Conditions
from benchmarks.result import Result, Row, Table, Target
from benchmarks.timing import Disagreement, Effort
from elicense import Kind
from tests import world
from verifier import picture

TRIALS: Final = 8
"""Photographs a step. Enough to see which code bears more, not to tell neighbouring steps apart."""
_QR: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_USUAL: Final = Conditions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One condition that gets worse: its unit, its steps from easy to hard, and the conditions at a step."""

    name: str
    unit: str
    steps: Sequence[float]
    at: Callable[[float], Conditions]


def _hand_held(step: float) -> Conditions:
    """Everything at once, a little worse from step to step."""
    return Conditions(
        side=300 * 0.93**step,
        tilt=6 * step,
        blur=0.6 + 0.12 * step,
        contrast=180 - 14 * step,
        noise=3 + 1.5 * step,
        quality=round(92 - 7 * step),
    )


SERIES: Final = (
    Series(
        name="distance", unit="pixels a side", at=lambda side: replace(_USUAL, side=side),
        steps=(400, 340, 290, 250, 215, 185, 160, 137, 118, 101, 87),
    ),
    Series(
        name="out of focus", unit="sigma, pixels", at=lambda blur: replace(_USUAL, blur=blur),
        steps=(0.6, 0.9, 1.2, 1.5, 1.8, 2.1, 2.4, 2.8, 3.2, 3.7),
    ),
    Series(
        name="tilt", unit="degrees", at=lambda tilt: replace(_USUAL, tilt=tilt),
        steps=(0, 10, 20, 30, 40, 50, 58, 65, 71, 76),
    ),
    Series(
        name="noise", unit="sigma of 255", at=lambda noise: replace(_USUAL, noise=noise),
        steps=(3, 15, 30, 45, 60, 75, 90, 110, 130, 160),
    ),
    Series(
        name="low contrast, noise 6", unit="grey levels of 255",
        at=lambda contrast: replace(_USUAL, contrast=contrast, noise=6),
        steps=(180, 120, 80, 56, 40, 32, 26, 21, 17, 13, 10),
    ),
    Series(
        name="JPEG at 220 pixels a side", unit="quality",
        at=lambda quality: replace(_USUAL, side=220, quality=round(quality)),
        steps=(90, 50, 30, 20, 14, 10, 7, 5, 3, 1),
    ),
    Series(
        name="hand-held: all at once", unit="step", at=_hand_held, steps=(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
    ),
)  # fmt: skip
CODES: Final = (
    ("elicense", Kind.PHYSICIAN),
    ("elicense", Kind.NURSE),
    ("elicense", Kind.INSTITUTION),
    ("EU DCC style", Kind.PHYSICIAN),
    ("SMART Health Card style", Kind.PHYSICIAN),
    ("SD-JWT VC", Kind.PHYSICIAN),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Parts read at each step of a series: `once` in one look, `again` by the picture reader with its second looks."""

    once: tuple[float, ...]
    again: tuple[float, ...]


def run(effort: Effort) -> Result:
    """Every code under every series; what still reads at half and at nine tenths."""
    series = [(place, len(each.steps)) for place, each in enumerate(SERIES)]
    trials = TRIALS
    if effort.quick:
        series, trials = [(place, 1) for place, _ in series[:2]], 2
    asked = [(place, steps, code, trials) for place, steps in series for code in range(len(CODES))]
    if effort.quick:
        curves = [_curve(*each) for each in asked]
    else:
        with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
            curves = list(pool.map(_curve, *zip(*asked, strict=True)))
    rows = [_row(*each[:3], curve) for each, curve in zip(asked, curves, strict=True)]
    return Result(
        name="decoding",
        tables=(
            Table(
                title=f"The hardest photographs of which half / nine tenths are read; {trials} a step",
                rows=_across(rows),
                note="A dash: not even at the easiest step. Beyond: at every step.",
            ),
            Table(title="The curves", rows=rows),
        ),
        targets=() if effort.quick else _targets(rows),
    )


@lru_cache
def printed(code: int) -> tuple[Image.Image, int, str]:
    """A code on paper, its modules a side, its text."""
    name, kind = CODES[code]
    licence = {Kind.PHYSICIAN: world.physician, Kind.NURSE: world.nurse, Kind.INSTITUTION: world.institution}[kind]()
    written = next(each for each in formats.FORMATS if each.name == name).write(licence, world.World().licence_key)
    made = formats.symbol(written, "m")
    if made is None:
        raise Disagreement(f"{name} does not fit into a code")
    modules = [[bool(one) for one in row] for row in made.matrix]
    return photos.printed(modules), len(modules), formats.payload(written)


def _curve(place: int, steps: int, code: int, trials: int) -> Curve:
    """One code under one series."""
    paper, _, text = printed(code)
    each = SERIES[place]
    once: list[float] = []
    again: list[float] = []
    for step in each.steps[:steps]:
        if len(again) >= 2 and again[-2:] == [0.0, 0.0]:
            once.append(0.0)
            again.append(0.0)
            continue
        looks = [
            _looks(photos.photograph(paper, each.at(step), f"{each.name} {trial}"), text) for trial in range(trials)
        ]
        once.append(sum(first for first, _ in looks) / trials)
        again.append(sum(second for _, second in looks) / trials)
    return Curve(once=tuple(once), again=tuple(again))


def _looks(photo: Image.Image, text: str) -> tuple[bool, bool]:
    """Whether one look reads the text, and whether the picture reader does, whose first look is the same."""
    if text in [found.text for found in zxingcpp.read_barcodes(photo, formats=_QR)]:
        return True, True
    held = io.BytesIO()
    photo.save(held, "BMP")
    return False, text in list(picture.answers(held.getvalue()))


def hardest(steps: Sequence[float], rates: Sequence[float], wanted: float) -> float | None:
    """The step, between those taken, at which the rate falls below `wanted`; None if it is never reached.

    A step at which more is read than at an easier one is chance: neighbours that are out of order share their mean.
    """
    falling = _falling(rates)
    if falling[0] < wanted:
        return None
    for at in range(1, len(falling)):
        if falling[at] < wanted:
            part = (falling[at - 1] - wanted) / (falling[at - 1] - falling[at])
            return steps[at - 1] + part * (steps[at] - steps[at - 1])
    return steps[-1]


def _falling(rates: Sequence[float]) -> list[float]:
    """The nearest sequence that never rises (pool adjacent violators)."""
    blocks: list[tuple[float, int]] = []
    for rate in rates:
        blocks.append((rate, 1))
        while len(blocks) > 1 and blocks[-1][0] > blocks[-2][0]:
            (last, many), (before, more) = blocks.pop(), blocks.pop()
            blocks.append(((last * many + before * more) / (many + more), many + more))
    return [rate for rate, many in blocks for _ in range(many)]


def _row(place: int, steps: int, code: int, curve: Curve) -> Row:
    each = SERIES[place]
    name, kind = CODES[code]
    taken = each.steps[:steps]
    found: dict[str, str] = {}
    for label, rates in (("once", curve.once), ("again", curve.again)):
        for wanted in (0.5, 0.9):
            found[f"{label} {wanted:.0%}"] = _shown(each, hardest(taken, rates, wanted))
    return {
        "series": f"{each.name} ({each.unit})",
        "code": f"{name}, {kind.text}",
        "modules": printed(code)[1],
        **found,
        "steps": " ".join(f"{step:g}" for step in taken),
        "rates once": " ".join(f"{rate:.3f}" for rate in curve.once),
        "rates again": " ".join(f"{rate:.3f}" for rate in curve.again),
    }


def _across(rows: Sequence[Row]) -> list[Row]:
    """The same with a column for each code: one line for a series and a look."""
    lines: dict[tuple[str, str], dict[str, str | int | float]] = {}
    for row in rows:
        for look in ("once", "again"):
            line = lines.setdefault((str(row["series"]), look), {"worse": row["series"], "look": look})
            line[f"{row['code']}, {row['modules']}"] = f"{row[f'{look} 50%']} / {row[f'{look} 90%']}"
    return list(lines.values())


def _shown(each: Series, found: float | None) -> str:
    """The level; "beyond" where every step was still read, a dash where not even the easiest was."""
    if found is None:
        return "-"
    if found == each.steps[-1]:
        return f"beyond {found:g}"
    return f"{found:.0f}" if abs(found) >= 10 else f"{found:.1f}"


def _targets(rows: Sequence[Row]) -> list[Target]:
    """What the format promises: its codes bear more than those of others with the same content, whatever gets worse."""
    targets = []
    for each in SERIES:
        named: dict[str, Mapping[str, str | int | float]] = {
            str(row["code"]): row for row in rows if str(row["series"]).startswith(each.name)
        }
        ours, others = (_area(named[f"{name}, physician"]) for name in ("elicense", "EU DCC style"))
        targets.append(
            Target(
                what=f"{each.name}: photographs of a physician's code read, of all taken, beside EU DCC style",
                wanted=f">= {others:.0%}", found=f"{ours:.0%}", met=ours >= others, timed=True,
            )
        )  # fmt: skip
    return targets


def _area(row: Row) -> float:
    rates = [float(one) for one in str(row["rates once"]).split()]
    return sum(rates) / len(rates)
