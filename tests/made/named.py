"""licence.schema.json: the named form of a licence, from the fields and coders of the code."""

from __future__ import annotations

import dataclasses

from elicense import claims
from elicense.licence import Kind
from tests.made.basics import INSTANT, Schema, bare_jwk, closed, document
from tests.made.meanings import of_field

NAME = "licence.schema.json"


def licence_schema() -> Schema:
    """The three kinds, each a closed object."""
    kinds = [{"$ref": f"#/$defs/{kind.text}"} for kind in Kind]
    comment = "Not said here: rules between fields, see docs/format.md section 6."
    body = {"oneOf": kinds, "$defs": {kind.text: _kind(kind) for kind in Kind} | {"holder_key": bare_jwk()}}
    return document(NAME, "A licence in its named form", body, comment)


def _kind(kind: Kind) -> Schema:
    members: Schema = {"kind": {"const": kind.text}, "issued_at": {**INSTANT, "description": "Unix seconds."}}
    optional = {"holder_key"}
    if kind is not Kind.PHYSICIAN:  # the law sets no end for a physician's licence
        members["valid_until"] = {"type": "string", "format": "date", "description": "Last valid day at UTC+8."}
    for _, held, default in claims.form_of(kind).fields:
        meaning, source = of_field(kind, held.name)
        members[held.name] = {**held.coder.schema, "description": f"{meaning} ({source})"}
        if default is not dataclasses.MISSING:
            optional.add(held.name)
    members["holder_key"] = {"$ref": "#/$defs/holder_key"}
    return closed(members, optional)
