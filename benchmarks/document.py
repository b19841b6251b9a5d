"""Writes the tables of the benchmark documents from the reference results: `python -m benchmarks.document`.

Only what holds on another machine too is shown: ratios, shares, sizes. Times stay in the JSON file. The text of the
documents around the tables is written by hand; what stands between two marks is replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
REFERENCE: Final = ROOT / "benchmarks" / "results" / "reference.json"
DOCUMENTS: Final = (ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "benchmarks-codes.md")
_TIMES: Final = {"us", "cpu ms", "wall ms", "a second", "build ms", "make ms", "open ms"}
_CURVES: Final = "The curves"
"""The title of what is drawn (`benchmarks.chart`) instead of written."""
_MARKED: Final = re.compile(r"(<!-- made: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def written(text: str, results: Mapping[str, Any]) -> str:
    """The document with the tables between `<!-- made: NAME -->` and `<!-- end -->` made anew."""
    return _MARKED.sub(lambda found: f"{found[1]}\n{_section(results[found[2]])}\n{found[3]}", text)


def reference() -> dict[str, Any]:
    """The reference results by name of the benchmark."""
    results: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))["results"]
    return results


def _section(result: Mapping[str, Any]) -> str:
    parts = [
        part
        for table in result["tables"]
        if table["title"] != _CURVES
        for part in (f"*{table['title']}.*", _table(table["rows"]))
    ]
    parts += [f"Not measured: {reason}" for reason in result["skipped"]]
    if result["targets"]:
        rows = [
            {
                "target": one["what"],
                "wanted": one["wanted"],
                "found": one["found"],
                "": "" if one["met"] else "**missed**",
            }
            for one in result["targets"]
        ]
        parts.append(_table(rows))
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in _TIMES]
    lines = [names, ["---"] * len(names), *([_shown(row.get(name, "")) for name in names] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    for document in DOCUMENTS:
        document.write_text(written(document.read_text(encoding="utf-8"), reference()), encoding="utf-8")
