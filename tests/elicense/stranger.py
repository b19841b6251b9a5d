"""A second verifier, written from docs/format.md and schemas/licence.cddl alone. Nothing of elicense is imported.

It takes the text of a code, the payload of a trust list and opened status lists as plain values, and gives the reason
codes. test_stranger.py asks it and ours the same questions: where they differ, the text does not say enough.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from pathlib import Path
from typing import Any, Final

from cddl_verifier import Validator
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

CDDL: Final = Validator(Path(__file__).parents[2] / "schemas" / "licence.cddl")
ALGORITHMS: Final = {"P-256": {-7, -9}, "Ed25519": {-8, -19}}
KINDS: Final = {1: "physician", 2: "nurse", 3: "institution"}
PROVINCES: Final = {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 67)}
LICENCE: Final = -65537
KNOWN: Final = {
    1: {*range(1, 8), 10, 11, 12, 16, 17, 18, 19},
    2: {*range(1, 9), 10, 11, 12},
    3: {*range(1, 7), 8, 9, *range(20, 33)},
}

Listed = dict[str, Any]


class Stop(Exception):
    """The one reason of checks 1 to 5."""


# ---------------------------------------------------------------- section 1


def item(data: bytes, at: int, depth: int, *, ordered: bool) -> tuple[Any, int]:
    """One item of deterministic CBOR and where it ends. ValueError for anything else."""
    major, low = data[at] >> 5, data[at] & 31
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(low, 0)
    value, at = (int.from_bytes(data[at + 1 : at + 1 + size], "big") if size else low), at + 1 + size
    least = {1: 24, 2: 256, 4: 65_536, 8: 2**32}.get(size, 0)
    if at > len(data) or low > 27 or value < least or depth > 8:
        raise ValueError
    if major in (0, 1):
        return (value if major == 0 else -1 - value), at
    if major in (2, 3):
        if at + value > len(data):
            raise ValueError
        held = data[at : at + value]
        return (held if major == 2 else held.decode("utf-8")), at + value
    if major == 7 and low in (20, 21, 22):
        return {20: False, 21: True, 22: None}[low], at
    if major not in (4, 5):
        raise ValueError
    if depth == 8:
        raise ValueError
    if major == 5:
        return _members(data, at, value, depth + 1, ordered=ordered)
    found = []
    for _ in range(value):
        one, at = item(data, at, depth + 1, ordered=ordered)
        found.append(one)
    return found, at


def _members(data: bytes, at: int, count: int, depth: int, *, ordered: bool) -> tuple[dict[Any, Any], int]:
    found: dict[Any, Any] = {}
    before = b""
    for _ in range(count):
        key, end = item(data, at, depth, ordered=ordered)
        if type(key) not in (int, str) or key in found or (ordered and data[at:end] <= before):
            raise ValueError
        before = data[at:end]
        found[key], at = item(data, end, depth, ordered=ordered)
    return found, at


def whole(data: bytes, *, ordered: bool = True) -> Any:
    """All of the bytes as one item, the order of keys left aside if so asked."""
    try:
        value, end = item(data, 0, 0, ordered=ordered)
    except IndexError:
        raise ValueError from None
    if end != len(data):
        raise ValueError
    return value


def begins(day: int) -> int:
    """The instant at which a civil day begins."""
    return day * 86_400 - 28_800


# ---------------------------------------------------------------- sections 3 to 6


def token_of(text: str) -> bytes:
    """Section 3."""
    digits = text.rpartition("#")[2]
    if len(text) > 4096 or len(digits) > 1100:
        raise Stop("too-large")
    if not re.fullmatch("[1-9][0-9]*", digits):
        raise Stop("malformed")
    number = int(digits)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def shape(token: bytes) -> tuple[int, bytes, bytes, bytes, bytes]:
    """Check 1: algorithm, kid, header, payload, signature."""
    if len(token) > 1024:
        raise Stop("too-large")
    try:
        match whole(token[1:]) if token[:1] == b"\xd2" else None:
            case [bytes() as header, dict() as unprotected, bytes() as payload, bytes() as signature]:
                labels = whole(header)
            case _:
                raise ValueError
        if type(labels) is not dict:
            raise ValueError
    except ValueError:
        raise Stop("malformed") from None
    faults = (
        ("type-wrong", 16 in labels),
        ("header-unknown", bool(labels.keys() - {1, 4})),
        ("algorithm-bad", labels.get(1) is None),
        ("malformed", type(labels.get(1)) is not int or type(labels.get(4)) is not bytes or len(labels[4]) != 8),
        ("header-unknown", bool(unprotected)),
        ("signature-bad", len(signature) != 64),
        ("algorithm-bad", len(header) != 13),
        ("malformed", not payload),
    )
    _first(faults)
    return labels[1], labels[4], header, payload, signature


def made_by(jwk: dict[str, str], data: bytes, signature: bytes) -> bool:
    """Check 3, for one key."""
    x = _b64(jwk["x"])
    try:
        if jwk["crv"] == "Ed25519":
            ed25519.Ed25519PublicKey.from_public_bytes(x).verify(signature, data)
        else:
            r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            point = ec.EllipticCurvePublicNumbers(
                int.from_bytes(x, "big"), int.from_bytes(_b64(jwk["y"]), "big"), ec.SECP256R1()
            )
            point.public_key().verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _b64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=")


def claims_of(payload: bytes) -> tuple[dict[int, Any], dict[int, Any]]:
    """Check 4: the claims and the licence in them."""
    try:
        claims = whole(payload, ordered=False)
    except ValueError:
        claims = None
    if type(claims) is not dict:
        raise Stop("claims-bad")
    unknown = bool(claims.keys() - {4, 6, 8, LICENCE})
    licence = claims.get(LICENCE)
    if LICENCE not in claims:
        raise Stop("claims-unknown" if unknown else "claims-bad")
    if type(licence) is not dict or any(type(label) is not int for label in (*licence, *claims)):
        raise Stop("claims-bad")
    kind = licence[1] if type(licence.get(1)) is int else 0
    faults = (
        ("claims-unknown", unknown),
        ("claims-bad", list(claims) != [one for one in (4, 6, 8, LICENCE) if one in claims]),
        ("claims-bad", 6 not in claims or type(licence.get(1)) is not int),
        ("claims-unknown", kind not in KINDS),
        ("claims-bad", list(licence) != sorted(licence) or min(licence, default=1) != 1),
        ("claims-unknown", any(label < 64 and label not in KNOWN.get(kind, ()) for label in licence)),
    )
    _first(faults)
    try:
        whole(payload)
    except ValueError:
        raise Stop("claims-bad") from None
    if not CDDL.validate(payload, "claims") or not rules(claims, licence):
        raise Stop("claims-bad")
    return claims, licence


def _first(faults: tuple[tuple[str, bool], ...]) -> None:
    """The first fault that applies ends it."""
    for reason, applies in faults:
        if applies:
            raise Stop(reason)


def rules(claims: dict[int, Any], licence: dict[int, Any]) -> bool:
    """What CDDL cannot say: the rules between fields, and the point of a device key."""
    until = None
    if 4 in claims:
        if (claims[4] + 28_800) % 86_400:
            return False
        until = (claims[4] + 28_800) // 86_400 - 1
    device = claims.get(8, {}).get(1, {})
    if device.get(1) == 2:
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes([2 + device[-3]]) + device[-2])
        except ValueError:
            return False
    filings = licence.get(12, [])
    for filing in filings:
        if len(filing) > 3 and filing[3] is not None and filing[3] < filing[2]:
            return False
    arrays = [
        licence.get(18, []),
        licence.get(28, []),
        licence.get(31, []),
        filings,
        *(f[4] for f in filings if len(f) > 4),
    ]
    if any(array.count(one) > 1 for array in arrays for one in array):
        return False
    if licence[1] == 2:
        return _nurse(licence, until or 0)
    return licence[1] == 1 or _institution(licence, until or 0)


def _nurse(licence: dict[int, Any], until: int) -> bool:
    year, province = licence[2] // 10**8, licence[2] // 10**6 % 100
    first = dt.date(1970, 1, 1) + dt.timedelta(days=licence[8])
    end = first.replace(year=first.year + 5, day=28 if (first.month, first.day) == (2, 29) else first.day)
    most = (end - dt.date(1970, 1, 1)).days
    return year // 100 in (19, 20) and province in PROVINCES and licence[8] < until <= most


def _institution(licence: dict[int, Any], until: int) -> bool:
    codes, remarks = subjects(licence[20]), subjects(licence.get(32, []))
    edition = 21 in licence or not any(code[0] == 12 and len(code) > 1 for code in codes)
    return (
        until >= licence[8]
        and bool(codes)
        and edition
        and set(remarks) <= set(codes)
        and (32 not in licence or bool(remarks))
    )


def subjects(wire: list[Any]) -> list[tuple[int, ...]]:
    """The subjects of an array, nothing if it is not grouped as told."""
    codes: list[tuple[int, ...]] = []
    level = None
    for one in wire:
        if isinstance(one, int):
            codes.append((one,))
            level = None
            continue
        if one[0] == level:
            return []
        level = one[0]
        codes += [(level, below) if below < 100 else (level, *divmod(below, 100)) for below in one[1:]]
    whole_numbers = all(0 < part < 100 for code in codes for part in code)
    return codes if whole_numbers and len(set(codes)) == len(codes) <= 180 else []


# ---------------------------------------------------------------- sections 8 to 10


def covers(division: int, place: int) -> bool:
    """Section 8, rule 6."""
    group = 10_000 if division % 10_000 == 0 else 100 if division % 100 == 0 else 1
    return 100_000 <= place <= 999_999 and division // group == place // group


def judge(text: str, trust: dict[str, Any], lists: dict[str, Listed], at: int) -> tuple[str, ...]:
    """The reasons, in the order of the checks; none for a valid licence."""
    try:
        algorithm, kid, header, payload, signature = shape(token_of(text))
        issuer, key = _signer(algorithm, kid, header, payload, signature, trust, at)
        claims, licence = claims_of(payload)
        place = licence[7] if licence[1] != 3 else int(licence[2][9:15])
        faults = (
            ("key-compromised", key.get("compromised_from") is not None),
            ("key-not-for-kind", KINDS[licence[1]] not in issuer["kinds"]),
            ("key-not-for-area", not any(covers(division, place) for division in issuer["divisions"])),
            ("key-not-then", not key["since"] <= claims[6] < (key.get("until") or 2**63)),
        )
        _first(faults)
    except Stop as stop:
        return (str(stop),)
    first = licence.get(8)
    found = [
        ("trust-stale", at >= trust["next_update"]),
        ("issued-later", claims[6] > at + 120),
        ("not-yet-valid", first is not None and at < begins(first)),
        ("expired", 4 in claims and at >= claims[4]),
        ("verification-overdue", licence[1] == 3 and at >= begins(licence.get(9, 0) + 1)),
    ]
    return (*(reason for reason, applies in found if applies), *_status(issuer, licence, lists, at))


def _signer(
    algorithm: int, kid: bytes, header: bytes, payload: bytes, signature: bytes, trust: dict[str, Any], at: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    keys = [(issuer, key) for issuer in trust["issuers"] for key in issuer["keys"]]
    mine = [one for one in keys if one[1]["jwk"]["kid"] == kid.hex() and one[1]["purpose"] == "licence"]
    if not mine:
        raise Stop("trust-stale" if at >= trust["next_update"] else "issuer-unknown")
    fitting = [one for one in mine if algorithm in ALGORITHMS[one[1]["jwk"]["crv"]]]
    if not fitting:
        raise Stop("algorithm-bad")
    length = len(payload)
    sized = b"\x59" + length.to_bytes(2, "big") if length > 255 else bytes([0x58, length])
    head = sized if length > 23 else bytes([0x40 + length])
    signed = b"\x84\x6aSignature1\x4d" + header + b"\x40" + head + payload
    for one in fitting:
        if made_by(one[1]["jwk"], signed, signature):
            return one
    raise Stop("signature-bad")


def _status(issuer: dict[str, Any], licence: dict[int, Any], lists: dict[str, Listed], at: int) -> list[str]:
    number, index = licence[6]
    listed = lists.get(issuer["status_uri"].replace("{list}", str(number)))
    if listed is None or listed["iat"] > at + 120:
        return ["status-unknown"]
    per_byte = 8 // listed["bits"]
    data = listed["data"]
    value = (
        data[index // per_byte] >> listed["bits"] * (index % per_byte) & (1 << listed["bits"]) - 1
        if index // per_byte < len(data)
        else 9
    )
    told = {0: [], 1: ["revoked"], 2: ["suspended"], 3: ["superseded"]}.get(value, ["status-unknown"])
    return (["status-stale"] if at >= listed["exp"] else []) + told
