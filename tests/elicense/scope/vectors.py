"""Reads tests/vectors/scope: questions with the answer that every implementation must give (format: docs/scope.md)."""

from __future__ import annotations

import datetime as dt
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from elicense import Finding, Licence, Question, Reason, Verdict, claims
from elicense.scope import Answer, Rules, may, question_from_json

FOLDER: Final = Path(__file__).parents[2] / "vectors" / "scope"
LICENCES: Final = "licences.json"
_REASONS: Final = {reason.code: reason for reason in Reason}


@dataclass(frozen=True)
class Vector:
    file: str
    name: str
    profile: str
    on: dt.date
    question: Question
    expect: dict[str, Any]

    def answer(self, rules: Rules) -> Answer:
        return may(self.profile, self.question, rules, self.on)


def told(answer: Answer) -> dict[str, Any]:
    """An answer as a vector states it: without sentences and legal bases, which are data."""
    kept = ("step", "code", "decision", "fact", "subject")
    reasons = [{name: value for name, value in why.to_json().items() if name in kept} for why in answer.reasons]
    return {"decision": answer.decision.value, "reasons": reasons, "passed": list(answer.passed)}


@functools.cache
def licences() -> dict[str, Licence]:
    """The licences of the vectors by their names."""
    return {name: claims.from_json(held) for name, held in _read(FOLDER / LICENCES).items()}


@functools.cache
def vectors() -> tuple[Vector, ...]:
    """All vectors, file by file."""

    def verdict(stated: dict[str, Any] | None) -> Verdict | None:
        if stated is None:
            return None
        licence = None if stated["licence"] is None else licences()[stated["licence"]]
        findings = tuple(Finding(_REASONS[code]) for code in stated["reasons"])
        return Verdict(at=stated["at"], findings=findings, trust_sequence=1, licence=licence)

    found = []
    for path in sorted(FOLDER.glob("*.json")):
        if path.name == LICENCES:
            continue
        for case in _read(path)["cases"]:
            facts = question_from_json(case["facts"])
            asked = facts.judged(person=verdict(case["person"]), institution=verdict(case["institution"]))
            on = dt.date.fromisoformat(case["on"])
            found.append(Vector(path.stem, case["name"], case["profile"], on, asked, case["expect"]))
    return tuple(found)


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read
