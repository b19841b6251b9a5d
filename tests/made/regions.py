"""The marked regions of docs/format.md: tables of fields, codes, reasons, notes, limits and sizes."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path
from typing import Any, Final

import elicense.limits
from elicense import claims, tables
from elicense.fields import TEXT_PATTERN
from elicense.licence import Kind
from elicense.reason import Check, Reason
from tests.made import measure
from tests.made.meanings import NOTES, REASONS, TABLES, of_field

_PERSON: Final = ("place", "sex", "institution", "filings")


def fields(names: dict[str, Kind]) -> str:
    """A table of fields, each with the kind it is looked up in."""
    rows = ["| label | name | form | | meaning | after |", "|---|---|---|---|---|---|"]
    for name, kind in names.items():
        held, default = next((h, d) for _, h, d in claims.form_of(kind).fields if h.name == name)
        must = "must" if default is dataclasses.MISSING else "may"
        meaning, source = of_field(kind, name)
        rows.append(f"| {held.label} | `{name}` | {form(held.coder.wire)} | {must} | {meaning} | {source} |")
    return "\n".join(rows)


def own(kind: Kind) -> dict[str, Kind]:
    """The fields that only this kind has, and its number."""
    shared = (*_shared(), *(_PERSON if kind is not Kind.INSTITUTION else ()))
    return {held.name: kind for _, held, _ in claims.form_of(kind).fields if held.name not in shared}


def _shared() -> tuple[str, ...]:
    return ("version", "name", "authority", "status")


def form(wire: dict[str, Any]) -> str:
    """What stands on the wire, in words."""
    match wire:
        case {"is": "many", "limit": limit, "item": item}:
            return f"array of 1…{limit}: {form(item)}"
        case {"is": "record", "members": members}:
            return (
                "[" + ", ".join(form(held) + (" or absent" if optional else "") for _, held, optional in members) + "]"
            )
    return _FORMS[wire["is"]].format_map(wire)


_FORMS: Final = {
    "uint": "{low}…{high}",
    "text": "text ≤ {limit}",
    "digits": "{width} digits, as an integer",
    "pattern": "22 characters",
    "subjects": "subjects ≤ {limit}",
    "day": "day",
}


def code_tables() -> str:
    """Which table says what a code means."""
    loaded = {table.name: table for table in vars(tables).values() if isinstance(table, tables.Table)}
    rows = ["| table | rows | for | from |", "|---|---|---|---|"]
    for name, where in TABLES.items():
        table = loaded[name]
        sources = dict.fromkeys(re.split("[；（;]|, ", row.source)[0].strip() for row in table)
        rows.append(f"| `{name}` | {len(table)} | {where} | {'; '.join(list(sources)[:2])} |")
    return "\n".join(rows)


def reasons() -> str:
    """Every reason, in the order of the checks."""
    rows = ["| check | code | outcome | when |", "|---|---|---|---|"]
    for reason in sorted(Reason, key=lambda each: each.check or len(Check)):
        check = f"({int(reason.check)}) {reason.check.name.lower()}" if reason.check else "loading"
        rows.append(f"| {check} | `{reason.code}` | {reason.outcome.value} | {REASONS[reason]} |")
    return "\n".join(rows)


def notes() -> str:
    """Every note."""
    rows = ["| note | when |", "|---|---|", *(f"| `{code}` | {when} |" for code, when in NOTES.items())]
    return "\n".join(rows)


def limits() -> str:
    """Every constant of `elicense.limits` with its value; a sentence may be about several."""
    source = Path(elicense.limits.__file__).read_text("utf-8")
    rows, group = ["| limit | value | what |", "|---|---|---|"], list[str]()
    for node in ast.parse(source).body[1:]:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)):
                group.append(name)
            case ast.Expr(value=ast.Constant(value=str(text))):
                values = "; ".join(f"{getattr(elicense.limits, name):,}" for name in group)
                rows.append(f"| {', '.join(f'`{name}`' for name in group)} | {values} | {' '.join(text.split())} |")
                group = []
    if group:
        raise ValueError(f"no sentence about {group}")
    return "\n".join(rows)


def characters() -> str:
    """The characters of a text, by code point."""
    ranges = re.findall(r"(.)-(.)|(.)", f" {TEXT_PATTERN[3:]}".partition("]")[0])
    shown = [f"{_point(low)}–{_point(high)}" if low else f"{_point(one)} {one}" for low, high, one in ranges]
    return ", ".join(shown)


def _point(character: str) -> str:
    return f"U+{ord(character):04X}"


def all_regions() -> dict[str, str]:
    """What stands between the marks of docs/format.md."""
    return {
        "fields-common": fields(dict.fromkeys(_shared(), Kind.PHYSICIAN)),
        "fields-person": fields(dict.fromkeys(_PERSON, Kind.PHYSICIAN)),
        "fields-physician": fields(own(Kind.PHYSICIAN)),
        "fields-nurse": fields(own(Kind.NURSE)),
        "fields-institution": fields(own(Kind.INSTITUTION)),
        "characters": characters(),
        "code-tables": code_tables(),
        "reasons": reasons(),
        "notes": notes(),
        "limits": limits(),
        "sizes": measure.sizes(),
    }
