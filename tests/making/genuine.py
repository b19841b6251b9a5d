"""Licences that are what they say: every kind, smallest and largest, both algorithms, and what may be odd in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from elicense import Algorithm, Filing, InstitutionRef, Licence, StatusRef, qr, tables
from elicense.limits import INSTANT_MAX, TOKEN_BYTES_MAX
from tests import forge
from tests.making.case import Case
from tests.making.world import BASE, LIST_SIZE, T0, WORLD
from tests.world import institution, nurse, physician, signer

KEY: Final = WORLD.licence_key
EDWARDS: Final = WORLD.edwards_key
_FILINGS: Final = (
    Filing(number="MBT10002X46010011A1001", name="海口市示例社区卫生服务中心", start=dt.date(2026, 12, 1)),
    Filing(
        number="MBT10003146900221C2222", name="琼海示例医院", start=dt.date(2026, 12, 1), end=dt.date(2027, 11, 30),
        scopes=(11, 12),
    ),
)  # fmt: skip

LARGE: Final[dict[str, Licence]] = {
    "physician": physician(
        version=999, level=1, category=1, scopes=(11, 12, 57), scope_text="中医（专长）：骨伤，限县域内",
        filings=_FILINGS, place=469_002, status=StatusRef(list=1, index=LIST_SIZE - 2),
    ),
    "nurse": nurse(
        filings=_FILINGS, place=460_105, registered_on=dt.date(2024, 2, 29), valid_until=dt.date(2029, 2, 28)
    ),
    "institution": institution(
        subjects=("03", "03.01", "03.04", "04.01.01", "04.01.02", "12.01", "50", "50.01"), subjects_edition=2010,
        outpatient_only=("03.04", "50"), grade="三级甲等", service_object=1, dental_chairs=12,
        other_names=("海口市示例互联网医院", "示例大学附属医院"),
    ),
}  # fmt: skip
SMALL: Final[dict[str, Licence]] = {
    "physician": physician(
        name="林", institution=InstitutionRef(number="MBT10001246010011A1001", name="院"), scopes=(11,)
    ),
    "nurse": nurse(name="苏"),
    "institution": institution(
        name="所", subjects=("50",), address="路", principal="何", legal_representative=None, statutory_type=None,
        service_modes=(), beds=None,
    ),
}  # fmt: skip


def cases() -> Iterator[Case]:
    """All of them valid."""
    for kind in ("physician", "nurse", "institution"):
        for size, made in (("smallest", SMALL), ("largest", LARGE)):
            for held in (KEY, EDWARDS):
                name = f"{kind}, {size}, {held.public_key.algorithm.jose}"
                yield Case(name=name, token=WORLD.token(made[kind], held), licence=made[kind])
    yield from _by_text()
    yield from _cryptography()
    yield from _content()


def _by_text() -> Iterator[Case]:
    digits = qr.to_digits(WORLD.token())
    for name, text in (
        ("as a link", BASE + digits),
        ("as digits alone", digits),
        ("the link of a stranger: the host is not looked at", f"http://elicense.example.invalid/x?y=1#{digits}"),
        ("two marks: the digits stand after the last", f"{BASE}#1#{digits}"),
    ):
        yield Case(name=name, token=text, licence=physician())


def _cryptography() -> Iterator[Case]:
    for held, number in ((KEY, -9), (EDWARDS, -19)):
        token = forge.token(forge.wire(), held, header=forge.protected(held.public_key, _1=number))
        yield Case(name=f"the other number of the algorithm, {number}", token=token, licence=physician())
    twin = forge.token(forge.wire(), KEY, signature=forge.other_half)
    yield Case(name="the other half of s: one licence, other bytes", token=twin, licence=physician())
    for name, device in (("P-256", signer("device a")), ("Ed25519", signer("device c", Algorithm.EDDSA))):
        held_by = physician(holder_key=device.public_key)
        yield Case(name=f"with a device key, {name}", token=WORLD.token(held_by), licence=held_by)


def _content() -> Iterator[Case]:
    for name, licence in (
        ("name of 64 characters beyond the first plane", physician(name="𰻞" * 64)),
        ("name of rare characters", physician(name="㛃𬍛𫍲䶮")),
        ("name of an ethnic minority", physician(name="阿卜杜拉·示例")),
        ("name in Latin letters", physician(name="Zoë Müller-O'Neil")),
        ("name of markup, which is a text like any other", physician(name="<script>alert(1)</script>&\"'")),
        ("number zero", physician(number="000000000000000")),
        ("sixteen scopes", physician(scopes=tuple(sorted(tables.SCOPES.wires))[:16])),
        ("five years less a day", nurse(valid_until=dt.date(2031, 11, 22))),
        ("issued two minutes ahead of the clock", physician(issued_at=T0 + 120)),
    ):
        yield Case(name=name, token=WORLD.token(licence), licence=licence)
    odd = (
        ("unknown authority", physician(authority=9), (("unknown-authority", "authority"),)),
        ("unknown scope", physician(scopes=(11, 998)), (("unknown-code", "scopes"),)),
        ("unknown level, category and sex", physician(level=8, category=8, sex=8),
         (("unknown-code", "sex"), ("unknown-code", "level"), ("unknown-code", "category"))),
    )  # fmt: skip
    for name, licence, notes in odd:
        yield Case(name=f"{name}: a note, no failure", token=WORLD.token(licence), licence=licence, notes=notes)
    told = (("unknown-label", "64"), ("unknown-label", "1000"))
    token = forge.token(forge.wire(_64=[1, {2: b"x", "a": None}], _1000="later"), KEY)
    yield Case(name="labels that may be ignored", token=token, licence=physician(), ignored=(64, 1000), notes=told)
    yield Case(
        name="the largest token", token=padded(TOKEN_BYTES_MAX), licence=physician(), ignored=(64,), notes=told[:1]
    )
    late = physician(issued_at=INSTANT_MAX)
    yield Case(
        name="the last instant of the format, far ahead",
        token=WORLD.token(late),
        licence=late,
        reasons=("issued-later",),
    )


def padded(size: int) -> bytes:
    """A genuine token of exactly so many bytes, in a label that may be ignored."""
    least = len(forge.token(forge.wire(_64="x" * 300), KEY)) - 300
    return forge.token(forge.wire(_64="x" * (size - least)), KEY)
