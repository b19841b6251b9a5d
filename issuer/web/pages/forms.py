"""The form of an application: made from the rules that say what an action must and may hold, read back into its parts.

Which fields there are is data (`issuer/data/requirements.csv`), which values they take are the code tables; here stands
only how each kind of value looks in a plain HTML form. What is acceptable is decided by the desk, not here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from werkzeug.datastructures import MultiDict

from elicense import tables
from elicense.tables import Table
from issuer.domain.canonical import Json
from issuer.domain.kind import Kind
from issuer.domain.rulebook import RequirementRow
from issuer.web.pages import language

Form = MultiDict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field as the template draws it. `shape` names the macro; `parts` are values by the name of each input."""

    name: str
    part: str
    label: str
    basis: str
    required: bool
    shape: str
    options: Sequence[tuple[str, str]] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a kind of value travels: from the form (None: not filled in) and to the form."""

    name: str
    read: Callable[[Form, str], Json]
    show: Callable[[Json], Mapping[str, str]]
    table: Table | None = None


def _text(form: Form, name: str) -> Json:
    return form.get(name, "").strip() or None


def _whole(form: Form, name: str) -> Json:
    """A whole number; what is none goes on as text and is refused by the desk under the name of its field."""
    given = form.get(name, "").strip()
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else given or None


def _numbers(form: Form, name: str) -> Json:
    return [int(one) for one in form.getlist(name) if one.isascii() and one.isdigit()] or None


def _lines(form: Form, name: str) -> Json:
    return [line.strip() for line in form.get(name, "").splitlines() if line.strip()] or None


def _institution(form: Form, name: str) -> Json:
    number, full = form.get(f"{name}.number", "").strip(), form.get(f"{name}.name", "").strip()
    return {"number": number, "name": full} if number or full else None


def _filing(form: Form, name: str) -> Json:
    given = {part: form.get(f"{name}.{part}", "").strip() for part in ("number", "name", "start", "end")}
    return {part: value for part, value in given.items() if value} or None


def _filing_end(form: Form, name: str) -> Json:
    number, end = form.get(f"{name}.number", "").strip(), form.get(f"{name}.end", "").strip()
    return {"number": number, "end": end} if number or end else None


def _subjects(form: Form, name: str) -> Json:
    """The subjects that were ticked, with their printed names; one of them `out` has the remark 门诊."""
    out = set(form.getlist(f"{name}.out"))
    rows: list[Json] = []
    for code in form.getlist(name):
        row = tables.SUBJECTS.by_code(code)
        made: dict[str, Json] = {"code": code, "name": row.zh if row else code}
        rows.append({**made, "remark": "门诊"} if code in out else made)
    return rows or None


def _plain(value: Json) -> Mapping[str, str]:
    return {"": "" if value is None else str(value)}


def _members(value: Json) -> Mapping[str, str]:
    return {key: str(held) for key, held in value.items()} if isinstance(value, dict) else {}


def _list(value: Json) -> Mapping[str, str]:
    return {"": "\n".join(str(one) for one in value)} if isinstance(value, list) else {"": ""}


_TEXT: Final = Shape("text", _text, _plain)
_DAY: Final = Shape("day", _text, _plain)
_NUMBER: Final = Shape("number", _whole, _plain)


def _choice(table: Table) -> Shape:
    return Shape("choice", _whole, _plain, table)


_SHAPES: Final[Mapping[str, Shape]] = {
    "sex": _choice(tables.SEXES),
    "level": _choice(tables.LEVELS),
    "category": _choice(tables.CATEGORIES),
    "place": _choice(tables.DIVISIONS),
    "statutory_type": _choice(tables.INSTITUTION_TYPES),
    "service_object": _choice(tables.SERVICE_OBJECTS),
    "scopes": Shape("choices", _numbers, _plain, tables.SCOPES),
    "service_modes": Shape("choices", _numbers, _plain, tables.SERVICE_MODES),
    "subjects": Shape("subjects", _subjects, _plain, tables.SUBJECTS),
    "institution": Shape("institution", _institution, _members),
    "filing": Shape("filing", _filing, _members),
    "filing_end": Shape("filing_end", _filing_end, _members),
    "other_names": Shape("lines", _lines, _list),
    "birth_date": _DAY,
    "qualified_on": _DAY,
    "exam_passed_on": _DAY,
    "beds": _NUMBER,
    "dental_chairs": _NUMBER,
    "subjects_edition": _NUMBER,
    "training_months": _NUMBER,
    "staff_count": _NUMBER,
    "capital": _NUMBER,
    "floor_area": _NUMBER,
    "health": Shape("health", _text, _plain),
    "assessment": Shape("lines", _text, _plain),
}


def fields(
    rows: Sequence[RequirementRow], public: Mapping[str, Json], restricted: Mapping[str, Json], on: dt.date
) -> list[Field]:
    """The fields of a form with what is filled in already."""
    return [_drawn(row, (public if row.part == "public" else restricted).get(row.field), on) for row in rows]


def read(rows: Sequence[RequirementRow], form: Form) -> tuple[dict[str, Json], dict[str, Json]]:
    """The public and the restricted part of what was filled in; what was left empty is absent."""
    parts: dict[str, dict[str, Json]] = {"public": {}, "restricted": {}}
    for row in rows:
        value = _SHAPES.get(row.field, _TEXT).read(form, row.field)
        if value is not None:
            parts[row.part][row.field] = value
    return parts["public"], parts["restricted"]


def said(rows: Sequence[RequirementRow], public: Mapping[str, Json]) -> list[tuple[str, str]]:
    """What a content says, as lines of label and text in the reader's language."""
    return [(language.two(row.zh, row.en), text(row.field, public[row.field])) for row in rows if row.field in public]


def text(name: str, value: Json) -> str:
    """One value in words: codes by their names."""
    shape = _SHAPES.get(name, _TEXT)
    lang = "en" if language.current() == "en" else "zh"
    if shape.table is not None and isinstance(value, int):
        return shape.table.label(value, "en" if lang == "en" else "zh")
    if isinstance(value, list):
        return "、".join(text(name, one) if not isinstance(one, dict) else _row(one) for one in value)
    if isinstance(value, dict):
        return _row(value)
    return "—" if value is None else str(value)


def _row(value: Mapping[str, Json]) -> str:
    return " ".join(str(held) for held in value.values() if held)


def _drawn(row: RequirementRow, value: Json, on: dt.date) -> Field:
    shape = _SHAPES.get(row.field, _TEXT)
    chosen: frozenset[str] = frozenset()
    if isinstance(value, list):
        chosen = frozenset(str(one["code"]) if isinstance(one, dict) and "code" in one else str(one) for one in value)
    return Field(
        name=row.field,
        part=row.part,
        label=language.two(row.zh, row.en),
        basis=row.basis,
        required=row.mode == "required",
        shape=shape.name,
        options=_options(row.field, shape.table, on),
        parts=shape.show(value),
        chosen=chosen,
    )


def _options(name: str, table: Table | None, on: dt.date) -> list[tuple[str, str]]:
    if table is None:
        return []
    lang: tables.Lang = "en" if language.current() == "en" else "zh"
    rows = [row for row in table if row.in_force(on)]
    if name == "subjects":
        return [(row.code, f"{row.code} {row.name(lang)}") for row in rows]
    return [(str(row.wire), row.name(lang)) for row in rows]


def kinds(action_kinds: Sequence[Kind]) -> list[tuple[str, str]]:
    """Kinds of licence with their names, for a choice."""
    lang: tables.Lang = "en" if language.current() == "en" else "zh"
    return [
        (kind.value, row.name(lang)) for kind in action_kinds for row in tables.LICENCE_KINDS if row.code == kind.value
    ]
