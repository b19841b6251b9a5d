"""The shapes of what an application holds: the public part by the coders of the licence, the restricted part by data.

`Content` has every member that any kind and action may have; which of them an action must or may name stands in
`issuer/data/requirements.csv` and is checked by the desk.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import GetJsonSchemaHandler, RootModel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from issuer.domain import content
from issuer.domain.kind import Kind
from issuer.services import rules

_DERIVED: Final = frozenset({"outpatient_only"})
_SUBJECTS: Final = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {
            "code": {"type": "string", "pattern": r"^[0-9]{2}(\.[0-9]{2}){0,2}$"},
            "name": {"type": "string", "minLength": 1, "maxLength": 200},
            "remark": {"type": "string", "minLength": 1, "maxLength": 200},
        },
        "required": ["code", "name"],
        "additionalProperties": False,
    },
}


def content_schema() -> dict[str, Any]:
    """The JSON Schema of the public part."""
    members: dict[str, Any] = {}
    for kind in Kind:
        members |= {name: coder.schema for name, coder in content.coders(kind).items() if name not in _DERIVED}
    filing = members["filings"]["items"]
    members["subjects"] = _SUBJECTS
    members["filing"] = filing
    members["filing_end"] = {
        "type": "object",
        "properties": {name: filing["properties"][name] for name in ("number", "end")},
        "required": ["end", "number"],
        "additionalProperties": False,
    }
    return _closed("The public part 公开部分: fields of the licence.", members, "public")


def restricted_schema() -> dict[str, Any]:
    """The JSON Schema of the restricted part, as it is read back: without its salt."""
    names = sorted({row.field for row in rules.load().requirements if row.part == "restricted"})
    members: dict[str, Any] = {name: {"type": ["string", "integer"]} for name in names}
    return _closed("The restricted part 非公开部分: never shown elsewhere.", members, "restricted")


def _closed(description: str, members: dict[str, Any], part: str) -> dict[str, Any]:
    words = {row.field: f"{row.zh} · {row.en}" for row in rules.load().requirements if row.part == part}
    named = {name: {**schema, "description": words.get(name, name)} for name, schema in sorted(members.items())}
    return {"type": "object", "description": description, "properties": named, "additionalProperties": False}


class Content(RootModel[dict[str, Any]]):
    """The public part, whose members were checked by the coders of the licence when they came in."""

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema that the coders make."""
        return content_schema()


class Restricted(RootModel[dict[str, Any]]):
    """The restricted part, opened for one reader and one purpose."""

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema that the data make."""
        return restricted_schema()
