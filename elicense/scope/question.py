"""What is asked: the verdicts about one or two licences, and the facts that no licence holds.

Facts are what the asker says and answers for: is it a first visit, does the institution consent. A fact that is left
out is None, and never counts as the convenient answer. What a licence does say (level, scopes, institution, subjects)
is no fact here: it comes from a verdict or not at all. No fact holds a name, a number of a person or a diagnosis.

The JSON form is schemas/question.schema.json.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from elicense import fields, period
from elicense.fields import BadValue, Coder
from elicense.licence.base import INSTITUTION_NUMBER
from elicense.limits import SUBJECTS_MAX, TEXT_CHARS_MAX
from elicense.verdict import Verdict

NAME_CHARS_MAX: Final = 128
"""Characters of a name as somebody reads it off a door or an advertisement."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a fact is read from JSON (`BadValue` for anything else), and its JSON Schema."""

    read: Callable[[Any], Any]
    schema: dict[str, Any]


def _coded(coder: Coder) -> Form:
    return Form(coder.from_json, coder.schema)


def _read_yes_no(value: Any) -> bool:  # noqa: ANN401 - JSON is any value
    if type(value) is bool:
        return value
    raise BadValue("not true or false")


def _text(limit: int) -> Form:
    def read(value: Any) -> str:  # noqa: ANN401
        if type(value) is str and 0 < len(value) <= limit:
            return value
        raise BadValue(f"not a text of 1 to {limit} characters")

    return Form(read, {"type": "string", "minLength": 1, "maxLength": limit})


_YES_NO: Final = Form(_read_yes_no, {"type": "boolean"})
_NAME: Final = _text(NAME_CHARS_MAX)
_CODE: Final = _coded(fields.pattern(r"[a-z][a-z0-9_-]{0,31}"))
_DAY: Final = _coded(fields.day())

FACTS: Final[Mapping[str, Form]] = {
    "at": _coded(INSTITUTION_NUMBER),
    "at_name": _NAME,
    "subjects": _coded(fields.subjects(SUBJECTS_MAX)),
    "subject_edition": _coded(fields.uint(1994, 2099)),
    "inpatient": _YES_NO,
    "holder_confirmed": _YES_NO,
    "person_standing": _CODE,
    "institution_standing": _CODE,
    "exemption": _CODE,
    "supervised": _YES_NO,
    "independent_since": _DAY,
    "consent": _YES_NO,
    "first_visit": _YES_NO,
    "common_or_chronic": _YES_NO,
    "drug_class": _CODE,
    "under_six": _YES_NO,
    "accompanied": _YES_NO,
    "designated": _YES_NO,
    "payment": _CODE,
    "emergency": _YES_NO,
    "advertised_name": _NAME,
    "special_services": _YES_NO,
}
"""The form of each fact, in the order of the documents."""

REQUEST: Final[Mapping[str, Form]] = {
    "profile": _CODE,
    "on": _DAY,
    "person": _text(TEXT_CHARS_MAX),
    "institution": _text(TEXT_CHARS_MAX),
}
"""The members of a request beside its facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Verdicts and facts. `BadValue` (a ValueError) for a fact that is not of its form; it never repeats the value.

    `at` is the registration number (22 characters) of the institution where it happens; without it that of
    `institution` counts. `at_name` is for who knows only the name on the door. `subjects` are codes of 诊疗科目名录,
    `subject_edition` the year of the catalogue where a code has several meanings. `independent_since` is the day from
    which independent clinical work counts: the first registration as licensed physician, later by any suspension.
    The values of coded facts stand in `elicense/data/rules/values.csv`; an unknown one gives ask.
    """

    person: Verdict | None = None
    institution: Verdict | None = None

    at: str | None = None
    at_name: str | None = None
    subjects: tuple[str, ...] | None = None
    subject_edition: int | None = None
    inpatient: bool | None = None
    holder_confirmed: bool | None = None
    person_standing: str | None = None
    institution_standing: str | None = None
    exemption: str | None = None
    supervised: bool | None = None
    independent_since: dt.date | None = None
    consent: bool | None = None
    first_visit: bool | None = None
    common_or_chronic: bool | None = None
    drug_class: str | None = None
    under_six: bool | None = None
    accompanied: bool | None = None
    designated: bool | None = None
    payment: str | None = None
    emergency: bool | None = None
    advertised_name: str | None = None
    special_services: bool | None = None

    def __post_init__(self) -> None:
        for name, form in FACTS.items():
            value = getattr(self, name)
            if value is None:
                continue
            try:
                same = form.read(_written(value)) == value and not isinstance(value, list)
            except BadValue as bad:
                raise BadValue(f"{name}: {bad}") from None
            if not same:
                raise BadValue(f"{name}: not of the type of this fact")

    def fact(self, name: str) -> object:
        """The value of a fact by its name, None if it was left out."""
        return getattr(self, name)

    def judged(self, *, person: Verdict | None = None, institution: Verdict | None = None) -> Question:
        """The same facts with these verdicts."""
        return dataclasses.replace(self, person=person, institution=institution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it comes over an API: texts of codes instead of verdicts; `on` None means today."""

    profile: str
    on: dt.date | None
    person: str | None
    institution: str | None
    question: Question


def question_to_json(question: Question) -> dict[str, Any]:
    """The facts that are known, as JSON values. Verdicts are not among them: they are judged, never told."""
    named = ((name, question.fact(name)) for name in FACTS)
    return {name: _written(value) for name, value in named if value is not None}


def question_from_json(value: object) -> Question:
    """Read facts; `null` is a fact left out. `BadValue` for anything that is not such an object."""
    if not isinstance(value, dict):
        raise BadValue("facts are not an object")
    if not FACTS.keys() >= value.keys():
        raise BadValue("facts: a fact that is not known here")
    read: dict[str, Any] = {}
    for name, held in value.items():
        try:
            read[name] = None if held is None else FACTS[name].read(held)
        except BadValue as bad:
            raise BadValue(f"{name}: {bad}") from None
    return Question(**read)


def asked_from_json(value: object) -> Asked:
    """Read a request: profile, and if wanted day, codes and facts. `BadValue` for anything else."""
    if not isinstance(value, dict):
        raise BadValue("a question is not an object")
    rest = dict(value)
    read: dict[str, Any] = {}
    for name, form in REQUEST.items():
        held = rest.pop(name, None)
        try:
            read[name] = form.read(held) if held is not None or name == "profile" else None
        except BadValue as bad:
            raise BadValue(f"{name}: {bad}") from None
    facts = rest.pop("facts", None)
    if rest:
        raise BadValue("a question has a member that is not known here")
    return Asked(question=question_from_json({} if facts is None else facts), **read)


def instant_of(on: dt.date, now: int) -> int:
    """The instant (Unix seconds) at which to judge licences for a civil day at UTC+8.

    `now` if it lies in that day; else its last second, so that whatever changed in the course of the day counts.
    """
    begins, ends = period.day_begins(on), period.day_ends(on)
    return now if begins <= now < ends else ends - 1


def _written(value: object) -> Any:  # noqa: ANN401
    if isinstance(value, dt.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
