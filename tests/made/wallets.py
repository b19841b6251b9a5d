"""Schema of what lies at the address of a type (`vct`): names and claims of a kind of licence in a wallet.

The type metadata of the SD-JWT VC draft, in the part that an issuer of this format publishes and as it does.
"""

from __future__ import annotations

from typing import Final

from elicense import claims
from elicense.licence import Kind
from elicense.sdjwt.judging import OPEN, VERSION
from tests.made.basics import TEXT, Schema, closed, document, filled

NAME: Final = "type-metadata.schema.json"
LOCALES: Final = ("zh-CN", "en")
_COLOUR: Final[Schema] = {"type": "string", "pattern": "^#[0-9a-f]{6}$"}
_SAID: Final = frozenset({"kind", "issued_at", "holder_key", "status"})
"""Items of a licence that a copy tells by claims of the text."""


def items(kind: Kind) -> tuple[str, ...]:
    """The names of all that a wallet may show or keep of a kind."""
    names = (held.name for _, held, _ in claims.form_of(kind).fields)
    return tuple(sorted({name for name in names if name not in _SAID} | {"valid_until"}))


def type_schema() -> Schema:
    """One document a kind: which one it is follows from `vct`, and with it which items there may be."""
    kinds = "|".join(kind.text for kind in Kind)
    properties = {
        "vct": {"type": "string", "pattern": f"^https?://.+/vct/({kinds})/{VERSION}$"},
        "name": TEXT,
        "display": _both({"name": TEXT, "rendering": closed({"simple": closed(_colours())})}),
        "claims": filled({"oneOf": [{"$ref": "#/$defs/hidden"}, {"$ref": "#/$defs/open"}]}),
    }
    body = {
        **closed(properties),
        "allOf": [_kind(kind) for kind in Kind],
        "$defs": {"hidden": _hidden(), "open": _open()},
    }
    comment = "Not said here: every claim stands once, and `vct` is the address at which the document was found."
    return document(NAME, "A type of licences in wallets", body, comment)


def _colours() -> Schema:
    return {"background_color": _COLOUR, "text_color": _COLOUR}


def _both(members: Schema) -> Schema:
    """An entry for each language, Chinese first."""
    entries = [closed({"locale": {"const": tag}, **members}) for tag in LOCALES]
    return {"type": "array", "prefixItems": entries, "items": False, "minItems": len(entries)}


def _path(names: tuple[str, ...]) -> Schema:
    return {"type": "array", "prefixItems": [{"enum": list(names)}], "items": False, "minItems": 1}


def _hidden() -> Schema:
    """A claim that a wallet shows or keeps; `mandatory` if every copy has it."""
    names = tuple(sorted({name for kind in Kind for name in items(kind)}))
    form = {"path": _path(names), "display": _both({"label": TEXT}), "mandatory": {"type": "boolean"}}
    return closed({**form, "sd": {"const": "always"}})


def _open() -> Schema:
    """A claim that no wallet can keep back."""
    return closed({"path": _path(tuple(sorted(OPEN))), "sd": {"const": "never"}})


def _kind(kind: Kind) -> Schema:
    here = {"properties": {"vct": {"type": "string", "pattern": f"/vct/{kind.text}/{VERSION}$"}}}
    only = {"properties": {"path": {"items": {"enum": sorted({*items(kind), *OPEN})}}}}
    return {"if": here, "then": {"properties": {"claims": {"items": only}}}}
