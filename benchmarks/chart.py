"""The curves of `benchmarks.decoding` as an SVG picture: `python -m benchmarks.chart > docs/pictures/decoding.svg`.

One panel for each condition, easy to hard from left to right, one line for each code. Presentation attributes only.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.document import reference

_WIDE: Final = 250
_HIGH: Final = 150
_COLUMNS: Final = 3
_LEFT, _TOP, _BETWEEN = 44, 30, 44
_COLOURS: Final = {
    "elicense, physician": "#0b4f9e",
    "elicense, institution": "#4aa3df",
    "EU DCC style, physician": "#2e7d32",
    "SMART Health Card style, physician": "#c77700",
    "SD-JWT VC, physician": "#b3261e",
}
"""A nurse's code has the size of a physician's, and its line lies upon that."""


def drawn(result: Mapping[str, Any]) -> str:
    """The chart of a result of `benchmarks.decoding`."""
    panels: dict[str, list[Mapping[str, Any]]] = {}
    for row in result["tables"][1]["rows"]:
        if row["code"] in _COLOURS:
            panels.setdefault(row["series"], []).append(row)
    height = _TOP + -(-(len(panels) + 1) // _COLUMNS) * (_HIGH + _TOP + _BETWEEN)
    width = _COLUMNS * (_WIDE + _LEFT) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
        ' font-family="sans-serif" font-size="10">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, (name, rows) in enumerate(panels.items()):
        parts += _panel(*_place(number), name, rows)
    first = next(iter(panels.values()))
    parts += _legend(*_place(len(panels)), {row["code"]: row["modules"] for row in first})
    return "\n".join([*parts, "</svg>"]) + "\n"


def _place(number: int) -> tuple[int, int]:
    row, column = divmod(number, _COLUMNS)
    return _LEFT + column * (_WIDE + _LEFT), _TOP + row * (_HIGH + _TOP + _BETWEEN)


def _panel(left: int, top: int, name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    steps = rows[0]["steps"].split()
    apart = _WIDE / (len(steps) - 1)
    parts = [f'<text x="{left}" y="{top - 8}" font-size="12" fill="#222222">{name}</text>']
    for part in (0, 50, 100):
        y = top + _HIGH * (1 - part / 100)
        parts.append(f'<path d="M{left} {y:g}h{_WIDE}" stroke="#dddddd"/>')
        parts.append(f'<text x="{left - 5}" y="{y + 3:g}" text-anchor="end" fill="#555555">{part}%</text>')
    for number, step in enumerate(steps):
        x = left + number * apart
        parts.append(f'<text x="{x:.1f}" y="{top + _HIGH + 14}" text-anchor="middle" fill="#555555">{step}</text>')
    for row in rows:
        rates = [float(rate) for rate in row["rates once"].split()]
        points = " ".join(
            f"{left + number * apart:.1f},{top + _HIGH * (1 - rate):.1f}" for number, rate in enumerate(rates)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{_COLOURS[row["code"]]}" stroke-width="2"/>')
    return parts


def _legend(left: int, top: int, codes: Mapping[str, int]) -> list[str]:
    parts = []
    for number, (code, modules) in enumerate(codes.items()):
        y = top + 14 + number * 20
        parts.append(f'<path d="M{left} {y - 4}h24" stroke="{_COLOURS[code]}" stroke-width="3"/>')
        parts.append(f'<text x="{left + 32}" y="{y}" font-size="12" fill="#222222">{code}: {modules} modules</text>')
    return parts


if __name__ == "__main__":
    sys.stdout.write(drawn(reference()["decoding"]))
