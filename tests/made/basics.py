"""What all schemas share: the frame of a document, closed objects, keys, instants, addresses."""

from __future__ import annotations

import json
from typing import Any, Final

from elicense.limits import INSTANT_MAX, INSTANT_MIN, TRUST_SIGNATURES_MAX

Schema = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
HOME: Final = "https://elicense.example/schemas/"
"""Where a schema says it is from: a name, nothing is there. References between schemas are relative to it."""

INSTANT: Final[Schema] = {"type": "integer", "minimum": INSTANT_MIN, "maximum": INSTANT_MAX}
TEXT: Final[Schema] = {"type": "string", "minLength": 1}
ADDRESS: Final[Schema] = {"type": "string", "pattern": "^https?://"}
KID: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
BASE64URL: Final = "^[A-Za-z0-9_-]+$"
SIGNATURE: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{85}[AQgw]$"}
_COORDINATE: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"}
_KEYS: Final = (
    (
        {"kty": {"const": "EC"}, "crv": {"const": "P-256"}, "x": _COORDINATE, "y": _COORDINATE},
        ("ES256", "ESP256"),
    ),
    ({"kty": {"const": "OKP"}, "crv": {"const": "Ed25519"}, "x": _COORDINATE}, ("EdDSA", "Ed25519")),
)


def jwk() -> Schema:
    """A public key (RFC 7517, RFC 8037); other members may stand beside these."""
    return {"oneOf": [opened({**form, "alg": {"enum": [*algs, None]}}, {"alg"}) for form, algs in _KEYS]}


def bare_jwk() -> Schema:
    """A public key with the required members and no others."""
    return {"oneOf": [closed(form) for form, _ in _KEYS]}


def document(name: str, title: str, schema: Schema, comment: str = "") -> Schema:
    """A whole schema document with its name."""
    head: Schema = {"$schema": DIALECT, "$id": f"{HOME}{name}", "title": title}
    return {**head, **({"$comment": comment} if comment else {}), **schema}


def closed(properties: Schema, optional: frozenset[str] | set[str] = frozenset()) -> Schema:
    """An object that has these members and no others."""
    return {**opened(properties, optional), "additionalProperties": False}


def opened(properties: Schema, optional: frozenset[str] | set[str] = frozenset()) -> Schema:
    """An object that has these members; a reader passes others over."""
    return {"type": "object", "properties": properties, "required": sorted(properties.keys() - optional)}


def filled(items: Schema) -> Schema:
    """An array with at least one item."""
    return {"type": "array", "minItems": 1, "items": items}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    return {"oneOf": [{"type": "null"}, schema]}


def signed(typ: str, payload: str) -> Schema:
    """A JWS in the general JSON form (RFC 7515 section 7.2.1) over a JSON payload."""
    header = closed({"alg": {"enum": ["ES256", "EdDSA"]}, "kid": KID, "typ": {"const": typ}})
    encoded = {"type": "string", "pattern": BASE64URL, "contentEncoding": "base64url"}
    as_json = {**encoded, "contentMediaType": "application/json"}
    signature = closed({"protected": {**as_json, "contentSchema": header}, "signature": SIGNATURE})
    signatures = {"type": "array", "maxItems": TRUST_SIGNATURES_MAX, "items": signature}
    return closed({"payload": {**as_json, "contentSchema": {"$ref": payload}}, "signatures": signatures})


def dump(value: object) -> bytes:
    """The bytes of a made file. ASCII, so that every character of a pattern can be seen."""
    return json.dumps(value, ensure_ascii=True, indent=2).encode("ascii") + b"\n"
