"""The test vectors of licences, wallets, trust lists, status lists and links: what any verifier must answer.

    python -m tests.make_vectors FOLDER

Files of JSON that any language can read (tests/vectors/README.md): the shared `world.json`, and a folder a topic. Keys
come from words and sign deterministically (RFC 6979), so that every run writes the same bytes. The answers are written
down with the cases in `tests/making` and not asked of the code; `tests/elicense/test_vectors.py` compares.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tests.making import content, disclosed, forged, forgeries, genuine, judged, links, lists, shown, world
from tests.making.case import Case

Json = dict[str, Any]


def _licences(*makers: Callable[[], Iterator[Case]]) -> list[Json]:
    return [case.to_json() for make in makers for case in make()]


TOPICS: Final[dict[str, Callable[[], list[Json]]]] = {
    "licence/genuine": lambda: _licences(genuine.cases),
    "licence/shape": lambda: _licences(forged.shape, forged.texts),
    "licence/key": lambda: _licences(forged.key),
    "licence/signature": lambda: _licences(forged.signature),
    "licence/claims": lambda: _licences(content.cases),
    "licence/authority": lambda: _licences(judged.authority),
    "licence/period": lambda: _licences(judged.period),
    "licence/status": lambda: _licences(judged.status),
    "sdjwt/presented": lambda: [case.to_json() for case in shown.cases()],
    "sdjwt/refused": lambda: [case.to_json() for case in forgeries.cases()],
    "sdjwt/opened": lambda: list(disclosed.cases()),
    "trust/open": lambda: list(lists.trust()),
    "trust/successor": lambda: list(lists.successor()),
    "status/open": lambda: list(lists.status_lists()),
    "link/write": lambda: list(links.write()),
    "link/read": lambda: list(links.read()),
}


def write(folder: Path) -> None:
    """Write every file below `folder`, one case a line."""
    _put(folder / "world.json", json.dumps(world.to_json(), ensure_ascii=False, indent=1))
    for name, make in TOPICS.items():
        cases = ",\n".join(json.dumps(case, ensure_ascii=False) for case in make())
        _put(folder / f"{name}.json", f'{{"cases": [\n{cases}\n]}}')


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
