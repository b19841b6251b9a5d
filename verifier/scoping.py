"""May this person do this, here, on this day: the codes are judged as of that day, then the rules are asked.

The question, its facts and its answer are those of `elicense.scope`; here codes become verdicts. A code that cannot be
judged is no licence, and a question without a licence is never answered with yes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final

from elicense import period
from elicense.fields import BadValue
from elicense.scope import RULES, Answer, Asked, asked_from_json, instant_of, may
from elicense.scope.question import FACTS
from elicense.verdict import Verdict
from verifier.checker import Checker
from verifier.texts import Lang

__all__ = ["Asked", "answered", "asked_from_json", "facts_from_words", "period", "profiles", "to_text"]

Checkers = Callable[[int | None], Checker]
"""Gives the checker for now (None) or with the lists in force at an instant."""

DECISIONS: Final = {
    "yes": ("可以", "yes"),
    "ask": ("需要确认", "ask"),
    "no": ("不可以", "no"),
}
"""The three answers in words."""
_MARKS: Final = {"yes": "✔", "ask": "▲", "no": "✘"}
_YES_NO: Final = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}


def answered(asked: Asked, checkers: Checkers, now: int) -> Answer:
    """Judge the codes as of the day and ask the rules. `now` is the clock, Unix seconds."""
    on = asked.on or period.civil_day(now)
    at = instant_of(on, now)
    as_of = at != now
    checker = checkers(at if as_of else None)

    def judged(code: str | None) -> Verdict | None:
        return None if code is None else checker.check_text(code.strip(), at=at, as_of=as_of).verdict

    question = asked.question.judged(person=judged(asked.person), institution=judged(asked.institution))
    return may(asked.profile, question, RULES, on)


def facts_from_words(words: Sequence[str]) -> dict[str, Any]:
    """Facts written as `name=value` on a command line. Raises `BadValue`.

    `yes`, `no`, `true`, `false`, 是 and 否 are truth values where the fact is one; subjects are separated by commas.
    """
    facts: dict[str, Any] = {}
    for word in words:
        name, mark, value = word.partition("=")
        if not mark or name not in FACTS or name in facts:
            raise BadValue(f"{name[:40]}: not a fact, or named twice; write name=value")
        kind = FACTS[name].schema.get("type")
        if kind == "boolean":
            if value not in _YES_NO:
                raise BadValue(f"{name}: yes or no")
            facts[name] = _YES_NO[value]
        elif kind == "integer" and value.isascii() and value.isdigit() and len(value) < 10:
            facts[name] = int(value)
        elif kind == "array":
            facts[name] = value.split(",")
        else:
            facts[name] = value
    return facts


def profiles(on: dt.date, lang: Lang) -> list[tuple[str, str, tuple[str, ...]]]:
    """Each profile in force: its name, what it is called, and the facts that it may look at."""
    return [
        (row.profile, row.en if lang == "en" else row.zh, RULES.facts_of(row.profile, on))
        for row in RULES.profiles
        if row.holds(on)
    ]


def to_text(answer: Answer, lang: Lang) -> str:
    """An answer for a terminal."""
    word = DECISIONS[answer.decision.value][lang == "en"]
    first = f"{_MARKS[answer.decision.value]} {word}  [{answer.profile} · {answer.on.isoformat()}]"
    reasons = (
        f"  {_MARKS[why.decision.value]} {why.sentence(lang)}  ({why.basis}) [{why.code}]" for why in answer.reasons
    )
    return "\n".join([first, *reasons])
