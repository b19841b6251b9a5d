"""The page's library in one long-running Node process, asked with JSON lines (tests/js/judge.mjs)."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

from elicense import Anchor, face
from verifier.report import Report
from verifier.texts import LANGS

JUDGE: Final = Path(__file__).with_name("judge.mjs")
NODE: Final = shutil.which("node")
MISSING: Final = "node is not installed: apt install nodejs"


class Node:
    """A Node process with the library loaded; a context manager, so that it ends."""

    def __init__(self, *options: str) -> None:
        self._process = subprocess.Popen(
            [NODE or "node", str(JUDGE), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)

    def ask(self, op: str, **arguments: Any) -> Any:
        """The answer to one question: `{"ok": ...}` or `{"rejected": reason}`; anything else is a failure."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"op": op, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "crashed" not in answer, answer["crashed"]
        return answer

    def lists(self, anchor: Anchor, trust: bytes, statuses: Mapping[str, bytes], newest: int = 0) -> Any:
        """Load the lists that later checks judge by."""
        held = {uri: data.hex() for uri, data in statuses.items()}
        return self.ask("lists", anchor=anchor.to_json(), trust=trust.hex(), statuses=held, newest=newest)

    def check(self, text: str, at: int) -> Any:
        """Reports, faces and sentences in both languages for the text of one code."""
        return self.ask("check", text=text, at=at)["ok"]


def expected(report: Report) -> dict[str, Any]:
    """What `Node.check` must answer: the same as the library's report, in every word."""
    verdict = report.verdict
    faces: dict[str, list[Any]] = {lang: [] for lang in LANGS}
    if verdict is not None and verdict.licence is not None and verdict.issuer is not None:
        for lang in LANGS:
            lines = [[row.name, row.label, row.value] for row in face.rows(verdict.licence, verdict.issuer, lang)]
            faces[lang] = [face.title(verdict.licence.kind, lang), *lines]
    return {
        "reports": {lang: report.to_json(lang) for lang in LANGS},
        "faces": faces,
        "told": {lang: [list(pair) for pair in report.told(lang)] for lang in LANGS},
    }


def text_of(token: bytes) -> str:
    """The text of a code for any bytes, also for those that the encoder would not make a code of."""
    return f"https://elicense.example/v#{int.from_bytes(token, 'big')}"
