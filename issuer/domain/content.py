"""What an application and a registration hold: the public part and the restricted part, typed per kind and action.

Public members are those of the licence of the kind (`elicense.licence`), read by the very coders that will write
them into the token, with three differences: subjects carry their printed names (`{"code","name","remark"}`), a
filing is applied for one at a time (`filing`, `filing_end`), and an institution proposes its registration number.
The restricted part (identity number, birth date, health statement, …) is a flat object with a random `salt`; only
its SHA-256 stands in the signed act, so that no restricted value enters the audit trail.
Which members an action must or may name is data (`issuer/data/requirements.csv`).
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from typing import TYPE_CHECKING, Any, NoReturn, cast

from elicense.fields import BadValue, Claim, day
from elicense.licence import InstitutionLicence, Licence, NurseLicence, PhysicianLicence, StatusRef
from issuer.domain import canonical
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal

if TYPE_CHECKING:
    import datetime

    from elicense.fields import Coder
    from elicense.keys import PublicKey
    from issuer.domain.canonical import Json
    from issuer.domain.registration import Registration
    from issuer.domain.rulebook import Rulebook

LICENCES: dict[Kind, type[Licence]] = {
    Kind.PHYSICIAN: PhysicianLicence,
    Kind.NURSE: NurseLicence,
    Kind.INSTITUTION: InstitutionLicence,
}
_BY_THE_ISSUER = frozenset({"version", "authority", "status", "valid_from", "verified_until", "registered_on"})
_DERIVED = frozenset({"outpatient_only"})
_SALT = re.compile(r"[0-9a-f]{32}")
_SUBJECT = re.compile(r"[0-9]{2}(\.[0-9]{2}){0,2}")
_OUTPATIENT = "门诊"
_TEXT_MAX = 200
_DAY = day()

Public = dict[str, "Json"]
Restricted = dict[str, "Json"]


def coders(kind: Kind) -> dict[str, Coder]:
    """Return name and coder of every member that an applicant may fill in, besides the three special ones."""
    found: dict[str, Coder] = {}
    for field in dataclasses.fields(LICENCES[kind]):
        held: Claim | None = field.metadata.get("claim")
        if held is None or held.name in _BY_THE_ISSUER or (kind.is_person and held.name == "number"):
            continue
        found[held.name] = held.coder
    return found


def check_public(rules: Rulebook, kind: Kind, action: str, public: Public, on: datetime.date) -> None:
    """Check members and their forms. Raises Refusal("content-malformed"), naming the member, never its value.

    Refuses a member that the action does not name: a change says exactly what it changes. Missing members are not
    refused here (a draft may be incomplete); `missing` tells them.
    """
    allowed = {row.field for row in rules.fields(kind, action, on) if row.part == "public"}
    known = coders(kind)
    for name, value in public.items():
        if name not in allowed:
            _refuse(name if name in known else "unknown member")
        if name == "subjects":
            _subjects(value)
        elif name == "filing":
            _read(_one_filing(kind), [value], name)
        elif name == "filing_end":
            _filing_end(value)
        else:
            _read(known[name], value, name)


def check_restricted(rules: Rulebook, kind: Kind, action: str, restricted: Restricted, on: datetime.date) -> None:
    """Check the members of the restricted part. Raises Refusal("restricted-malformed"), naming the member."""
    allowed = {row.field for row in rules.fields(kind, action, on) if row.part == "restricted"}
    salt = restricted.get("salt")
    if not isinstance(salt, str) or _SALT.fullmatch(salt) is None:
        _refuse("salt", "restricted-malformed")
    for name, value in restricted.items():
        if name == "salt":
            continue
        if name not in allowed:
            _refuse("unknown member", "restricted-malformed")
        if isinstance(value, bool) or not isinstance(value, str | int) or (isinstance(value, int) and value < 0):
            _refuse(name, "restricted-malformed")
        if isinstance(value, str) and not 0 < len(value) <= _TEXT_MAX:
            _refuse(name, "restricted-malformed")


def missing(
    rules: Rulebook, kind: Kind, action: str, public: Public, restricted: Restricted, on: datetime.date
) -> tuple[str, ...]:
    """Return the names of required members that are not there, in the order of the data."""
    return tuple(
        row.field
        for row in rules.fields(kind, action, on)
        if row.mode == "required" and row.field not in (public if row.part == "public" else restricted)
    )


def read_restricted(data: bytes | None, digest: str) -> Restricted:
    """Return the restricted part whose SHA-256 the signed act names.

    Raises Refusal("restricted-differs") if the digest is another one, Refusal("restricted-malformed") if the bytes
    are not one canonical object.
    """
    if data is None or hashlib.sha256(data).hexdigest() != digest:
        _refuse("", "restricted-differs")
    try:
        value = canonical.loads(data)
    except Refusal as refusal:
        _refuse(refusal.detail, "restricted-malformed")
    if not isinstance(value, dict):
        _refuse("not an object", "restricted-malformed")
    return value


def merge(kind: Kind, current: Public, submitted: Public) -> Public:
    """Return the whole public content after an application: what was, with exactly what it names changed.

    A `filing` is added to the filings (or takes the place of the one at the same institution); a `filing_end` sets
    the last day of one. Raises Refusal("filing-unknown") for the end of a filing that is not there.
    """
    merged: Public = {**current, **{k: v for k, v in submitted.items() if k not in {"filing", "filing_end"}}}
    filings = cast("list[dict[str, Json]]", list(cast("list[Json]", merged.get("filings", []))))
    if "filing" in submitted:
        new = cast("dict[str, Json]", submitted["filing"])
        filings = [filing for filing in filings if filing["number"] != new["number"]] + [new]
    if "filing_end" in submitted:
        end = cast("dict[str, Json]", submitted["filing_end"])
        if all(filing["number"] != end["number"] for filing in filings):
            _refuse("", "filing-unknown")
        filings = [{**filing, "end": end["end"]} if filing["number"] == end["number"] else filing for filing in filings]
    if filings:
        merged["filings"] = cast("Json", filings)
    decode(kind, merged)
    return merged


def decode(kind: Kind, public: Public) -> dict[str, Any]:
    """Return attribute values for the licence of the kind. Raises Refusal("content-malformed")."""
    values: dict[str, Any] = {}
    for name, coder in coders(kind).items():
        if name == "subjects" and name in public:
            rows = _subjects(public[name])
            values["subjects"] = tuple(row["code"] for row in rows)
            values["outpatient_only"] = tuple(row["code"] for row in rows if row.get("remark") == _OUTPATIENT)
        elif name in public and name not in _DERIVED:
            values[name] = _read(coder, public[name], name)
    return values


def licence_of(
    registration: Registration,
    *,
    authority: int,
    status: StatusRef,
    issued_at: int,
    holder_key: PublicKey | None = None,
) -> Licence:
    """Return the licence that shows this registration in its present version.

    `authority` is the number of the registering authority in the issuer's entry of the trust list. Raises
    Refusal("content-malformed") if the content does not make a licence.
    """
    public = cast("Public", canonical.loads(registration.content.encode("utf-8")))
    values = decode(registration.kind, public)
    values |= {
        "number": registration.number,
        "version": registration.version,
        "authority": authority,
        "status": status,
        "issued_at": issued_at,
        "valid_until": registration.valid_until,
        "holder_key": holder_key,
    }
    if registration.kind is Kind.NURSE:
        values["registered_on"] = registration.valid_from
    elif registration.kind is Kind.INSTITUTION:
        values["valid_from"], values["verified_until"] = registration.valid_from, registration.verify_by
    try:
        return LICENCES[registration.kind](**values)
    except (BadValue, TypeError):
        _refuse("not a licence")


def _subjects(value: Json) -> list[dict[str, str]]:
    if not isinstance(value, list) or not value:
        _refuse("subjects")
    rows: list[dict[str, str]] = []
    for item in value:
        if not isinstance(item, dict) or not {"code", "name"} <= item.keys() <= {"code", "name", "remark"}:
            _refuse("subjects")
        row = {name: part for name, part in item.items() if isinstance(part, str)}
        if len(row) != len(item) or _SUBJECT.fullmatch(row["code"]) is None or not 0 < len(row["name"]) <= _TEXT_MAX:
            _refuse("subjects")
        rows.append(row)
    if len({row["code"] for row in rows}) != len(rows):
        _refuse("subjects")
    return rows


def _filing_end(value: Json) -> None:
    if not isinstance(value, dict) or value.keys() != {"number", "end"} or not isinstance(value["number"], str):
        _refuse("filing_end")
    _read(_DAY, value["end"], "filing_end")


def _one_filing(kind: Kind) -> Coder:
    return coders(kind)["filings"]


def _read(coder: Coder, value: Json, name: str) -> Any:  # noqa: ANN401 - a coder reads any type
    try:
        return coder.from_json(value)
    except BadValue:
        _refuse(name)


def _refuse(what: str, code: str = "content-malformed") -> NoReturn:
    raise Refusal(code, what)
