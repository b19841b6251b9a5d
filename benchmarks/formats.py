"""The same licence in the formats of others, small enough to be read in one sitting, each with its way back.

    EU DCC style       CWT with text keys, tag 18, zlib, base45, "HC1:" before it      QR alphanumeric
    SMART Health Card  JWS compact with raw deflate, two digits a character, "shc:/"   QR byte, then numeric
    SD-JWT VC          issuer-signed JWT and a disclosure for each claim                QR byte

All carry the claims of `elicense.claims.to_json` and are signed with ES256 by the same key; a kid of 8 bytes and, where
the format demands one, an address of the issuer. Nothing here is meant for use: no input of strangers reaches it.

EU DCC: Technical Specifications for EU Digital COVID Certificates, volume 1, 1.3.0; RFC 9285 (base45). SMART Health
Cards Framework 1.4. SD-JWT: RFC 9901; SD-JWT VC: draft-ietf-oauth-sd-jwt-vc.
"""

from __future__ import annotations

import hashlib
import json
import random
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import segno
from segno import consts

from elicense import Licence, SoftwareSigner, cbor, claims, cose, issue, qr
from elicense.keys import b64url, b64url_decode
from tests import world

ISSUER: Final = "https://elicense.example"
_BASE45: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_DCC_CLAIM: Final = -260

Segment = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format: how it puts a licence into the segments of a QR code, and the named claims that come back out."""

    name: str
    write: Callable[[Licence, SoftwareSigner], tuple[Segment, ...]]
    read: Callable[[str], Mapping[str, Any]]


def symbol(segments: tuple[Segment, ...], level: str) -> segno.QRCode | None:
    """The smallest symbol at an error correction level (l, m, q, h); None if there is none."""
    parts: Any = list(segments)
    try:
        return segno.make_qr(parts, error=level, boost_error=False, encoding="ascii")
    except segno.DataOverflowError:
        return None


def payload(segments: tuple[Segment, ...]) -> str:
    """What a reader reads."""
    return "".join(text for text, _ in segments)


def base45(data: bytes) -> str:
    """RFC 9285: three characters for two bytes, two for a last one."""
    text = ""
    for at in range(0, len(data), 2):
        number = int.from_bytes(data[at : at + 2], "big")
        for _ in range(len(data[at : at + 2]) + 1):
            number, digit = divmod(number, 45)
            text += _BASE45[digit]
    return text


def base45_decode(text: str) -> bytes:
    """The inverse."""
    data = b""
    for at in range(0, len(text), 3):
        part = text[at : at + 3]
        number = sum(_BASE45.index(character) * 45**place for place, character in enumerate(part))
        data += number.to_bytes(len(part) - 1, "big")
    return data


def _elicense_write(licence: Licence, signer: SoftwareSigner) -> tuple[Segment, ...]:
    head, mark, digits = qr.to_link(issue(licence, signer), world.BASE).rpartition("#")
    return (head + mark, consts.MODE_BYTE), (digits, consts.MODE_NUMERIC)


def _elicense_read(text: str) -> Mapping[str, Any]:
    return claims.to_json(claims.from_payload(cose.split_licence(qr.from_text(text)).payload)[0])


def _dcc_write(licence: Licence, signer: SoftwareSigner) -> tuple[Segment, ...]:
    named = claims.to_json(licence)
    body: dict[int, Any] = {1: "CN", claims.IAT: licence.issued_at, _DCC_CLAIM: {1: named}}
    if licence.expires_at is not None:
        body[claims.EXP] = licence.expires_at
    signed = cose.sign1(cbor.dumps(body), signer)
    return ((f"HC1:{base45(zlib.compress(signed, 9))}", consts.MODE_ALPHANUMERIC),)


def _dcc_read(text: str) -> Mapping[str, Any]:
    message: Any = cbor.loads(zlib.decompress(base45_decode(text.removeprefix("HC1:")))[1:])
    body: Any = cbor.loads(message[2])
    found: Mapping[str, Any] = body[_DCC_CLAIM][1]
    return found


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _jws(header: Mapping[str, str], body: bytes, signer: SoftwareSigner) -> str:
    head = b64url(_json({**header, "alg": "ES256", "kid": b64url(signer.public_key.kid)}))
    signed = f"{head}.{b64url(body)}"
    return f"{signed}.{b64url(signer.sign(signed.encode()))}"


def _shc_write(licence: Licence, signer: SoftwareSigner) -> tuple[Segment, ...]:
    named = claims.to_json(licence)
    body = {"iss": ISSUER, "nbf": licence.issued_at, "vc": {"type": [f"{ISSUER}#licence"], "credentialSubject": named}}
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    jws = _jws({"zip": "DEF"}, machine.compress(_json(body)) + machine.flush(), signer)
    return ("shc:/", consts.MODE_BYTE), ("".join(f"{ord(one) - 45:02d}" for one in jws), consts.MODE_NUMERIC)


def _shc_read(text: str) -> Mapping[str, Any]:
    digits = text.removeprefix("shc:/")
    jws = "".join(chr(int(digits[at : at + 2]) + 45) for at in range(0, len(digits), 2))
    body = json.loads(zlib.decompress(b64url_decode(jws.split(".")[1]), -15))
    found: Mapping[str, Any] = body["vc"]["credentialSubject"]
    return found


def _sd_write(licence: Licence, signer: SoftwareSigner) -> tuple[Segment, ...]:
    source = random.Random(licence.number)
    disclosures = [
        b64url(_json([b64url(source.randbytes(16)), name, value]))
        for name, value in claims.to_json(licence).items()
        if name != "issued_at"
    ]
    body: dict[str, Any] = {
        "iss": ISSUER,
        "iat": licence.issued_at,
        "vct": f"{ISSUER}/licence",
        "_sd_alg": "sha-256",
        "_sd": sorted(b64url(hashlib.sha256(one.encode()).digest()) for one in disclosures),
    }
    jwt = _jws({"typ": "dc+sd-jwt"}, _json(body), signer)
    return (("~".join([jwt, *disclosures, ""]), consts.MODE_BYTE),)


def _sd_read(text: str) -> Mapping[str, Any]:
    jwt, *disclosures = text.rstrip("~").split("~")
    body = json.loads(b64url_decode(jwt.split(".")[1]))
    pairs = [json.loads(b64url_decode(one))[1:] for one in disclosures]
    digests = {b64url(hashlib.sha256(one.encode()).digest()) for one in disclosures}
    return {**dict(pairs), "issued_at": body["iat"]} if digests == set(body["_sd"]) else {}


FORMATS: Final = (
    Format(name="elicense", write=_elicense_write, read=_elicense_read),
    Format(name="EU DCC style", write=_dcc_write, read=_dcc_read),
    Format(name="SMART Health Card style", write=_shc_write, read=_shc_read),
    Format(name="SD-JWT VC", write=_sd_write, read=_sd_read),
)
