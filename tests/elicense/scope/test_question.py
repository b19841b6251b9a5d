"""Questions travel as JSON and come back the same; what is not a question is refused without being repeated."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import Decision, Question, period
from elicense.fields import BadValue
from elicense.scope import RULES, asked_from_json, instant_of, may, question_from_json, question_to_json
from elicense.scope.question import FACTS, REQUEST
from tests.elicense.scope.strategies import facts, questions
from tests.made.against import accepts, errors
from tests.made.scope import ANSWER, QUESTION

SECRET = "13800138000"
ON = dt.date(2026, 11, 23)

_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3000), st.text(max_size=5), st.sampled_from(["none", "2020-02-29", "03"])
)
_json = st.recursive(_scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner)))
_some_facts = st.dictionaries(st.sampled_from([*FACTS, "weather"]), _json, max_size=4)
_some_requests = st.dictionaries(
    st.sampled_from([*REQUEST, "facts", "weather"]), st.one_of(_json, _some_facts, st.just("patient")), max_size=4
)


def taken(read: Any, value: object) -> bool:
    try:
        read(value)
    except BadValue:
        return False
    return True


def test_each_fact_is_a_field_of_a_question_and_the_other_way_round() -> None:
    named = [field.name for field in dataclasses.fields(Question)]
    assert named == ["person", "institution", *FACTS]


@given(facts)
def test_facts_come_back_from_json_as_they_were(named: dict[str, Any]) -> None:
    question = Question(**named)
    told = question_to_json(question)
    assert question_from_json(json.loads(json.dumps(told))) == question
    assert told.keys() == named.keys()


@given(questions)
def test_a_verdict_is_never_told(question: Question) -> None:
    """Somebody who could send a verdict could send a valid one."""
    assert not {"person", "institution"} & question_to_json(question).keys()
    assert question_from_json(question_to_json(question)) == question.judged()


@pytest.mark.parametrize("verdict", [{}, {"outcome": "valid"}, True, "valid"])
def test_a_verdict_that_is_told_is_refused(verdict: object) -> None:
    with pytest.raises(BadValue):
        question_from_json({"person": verdict})


@settings(max_examples=150)
@given(_json)
def test_any_json_is_a_question_or_refused(value: object) -> None:
    taken(question_from_json, value)
    taken(asked_from_json, value)


@settings(max_examples=150)
@given(_some_facts)
def test_facts_are_taken_exactly_where_the_schema_takes_them(value: dict[str, Any]) -> None:
    """A client that builds on the schema must not be surprised, in either direction."""
    assert taken(question_from_json, value) is accepts(f"{QUESTION}#facts", value), errors(f"{QUESTION}#facts", value)


@settings(max_examples=150)
@given(_some_requests)
def test_requests_are_taken_exactly_where_the_schema_takes_them(value: dict[str, Any]) -> None:
    assert taken(asked_from_json, value) is accepts(QUESTION, value), errors(QUESTION, value)


def test_a_request_is_read() -> None:
    asked = asked_from_json(
        {
            "profile": "patient",
            "on": "2026-11-23",
            "person": "https://elicense.example/v#840",
            "facts": {"at_name": "海口市示例综合医院", "holder_confirmed": True, "exemption": None},
        }
    )
    assert (asked.profile, asked.on, asked.institution) == ("patient", ON, None)
    assert asked.person == "https://elicense.example/v#840"
    assert asked.question == Question(at_name="海口市示例综合医院", holder_confirmed=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": SECRET},
        {"at": "MBT10001246010011A1003"},
        {"at": 5},
        {"at_name": ""},
        {"at_name": "医" * 129},
        {"subjects": ()},
        {"subjects": ["03"]},
        {"subjects": ("03", "03")},
        {"subjects": ("3",)},
        {"subjects": "03"},
        {"subject_edition": 1993},
        {"subject_edition": True},
        {"subject_edition": "2010"},
        {"inpatient": 1},
        {"holder_confirmed": "true"},
        {"exemption": "会诊"},
        {"drug_class": "Narcotic"},
        {"drug_class": True},
        {"independent_since": "2015-03-01"},
        {"independent_since": dt.date(1969, 12, 31)},
        {"independent_since": dt.datetime(2015, 3, 1, tzinfo=dt.UTC)},
        {"advertised_name": SECRET * 20},
    ],
    ids=str,
)
def test_a_fact_that_is_not_of_its_form_is_refused_and_not_repeated(wrong: dict[str, Any]) -> None:
    """Programs are wrong too, and exceptions end up in logs."""
    with pytest.raises(BadValue) as caught:
        Question(**wrong)
    assert next(iter(wrong)) in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {},
        {"profile": None},
        {"profile": "Patient"},
        {"profile": "patient", "on": "today"},
        {"profile": "patient", "on": 5},
        {"profile": "patient", "person": ""},
        {"profile": "patient", "person": "9" * 4097},
        {"profile": "patient", "facts": []},
        {"profile": "patient", "facts": {SECRET: True}},
        {"profile": "patient", SECRET: True},
    ],
    ids=lambda wrong: str(wrong)[:40],
)
def test_a_request_that_is_none_is_refused_and_not_repeated(wrong: object) -> None:
    with pytest.raises(BadValue) as caught:
        asked_from_json(wrong)
    assert SECRET not in str(caught.value)


@given(st.dates(dt.date(1970, 1, 2), dt.date(2242, 1, 1)), st.integers(-(2**40), 2**40))
def test_the_instant_for_a_day_lies_in_that_day(on: dt.date, now: int) -> None:
    """Else the verdict would be one of another day, and every answer ask."""
    at = instant_of(on, now)
    assert period.civil_day(at) == on
    assert at == now or at + 1 == period.day_ends(on)
    assert (at == now) or not period.day_begins(on) <= now < period.day_ends(on)


@pytest.mark.parametrize(
    ("decision", "reasons"),
    [("yes", ["ask"]), ("yes", ["no"]), ("ask", []), ("ask", ["no"]), ("ask", ["ask", "no"]), ("no", ["ask"])],
)
def test_the_schema_refuses_an_answer_that_contradicts_its_reasons(decision: str, reasons: list[str]) -> None:
    """A schema that takes every object would prove nothing about the answers above."""
    answer = may("patient", Question(), RULES, ON).to_json()
    assert errors(ANSWER, answer) == []
    held = [{**answer["reasons"][0], "decision": weight} for weight in reasons]
    assert not accepts(ANSWER, {**answer, "decision": decision, "reasons": held})


def test_the_decision_is_that_of_the_gravest_reason() -> None:
    answer = may("patient", Question(holder_confirmed=False), RULES, ON)
    assert {why.decision for why in answer.reasons} == {Decision.ASK, Decision.NO}
    assert answer.decision is Decision.NO
    assert [why.sentence("en") for why in answer.reasons][-1] == "The person is not the holder of the licence."
    assert answer.reasons[-1].sentence() == "本人不是该证照的持证人。"
