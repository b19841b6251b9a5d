"""Every refusal can be told to a person: each code that the issuer's code names has a sentence in both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import issuer
from issuer.domain.officer_key import KeyState
from issuer.services import rules

ROOT = Path(issuer.__file__).parent


def codes() -> Iterator[str]:
    """Every literal first argument of `Refusal(...)`, and what the two helpers with a code pass on."""
    for path in sorted([*(ROOT / "domain").glob("*.py"), *(ROOT / "services").glob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            place = {"Refusal": 0, "_there": 1}.get(node.func.id)
            if place is not None and len(node.args) > place and isinstance(node.args[place], ast.Constant):
                yield str(node.args[place].value)  # type: ignore[attr-defined]


def test_every_code_has_its_sentences() -> None:
    known = rules.refusals()
    wanted = set(codes()) | {f"key-{state}" for state in KeyState}
    assert len(wanted) > 60, "the search finds them"
    assert not wanted - known.keys()
    assert all(zh and en for zh, en in known.values())


def test_no_sentence_is_there_twice() -> None:
    sentences = list(rules.refusals().values())
    assert len(set(sentences)) == len(sentences)
