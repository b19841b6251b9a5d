"""What the three kinds of licence have in common, and the small values inside them.

A licence here is what the signed token says: public fields only. Identity and qualification numbers,
birth dates, health and penalties have no field, on purpose. Labels 1 to 15 are shared by the kinds.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Final

from elicense import numbers, period
from elicense.fields import BadValue, Claim, claim, day, digits, many, pattern, record, text, uint
from elicense.keys import PublicKey
from elicense.limits import INSTANT_MAX, INSTANT_MIN, NAME_CHARS_MAX, SCOPES_MAX, VERSION_MAX


class Kind(Enum):
    """The kinds of licence. The integer travels; the text stands in JSON and in trust lists."""

    PHYSICIAN = (1, "physician")
    NURSE = (2, "nurse")
    INSTITUTION = (3, "institution")

    def __init__(self, wire: int, text: str) -> None:
        self.wire: Final = wire
        self.text: Final = text


INSTITUTION_NUMBER: Final = pattern(r"[0-9A-Z]{9}[0-9]{8}[A-Z][0-9]{3}[129]")
CODE: Final = uint(1, 999)
_NAME: Final = text(NAME_CHARS_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRef:
    """Where the status of a licence stands: the number of the issuer's list, and the index in it."""

    list: int
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionRef:
    """An institution as a person's licence names it: registration number (22 characters) and full name."""

    number: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A multi-site filing 多机构备案: practice at a further institution from `start` to `end` (both days included)."""

    number: str
    name: str
    start: dt.date
    end: dt.date | None = None
    scopes: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise BadValue("a filing ends before it begins")


STATUS_REF: Final = record(StatusRef, (("list", uint(1, 2**16 - 1), False), ("index", uint(0, 2**24 - 1), False)))
INSTITUTION_REF: Final = record(InstitutionRef, (("number", INSTITUTION_NUMBER, False), ("name", _NAME, False)))
FILING: Final = record(
    Filing,
    (
        ("number", INSTITUTION_NUMBER, False),
        ("name", _NAME, False),
        ("start", day(), False),
        ("end", day(), True),
        ("scopes", many(CODE, SCOPES_MAX), True),
    ),
)
PHYSICIAN_NUMBER: Final = digits(15)
NURSE_NUMBER: Final = digits(12, numbers.NURSE_FORM)
DIVISION: Final = uint(110_000, 829_999)


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """The fields that every kind has. `number` and `place` are declared by the kinds.

    `issued_at` is the instant of issue (Unix seconds). `valid_until` is the last valid civil day at UTC+8,
    None where the law sets no end. `holder_key` is the device key of a licence shown by an app.
    `authority` is the number of the registering authority in the issuer's entry of the trust list.
    """

    kind: ClassVar[Kind]

    issued_at: int
    valid_until: dt.date | None = None
    holder_key: PublicKey | None = None

    version: int = claim(3, "version", uint(1, VERSION_MAX))
    name: str = claim(4, "name", _NAME)
    authority: int = claim(5, "authority", uint(0, 2**16 - 1))
    status: StatusRef = claim(6, "status", STATUS_REF)

    def __post_init__(self) -> None:
        if type(self.issued_at) is not int or not INSTANT_MIN <= self.issued_at <= INSTANT_MAX:
            raise BadValue("issued_at is not an instant in Unix seconds")
        if self.expires_at is not None and not INSTANT_MIN <= self.expires_at <= INSTANT_MAX:
            raise BadValue("valid_until lies outside the instants of the format")
        for field in dataclasses.fields(self):
            held: Claim | None = field.metadata.get("claim")
            value = getattr(self, field.name)
            if held is not None and value is not None and value != ():
                try:
                    same = held.coder.from_wire(held.coder.to_wire(value)) == value
                except (AttributeError, TypeError, ValueError):
                    same = False
                if not same:
                    raise BadValue(f"{field.name} is not acceptable")
        self.check()

    def check(self) -> None:
        """Check what single fields cannot: raises `BadValue`. Each kind says its own rules."""

    @property
    def number(self) -> str:
        """The number of the licence; each kind declares its own form."""
        raise NotImplementedError

    @property
    def place(self) -> int:
        """The division code of the place of practice or of the institution."""
        raise NotImplementedError

    @property
    def begins_on(self) -> dt.date | None:
        """The first valid civil day at UTC+8, None where the licence names none."""
        return None

    @property
    def issued_on(self) -> dt.date:
        """The civil day of issue at UTC+8."""
        return period.civil_day(self.issued_at)

    @property
    def expires_at(self) -> int | None:
        """The first instant at which the licence is no longer valid: the end of `valid_until` at UTC+8."""
        return None if self.valid_until is None else period.day_ends(self.valid_until)
