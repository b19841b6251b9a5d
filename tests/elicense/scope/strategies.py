"""Hypothesis strategies for questions: true, half-true and absurd ones."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any, Final

from hypothesis import strategies as st

from elicense import Finding, Question, Reason, Verdict, period
from elicense.scope import RULES
from elicense.scope.question import FACTS, NAME_CHARS_MAX
from tests import strategies
from tests.elicense.scope.vectors import licences, vectors

ON: Final = dt.date(2026, 11, 23)
PROFILES: Final = tuple(profile.profile for profile in RULES.profiles)
_NUMBERS: Final = ("MBT10001246010011A1001", "MBT10008X46020015A5272", "MBT10009044010011A1001")
_NAMES: Final = ("海口市示例综合医院", "椰林示例康复医院", "海口市另一家医院")

_in_day = st.integers(period.day_begins(ON), period.day_ends(ON) - 1)
_any_time = st.integers(-(2**40), 2**40)
_findings = st.lists(st.sampled_from([Finding(reason) for reason in Reason]), max_size=3).map(tuple)
_codes = st.from_regex(r"[a-z][a-z0-9_-]{0,31}", fullmatch=True).filter(str.isascii)


def known_values(fact: str) -> list[str]:
    """The values that the rules know for a coded fact."""
    return [value.value for value in RULES.values if value.fact == fact]


def _coded(fact: str) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(known_values(fact)), _codes)


SAMPLES: Final = tuple(licences().values())
any_licence = st.one_of(*[st.sampled_from(SAMPLES)] * 4, strategies.licences)
verdicts = st.builds(
    Verdict,
    at=st.one_of(_in_day, _in_day, _any_time),
    findings=st.one_of(st.just(()), _findings),
    trust_sequence=st.just(1),
    licence=st.one_of(any_licence, any_licence, st.none()),
)
sound = st.builds(
    Verdict, at=_in_day, findings=st.just(()), trust_sequence=st.just(1), licence=st.sampled_from(SAMPLES)
)
"""Verdicts that are valid on the day: with them and the right facts an answer may be yes."""

_booleans = st.booleans()
VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "at": st.one_of(st.sampled_from(_NUMBERS), strategies.registration_numbers),
    "at_name": st.one_of(st.sampled_from(_NAMES), st.text(min_size=1, max_size=NAME_CHARS_MAX)),
    "subjects": st.one_of(st.sampled_from([("03",), ("21",), ("14",), ("03.01", "04")]), strategies.subject_codes),
    "subject_edition": st.sampled_from([1994, 2010, 2099]),
    "independent_since": st.dates(dt.date(1970, 1, 1), dt.date(2242, 3, 15)),
    "advertised_name": st.one_of(st.sampled_from(_NAMES), st.text(min_size=1, max_size=NAME_CHARS_MAX)),
    **{name: _coded(name) for name in FACTS if known_values(name) and "true" not in known_values(name)},
}
VALUES.update({name: _booleans for name in FACTS if name not in VALUES})

facts = st.fixed_dictionaries({}, optional=VALUES)
questions = st.builds(
    lambda named, person, institution: Question(**named, person=person, institution=institution),
    facts,
    st.one_of(st.none(), verdicts, sound),
    st.one_of(st.none(), verdicts, sound),
)

_VECTORS: Final = tuple(vector for vector in vectors() if vector.on == ON and vector.profile in PROFILES)
_YES: Final = tuple(vector for vector in _VECTORS if vector.expect["decision"] == "yes")
_NO: Final = tuple(vector for vector in _VECTORS if vector.expect["decision"] == "no")


@st.composite
def near(draw: st.DrawFn) -> tuple[str, Question]:
    """A question of a vector with a few things changed: absurd ones alone would hardly ever get yes."""
    vector = draw(st.one_of(st.sampled_from(_VECTORS), st.sampled_from(_YES), st.sampled_from(_NO)))
    changed: dict[str, Any] = {
        name: draw(st.one_of(st.none(), VALUES[name]))
        for name in draw(st.lists(st.sampled_from(sorted(FACTS)), max_size=3, unique=True))
    }
    for who in draw(st.lists(st.sampled_from(["person", "institution"]), max_size=1)):
        changed[who] = draw(st.one_of(st.none(), sound, verdicts))
    return vector.profile, dataclasses.replace(vector.question, **changed)


profiles = st.sampled_from(PROFILES)
asked = st.one_of(near(), near(), near(), st.tuples(profiles, questions))
"""Profile and question."""
