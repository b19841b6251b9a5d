"""The vectors hold, and together they touch every profile, every step and every reason."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

import pytest

from elicense import Outcome, Reason
from elicense.scope import RULES, Decision
from tests.elicense.scope.vectors import Vector, told, vectors

# Steps with no state in between: they cannot say no, or the licence answers them either way.
NEVER_NO = {"scope", "special-permit", ("claim", "level")}
NEVER_ASK = {("telemedicine-physician", "inside-place")}
# Bounded twice, so that one mistake alone changes nothing: the step says ask at most, and so does each of its reasons.
ASK_TWICE = {"scope", "special-permit"}
ASK_TWICE_REASONS = {
    *("category-mismatch", "out-of-scope", "scope-by-policy", "scope-in-words", "subject-needs-more", "special-permit"),
    *(reason.code for reason in Reason if reason.outcome is Outcome.UNDETERMINED),  # the second bound is the verdict
} - {"verification-overdue"}  # which is a standing too, and there the sentence alone bounds it


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: f"{vector.file}: {vector.name}")
def test_every_implementation_gives_this_answer(vector: Vector) -> None:
    assert told(vector.answer(RULES)) == vector.expect


def test_the_decision_of_a_vector_is_that_of_its_gravest_reason() -> None:
    """Somebody who writes a vector by hand may contradict themselves."""
    for vector in vectors():
        held = {reason["decision"] for reason in vector.expect["reasons"]}
        assert vector.expect["decision"] == ("no" if "no" in held else "ask" if "ask" in held else "yes"), vector.name


def test_each_step_is_seen_passed_failed_and_not_known() -> None:
    """A step of which no vector shows all three faces may be wrong in the one that is missing."""
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    for vector in vectors():
        for step in vector.expect["passed"]:
            seen[vector.profile, step].add("passed")
        for reason in vector.expect["reasons"]:
            seen[vector.profile, reason["step"]].add(reason["decision"])
    missing = []
    for profile in RULES.profiles:
        steps = {step.step for step in RULES.steps if step.profile == profile.profile}
        steps |= {"institution-licence"} | ({"person-licence"} if profile.kinds else set())
        for step in steps:
            key = (profile.profile, step)
            wanted = {"passed", "ask", "no"}
            wanted -= {"no"} if {step, key} & NEVER_NO else set()
            wanted -= {"ask"} if key in NEVER_ASK else set()
            missing += [(*key, face) for face in wanted - seen[key]]
    assert not missing


def test_each_profile_is_seen_to_say_yes() -> None:
    for profile in RULES.profiles:
        assert [v for v in vectors() if v.profile == profile.profile and v.expect["decision"] == "yes"]


def test_each_reason_code_is_reached() -> None:
    """A code that no question can give is a promise that nobody keeps."""
    reached = {reason["code"] for vector in vectors() for reason in vector.expect["reasons"]}
    assert reached == set(RULES.sentences)


def test_each_reason_of_a_verdict_has_its_sentence_and_weight() -> None:
    """A verdict must not become milder or graver by being asked about."""
    weights = {Outcome.INVALID: Decision.NO, Outcome.UNDETERMINED: Decision.ASK}
    for reason in Reason:
        assert RULES.sentences[reason.code].decision is weights[reason.outcome]


def test_what_is_only_policy_is_bounded_twice() -> None:
    """No national text maps scopes to subjects, so neither a step nor a sentence may make it a no."""
    assert {step.effect for step in RULES.steps if step.step in ASK_TWICE} == {Decision.ASK}
    assert {RULES.sentences[code].decision for code in ASK_TWICE_REASONS} == {Decision.ASK}


def test_a_sentence_names_the_subject_by_code_and_name_of_its_edition() -> None:
    """Code 12.02 alone says two different things; the vectors leave sentences out, so it is shown here."""
    vector = next(v for v in vectors() if v.name == "a code with two meanings, another edition")
    for edition, name in ((1994, "12.02 口腔颌面外科专业"), (2099, "12.02")):
        question = dataclasses.replace(vector.question, subject_edition=edition)
        (why,) = dataclasses.replace(vector, question=question).answer(RULES).reasons
        assert f"诊疗科目 {name} 的代码" in why.sentence("zh")
    surgeon = next(v.question.person for v in vectors() if v.name == "12 may cover 19")
    unsaid = dataclasses.replace(vector.question, subject_edition=None, person=surgeon)
    reasons = dataclasses.replace(vector, question=unsaid).answer(RULES).reasons
    assert [why.zh for why in reasons if why.step == "scope"] == ["执业类别与诊疗科目 12.02 不对应；请核实。"]
    missing = dataclasses.replace(vector, question=dataclasses.replace(vector.question, subject_edition=None))
    (why,) = missing.answer(RULES).reasons
    assert why.zh == "没有说明：诊疗科目代码所用名录的年份。"
    assert why.en == "Not stated: the edition of the catalogue that the subject code belongs to."


def test_a_reason_without_a_sentence_keeps_its_weight() -> None:
    """An operator's older files may not know a newer reason of a verdict; it must not get lost, nor milder."""
    less = {code: said for code, said in RULES.sentences.items() if code not in {"revoked", "status-stale"}}
    rules = dataclasses.replace(RULES, sentences=less)
    for name in ("person: revoked", "person: status-stale"):
        vector = next(v for v in vectors() if v.name == name)
        assert told(vector.answer(rules)) == vector.expect
        assert vector.answer(rules).reasons[0].en == vector.answer(RULES).reasons[0].code


@pytest.mark.parametrize(
    ("name", "step", "basis"),
    [
        ("the register answers about the institution: paused", "institution-standing", "医疗机构管理条例实施细则 34"),
        ("a child alone", "child", "互联网诊疗管理办法（试行） 19"),
        ("between two filings", "at-institution", "医师法 14、15、18；医师执业注册管理办法 10、17、20"),
        ("a scope that is not known here", "scope", "医师法 14；执业范围与诊疗科目的对应为本项目的约定，不是法律"),
        ("an assistant physician", "level", "医师法 30"),
        ("a nurse's licence", "person-licence", "医师法 13；医疗机构管理条例（2022） 14、23"),
        ("12 may cover 19", "scope", "本项目的约定"),
    ],
)
def test_a_reason_names_its_own_law_or_that_of_its_step(name: str, step: str, basis: str) -> None:
    vector = next(v for v in vectors() if v.name == name)
    assert {why.basis for why in vector.answer(RULES).reasons if why.step == step} == {basis}


def test_every_reason_of_a_profile_has_a_basis() -> None:
    """Only a question that no rule answers has none."""
    for vector in vectors():
        for why in vector.answer(RULES).reasons:
            assert bool(why.basis) is (why.step != "profile"), vector.name
