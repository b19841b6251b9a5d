"""The facts of the format as JavaScript modules, so that the page's library has no second place for them.

    python -m verifier.web.made          writes format.js, tables.js and rules.js in verifier/web/static/made

Fields with labels and coders, limits, reasons, code tables and labels, and the rules and facts of `elicense.scope` come
from `elicense`; a test compares the files with what this writes. Only the rules that no description can carry are
written twice, and the same vectors run against both.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any, Final

from elicense import claims, face, fields, licence, limits, status, strictjson, tables, trust
from elicense.licence import base, nurse
from elicense.reason import Reason
from elicense.scope import RULES, Decision
from elicense.scope.question import FACTS
from elicense.scope.rules import Rule
from elicense.tables import Table
from verifier.limits import CLOCK_SKEW_SECONDS

FOLDER: Final = Path(__file__).parent / "static" / "made"
_HEAD: Final = "// Written by `python -m verifier.web.made` from elicense; change it there.\n"
_TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (
        tables.SEXES, tables.LEVELS, tables.CATEGORIES, tables.SCOPES, tables.SUBJECTS, tables.INSTITUTION_TYPES,
        tables.INSTITUTION_CLASSES, tables.PROFIT_CLASSES, tables.ECONOMIC_TYPES, tables.SERVICE_MODES,
        tables.SERVICE_OBJECTS, tables.DIVISIONS,
    )
}  # fmt: skip


def modules() -> dict[str, str]:
    """The text of each module by its file name."""
    return {"format.js": _module(_format()), "tables.js": _module(_tables()), "rules.js": _module(_rules())}


def _format() -> dict[str, Any]:
    return {
        "LIMITS": {
            "qr_digits": limits.QR_DIGITS_MAX,
            "text_chars": limits.TEXT_CHARS_MAX,
            "token_bytes": limits.TOKEN_BYTES_MAX,
            "cose_bytes": limits.COSE_BYTES_MAX,
            "payload_depth": limits.PAYLOAD_DEPTH_MAX,
            "json_depth": strictjson.DEPTH_MAX,
            "trust_list_bytes": limits.TRUST_LIST_BYTES_MAX,
            "trust_signatures": limits.TRUST_SIGNATURES_MAX,
            "status_token_bytes": limits.STATUS_TOKEN_BYTES_MAX,
            "status_list_bytes": limits.STATUS_LIST_BYTES_MAX,
            "iat_skew": limits.IAT_SKEW_SECONDS,
            "clock_skew": CLOCK_SKEW_SECONDS,
            "live_ahead": limits.LIVE_AHEAD_SECONDS_MAX,
            "live_old": limits.LIVE_OLD_SECONDS_MAX,
            "clocks_differ": limits.CLOCKS_DIFFER_SECONDS_MAX,
            "audience_chars": limits.AUDIENCE_CHARS_MAX,
            "nonce_bytes": [limits.NONCE_BYTES_MIN, limits.NONCE_BYTES_MAX],
            "instant_min": limits.INSTANT_MIN,
            "instant_max": limits.INSTANT_MAX,
            "day_min": limits.DAY_MIN,
            "day_max": limits.DAY_MAX,
            "name_chars": limits.NAME_CHARS_MAX,
            "divisions": [base.DIVISION.wire["low"], base.DIVISION.wire["high"]],
        },
        "PATTERNS": {"code": trust.CODE.wire["pattern"], "type_code": trust.TYPE_CODE.wire["pattern"]},
        "TEXT_PATTERN": fields.TEXT_PATTERN,
        "TRUST_TYP": trust.TYP,
        "JWT_TYP": status.JWT_TYP,
        "CWT_TYP": status.CWT_TYP,
        "NURSE_YEARS": nurse.YEARS,
        "REASONS": {one.code: {"check": int(one.check), "outcome": one.outcome.value} for one in Reason},
        "KINDS": [_kind(kind) for kind in licence.Kind],
    }


def _tables() -> dict[str, Any]:
    rows = {name: [_row(row) for row in table] for name, table in _TABLES.items()}
    return {"FACE_LABELS": face.labels(), "TABLE_ROWS": rows}


def _rules() -> dict[str, Any]:
    """The rules of `elicense.scope` as they were read and checked, and the form of each fact."""
    return {
        "EDITION": RULES.edition,
        "FACTS": {
            name: {"zh": RULES.labels[name].zh, "en": RULES.labels[name].en, "form": form.schema}
            for name, form in FACTS.items()
        },
        "PARTIES": {
            name: {"zh": label.zh, "en": label.en} for name, label in RULES.labels.items() if name not in FACTS
        },
        "SCOPE_CATEGORIES": {row.code: row.parent for row in tables.SCOPES if row.parent is not None},
        "PROFILES": [_rule(one) for one in RULES.profiles],
        "STEPS": [_rule(one) for one in RULES.steps],
        "VALUES": [_rule(one) for one in RULES.values],
        "ATTRIBUTES": [_rule(one) for one in RULES.attributes],
        "PAIRS": [_rule(one) for one in RULES.pairs],
        "SENTENCES": {
            code: {"decision": said.decision.value, "zh": said.zh, "en": said.en}
            for code, said in RULES.sentences.items()
        },
    }


def _rule(rule: Rule) -> dict[str, Any]:
    """A row of the rules; how sure it is and where it was read has done its work when the rules were checked."""
    left_out = {"confidence", "source"}
    named = {one.name: _plain(getattr(rule, one.name)) for one in dataclasses.fields(rule) if one.name not in left_out}
    return {name: value for name, value in named.items() if value not in (None, "", [])}


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON is any value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, licence.Kind):
        return value.text
    if isinstance(value, Decision):
        return value.value
    return value.isoformat() if isinstance(value, dt.date) else value


def _module(constants: dict[str, Any]) -> str:
    return _HEAD + "".join(f"export const {name} = {_json(value)};\n" for name, value in constants.items())


def _json(value: object, indent: str = "") -> str:
    """JSON laid out so that a change of one row is a change of one line."""
    inner = indent + "  "
    if isinstance(value, dict) and indent == "" and len(value) > 2:
        members = "".join(f"{inner}{_line(name)}: {_json(held, inner)},\n" for name, held in value.items())
        return f"{{\n{members}{indent}}}"
    if isinstance(value, list) and len(value) > 2 and isinstance(value[0], list | dict):
        return "[\n" + "".join(f"{inner}{_line(row)},\n" for row in value) + f"{indent}]"
    return _line(value)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _kind(kind: licence.Kind) -> dict[str, Any]:
    held = [
        {"label": one.label, "name": one.name, "required": default is dataclasses.MISSING, "wire": one.coder.wire}
        for _, one, default in claims.form_of(kind).fields
    ]
    return {"wire": kind.wire, "kind": kind.text, "fields": held}


def _row(row: tables.Row) -> list[str | int]:
    cells: list[str | int] = [row.code, row.wire, row.zh, row.en]
    return [*cells, row.edition] if row.edition else cells


def main() -> None:
    """Write the modules."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in modules().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
