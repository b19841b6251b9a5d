"""Schemas of everything that is published: anchor, trust list, status list as JWT, list of status lists."""

from __future__ import annotations

from typing import Final

from elicense.fields import text, uint
from elicense.licence import Kind
from elicense.limits import NAME_CHARS_MAX
from elicense.status import JWT_TYP
from elicense.trust import FORMAT_VERSION, TYP, Purpose
from tests.made.basics import (
    ADDRESS,
    BASE64URL,
    INSTANT,
    KID,
    Schema,
    closed,
    document,
    filled,
    jwk,
    opened,
    signed,
)

ANCHOR: Final = "anchor.schema.json"
TRUST: Final = "trust-list.schema.json"
STATUS: Final = "status-list.schema.json"
LISTS: Final = "list-of-lists.schema.json"

_NAME: Final = text(NAME_CHARS_MAX).schema
_CODE: Final[Schema] = {"type": "string", "pattern": "^[0-9A-Z]{6,32}$"}
_DIVISION: Final = uint(110_000, 829_999).schema
_KIND: Final[Schema] = {"enum": [kind.text for kind in Kind]}
_OPEN: Final = "A reader passes over members that are not here: it may be older than the list."


def anchor_schema() -> Schema:
    """The root keys that a verifier pins."""
    comment = "Not said here: the threshold is at most the number of keys. " + _OPEN
    return document(ANCHOR, "Root keys and their threshold", _anchor(), comment)


def trust_schema() -> Schema:
    """The signed list as the root, its payload as a definition."""
    definitions = {"payload": _payload(), "issuer": _issuer(), "authority": _authority(), "key": _key()}
    body = {**signed(TYP, "#/$defs/payload"), "$defs": definitions}
    comment = f"`payload` is base64url of the JSON that $defs/payload describes. {_OPEN}"
    return document(TRUST, "Trust list", body, comment)


def status_schema() -> Schema:
    """The claims of the JWT as the root, its header as a definition."""
    listed = opened({"bits": {"enum": [1, 2, 4, 8]}, "lst": {"type": "string", "pattern": BASE64URL}})
    claims = {
        "sub": ADDRESS,
        "iat": INSTANT,
        "exp": INSTANT,
        "ttl": {**uint(1, 2**31 - 1).schema, "description": "Seconds."},
        "status_list": listed,
    }
    header = closed({"alg": {"enum": ["ES256", "EdDSA"]}, "kid": KID, "typ": {"const": JWT_TYP}})
    body = {**opened(claims, {"ttl"}), "$defs": {"header": header}}
    comment = "Not said here: `exp` lies after `iat`, `sub` is the address asked for. " + _OPEN
    return document(STATUS, "Claims of a status list as JWT", body, comment)


def list_of_lists_schema() -> Schema:
    """Which status lists an issuer has."""
    uris = {"type": "array", "uniqueItems": True, "items": ADDRESS}
    return document(LISTS, "List of an issuer's status lists", closed({"status_lists": uris}))


def _anchor() -> Schema:
    keys = {**filled(jwk()), "uniqueItems": True}
    return opened({"threshold": {"type": "integer", "minimum": 1}, "keys": keys})


def _payload() -> Schema:
    return opened(
        {
            "version": {"type": "integer", "const": FORMAT_VERSION},
            "sequence": uint(1, 2**53 - 1).schema,
            "issued": INSTANT,
            "next_update": INSTANT,
            "roots": _anchor(),
            "issuers": {"type": "array", "items": {"$ref": "#/$defs/issuer"}},
        }
    )


def _issuer() -> Schema:
    codes = {"type": "string", "pattern": "^[0-9A-Z]{18}[0-9]{3}$"}
    return opened(
        {
            "id": {**_CODE, "description": "Credit code of the issuer."},
            "name": _NAME,
            "kinds": filled(_KIND),
            "divisions": filled(_DIVISION),
            "type_codes": {"type": "object", "propertyNames": _KIND, "additionalProperties": codes},
            "authorities": {"type": "array", "items": {"$ref": "#/$defs/authority"}},
            "status_uri": {"type": "string", "pattern": r"^https?://[^{]*\{list\}((?!\{list\}).)*$"},
            "keys": {"type": "array", "items": {"$ref": "#/$defs/key"}},
        }
    )


def _authority() -> Schema:
    return opened({"number": uint(0, 2**16 - 1).schema, "name": _NAME, "code": _CODE, "division": _DIVISION})


def _key() -> Schema:
    may_be_null = {"type": ["integer", "null"], "minimum": INSTANT["minimum"], "maximum": INSTANT["maximum"]}
    members = {
        "jwk": jwk(),
        "purpose": {"enum": [purpose.value for purpose in Purpose]},
        "since": {**INSTANT, "description": "The first instant at which what it signs counts."},
        "until": {**may_be_null, "description": "The first instant at which it does no longer."},
        "compromised_from": {**may_be_null, "description": "A mark, whatever the instant: nothing it signed counts."},
    }
    return opened(members, {"until", "compromised_from"})
