"""Each row of the rules matters: lose it or change it, and a vector notices.

The vectors are what another implementation is held to, and what guards a change of the data: what they do not notice,
nobody does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from elicense.scope import RULES, Decision, Rules
from elicense.scope.rules import Pair, Step, Value
from tests.elicense.scope.test_vectors import ASK_TWICE, ASK_TWICE_REASONS
from tests.elicense.scope.vectors import told, vectors

TABLES = ("profiles", "steps", "values", "attributes", "pairs")
_SWAPPED = {Decision.NO: Decision.ASK, Decision.ASK: Decision.NO}


def wrong_steps(step: Step) -> Iterator[Step]:
    """A step with another weight, for everybody, with another number, or whatever its condition says."""
    if step.step not in ASK_TWICE:
        yield dataclasses.replace(step, effect=_SWAPPED[step.effect])
    if step.kinds:
        yield dataclasses.replace(step, kinds=())
    if step.number:
        yield dataclasses.replace(step, number=step.number + 1)
    if step.given:
        yield dataclasses.replace(step, given="")


def wrong_values(value: Value) -> Iterator[Value]:
    """A value without its reason, its excuse or its mark."""
    if value.reason:
        yield dataclasses.replace(value, reason="")
    if value.unless:
        yield dataclasses.replace(value, unless="")
    if value.without_beds:
        yield dataclasses.replace(value, without_beds="")
    if value.nothing:
        yield dataclasses.replace(value, nothing=False)


def wrong_pairs(pair: Pair) -> Iterator[Pair]:
    """A pair that covers where it should ask, or asks where it should cover."""
    yield dataclasses.replace(pair, reason="" if pair.reason else "scope-by-policy")


WRONG: dict[str, Any] = {"steps": wrong_steps, "values": wrong_values, "pairs": wrong_pairs}


def mutants(table: str) -> Iterator[tuple[object, Rules]]:
    """The rules with one row of a table lost or changed, one after the other."""
    rows: tuple[Any, ...] = getattr(RULES, table)
    for index, row in enumerate(rows):
        for instead in [(), *((wrong,) for wrong in WRONG.get(table, lambda _: ())(row))]:
            changed: dict[str, Any] = {table: (*rows[:index], *instead, *rows[index + 1 :])}
            yield (row, instead), dataclasses.replace(RULES, **changed)


def noticed(rules: Rules) -> bool:
    """Whether any vector gives another answer."""
    return any(told(vector.answer(rules)) != vector.expect for vector in vectors())


def test_the_rules_themselves_are_right() -> None:
    """Otherwise every mutant would be noticed, and the tests below prove nothing."""
    assert not noticed(RULES)


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_lost_or_changed_unseen(table: str) -> None:
    tried = list(mutants(table))
    assert len(tried) >= len(getattr(RULES, table))
    assert not [what for what, rules in tried if not noticed(rules)]


def test_no_weight_of_a_reason_can_be_changed_unseen() -> None:
    for code, sentence in RULES.sentences.items():
        if code not in ASK_TWICE_REASONS:
            swapped = dataclasses.replace(sentence, decision=_SWAPPED[sentence.decision])
            assert noticed(dataclasses.replace(RULES, sentences={**RULES.sentences, code: swapped})), code


def test_a_step_that_says_no_to_assistants_still_asks_who_led_them() -> None:
    """The rule for claims asks at most; an authority may make it a no, and then a missing fact must still be ask."""
    strict = tuple(
        dataclasses.replace(step, effect=Decision.NO) if (step.profile, step.step) == ("claim", "level") else step
        for step in RULES.steps
    )
    rules = dataclasses.replace(RULES, steps=strict)
    for name, decision in (("not stated under whom", Decision.ASK), ("alone: townships", Decision.NO)):
        vector = next(v for v in vectors() if v.profile == "claim" and name in v.name)
        assert vector.answer(rules).decision is decision


def test_a_pair_that_has_ended_covers_nothing() -> None:
    ended = tuple(dataclasses.replace(pair, effective_to=pair.effective_from) for pair in RULES.pairs)
    vector = next(v for v in vectors() if v.name == "11 covers 03")
    answer = vector.answer(dataclasses.replace(RULES, pairs=ended))
    assert [why.code for why in answer.reasons] == ["out-of-scope"]


@pytest.mark.parametrize("table", ["values", "attributes", "steps"])
def test_a_row_that_has_ended_holds_no_longer(table: str) -> None:
    rows: tuple[Any, ...] = getattr(RULES, table)
    ended: dict[str, Any] = {table: tuple(dataclasses.replace(row, effective_to=row.effective_from) for row in rows)}
    gone: dict[str, Any] = {table: ()}
    for vector in vectors():
        assert told(vector.answer(dataclasses.replace(RULES, **ended))) == told(
            vector.answer(dataclasses.replace(RULES, **gone))
        )
