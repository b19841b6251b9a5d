"""What holds for every question, however absurd: no yes without valid licences, no fact betters a no, nothing leaks."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from elicense import Outcome, Question, Verdict, claims, period
from elicense.scope import RULES, Answer, Decision, may, question_to_json
from elicense.scope.question import FACTS
from tests.elicense.scope.strategies import ON, PROFILES, SAMPLES, VALUES, asked, verdicts
from tests.elicense.scope.vectors import vectors
from tests.made.against import errors
from tests.made.scope import ANSWER

GRAVITY = {Decision.YES: 0, Decision.ASK: 1, Decision.NO: 2}
# What the register answered today comes on top of a verdict: it may be left out, and can only make an answer worse.
EXTRA = {"person_standing", "institution_standing"}
# Said again beside an institution's licence it can contradict it.
PLACE = {"at"}
MANY = settings(max_examples=100)

Asked = tuple[str, Question]


def known(profile: str, question: Question) -> Answer:
    return may(profile, question, RULES, ON)


def stands(verdict: Verdict | None) -> bool:
    """Whether a verdict says, about this very day, that the licence is valid."""
    if verdict is None or verdict.outcome is not Outcome.VALID:
        return False
    return period.day_begins(ON) <= verdict.at < period.day_ends(ON)


@MANY
@given(asked, st.text(max_size=20), st.one_of(st.just(ON), st.dates()), st.booleans())
def test_every_question_gets_an_answer_that_fits_its_schema(asked: Asked, other: str, on: dt.date, odd: bool) -> None:
    """Whatever a stranger sends may neither crash nor give an answer that the documents do not know."""
    profile, question = (other, asked[1]) if odd else asked
    answer = may(profile, question, RULES, on)
    named = dataclasses.replace(answer, profile="any", on=ON).to_json()
    assert errors(ANSWER, named) == []
    assert may(profile, question, RULES, on) == answer
    for why in answer.reasons:
        assert not {"{", "}"} & {*why.zh, *why.en}
        assert why.code != why.zh


@MANY
@given(asked)
def test_never_yes_without_valid_licences(asked: Asked) -> None:
    """Nothing unsigned is ever believed, and what is undetermined is at best ask."""
    profile, question = asked
    row = next(row for row in RULES.profiles if row.profile == profile)
    needed = [question.person] if row.kinds else []
    needed += [question.institution] if row.institution_required or question.institution is not None else []
    decision = known(profile, question).decision
    if not all(stands(verdict) for verdict in needed):
        assert decision is not Decision.YES
    if any(v is not None and v.outcome is Outcome.INVALID and v.licence is None for v in needed):
        assert decision is Decision.NO


@MANY
@given(asked)
def test_an_invalid_licence_gives_no(asked: Asked) -> None:
    profile, question = asked
    row = next(row for row in RULES.profiles if row.profile == profile)
    on_the_day = period.day_begins(ON)
    ended = [v for v in (question.person if row.kinds else None, question.institution) if v is not None]
    if any(v.outcome is Outcome.INVALID and v.at == max(v.at, on_the_day) < period.day_ends(ON) for v in ended):
        assert known(profile, question).decision is Decision.NO


@MANY
@given(asked, st.data())
def test_yes_and_no_are_final_for_facts_that_were_missing(asked: Asked, data: st.DataObject) -> None:
    """A missing fact is ask: so adding one never turns no into yes, nor yes into anything else."""
    profile, question = asked
    missing = [name for name in FACTS if question.fact(name) is None and name not in EXTRA | PLACE]
    before = known(profile, question).decision
    if missing and before is not Decision.ASK:
        name = data.draw(st.sampled_from(missing))
        more = dataclasses.replace(question, **{name: data.draw(VALUES[name])})
        assert known(profile, more).decision is before, name


@MANY
@given(asked, st.data())
def test_no_fact_turns_a_no_into_yes(asked: Asked, data: st.DataObject) -> None:
    """Of all facts, also those that come on top and those that contradict a licence."""
    profile, question = asked
    name = data.draw(st.sampled_from(sorted(FACTS)))
    if question.fact(name) is None:
        before = known(profile, question).decision
        more = dataclasses.replace(question, **{name: data.draw(VALUES[name])})
        after = known(profile, more).decision
        assert (before, after) != (Decision.NO, Decision.YES)
        if name in EXTRA:
            assert GRAVITY[after] >= GRAVITY[before]


@MANY
@given(asked, verdicts, st.sampled_from(["person", "institution"]))
def test_no_licence_shown_in_addition_makes_a_no_better(asked: Asked, verdict: Verdict, which: str) -> None:
    profile, question = asked
    if getattr(question, which) is None and known(profile, question).decision is Decision.NO:
        more: dict[str, Any] = {which: verdict}
        assert known(profile, dataclasses.replace(question, **more)).decision is Decision.NO


@MANY
@given(asked, st.data())
def test_a_fact_that_a_profile_does_not_ask_for_changes_nothing(asked: Asked, data: st.DataObject) -> None:
    """What `facts_of` promises a form: nobody has to tell more than is asked."""
    profile, question = asked
    name = data.draw(st.sampled_from(sorted(FACTS.keys() - set(RULES.facts_of(profile, ON)))))
    other = dataclasses.replace(question, **{name: data.draw(st.one_of(st.none(), VALUES[name]))})
    assert known(profile, other) == known(profile, question)


@pytest.mark.parametrize(("profile", "fact"), [(p, fact) for p in PROFILES for fact in RULES.facts_of(p, ON)])
def test_each_fact_that_a_profile_asks_for_matters_to_it(profile: str, fact: str) -> None:
    """A form that asks for what nobody needs asks too much of people."""
    held = [v for v in vectors() if v.profile == profile and v.question.fact(fact) is not None]
    without = [dataclasses.replace(v.question, **{fact: None}) for v in held]
    assert any(known(profile, less) != v.answer(RULES) for v, less in zip(held, without, strict=True))


@MANY
@given(asked)
def test_reasons_stand_in_the_order_of_the_steps_and_each_step_says_one_thing(asked: Asked) -> None:
    profile, question = asked
    order = ["person-licence", "institution-licence", *(s.step for s in RULES.steps if s.profile == profile)]
    answer = known(profile, question)
    places = [order.index(why.step) for why in answer.reasons]
    assert places == sorted(places)
    assert not {why.step for why in answer.reasons} & set(answer.passed)
    if answer.decision is Decision.YES:
        assert not answer.reasons
        assert answer.passed


def test_the_questions_tried_are_not_all_alike() -> None:
    """A property about yes proves nothing if no question ever gets one."""
    found: Counter[Decision] = Counter()

    @settings(max_examples=100, database=None, phases=[Phase.generate], derandomize=True)
    @given(asked)
    def count(asked: Asked) -> None:
        found[known(*asked).decision] += 1

    count()
    assert all(found[decision] >= 5 for decision in Decision)


@MANY
@given(asked)
def test_nothing_of_a_licence_is_repeated(asked: Asked) -> None:
    """An answer is kept in logs and shown to people who have not seen the licence."""
    profile, question = asked
    facts = json.dumps(question_to_json(question), ensure_ascii=False)
    answer = json.dumps(known(profile, question).to_json(), ensure_ascii=False)
    for verdict in (question.person, question.institution):
        if verdict is not None and verdict.licence in SAMPLES:
            named = claims.to_json(verdict.licence)
            texts = [str(named[name]) for name in ("name", "number", "address", "principal") if name in named]
            assert not [text for text in texts if text in answer and text not in facts]


def test_a_day_is_a_day() -> None:
    """A datetime is a date to Python, but compares with none of the rules."""
    with pytest.raises(TypeError, match="civil day"):
        may("patient", Question(), RULES, dt.datetime(2026, 11, 23, tzinfo=dt.UTC))


def test_an_answer_is_no_boolean() -> None:
    """`if may(...)` would take ask, and even no, for yes."""
    with pytest.raises(TypeError, match=r"\.decision"):
        bool(known("patient", Question()))
