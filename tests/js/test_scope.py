"""The page answers "may this person do this" as the library does: the same reasons, sentences and laws, always."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elicense import Question, Verdict, claims, may
from elicense.scope import RULES, question_to_json
from tests.elicense.scope.strategies import ON, asked
from tests.js.node import Node

MANY: Final = settings(max_examples=1000, suppress_health_check=list(HealthCheck))
_DAYS: Final = st.one_of(st.just(ON), st.dates(dt.date(2022, 4, 29), dt.date(2030, 1, 1)))


def _told(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    findings = [{"code": one.reason.code, "detail": {}} for one in verdict.findings]
    licence = None if verdict.licence is None else claims.to_json(verdict.licence)
    return {"at": verdict.at, "findings": findings, "licence": licence}


def same(node: Node, profile: str, question: Question, on: dt.date) -> None:
    """Both answers, the same in every word."""
    here = node.ask(
        "may", profile=profile, on=on.isoformat(), facts=question_to_json(question), person=_told(question.person),
        institution=_told(question.institution),
    )["ok"]  # fmt: skip
    assert here == may(profile, question, RULES, on).to_json()


@MANY
@given(what=asked, on=_DAYS)
def test_any_question_gets_the_same_answer(node: Node, what: tuple[str, Question], on: dt.date) -> None:
    same(node, *what, on)


def test_a_profile_that_nobody_knows(node: Node) -> None:
    for profile in ("no-such-profile", "__proto__", "constructor", ""):
        same(node, profile, Question(), ON)
