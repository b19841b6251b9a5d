"""Fills the marked regions of the documents of the format from the code: `python -m tests.make_format`.

A region stands between `<!-- made: name -->` and `<!-- end -->`. tests/elicense/test_format_document.py compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.made import examples, regions

ROOT: Final = Path(__file__).parents[1]
DOCUMENTS: Final[dict[str, Callable[[], dict[str, str]]]] = {
    "docs/format.md": regions.all_regions,
    "docs/format-examples.md": examples.all_regions,
}
_REGION: Final = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(\n<!-- end -->)", re.DOTALL)


def fill(document: str, made: dict[str, str]) -> str:
    """The document with every region made anew. `ValueError` if a region is not in it once, or is not made."""
    if sorted(name for _, name, _ in _REGION.findall(document)) != sorted(made):
        raise ValueError("each made region stands in the document once, and no other")
    return _REGION.sub(lambda found: f"{found[1]}\n{made[found[2]]}\n{found[3]}", document)


def main() -> None:
    """Write all documents."""
    for name, make in DOCUMENTS.items():
        path = ROOT / name
        path.write_text(fill(path.read_text("utf-8"), make()), "utf-8")


if __name__ == "__main__":
    main()
