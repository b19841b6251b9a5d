"""The vectors hold, and together they touch every profile, every step and every reason."""

from __future__ import annotations

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
