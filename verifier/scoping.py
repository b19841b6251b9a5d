"""May this person do this, here, on this day: the codes are judged as of that day, then the rules are asked.

The question, its facts and its answer are those of `elicense.scope`; here codes become verdicts. A code that cannot be
judged is no licence, and a question without a licence is never answered with yes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from elicense import period
from elicense.fields import BadValue
from elicense.scope import RULES, Answer, Asked, asked_from_json, instant_of, may
from elicense.scope.question import FACTS
from verifier import texts
from verifier.checker import Checker
from verifier.report import NO_LIST, Report
from verifier.texts import LANGS, Lang

__all__ = ["Asked", "answered", "asked_from_json", "facts_from_words", "period", "profiles", "to_text"]

Checkers = Callable[[int | None], Checker]
"""Gives the checker for now (None) or with the lists in force at an instant."""

_MARKS: Final = {"yes": "✔", "ask": "▲", "no": "✘"}
_YES_NO: Final = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, and what was learnt beside it: what newer lists say of each licence, and a day without its list."""

    answer: Answer
    since: Mapping[str, Report]
    fetch: dt.date | None = None

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON values, with `since` if newer lists say more."""
        news = [
            {"about": about, "code": report.since.reason.code, **{lang: report.news(lang) for lang in LANGS}}
            for about, report in self.since.items()
            if report.since is not None
        ]
        return {**self.answer.to_json(), **({"since": news} if news else {})}


def answered(asked: Asked, checkers: Checkers, now: int) -> Answered:
    """Judge the codes as of the day and ask the rules. `now` is the clock, Unix seconds."""
    on = asked.on or period.civil_day(now)
    at = instant_of(on, now)
    as_of = at != now
    checker = checkers(at if as_of else None)

    codes = {"person": asked.person, "institution": asked.institution}
    reports = {
        about: checker.check_text(code.strip(), at=at, as_of=as_of) for about, code in codes.items() if code is not None
    }
    answer = may(
        asked.profile,
        asked.question.judged(**{about: report.verdict for about, report in reports.items()}),
        RULES,
        on,
    )
    lacking = any(not NO_LIST.isdisjoint(report.reasons) for report in reports.values())
    return Answered(answer=answer, since=reports, fetch=on if as_of and lacking else None)


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


def to_text(told: Answered, lang: Lang) -> str:
    """An answer for a terminal."""
    answer = told.answer
    word, sentence, action = texts.TEXTS[lang]["decisions"][answer.decision.value]
    first = f"{_MARKS[answer.decision.value]} {word}  [{answer.profile} · {answer.on.isoformat()}]"
    if told.fetch is not None:
        action = texts.word("fetch_day", lang, day=told.fetch.isoformat())
    reasons = (
        f"  {_MARKS[why.decision.value]} {why.sentence(lang)}  ({why.basis}) [{why.code}]" for why in answer.reasons
    )
    news = (f"  {report.news(lang)}" for report in told.since.values() if report.since is not None)
    return "\n".join([first, f"  {sentence}", f"  {texts.word('next', lang)}: {action}", *reasons, *news])
