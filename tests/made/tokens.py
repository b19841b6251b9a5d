"""The example of docs/format-examples.md: one small world, its keys, tokens and lists, and the names in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from elicense import Filing, Licence, StatusRef, claims, qr
from elicense.cose import split_licence
from elicense.licence import Kind
from tests import world
from tests.made.dump import Name, names

WORLD: Final = world.World(host="https://elicense.example", values={101: 0, 102: 2, 103: 0, 104: 3, 105: 1})
TRUST: Final = WORLD.trust(WORLD.hainan)
DEVICE: Final = world.signer("device").public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A licence with its token and link."""

    title: str
    licence: Licence
    token: bytes
    link: str

    @property
    def payload(self) -> bytes:
        """The signed payload."""
        return split_licence(self.token).payload


def _example(title: str, licence: Licence) -> Example:
    token = WORLD.token(licence)
    return Example(title=title, licence=licence, token=token, link=qr.to_link(token, world.BASE))


FILED: Final = Filing(
    number="MBT10002046900217D1521", name="白塘示例口腔门诊部", start=dt.date(2026, 12, 1), end=dt.date(2027, 11, 30)
)
MANY: Final = tuple(
    f"{first:02d}.{second:02d}" for first in (3, 4, 5, 7, 9, 11, 15, 16, 30, 32) for second in range(1, 11)
)
PHYSICIAN: Final = _example("physician", world.physician())
NURSE: Final = _example("nurse", world.nurse(filings=(FILED,)))
INSTITUTION: Final = _example("institution", world.institution())
EXAMPLES: Final = (
    PHYSICIAN,
    _example("physician, shown by a device", world.physician(holder_key=DEVICE)),
    _example("nurse", world.nurse()),
    _example("nurse with one filing", world.nurse(filings=(FILED,))),
    _example("institution, 15 subjects", world.institution()),
    _example("institution, 100 subjects", world.institution(subjects=MANY, status=StatusRef(list=1, index=103))),
)


def payload_name(kind: Kind) -> Name:
    """What the labels of a payload are called."""
    fields: dict[object, Name] = {claims.KIND_LABEL: Name("kind")}
    for _, held, _ in claims.form_of(kind).fields:
        fields[held.label] = Name(held.name, _inside(held.coder.wire))
    top = {claims.EXP: "exp", claims.IAT: "iat", claims.CNF: "cnf"}
    return Name("", {**{label: Name(text) for label, text in top.items()}, claims.LICENCE: Name("licence", fields)})


def _inside(wire: dict[str, Any]) -> dict[object, Name]:
    if wire["is"] == "record":
        return {place: Name(name, _inside(member)) for place, (name, member, _) in enumerate(wire["members"])}
    if wire["is"] == "many" and wire["item"]["is"] == "record":
        return {"*": Name("", _inside(wire["item"]))}
    return {}


def token_name(kind: Kind) -> Name:
    """What the parts of a token are called."""
    header = Name("protected header", {1: Name("alg"), 4: Name("kid")}, embedded=True)
    payload = Name("payload", payload_name(kind).inside, embedded=True)
    return Name("COSE_Sign1", {**names("", "unprotected header", "", "signature"), 0: header, 2: payload})


STATUS_CLAIMS: Final = Name(
    "",
    {2: Name("sub"), 4: Name("exp"), 6: Name("iat"), 65533: Name("status_list"), 65534: Name("ttl")},
)
