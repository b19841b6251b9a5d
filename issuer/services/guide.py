"""The guide 办事指南: what each action asks for, in words, with a filled-in sample; laws, questions, where to complain.

Contents are files under `issuer/data/guide`, each row with its basis, how sure it is, its source and its days. Fields
and time limits are not repeated there: they come from the rules that decide. An action that can be applied for and
has no guide is a mistake and raises ValueError at start (国卫医发〔2017〕23号 5).
"""

from __future__ import annotations

import csv
import datetime
import functools
import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final, TypedDict, TypeVar

from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.domain.rulebook import ANY, ActionRow, LimitRow, RequirementRow, Row, Rulebook, held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from issuer.domain.canonical import Json

_FOLDER: Final = "guide"
BY: Final = frozenset({"form", "applicant", "institution", "system"})
"""Who brings a paper: the form itself, the applicant, the institution that confirms, or nobody: it is known here."""
MODES: Final = frozenset({"", "must", "if"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Row):
    """A sentence about an action of a kind (`*`: of any)."""

    kind: str
    action: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper(Text):
    """A paper that an action needs. `by` is one of `BY`.

    What the applicant brings has a `code`, and a `mode`: `must`, or `if` where only some cases need it.
    """

    by: str
    code: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Law(Row):
    """A law or notice, and what it says on the matter."""

    kind: str
    zh: str
    en: str
    number: str
    what_zh: str
    what_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel(Row):
    """Where to go: when, how, and the number to call (empty if there is none)."""

    id: str
    when_zh: str
    when_en: str
    zh: str
    en: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Row):
    """A question that is often asked, and the answer."""

    zh: str
    en: str
    answer_zh: str
    answer_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample(Row):
    kind: str
    action: str
    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """All contents of the guide."""

    conditions: tuple[Text, ...]
    papers: tuple[Paper, ...]
    laws: tuple[Law, ...]
    channels: tuple[Channel, ...]
    questions: tuple[Question, ...]
    samples: tuple[_Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What one action asks for. `sample` has a value for every field that the form has.

    `notice`, `decision` and `delivery` are the time limits of the authority, None where the law names none.
    """

    row: ActionRow
    conditions: tuple[Text, ...]
    papers: tuple[Paper, ...]
    fields: tuple[RequirementRow, ...]
    sample: Mapping[str, Json]
    notice: LimitRow | None
    decision: LimitRow | None
    delivery: LimitRow | None
    laws: tuple[Law, ...]


def offered(rules: Rulebook, on: datetime.date) -> tuple[ActionRow, ...]:
    """Return the actions that can be applied for on that day."""
    return tuple(row for row in held(rules.actions, on) if row.channel == "application")


def guide(rules: Rulebook, kind: Kind, action: str, on: datetime.date) -> Guide:
    """Return the guide of an action. Raises Refusal("action-unknown") if it cannot be applied for."""
    row = rules.action(kind, action, on)
    if row.channel != "application":
        raise Refusal("action-unknown", action)
    library = load()
    fields = rules.fields(kind, action, on)
    given = _samples(library, kind, action, on)
    return Guide(
        row=row,
        conditions=_of(library.conditions, kind, action, on),
        papers=_of(library.papers, kind, action, on),
        fields=fields,
        sample={field.field: given[field.field] for field in fields if field.field in given},
        notice=rules.limit("correction_notice", kind, action, on),
        decision=rules.limit("decision", kind, action, on),
        delivery=rules.limit("delivery", kind, action, on),
        laws=laws(kind, on),
    )


def laws(kind: Kind, on: datetime.date) -> tuple[Law, ...]:
    """Return the laws about a kind, the particular before the general."""
    rows = held(load().laws, on)
    return tuple(row for wanted in (kind, ANY) for row in rows if row.kind == wanted)


def check(rules: Rulebook, on: datetime.date) -> None:
    """Raise ValueError, naming it, for an action that can be applied for and has no complete guide."""
    for row in offered(rules, on):
        found = guide(rules, Kind(row.kind), row.action, on)
        lacking = [
            field.field for field in found.fields if field.mode == "required" and field.field not in found.sample
        ]
        if not found.conditions or not found.papers or not found.laws or lacking:
            message = f"no complete guide: {row.kind} {row.action} {' '.join(lacking)}"
            raise ValueError(message)


@functools.cache
def load() -> Library:
    """Return the contents. Raises ValueError, naming file and line, if a row is not well formed."""
    library = Library(
        conditions=tuple(
            Text(kind=x["kind"], action=x["action"], zh=x["zh"], en=x["en"], **_common(x))
            for x in _rows("conditions.csv")
        ),
        papers=tuple(
            Paper(
                kind=x["kind"],
                action=x["action"],
                by=x["by"],
                code=x["code"],
                mode=x["mode"],
                zh=x["zh"],
                en=x["en"],
                **_common(x),
            )
            for x in _rows("papers.csv")
        ),
        laws=tuple(
            Law(
                kind=x["kind"],
                zh=x["zh"],
                en=x["en"],
                number=x["number"],
                what_zh=x["what_zh"],
                what_en=x["what_en"],
                **_common(x),
            )
            for x in _rows("laws.csv")
        ),
        channels=tuple(
            Channel(
                id=x["id"],
                when_zh=x["when_zh"],
                when_en=x["when_en"],
                zh=x["zh"],
                en=x["en"],
                contact=x["contact"],
                **_common(x),
            )
            for x in _rows("channels.csv")
        ),
        questions=tuple(
            Question(zh=x["zh"], en=x["en"], answer_zh=x["answer_zh"], answer_en=x["answer_en"], **_common(x))
            for x in _rows("questions.csv")
        ),
        samples=tuple(
            _Sample(kind=x["kind"], action=x["action"], field=x["field"], value=x["value"], **_common(x))
            for x in _rows("samples.csv")
        ),
    )
    if not {paper.by for paper in library.papers} <= BY:
        message = "papers.csv: nobody brings a paper"
        raise ValueError(message)
    if any(bool(paper.code) != (paper.by == "applicant") or paper.mode not in MODES for paper in library.papers):
        message = "papers.csv: a code and a mode stand where the applicant brings the paper, and only there"
        raise ValueError(message)
    return library


def asked(kind: Kind, action: str, on: datetime.date) -> tuple[Paper, ...]:
    """Return the papers that the applicant of an action brings; what is known here is not asked for again."""
    return tuple(paper for paper in _of(load().papers, kind, action, on) if paper.by == "applicant")


_T = TypeVar("_T", bound=Text)


def _of(rows: Iterable[_T], kind: Kind, action: str, on: datetime.date) -> tuple[_T, ...]:
    return tuple(row for row in held(rows, on) if row.kind in {kind, ANY} and row.action in {action, ANY})


def _samples(library: Library, kind: Kind, action: str, on: datetime.date) -> dict[str, Json]:
    """The values of the samples, the particular over the general."""
    rows = held(library.samples, on)
    wanted = ((ANY, ANY), (kind, ANY), (kind, action))
    return {row.field: json.loads(row.value) for key in wanted for row in rows if (row.kind, row.action) == key}


class _Common(TypedDict):
    basis: str
    confidence: str
    source: str
    effective_from: datetime.date
    effective_to: datetime.date | None


def _common(x: dict[str, str]) -> _Common:
    end = x["effective_to"]
    return {
        "basis": x["basis"],
        "confidence": x["confidence"],
        "source": x["source"],
        "effective_from": datetime.date.fromisoformat(x["effective_from"]),
        "effective_to": datetime.date.fromisoformat(end) if end else None,
    }


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("issuer.data").joinpath(_FOLDER, name).read_text(encoding="utf-8")
    for number, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        if None in row or None in row.values() or not row["basis"] or not row["source"]:
            message = f"{_FOLDER}/{name}:{number}: a row without basis or source, or of the wrong length"
            raise ValueError(message)
        yield row
