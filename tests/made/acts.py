"""act.schema.json: the canonical bytes that somebody signs to act in the register, one shape for each act."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import issuer.web.openapi
from issuer.domain.act import VERSION
from issuer.domain.canonical import MAX_INT
from issuer.web.catalogue import ACTS, ActKind
from tests.made.basics import Schema, closed, document

NAME: Final = "act.schema.json"
_REFERENCE: Final = re.compile("#/components/schemas/([A-Za-z.]+)")
_ID: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}


def act_schema() -> Schema:
    """One act before it is signed; the envelope it travels in is in issuer.openapi.json."""
    members: Schema = {
        "v": {"const": VERSION},
        "act": {"enum": list(ACTS)},
        "actor": {**_ID, "description": "The account that acts."},
        "target": _ID,
        "revision": {"type": ["integer", "null"], "minimum": 0, "maximum": MAX_INT},
        "at": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
        "nonce": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "body": {"type": "object"},
    }
    body = _at_home({**closed(members), "allOf": [_of(kind) for kind in ACTS.values()]})
    comment = "What is signed is the canonical form (RFC 8785 without floats): members sorted, no white space, UTF-8."
    return document(NAME, "An act, as it is signed", body, comment)


def _of(kind: ActKind) -> Schema:
    body: Schema = {
        "type": "object",
        "properties": dict(kind.body),
        "required": sorted(kind.required),
        "additionalProperties": False,
    }
    then = {"description": f"{kind.en}. Target: {kind.target}.", "properties": {"body": body}}
    return {"if": {"properties": {"act": {"const": kind.name}}}, "then": then}


def _at_home(schema: Schema) -> Schema:
    """The schema with whatever it refers to in the OpenAPI document taken along."""
    components: dict[str, Any] = issuer.web.openapi.document()["components"]["schemas"]
    taken: dict[str, Any] = {}
    waiting = _REFERENCE.findall(json.dumps(schema))
    while waiting:
        name = waiting.pop()
        if name not in taken:
            taken[name] = components[name]
            waiting += _REFERENCE.findall(json.dumps(taken[name]))
    whole = {**schema, "$defs": dict(sorted(taken.items()))} if taken else schema
    home: Schema = json.loads(json.dumps(whole).replace("#/components/schemas/", "#/$defs/"))
    return home
