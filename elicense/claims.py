"""A licence as CWT claims (deterministic CBOR) and as a named map (JSON), by walking its fields.

CWT claims (RFC 8392): 6 iat, 4 exp only where the law sets an end, 8 cnf (RFC 8747) only for a licence
shown by an app, and one private claim that holds the licence as a map with small integer labels. Labels
below 64 are critical: an unknown one refuses the licence. Labels from 64 on may be ignored and are
reported. This module says nothing about who signed the bytes.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from elicense import cbor, period
from elicense.errors import Rejected
from elicense.fields import BadValue, Claim, unchanged
from elicense.keys import KeyBad, PublicKey
from elicense.licence import InstitutionLicence, Kind, Licence, NurseLicence, PhysicianLicence
from elicense.limits import INSTANT_MAX, INSTANT_MIN
from elicense.reason import Reason

EXP: Final = 4
IAT: Final = 6
CNF: Final = 8
LICENCE: Final = -65537
KIND_LABEL: Final = 1
CRITICAL_BELOW: Final = 64
COSE_KEY: Final = 1

KINDS: Final[tuple[type[Licence], ...]] = (PhysicianLicence, NurseLicence, InstitutionLicence)

_INT: Final = {int}
_TOP_LEVEL: Final = frozenset(
    {
        (IAT, LICENCE),
        (EXP, IAT, LICENCE),
        (IAT, CNF, LICENCE),
        (EXP, IAT, CNF, LICENCE),
    }
)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one kind in label order: attribute name, claim, default (MISSING where required)."""

    cls: type[Licence]
    fields: tuple[tuple[str, Claim, object], ...]


Setter = Callable[[object, object], None]
Reader = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a map with certain labels, in their order, becomes a licence: one step for each label after the kind."""

    cls: type[Licence]
    steps: tuple[tuple[Setter, Reader], ...]
    absent: tuple[tuple[Setter, object], ...]
    ignored: tuple[int, ...]


def _form(cls: type[Licence]) -> Form:
    fields = [(field, field.metadata.get("claim")) for field in dataclasses.fields(cls)]
    claimed = [(field.name, held, field.default) for field, held in fields if held is not None]
    return Form(cls, tuple(sorted(claimed, key=lambda one: one[1].label)))


def _setter(cls: type[Licence], name: str) -> Setter:
    """The slot's own setter: the one way to fill a frozen value field by field, before anybody has seen it."""
    put: Setter = cls.__dict__[name].__set__ if name in cls.__dict__ else getattr(cls, name).__set__
    return put


FORMS: Final[Mapping[int, Form]] = {cls.kind.wire: _form(cls) for cls in KINDS}
_READERS: Final[Mapping[int, Mapping[int, tuple[Setter, Reader]]]] = {
    kind: {held.label: (_setter(form.cls, name), held.coder.from_wire) for name, held, _ in form.fields}
    for kind, form in FORMS.items()
}
_WRITERS: Final[Mapping[int, tuple[tuple[int, Callable[[Licence], Any], Callable[[Any], Any], object], ...]]] = {
    kind: tuple(
        (held.label, operator.attrgetter(name), held.coder.to_wire, default) for name, held, default in form.fields
    )
    for kind, form in FORMS.items()
}
_SET_ISSUED_AT: Final = _setter(Licence, "issued_at")
_SET_VALID_UNTIL: Final = _setter(Licence, "valid_until")
_SET_HOLDER_KEY: Final = _setter(Licence, "holder_key")


def form_of(kind: Kind) -> Form:
    """The fields of a kind, with labels and coders, in label order."""
    return FORMS[kind.wire]


def to_wire(licence: Licence) -> dict[int, Any]:
    """The CWT claims as a map, ready for `elicense.cbor.dumps`."""
    inner: dict[int, Any] = {KIND_LABEL: licence.kind.wire}
    for label, get, write, default in _WRITERS[licence.kind.wire]:
        value = get(licence)
        if value is not None and value != default:
            inner[label] = value if write is unchanged else write(value)
    claims: dict[int, Any] = {}
    expires_at = licence.expires_at
    if expires_at is not None:
        claims[EXP] = expires_at
    claims[IAT] = licence.issued_at
    if licence.holder_key is not None:
        claims[CNF] = {COSE_KEY: _compressed(licence.holder_key)}
    claims[LICENCE] = inner
    return claims


def from_payload(payload: bytes) -> tuple[Licence, tuple[int, ...]]:
    """Decode the payload of a licence token into a licence and the labels that were ignored.

    Raises `Rejected`: `claims-bad` for anything that is not exactly such a payload, `claims-unknown` for
    a critical label or a claim that this version does not know.
    """
    try:
        claims = cbor.decode_ordered(payload)
    except Rejected as refused:
        raise Rejected(Reason.CLAIMS_BAD, refused.detail) from None
    if type(claims) is not dict:
        raise Rejected(Reason.CLAIMS_BAD, "not a licence")
    inner = claims.get(LICENCE)
    if type(inner) is not dict:  # a later format has its licence in another claim
        raise _unknown_claims(claims) if LICENCE not in claims else Rejected(Reason.CLAIMS_BAD, "not a licence")
    labels = tuple(inner)
    if {*map(type, labels), *map(type, claims)} != _INT:
        raise Rejected(Reason.CLAIMS_BAD, "a label is not an integer")
    if tuple(claims) not in _TOP_LEVEL:
        raise _unknown_claims(claims)
    plan = _plan(_kind(inner), labels)
    licence = object.__new__(plan.cls)
    values = iter(inner.values())
    next(values)
    try:
        for (put, read), value in zip(plan.steps, values, strict=True):
            put(licence, read(value))
        for put, default in plan.absent:
            put(licence, default)
        _set_times(licence, claims)
        licence.check()
    except BadValue as bad:
        raise Rejected(Reason.CLAIMS_BAD, str(bad)) from None
    return licence, plan.ignored


def _kind(inner: dict[int, Any]) -> int:
    kind = inner.get(KIND_LABEL)
    if type(kind) is not int:
        raise Rejected(Reason.CLAIMS_BAD, "no kind of licence")
    if kind not in FORMS:
        raise Rejected(Reason.CLAIMS_UNKNOWN, "kind of licence")
    return kind


@functools.lru_cache(maxsize=256)
def _plan(kind: int, labels: tuple[int, ...]) -> Plan:
    """Check the labels once for every set of labels that occurs. Raises `Rejected`."""
    form, known = FORMS[kind], _READERS[kind]
    if labels[0] != KIND_LABEL or any(a >= b for a, b in itertools.pairwise(labels)):
        raise Rejected(Reason.CLAIMS_BAD, "labels are not rising")
    unknown = tuple(label for label in labels[1:] if label not in known)
    if any(label < CRITICAL_BELOW for label in unknown):
        raise Rejected(Reason.CLAIMS_UNKNOWN, "a critical label")
    missing = [(held.label, default) for _, held, default in form.fields if held.label not in labels]
    if any(default is dataclasses.MISSING for _, default in missing):
        raise Rejected(Reason.CLAIMS_BAD, "a required field is missing")
    return Plan(
        form.cls,
        tuple(known.get(label, (_put_nothing, _read_plain)) for label in labels[1:]),
        tuple((known[label][0], default) for label, default in missing),
        unknown,
    )


def _put_nothing(licence: object, value: object) -> None:
    """An ignored label is read and checked, but goes nowhere."""


def _read_plain(value: object) -> object:
    try:
        cbor.require_plain(value)
    except Rejected as refused:
        raise BadValue(refused.detail) from None
    return value


def to_json(licence: Licence) -> dict[str, Any]:
    """The licence as a named map of JSON values. Dates are ISO 8601, numbers of licences are texts."""
    named: dict[str, Any] = {"kind": licence.kind.text, "issued_at": licence.issued_at}
    if licence.valid_until is not None:
        named["valid_until"] = licence.valid_until.isoformat()
    for name, held, _ in FORMS[licence.kind.wire].fields:
        value = getattr(licence, name)
        if value is not None and value != ():
            named[held.name] = held.coder.to_json(value)
    if licence.holder_key is not None:
        named["holder_key"] = licence.holder_key.to_jwk()
    return named


def from_json(named: Mapping[str, Any]) -> Licence:
    """The licence that `to_json` wrote. Raises `Rejected`: `claims-bad` or `claims-unknown`."""
    rest = dict(named)
    kind_text = rest.pop("kind", None)
    form = next((form for form in FORMS.values() if form.cls.kind.text == kind_text), None)
    if form is None:
        raise Rejected(Reason.CLAIMS_UNKNOWN, "kind of licence")
    values: dict[str, Any] = {"issued_at": rest.pop("issued_at", None)}
    try:
        if "valid_until" in rest:
            values["valid_until"] = DAY.from_json(rest.pop("valid_until"))
        if "holder_key" in rest:
            values["holder_key"] = _holder_key_from_jwk(rest.pop("holder_key"))
        for name, held, _ in form.fields:
            if held.name in rest:
                values[name] = held.coder.from_json(rest.pop(held.name))
        if rest:
            raise Rejected(Reason.CLAIMS_UNKNOWN, "a member that this kind does not have")
        return form.cls(**values)
    except (BadValue, TypeError):
        raise Rejected(Reason.CLAIMS_BAD, "a member is missing or not acceptable") from None


DAY: Final = next(held.coder for _, held, _ in FORMS[Kind.NURSE.wire].fields if held.name == "registered_on")
"""How a civil day is coded."""


def _set_times(licence: Licence, claims: dict[int, Any]) -> None:
    issued_at = claims[IAT]
    if type(issued_at) is not int or not INSTANT_MIN <= issued_at <= INSTANT_MAX:
        raise BadValue("iat is not an instant")
    _SET_ISSUED_AT(licence, issued_at)
    expires_at = claims.get(EXP)
    if expires_at is None and EXP not in claims:
        _SET_VALID_UNTIL(licence, None)
    elif type(expires_at) is int and INSTANT_MIN <= expires_at <= INSTANT_MAX:
        last = period.civil_day(expires_at - 1)
        if period.day_ends(last) != expires_at:
            raise BadValue("exp is not the end of a civil day at UTC+8")
        _SET_VALID_UNTIL(licence, last)
    else:
        raise BadValue("exp is not an instant")
    _SET_HOLDER_KEY(licence, _holder_key(claims[CNF]) if CNF in claims else None)


def _compressed(key: PublicKey) -> dict[int, Any]:
    if key.y:
        return {1: 2, -1: 1, -2: key.x, -3: bool(key.y[-1] & 1)}
    return {1: 1, -1: 6, -2: key.x}


def _holder_key(cnf: object) -> PublicKey:
    if type(cnf) is not dict or list(cnf) != [COSE_KEY]:
        raise BadValue("cnf is not one COSE_Key")
    try:
        key = PublicKey.from_cose(cbor.dumps(cnf[COSE_KEY]))
    except (KeyBad, ValueError):
        raise BadValue("cnf is not a key of this format") from None
    if cbor.dumps(_compressed(key)) != cbor.dumps(cnf[COSE_KEY]) or list(cnf[COSE_KEY]) != list(_compressed(key)):
        raise BadValue("cnf is not in its one compressed form")
    return key


def _holder_key_from_jwk(jwk: object) -> PublicKey:
    try:
        key = PublicKey.from_jwk(jwk if isinstance(jwk, dict) else {})
    except KeyBad:
        raise BadValue("holder_key is not a key of this format") from None
    if key.to_jwk() != jwk:
        raise BadValue("holder_key has other members")
    return key


def _unknown_claims(claims: dict[Any, Any]) -> Rejected:
    if set(claims) - {IAT, EXP, CNF, LICENCE}:
        return Rejected(Reason.CLAIMS_UNKNOWN, "a claim that is not known here")
    return Rejected(Reason.CLAIMS_BAD, "claims are missing or out of order")
