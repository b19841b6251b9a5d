"""How a comparison of an application with the register looks: labels, and what falls away or comes, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from elicense import face
from elicense.tables import Lang
from issuer.domain.canonical import Json
from issuer.domain.comparison import Line, compare
from issuer.domain.content import Public
from issuer.domain.kind import Kind
from issuer.domain.prechecks import MEETS_STANDARD
from issuer.domain.registration import Registration
from issuer.domain.rulebook import Rulebook
from issuer.services import casework
from issuer.web.pages import forms, language

Parts = Sequence[tuple[str, str]]
"""Pieces of a value: ("del" | "ins" | "", text)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field as a reader sees it: what the register says, and what it would say."""

    field: str
    label: str
    before: Parts
    after: Parts
    changed: bool


def rows(rules: Rulebook, kind: Kind, lines: Sequence[Line]) -> list[Row]:
    """The lines in words, those that change first."""
    made = [_row(rules, kind, line) for line in lines]
    return sorted(made, key=lambda row: not row.changed)


def told(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """The changes as lines of text, for the page of signing."""
    _ = language.gettext
    found = []
    for row in rows:
        if not row.changed:
            continue
        gone = "、".join(text for kind, text in row.before if kind == "del")
        new = "、".join(text for kind, text in row.after if kind == "ins")
        if gone:
            found.append((row.label, f"{gone} → {new}" if new else f"－{gone}"))
        else:
            found.append((row.label, f"＋{new}" if row.before else new))
    return found


def label(rules: Rulebook, kind: Kind, field: str) -> str:
    """What a field is called: as the forms call it, else as the licence does."""
    for row in rules.requirements:
        if row.kind == kind and row.field == field:
            return language.two(row.zh, row.en)
    return face.label(field, _lang())


def _lang() -> Lang:
    return "en" if language.current() == "en" else "zh"


def _standing(rules: Rulebook, entry: Registration) -> list[Row]:
    content = casework.public_of(entry.content)
    return rows(rules, entry.kind, compare(entry.kind, content, content))


def label_of_name(kind: Kind) -> str:
    """What the name of a holder of this kind is called."""
    return face.label("name" if kind.is_person else "institution_name", _lang())


def content_rows(rules: Rulebook, entry: Registration) -> list[tuple[str, str]]:
    """The public content of a register entry in words, in the order of the licence."""
    return _lines(_standing(rules, entry))


def said(rules: Rulebook, kind: Kind, content: Public) -> list[tuple[str, str]]:
    """A public content in words, in the order of the licence."""
    return _lines(rows(rules, kind, compare(kind, content, content)))


def _lines(shown: Sequence[Row]) -> list[tuple[str, str]]:
    return [(one.label, "、".join(text for _, text in one.after)) for one in shown]


def restricted_text(field: str, value: Json) -> str:
    """A restricted value in words."""
    if field == "health":
        return language.gettext("体检结论符合规定的健康标准") if value == MEETS_STANDARD else language.gettext("不符合")
    return forms.text(field, value)


def _row(rules: Rulebook, kind: Kind, line: Line) -> Row:
    return Row(
        field=line.field,
        label=label(rules, kind, line.field),
        before=_before(line),
        after=_after(line),
        changed=line.changed,
    )


def _before(line: Line) -> Parts:
    if line.before is None:
        return []
    if isinstance(line.before, list):
        return [("del" if part in line.gone else "", _text(line.field, part)) for part in line.before]
    return [("del" if line.changed else "", _text(line.field, line.before))]


def _after(line: Line) -> Parts:
    if line.after is None:
        return []
    if isinstance(line.after, list):
        return [("ins" if part in line.new else "", _text(line.field, part)) for part in line.after]
    return [("ins" if line.changed else "", _text(line.field, line.after))]


def _text(field: str, value: Json) -> str:
    return forms.text(field, [value] if isinstance(value, dict) else value)
