"""verifier-report.schema.json: what the verifier answers about one code, exactly."""

from __future__ import annotations

from typing import Final

from elicense import notes
from elicense.numbers import LicenceIdentifier, NumberWarning
from elicense.reason import Outcome, Reason, Shown
from tests.made.basics import ADDRESS, INSTANT, TEXT, Schema, closed, document, or_null
from tests.made.named import NAME as LICENCE
from verifier.report import INTERNAL
from verifier.texts import LANGS, TEXTS

NAME: Final = "verifier-report.schema.json"
_UNREADABLE: Final = "unreadable"
_DAY: Final[Schema] = {"type": "string", "format": "date"}
_FACTS: Final[Schema] = {
    "issued_at": INSTANT,
    "valid_from": _DAY,
    "valid_until": _DAY,
    "verified_until": _DAY,
    "list": ADDRESS,
    "list_issued_at": INSTANT,
    "next_update": INSTANT,
    "shown_at": INSTANT,
    "newest": {"type": "integer", "minimum": 0},
}


def report_schema() -> Schema:
    """One report. Three shapes: judged and genuine, judged and refused, nothing judged."""
    body = {
        **closed(_members(), {"source", "problem", "since"}),
        "allOf": [
            {"if": _is("outcome", {"const": Outcome.VALID.value}), "then": _is("reasons", {"maxItems": 0})},
            {"if": _is("outcome", {"const": Outcome.VALID.value}), "then": _is("licence", {"type": "object"})},
            {"if": _is("licence", {"type": "null"}), "then": _nothing_known()},
            {"if": {"required": ["problem"]}, "then": _nothing_judged(), "else": _judged()},
        ],
        "$defs": {"reason": _reason(), "note": _note(), "data": _data()},
    }
    comment = f"`licence` is described by {LICENCE}. `at` and all instants are Unix seconds."
    return document(NAME, "Report of a verifier about one code", body, comment)


def _members() -> Schema:
    party = closed({"id": TEXT, "name": TEXT})
    shown = closed({"how": {"enum": [shown.value for shown in Shown]}, "at": or_null(INSTANT)})
    identifier = {"type": "string", "pattern": rf"^{LicenceIdentifier.ROOT.replace('.', '[.]')}([.][0-9A-Z]+){{5}}$"}
    return {
        "outcome": {"enum": [*(outcome.value for outcome in Outcome), _UNREADABLE]},
        "at": {"type": "integer"},
        "lang": {"enum": list(LANGS)},
        "heading": TEXT,
        "sentence": TEXT,
        "action": TEXT,
        "reasons": {"type": "array", "items": {"$ref": "#/$defs/reason"}},
        "notes": {"type": "array", "items": {"$ref": "#/$defs/note"}},
        "licence": or_null({"$ref": LICENCE}),
        "issuer": or_null(party),
        "authority": or_null(closed({"code": TEXT, "name": TEXT})),
        "identifier": or_null({**identifier, "description": "证照标识, GB/T 36904."}),
        "shown": or_null(shown),
        "data": or_null({"$ref": "#/$defs/data"}),
        "source": {"type": "string", "description": "Where the code came from, as the caller named it."},
        "since": {
            **_since(),
            "description": "Of a question about another time: what a newer list says. It decides nothing.",
        },
        "problem": {"enum": sorted(TEXTS["en"]["problems"]), "description": "Why there was nothing to judge."},
    }


def _since() -> Schema:
    return closed({"code": {"enum": sorted(TEXTS["en"]["since"])}, "list_issued_at": INSTANT, "sentence": TEXT})


def _reason() -> Schema:
    """Code, check and outcome belong together: one row for each reason."""
    rows = [
        {"properties": {name: {"const": value} for name, value in row.items()}}
        for row in (
            {"code": reason.code, "check": int(reason.check), "outcome": reason.outcome.value} for reason in Reason
        )
    ]
    members: Schema = {
        "code": {"type": "string"},
        "check": {"type": "integer"},
        "outcome": {"type": "string"},
        "sentence": TEXT,
        "action": TEXT,
        "detail": closed(_FACTS, set(_FACTS)),
    }
    return {**closed(members), "oneOf": rows}


def _note() -> Schema:
    codes = [notes.UNKNOWN_CODE, notes.UNKNOWN_LABEL, notes.UNKNOWN_AUTHORITY, *map(str, NumberWarning)]
    return closed({"code": {"enum": codes}, "field": TEXT})


def _data() -> Schema:
    status = closed(
        {
            "uri": ADDRESS,
            "issued_at": INSTANT,
            "expires_at": INSTANT,
            "age_seconds": {"type": "integer", "minimum": 0},
        }
    )
    return closed({"trust_sequence": {"type": "integer", "minimum": 1}, "status_list": or_null(status)})


def _nothing_known() -> Schema:
    """Nothing of a token is shown unless it is certain who wrote it."""
    null = {"type": "null"}
    members = dict.fromkeys(("issuer", "authority", "identifier"), null)
    return {"properties": {**members, "notes": {"maxItems": 0}}}


def _nothing_judged() -> Schema:
    null = {"type": "null"}
    outcome = {
        "if": _is("problem", {"const": INTERNAL}),
        "then": _is("outcome", {"const": Outcome.UNDETERMINED.value}),
        "else": _is("outcome", {"const": _UNREADABLE}),
    }
    return {"properties": {"reasons": {"maxItems": 0}, "licence": null, "shown": null, "data": null}, **outcome}


def _judged() -> Schema:
    there = {"type": "object"}
    return {"properties": {"outcome": {"not": {"const": _UNREADABLE}}, "shown": there, "data": there}}


def _is(member: str, schema: Schema) -> Schema:
    return {"properties": {member: schema}}
