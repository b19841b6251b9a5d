"""The vectors that the page's library must answer, for Node and for a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parents[1] / "vectors"
RUNNER: Final = Path(__file__).with_name("run_vectors.js")
_TOPICS: Final = ("licence", "trust", "status", "link", "live", "scope")

# What the page never does: writing links, answering for a device, remembering the live codes it has seen.
NOT_THE_PAGES: Final = {"link/write", "live/holder", "live/replays"}


def files() -> dict[str, Any]:
    """Every vector file of the topics by its name, `licence/claims`, and the worlds they share."""
    found = {"world": json.loads((FOLDER / "world.json").read_text("utf-8"))}
    for topic in _TOPICS:
        for path in sorted((FOLDER / topic).glob("*.json")):
            found[f"{topic}/{path.stem}"] = json.loads(path.read_text("utf-8"))
    return found


def require_all(answer: dict[str, Any]) -> None:
    """Every case of every file ran and gave what the vector says."""
    expected = {name: len(held["cases"]) for name, held in files().items() if "cases" in held}
    assert answer["differences"] == []
    assert answer["ran"] == {name: count for name, count in expected.items() if name not in NOT_THE_PAGES}
