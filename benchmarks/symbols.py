"""How large the QR code of a licence is, beside the same licence in the formats of others. No times.

What every symbol says is read back from its modules by another library and must give the same named claims.
"""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image

from benchmarks import formats
from benchmarks.result import Result, Row, Table, Target, at_most
from benchmarks.timing import Disagreement, Effort
from elicense import Licence, claims
from tests import world

LEVELS = ("l", "m", "q")
WANTED = {"physician": 61, "nurse": 61, "institution": 69}
"""Modules a side at level M."""


def run(effort: Effort) -> Result:
    """The sample licences of the tests, each format, three levels."""
    rows: list[Row] = []
    targets: list[Target] = []
    licences: tuple[Licence, ...] = (world.physician(), world.nurse(), world.institution())
    for licence in licences[:1] if effort.quick else licences:
        for each in formats.FORMATS:
            row, side = _row(licence, each)
            rows.append(row)
            if each is formats.FORMATS[0]:
                kind = licence.kind.text
                targets.append(at_most(f"modules a side at level M, {kind}", WANTED[kind], side))
    note = "version: modules a side. Characters are those of the text that is read."
    return Result(
        name="symbols",
        tables=(Table(title="The smallest QR code by error correction level", rows=rows, note=note),),
        targets=targets,
    )


def _row(licence: Licence, each: formats.Format) -> tuple[Row, int]:
    segments = each.write(licence, world.World().licence_key)
    text = formats.payload(segments)
    row: dict[str, str | int | float] = {"kind": licence.kind.text, "format": each.name, "characters": len(text)}
    side = 0
    for level in LEVELS:
        made = formats.symbol(segments, level)
        if made is None:
            row[level.upper()] = "does not fit"
            continue
        modules = len(made.matrix)
        row[level.upper()] = f"{made.version}: {modules}x{modules}"
        if level == "m":
            side = modules
        held = io.BytesIO()
        made.save(held, kind="png", scale=3, border=4)
        (read,) = zxingcpp.read_barcodes(Image.open(held), is_pure=True)
        if each.read(read.text) != claims.to_json(licence):
            raise Disagreement(f"{each.name} does not say what the licence says")
    return row, side
