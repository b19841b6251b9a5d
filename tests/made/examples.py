"""The marked regions of docs/format-examples.md: one physician, one nurse, one hospital, and the lists around them."""

from __future__ import annotations

import json
from typing import Any, Final

from elicense import cbor, check_text, claims, cose, open_status_list
from elicense.keys import PublicKey, b64url_decode
from elicense.licence import Kind
from elicense.status import StatusArray, StatusValue
from tests.made import measure
from tests.made.dump import Name, diagnose, dump, names
from tests.made.tokens import (
    INSTITUTION,
    NURSE,
    PHYSICIAN,
    STATUS_CLAIMS,
    TRUST,
    WORLD,
    Example,
    payload_name,
    token_name,
)
from tests.world import T0

URI: Final = WORLD.hainan.list_uri(1)
_WIDTH: Final = 200
_DRAFT: Final = (1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3)
"""The twelve entries of two bits that draft-ietf-oauth-status-list shows in its section 4.1."""


def block(language: str, text: str) -> str:
    """A fenced block."""
    return f"```{language}\n{text}\n```"


def as_json(value: object) -> str:
    """A block of JSON that people can read."""
    return block("json", _pretty(value))


def _pretty(value: object, indent: str = "") -> str:
    """What fits on a line stands on a line."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(flat) <= _WIDTH or not isinstance(value, dict | list):
        return flat
    deeper = indent + "  "
    if isinstance(value, dict):
        rows = [f"{deeper}{json.dumps(name)}: {_pretty(held, deeper)}" for name, held in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _pretty(held, deeper) for held in value) + f"\n{indent}]"


def keys() -> str:
    """The public keys, and how their key ids come about."""
    held = {
        "licence": WORLD.licence_key,
        "status": WORLD.status_key,
        **{f"root {n}": WORLD.roots[n - 1] for n in (1, 2, 3)},
    }
    rows = ["| key | kid | x | y |", "|---|---|---|---|"]
    for name, signer in held.items():
        jwk = signer.public_key.to_jwk()
        rows.append(f"| {name} | `{signer.public_key.kid.hex()}` | `{jwk['x']}` | `{jwk['y']}` |")
    return "\n".join(rows)


def thumbprint() -> str:
    """From a key to its id."""
    key: PublicKey = WORLD.licence_key.public_key
    name = Name("COSE_Key", {1: Name("kty"), -1: Name("crv"), -2: Name("x"), -3: Name("y")})
    return block("text", f"{dump(key.to_cose(), name)}\n\nSHA-256   {key.thumbprint.hex()}\nkid       {key.kid.hex()}")


def token() -> str:
    """The token of the physician, byte by byte, and what was signed."""
    parts = cose.split_licence(PHYSICIAN.token)
    to_be_signed = Name("Sig_structure", names("context", "protected header", "external data", "payload"))
    signed = dump(parts.tbs, to_be_signed).splitlines()
    shown = [*signed[:5], "      … the payload as above"]
    return (
        block("text", dump(PHYSICIAN.token, token_name(Kind.PHYSICIAN)))
        + "\n\nSigned is:\n\n"
        + block("text", "\n".join(shown))
    )


def link() -> str:
    """The text of the QR code."""
    return block("text", PHYSICIAN.link)


def payload(example: Example) -> str:
    """A payload in diagnostic notation."""
    return block("text", diagnose(cbor.loads(example.payload), payload_name(example.licence.kind)))


def named() -> str:
    """The named form."""
    return as_json(claims.to_json(PHYSICIAN.licence))


def identifier() -> str:
    """The identifier of GB/T 36904, part by part."""
    found = _verdict().identifier
    assert found is not None
    parts = {
        "root": found.ROOT,
        "type": f"{found.type_code}   from the issuer's entry",
        "issuer": f"{found.issuer}      credit code of the authority",
        "serial": f"{found.serial}         licence number",
        "version": f"{found.version:03d}",
        "check": f"{found.check}                       MOD 37,36 over the four, without dots",
    }
    return block("text", "\n".join([str(found), "", *(f"{name:10}{text}" for name, text in parts.items())]))


def trust() -> str:
    """The trust list: envelope, one header, payload."""
    signed: dict[str, Any] = json.loads(WORLD.signed_trust(TRUST))
    text = f"{signed['payload'][:60]}…"
    header = json.loads(b64url_decode(signed["signatures"][0]["protected"]))
    inside = json.loads(b64url_decode(signed["payload"]))
    return "\n\n".join(
        [
            as_json({**signed, "payload": text}),
            "The first `protected` says:",
            as_json(header),
            f"The `payload`, {len(b64url_decode(signed['payload']))} bytes with members sorted and no white space:",
            as_json(inside),
        ]
    )


def anchor() -> str:
    """What a verifier pins."""
    return as_json(WORLD.anchor.to_json())


def bits() -> str:
    """How entries lie in bytes: the twelve of the draft."""
    data = StatusArray.build(len(_DRAFT), dict(enumerate(_DRAFT)), bits=2).data
    rows = ["| byte | as bits | entries, lowest bits first |", "|---|---|---|"]
    for place, byte in enumerate(data):
        entries = ", ".join(f"{4 * place + at}: {_DRAFT[4 * place + at]}" for at in range(4))
        rows.append(
            f"| `{byte:02x}` | `{byte >> 6:02b} {byte >> 4 & 3:02b} {byte >> 2 & 3:02b} {byte & 3:02b}` | {entries} |"
        )
    return "\n".join(rows)


def status() -> str:
    """One list as both tokens."""
    cwt, jwt = WORLD.status_token(), WORLD.status_token(cwt=False)
    header, body, _ = jwt.decode("ascii").split(".")
    opened = open_status_list(cwt, URI, TRUST)
    values = [f"{index}: {StatusValue(value).name.lower()}" for index, value in sorted(WORLD.values.items()) if value]
    message = cbor.loads(cwt[1:])
    assert isinstance(message, list)
    protected = diagnose(cbor.loads(message[0]), Name("", {1: Name("alg"), 4: Name("kid"), 16: Name("typ")}))
    return "\n\n".join(
        [
            f"The list has {len(opened.entries)} entries of two bits; not valid are {', '.join(values)}.",
            f"As JWT, {len(jwt)} characters, header and claims:",
            as_json(json.loads(b64url_decode(header))),
            as_json(json.loads(b64url_decode(body))),
            f"As CWT, {len(cwt)} bytes, protected header and payload:",
            block("text", f"{protected}\n{diagnose(cbor.loads(message[2]), STATUS_CLAIMS)}"),
        ]
    )


def lists() -> str:
    """The list of lists."""
    return as_json({"status_lists": [URI]})


def all_regions() -> dict[str, str]:
    """What stands between the marks of docs/format-examples.md."""
    return {
        "keys": keys(), "thumbprint": thumbprint(), "token": token(), "link": link(), "named": named(),
        "nurse": payload(NURSE), "institution": payload(INSTITUTION), "identifier": identifier(), "anchor": anchor(),
        "trust": trust(), "bits": bits(), "status": status(), "lists": lists(),
        "alternatives": measure.alternatives(),
    }  # fmt: skip


def _verdict() -> Any:
    return check_text(PHYSICIAN.link, TRUST, {URI: open_status_list(WORLD.status_token(), URI, TRUST)}, T0)
