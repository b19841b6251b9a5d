"""The trust list: who may certify which kinds of licence, where, with which keys, and when.

A list is a JWS in the general JSON form, signed by at least `threshold` distinct root keys. Root keys
change by a list that the old threshold signs too (as in The Update Framework). This module opens and
compares lists; it fetches and keeps nothing. A key must have been right on the day of issue; once it is
marked compromised the day of issue proves nothing. A mark never disappears and a sequence never falls:
`TrustList.require_successor` says so.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from elicense import cose, jws, numbers, strictjson
from elicense.errors import Rejected
from elicense.fields import BadValue, pattern, text, uint
from elicense.keys import KeyBad, PublicKey, Signer
from elicense.licence import Kind
from elicense.limits import (
    INSTANT_MAX,
    INSTANT_MIN,
    NAME_CHARS_MAX,
    TRUST_LIST_BYTES_MAX,
    TRUST_SIGNATURES_MAX,
)
from elicense.reason import Reason

TYP: Final = "elicense-trust+jwt"
MEDIA_TYPE: Final = "application/elicense-trust+jose+json"
FORMAT_VERSION: Final = 1
LIST_PLACEHOLDER: Final = "{list}"

_INSTANT: Final = uint(INSTANT_MIN, INSTANT_MAX).from_json
_NAME: Final = text(NAME_CHARS_MAX).from_json
CODE: Final = pattern(r"[0-9A-Z]{6,32}")
TYPE_CODE: Final = pattern(r"[0-9A-Z]{18}[0-9]{3}")
_CODE: Final = CODE.from_json
_TYPE_CODE: Final = TYPE_CODE.from_json
_DIVISION: Final = uint(110_000, 829_999).from_json
_NUMBER: Final = uint(0, 2**16 - 1).from_json
_SEQUENCE: Final = uint(1, 2**53 - 1).from_json
_KINDS: Final[Mapping[str, Kind]] = {kind.text: kind for kind in Kind}


class Purpose(Enum):
    """What a key of an issuer is for; a key has one purpose."""

    LICENCE = "licence"
    STATUS = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The root keys and how many distinct ones must sign. Pinned by a verifier out of band."""

    threshold: int
    keys: tuple[PublicKey, ...]

    def __post_init__(self) -> None:
        distinct = len(set(self.keys))
        if type(self.threshold) is not int or not 1 <= self.threshold <= distinct or distinct != len(self.keys):
            raise BadValue("threshold must lie between 1 and the number of distinct root keys")

    def to_json(self) -> dict[str, Any]:
        """The form in which an anchor is written to a file and into a trust list."""
        return {"threshold": self.threshold, "keys": [key.to_jwk() for key in self.keys]}

    @classmethod
    def from_json(cls, value: object) -> Anchor:
        """Read what `to_json` wrote. Raises `Rejected(trust-bad)`."""
        try:
            match value:
                case {"threshold": int() as threshold, "keys": [*keys]}:
                    return cls(threshold=threshold, keys=tuple(map(_jwk, keys)))
        except (BadValue, KeyBad):
            pass
        raise Rejected(Reason.TRUST_BAD, "root keys or their threshold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """An authority that registers in the issuer's name: its number in licences, name, credit code, division."""

    number: int
    name: str
    code: str
    division: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustKey:
    """A key of an issuer: usable for tokens issued in [since, until), unless it is marked compromised."""

    key: PublicKey
    purpose: Purpose
    since: int
    until: int | None = None
    compromised_from: int | None = None

    def covers(self, issued_at: int) -> bool:
        """Whether the window holds this instant; the compromise mark is another question."""
        return self.since <= issued_at and (self.until is None or issued_at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """One issuer: what it may certify (`kinds`, `divisions`), with which keys, and where its lists are.

    `status_uri` holds `{list}` for the number of a status list. `type_codes` are the licence type codes of
    GB/T 36904 by kind.
    """

    id: str
    name: str
    kinds: frozenset[Kind]
    divisions: tuple[int, ...]
    type_codes: Mapping[Kind, str]
    authorities: tuple[Authority, ...]
    status_uri: str
    keys: tuple[TrustKey, ...]
    by_number: Mapping[int, Authority] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_number", {each.number: each for each in self.authorities})

    def covers(self, place: int) -> bool:
        """Whether a division lies inside one of the issuer's, by whole code groups."""
        return any(map(numbers.covers, self.divisions, itertools.repeat(place)))

    def list_uri(self, number: int) -> str:
        """The address, and `sub` claim, of the status list with this number."""
        return self.status_uri.replace(LIST_PLACEHOLDER, str(number))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key that may have signed, with the issuer that owns it."""

    key: TrustKey
    issuer: Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustList:
    """An opened trust list. `anchor` are the root keys for the next one."""

    sequence: int
    issued: int
    next_update: int
    anchor: Anchor
    issuers: tuple[Issuer, ...]
    by_header: Mapping[bytes, tuple[Candidate, ...]] = field(init=False, repr=False, compare=False)
    by_kid: Mapping[bytes, tuple[Candidate, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_header: dict[bytes, tuple[Candidate, ...]] = {}
        by_kid: dict[bytes, tuple[Candidate, ...]] = {}
        for issuer in self.issuers:
            for key in issuer.keys:
                one = (Candidate(key, issuer),)
                by_kid[key.key.kid] = by_kid.get(key.key.kid, ()) + one
                if key.purpose is Purpose.LICENCE:
                    for header in cose.licence_headers(key.key):
                        by_header[header] = by_header.get(header, ()) + one
        object.__setattr__(self, "by_header", MappingProxyType(by_header))
        object.__setattr__(self, "by_kid", MappingProxyType(by_kid))

    def stale(self, at: int) -> bool:
        """Whether the next list should have come by then."""
        return at >= self.next_update

    def require_successor(self, previous: TrustList) -> None:
        """Raise `Rejected(trust-rolled-back)` unless this list may take the place of `previous`."""
        if self.sequence < previous.sequence or self.issued < previous.issued:
            raise Rejected(Reason.TRUST_ROLLED_BACK, "older than a list already seen")
        if self.sequence == previous.sequence and self != previous:
            raise Rejected(Reason.TRUST_ROLLED_BACK, "another list with the same sequence number")
        marks = self._marks()
        for key, mark in previous._marks().items():
            if key not in marks or marks[key] > mark:
                raise Rejected(Reason.TRUST_ROLLED_BACK, "a compromise mark disappeared")

    def _marks(self) -> dict[PublicKey, int]:
        """Since when each marked key is compromised, whoever owns it."""
        keys = (key for issuer in self.issuers for key in issuer.keys)
        return {key.key: key.compromised_from for key in keys if key.compromised_from is not None}


def open_trust_list(data: bytes, anchor: Anchor) -> TrustList:
    """Open a signed trust list with the pinned root keys. Raises `Rejected(trust-bad)`, whatever the bytes.

    At least `anchor.threshold` distinct keys of the anchor must have signed; if the list names other root
    keys, at least its own threshold of those as well. Freshness is judged later, with a time.
    """
    if len(data) > TRUST_LIST_BYTES_MAX:
        raise Rejected(Reason.TRUST_BAD, "too large")
    try:
        opened = _read(strictjson.loads(jws.read_general(data)))
        for needed in (anchor, opened.anchor):
            _require_threshold(data, needed)
    except (BadValue, KeyBad) as bad:
        raise Rejected(Reason.TRUST_BAD, str(bad)) from None
    except Rejected as refused:
        raise Rejected(Reason.TRUST_BAD, refused.detail or refused.reason.code) from None
    return opened


def _require_threshold(data: bytes, anchor: Anchor) -> None:
    if len(jws.signers_of_general(data, TYP, anchor.keys, TRUST_SIGNATURES_MAX)) < anchor.threshold:
        raise Rejected(Reason.TRUST_BAD, "not enough root keys signed")


def payload_of(trust: TrustList) -> bytes:
    """The bytes that root keys sign: canonical JSON."""
    return strictjson.dumps(
        {
            "version": FORMAT_VERSION,
            "sequence": trust.sequence,
            "issued": trust.issued,
            "next_update": trust.next_update,
            "roots": trust.anchor.to_json(),
            "issuers": [_issuer_to_json(issuer) for issuer in trust.issuers],
        }
    )


def sign_trust_list(trust: TrustList, signers: Sequence[Signer]) -> bytes:
    """Sign a list with some of the root keys; signatures made apart are put together by `merge_signatures`."""
    return jws.sign_general(payload_of(trust), signers, TYP)


def merge_signatures(first: bytes, second: bytes) -> bytes:
    """One signed list from two that hold the same payload. Raises `Rejected(trust-bad)`."""
    try:
        return jws.merge_general(first, second)
    except Rejected as refused:
        raise Rejected(Reason.TRUST_BAD, refused.detail) from None


def read_unverified(data: bytes) -> TrustList:
    """The list as `data` claims it, believed by nobody: for showing a draft to a root key holder before signing."""
    try:
        return _read(strictjson.loads(jws.read_general(data)))
    except (BadValue, KeyBad) as bad:
        raise Rejected(Reason.TRUST_BAD, str(bad)) from None


def _issuer_to_json(issuer: Issuer) -> dict[str, Any]:
    return {
        "id": issuer.id,
        "name": issuer.name,
        "kinds": sorted(kind.text for kind in issuer.kinds),
        "divisions": list(issuer.divisions),
        "type_codes": {kind.text: code for kind, code in issuer.type_codes.items()},
        "authorities": [
            {"number": each.number, "name": each.name, "code": each.code, "division": each.division}
            for each in issuer.authorities
        ],
        "status_uri": issuer.status_uri,
        "keys": [_key_to_json(key) for key in issuer.keys],
    }


def _key_to_json(key: TrustKey) -> dict[str, Any]:
    named: dict[str, Any] = {
        "jwk": {**key.key.to_jwk(), "alg": key.key.algorithm.jose, "kid": key.key.kid.hex()},
        "purpose": key.purpose.value,
        "since": key.since,
    }
    if key.until is not None:
        named["until"] = key.until
    if key.compromised_from is not None:
        named["compromised_from"] = key.compromised_from
    return named


def _read(value: object) -> TrustList:
    match value:
        case {
            "version": int() as version,
            "sequence": sequence,
            "issued": issued,
            "next_update": next_update,
            "roots": roots,
            "issuers": [*issuers],
        } if type(version) is int and version == FORMAT_VERSION:
            opened = TrustList(
                sequence=_SEQUENCE(sequence),
                issued=_INSTANT(issued),
                next_update=_INSTANT(next_update),
                anchor=Anchor.from_json(roots),
                issuers=tuple(map(_read_issuer, issuers)),
            )
        case _:
            raise BadValue("not a trust list of this version")
    if opened.next_update <= opened.issued:
        raise BadValue("next update is not after issue")
    if len({issuer.id for issuer in opened.issuers}) != len(opened.issuers):
        raise BadValue("an issuer stands in the list twice")
    keys = [key.key for issuer in opened.issuers for key in issuer.keys]
    if len(set(keys)) != len(keys):
        raise BadValue("a key stands in the list twice")
    return opened


def _read_issuer(value: object) -> Issuer:
    match value:
        case {
            "id": id_,
            "name": name,
            "kinds": [_, *_] as kinds,
            "divisions": [_, *_] as divisions,
            "type_codes": {**type_codes},
            "authorities": [*authorities],
            "status_uri": str() as status_uri,
            "keys": [*keys],
        }:
            issuer = Issuer(
                id=_CODE(id_),
                name=_NAME(name),
                kinds=frozenset(map(_read_kind, kinds)),
                divisions=tuple(map(_DIVISION, divisions)),
                type_codes={_read_kind(kind): _TYPE_CODE(code) for kind, code in type_codes.items()},
                authorities=tuple(map(_read_authority, authorities)),
                status_uri=status_uri,
                keys=tuple(map(_read_key, keys)),
            )
        case _:
            raise BadValue("an issuer has not the members it needs")
    if len(issuer.by_number) != len(issuer.authorities):
        raise BadValue("two authorities have one number")
    if status_uri.count(LIST_PLACEHOLDER) != 1 or not status_uri.startswith(("https://", "http://")):
        raise BadValue("status_uri needs one place for the list number")
    return issuer


def _read_kind(value: object) -> Kind:
    if isinstance(value, str) and value in _KINDS:
        return _KINDS[value]
    raise BadValue("a kind of licence that is not known")


def _read_authority(value: object) -> Authority:
    match value:
        case {"number": number, "name": name, "code": code, "division": division}:
            return Authority(number=_NUMBER(number), name=_NAME(name), code=_CODE(code), division=_DIVISION(division))
    raise BadValue("an authority has not the members it needs")


def _read_key(value: object) -> TrustKey:
    match value:
        case {"jwk": jwk, "purpose": "licence" | "status" as purpose, "since": since, **rest}:
            until, mark = rest.get("until"), rest.get("compromised_from")
            return TrustKey(
                key=_jwk(jwk),
                purpose=Purpose(purpose),
                since=_INSTANT(since),
                until=None if until is None else _INSTANT(until),
                compromised_from=None if mark is None else _INSTANT(mark),
            )
    raise BadValue("a key has not the members it needs")


def _jwk(value: object) -> PublicKey:
    if not isinstance(value, dict):
        raise KeyBad("not a JWK")
    return PublicKey.from_jwk(value)
