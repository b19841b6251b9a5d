"""Reads the files of rules, and refuses those that break their own rules.

Read and checked at import, so that answering does no I/O. An operator with rules of their own passes the texts of such
files to `parse` and the result to `may`. docs/scope.md describes the columns.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from elicense.licence import Kind
from elicense.scope.answer import Decision
from elicense.scope.question import FACTS
from elicense.scope.rules import FIRM, Attribute, Label, Pair, Profile, Rule, Rules, Sentence, Step, Value

FILES: Final = ("profiles", "steps", "values", "attributes", "scope_subjects", "reasons", "facts")
CHECKS: Final = frozenset(
    {"area", "experience", "internet", "level", "name", "scope", "standing", "stated", "subject", "where"}
)
"""The checks that a step may name; `elicense.scope.checks` has them."""
_NUMBER_MAX: Final = 100
_OF_A_FACT: Final = frozenset({"stated", "standing"})
_CONFIDENCE: Final = FIRM | {"medium"}
_LAW: Final = ("basis", "confidence", "source", "effective_from", "effective_to")
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "profiles": ("profile", "zh", "en", "person", "institution", *_LAW),
    "steps": ("profile", "step", "check", "about", "kinds", "facts", "given", "number", "effect", *_LAW),
    "values": ("fact", "value", "zh", "en", "reason", "unless", "without_beds", "nothing", *_LAW),
    "attributes": ("table", "code", "attribute", *_LAW),
    "scope_subjects": ("scope", "subject", "reason", *_LAW),
    "reasons": ("code", "decision", "zh", "en"),
    "facts": ("fact", "zh", "en"),
}
_KINDS: Final = {kind.text: kind for kind in Kind}
_ABOUT: Final = frozenset({"person", "institution", "act"})
_VERDICTS: Final = ("person", "institution")
_NEEDED: Final = {"required": True, "optional": False}


class RulesBad(ValueError):
    """A file of rules breaks its own rules. The text names the file and, where there is one, the line."""


_R = TypeVar("_R")


def parse(texts: Mapping[str, str]) -> Rules:
    """Read and check the rules from the texts of the files named in `FILES`. `RulesBad` if they break their rules."""
    if not texts.keys() >= set(FILES):
        raise RulesBad("a file is missing")
    sentences = {each.code: each for each in _rows("reasons", texts, _sentence)}
    labels = {each.fact: each for each in _rows("facts", texts, lambda x: Label(**x))}
    if labels.keys() != {*FACTS, *_VERDICTS}:
        raise RulesBad("facts: not exactly the facts of a question")

    def reasons(x: dict[str, str], *names: str) -> dict[str, Any]:
        given = [x[name] for name in names if x[name]]
        if not sentences.keys() >= set(given):
            raise ValueError("a reason without a sentence")
        if x["confidence"] not in FIRM and not (
            x["reason"] and all(sentences[code].decision is Decision.ASK for code in given)
        ):
            raise ValueError("a medium row can only make the answer ask")
        return {name: x[name] for name in names}

    digest = hashlib.sha256("\0".join(texts[name] for name in FILES).encode()).hexdigest()
    rules = Rules(
        edition=digest[:16],
        profiles=_rows("profiles", texts, _profile),
        steps=_rows("steps", texts, _step),
        values=_rows("values", texts, lambda x: _value(x, reasons)),
        attributes=_rows("attributes", texts, _attribute),
        pairs=_rows("scope_subjects", texts, lambda x: Pair(**_law(x), **_but(x, "reason"), **reasons(x, "reason"))),
        sentences=sentences,
        labels=labels,
    )
    _whole(rules)
    return rules


def _whole(rules: Rules) -> None:
    """What no single row can show: a step holds on all days of a row of its profile, or on none of them."""
    for profile in rules.profiles:
        for step in rules.steps:
            if step.profile == profile.profile and not (_covers(step, profile) or _apart(step, profile)):
                raise RulesBad(f"steps: {step.step} holds on some days of {profile.profile} and not on others")
        if any(other is not profile and not _apart(other, profile) for other in rules.profiles_named(profile.profile)):
            raise RulesBad(f"profiles: {profile.profile} stands twice for one day")
    if not {step.profile for step in rules.steps} <= {profile.profile for profile in rules.profiles}:
        raise RulesBad("steps: a step of no profile")


def _covers(outer: Rule, inner: Rule) -> bool:
    return outer.effective_from <= inner.effective_from and _last(outer) >= _last(inner)


def _apart(one: Rule, other: Rule) -> bool:
    return _last(one) < other.effective_from or _last(other) < one.effective_from


def _last(rule: Rule) -> dt.date:
    return dt.date.max if rule.effective_to is None else rule.effective_to


def _rows(name: str, texts: Mapping[str, str], read: Callable[[dict[str, str]], _R]) -> tuple[_R, ...]:
    reader = csv.DictReader(texts[name].splitlines(), strict=True)
    rows = []
    try:
        if tuple(reader.fieldnames or ()) != _COLUMNS[name]:
            raise ValueError("other columns")
        for x in reader:
            if None in x or None in x.values():
                raise ValueError("too few or too many cells")
            rows.append(read(x))
    except (ValueError, KeyError, csv.Error) as problem:
        raise RulesBad(f"{name}, line {reader.line_num}: {problem}") from problem
    if len({tuple(x) for x in csv.reader(texts[name].splitlines())}) != len(rows) + 1:
        raise RulesBad(f"{name}: a row stands twice")
    return tuple(rows)


def _law(x: dict[str, str]) -> dict[str, Any]:
    if not (x["basis"] and x["source"]) or x["confidence"] not in _CONFIDENCE:
        raise ValueError("no basis, source or confidence")
    end = x["effective_to"]
    last = dt.date.fromisoformat(end) if end else None
    first = dt.date.fromisoformat(x["effective_from"])
    if last is not None and last < first:
        raise ValueError("ends before it begins")
    return {
        "basis": x["basis"],
        "confidence": x["confidence"],
        "source": x["source"],
        "effective_from": first,
        "effective_to": last,
    }


def _but(x: dict[str, str], *names: str) -> dict[str, Any]:
    return {name: cell for name, cell in x.items() if name not in {*_LAW, *names}}


def _firm(x: dict[str, str]) -> dict[str, Any]:
    if x["confidence"] not in FIRM:
        raise ValueError("a medium row can only make the answer ask")
    return _law(x)


def _sentence(x: dict[str, str]) -> Sentence:
    if not (x["code"] and x["zh"] and x["en"]) or x["decision"] == Decision.YES.value:
        raise ValueError("no code, no sentence, or a reason to say yes")
    return Sentence(code=x["code"], decision=Decision(x["decision"]), zh=x["zh"], en=x["en"])


def _profile(x: dict[str, str]) -> Profile:
    kinds = tuple(_KINDS[kind] for kind in x["person"].split())
    required = _NEEDED[x["institution"]]
    if not (kinds or required):
        raise ValueError("asks for no licence")
    return Profile(**_firm(x), **_but(x, "person", "institution"), kinds=kinds, institution_required=required)


def _step(x: dict[str, str]) -> Step:
    effect = Decision(x["effect"])
    facts = tuple(x["facts"].split())
    if not FACTS.keys() >= {*facts, *([x["given"]] if x["given"] else [])} or x["about"] not in _ABOUT:
        raise ValueError("an unknown fact, or about nobody")
    if x["check"] not in CHECKS or (x["check"] in _OF_A_FACT and not facts):
        raise ValueError("an unknown check, or one of a fact without a fact")
    number = int(x["number"] or 0)
    if not 0 <= number <= _NUMBER_MAX:
        raise ValueError("a number that is not a number of years")
    if effect is Decision.YES or (effect is Decision.NO and x["confidence"] not in FIRM):
        raise ValueError("the effect is no, or ask where the rule is not firm")
    kinds = tuple(_KINDS[kind] for kind in x["kinds"].split())
    more = _but(x, "kinds", "facts", "number", "effect")
    return Step(**_law(x), **more, kinds=kinds, facts=facts, number=number, effect=effect)


def _value(x: dict[str, str], reasons: Callable[..., dict[str, Any]]) -> Value:
    if x["fact"] not in FACTS or x["unless"] not in {"", *FACTS} or x["nothing"] not in {"", "yes"}:
        raise ValueError("an unknown fact or flag")
    checked = reasons(x, "reason", "without_beds")
    return Value(**_law(x), **_but(x, "nothing", *checked), **checked, nothing=x["nothing"] == "yes")


def _attribute(x: dict[str, str]) -> Attribute:
    return Attribute(**_firm(x), **_but(x))


def _packaged(name: str) -> str:
    data = pkgutil.get_data("elicense", f"data/rules/{name}.csv")
    if data is None:
        raise RulesBad(f"{name}: the package has no such rules")
    return data.decode("utf-8")


RULES: Final = parse({name: _packaged(name) for name in FILES})
"""The rules that come with this package."""
