"""The numbers on and behind a licence: parsers to canonical text, and the integers that travel.

A parser takes any text and gives the canonical number or raises `NumberBad`; nothing else escapes, and
no exception text ever holds a piece of the input. Full-width letters, digits and signs (what a Chinese
input method types) are folded as NFKC folds them, and letters are made capital; every other character
outside ASCII is refused, because full NFKC would also read a footnote mark such as `²` as a digit. To
refuse what is not canonical, compare the answer with the input. Blanks are not trimmed.

Implements GB 11643 (identity number), GB 32100 and GB 11714 (credit code), GB/T 36904 (licence
identifier), 卫办医发〔2008〕114号 (nurse number), WS 218-2002 (registration number), GB/T 2260
(divisions). Does not know who holds a number or whether it was ever given out.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType

from elicense import checkdigits
from elicense.tables import ECONOMIC_TYPES, INSTITUTION_CLASSES

if TYPE_CHECKING:
    from collections.abc import Container

PhysicianNumber = NewType("PhysicianNumber", str)
NurseNumber = NewType("NurseNumber", str)
RegistrationNumber = NewType("RegistrationNumber", str)
IdentityNumber = NewType("IdentityNumber", str)
CreditCode = NewType("CreditCode", str)
QualificationNumber = NewType("QualificationNumber", str)


class NumberKind(StrEnum):
    """Which kind of number was refused."""

    PHYSICIAN = "physician-number"
    NURSE = "nurse-number"
    REGISTRATION = "registration-number"
    IDENTITY = "identity-number"
    CREDIT = "credit-code"
    QUALIFICATION = "qualification-number"
    IDENTIFIER = "licence-identifier"


class Fault(StrEnum):
    """Why a number was refused. Stable codes."""

    LENGTH = "length"
    CHARACTERS = "characters"
    CHECK_DIGIT = "check-digit"
    CHECK_CHARACTER = "check-character"
    IMPOSSIBLE_DATE = "impossible-date"
    EARLY_DATE = "early-date"
    FUTURE_DATE = "future-date"
    YEAR_UNKNOWN = "year-unknown"
    PROVINCE_UNKNOWN = "province-unknown"
    PROFIT_CLASS_UNKNOWN = "profit-class-unknown"
    EMBEDDED_IDENTITY = "embedded-identity"
    ROOT_UNKNOWN = "root-unknown"
    PARTS = "parts"


class NumberWarning(StrEnum):
    """What is odd about an accepted number. Stable codes."""

    ORGANISATION_CHECK = "organisation-check"
    CATEGORY_UNKNOWN = "category-unknown"
    ECONOMIC_TYPE_UNKNOWN = "economic-type-unknown"


class NumberBad(ValueError):
    """A number was refused. `number` says which kind, `reason` why; the value itself is nowhere in it."""

    def __init__(self, number: NumberKind, reason: Fault) -> None:
        super().__init__(number, reason)
        self.number = number
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.number}: {self.reason}"


_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}

# Codes of GB/T 2260 under which nurses are registered. 66, the production corps, is not certain: it is let through.
_NURSE_PROVINCES: Final = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-6]")
NURSE_FORM: Final = f"(19|20)[0-9]{{2}}({_NURSE_PROVINCES.pattern})[0-9]{{6}}"
"""What `parse_nurse_number` accepts, for schemas."""
_EARLIEST_BIRTH: Final = dt.date(1900, 1, 1)

_IDENTITY: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
_CREDIT: Final = re.compile(r"[1-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_REGISTRATION: Final = re.compile(r"[0-9A-Z]{9}[0-9]{8}[A-Z][0-9]{4}")
_QUALIFICATION: Final = re.compile(r"[0-9]{9}(?:[1-9][0-9]{14}|[1-9][0-9]{16}[0-9X])")
_TYPE_CODE: Final = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
_ISSUER_CODE: Final = re.compile(r"[0-9A-Z]{1,32}")
_SERIAL: Final = re.compile(r"[0-9A-Z]{1,64}")
_VERSION: Final = re.compile(r"[0-9]{3}")


def _clean(text: str, number: NumberKind, lengths: Container[int]) -> str:
    """Fold width and case after the length is known to be sane; folding keeps the length."""
    if len(text) not in lengths:
        raise NumberBad(number, Fault.LENGTH)
    folded = text.translate(_WIDTH)
    if not folded.isascii():
        raise NumberBad(number, Fault.CHARACTERS)
    return folded.upper()


def _digits(text: str, number: NumberKind, length: int) -> str:
    value = _clean(text, number, (length,))
    if not value.isdigit():  # ASCII by now, so exactly 0 to 9
        raise NumberBad(number, Fault.CHARACTERS)
    return value


def _from_wire(wire: int, number: NumberKind, length: int) -> str:
    if type(wire) is not int:  # a decoder's True is an int too
        raise NumberBad(number, Fault.CHARACTERS)
    if not 0 <= wire < 10**length:
        raise NumberBad(number, Fault.LENGTH)
    return f"{wire:0{length}d}"


def parse_physician_number(text: str) -> PhysicianNumber:
    """Read a physician licence number (医师执业证书编码): exactly 15 digits, and nothing more is enforced."""
    return PhysicianNumber(_digits(text, NumberKind.PHYSICIAN, 15))


def physician_to_wire(number: PhysicianNumber) -> int:
    """Give the integer that travels in a licence."""
    return int(number)


def physician_from_wire(wire: int) -> PhysicianNumber:
    """Give the number for an integer from a licence, padded with zeros; `NumberBad` if it cannot be one."""
    return PhysicianNumber(_from_wire(wire, NumberKind.PHYSICIAN, 15))


def _nurse(value: str) -> NurseNumber:
    if value[:2] not in {"19", "20"}:
        raise NumberBad(NumberKind.NURSE, Fault.YEAR_UNKNOWN)
    if not _NURSE_PROVINCES.fullmatch(value[4:6]):
        raise NumberBad(NumberKind.NURSE, Fault.PROVINCE_UNKNOWN)
    return NurseNumber(value)


def parse_nurse_number(text: str) -> NurseNumber:
    """Read a nurse licence number (卫办医发〔2008〕114号): year 4, province 2, serial 6."""
    return _nurse(_digits(text, NumberKind.NURSE, 12))


def nurse_to_wire(number: NurseNumber) -> int:
    """Give the integer that travels in a licence."""
    return int(number)


def nurse_from_wire(wire: int) -> NurseNumber:
    """Give the number for an integer from a licence, checked as `parse_nurse_number` checks."""
    return _nurse(_from_wire(wire, NumberKind.NURSE, 12))


def parse_registration_number(text: str) -> RegistrationNumber:
    """Read an institution's registration number (医疗机构登记号), 22 characters; a hyphen after eight is dropped."""
    value = _clean(text, NumberKind.REGISTRATION, (22, 23))
    if len(value) == 23:
        if value[8] != "-":
            raise NumberBad(NumberKind.REGISTRATION, Fault.LENGTH)
        value = value[:8] + value[9:]
    if not _REGISTRATION.fullmatch(value):
        raise NumberBad(NumberKind.REGISTRATION, Fault.CHARACTERS)
    if value[-1] not in "129":
        raise NumberBad(NumberKind.REGISTRATION, Fault.PROFIT_CLASS_UNKNOWN)
    return RegistrationNumber(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationParts:
    """The parts of a registration number; `category` is a code of WS 218, `division` of GB/T 2260."""

    organisation: str
    division: int
    economic_type: int
    category: str
    profit_class: int


def registration_parts(number: RegistrationNumber) -> RegistrationParts:
    """Split a registration number. The place is the one at the time of registration."""
    return RegistrationParts(
        organisation=number[:9],
        division=int(number[9:15]),
        economic_type=int(number[15:17]),
        category=number[17:21],
        profit_class=int(number[21]),
    )


def registration_number_warnings(number: RegistrationNumber) -> tuple[NumberWarning, ...]:
    """Say what is odd about a registration number: codes given by statistics offices fail GB 11714, and lists grow."""
    parts = registration_parts(number)
    found: list[NumberWarning] = []
    if checkdigits.gb_11714(parts.organisation[:8]) != parts.organisation[8]:
        found.append(NumberWarning.ORGANISATION_CHECK)
    if parts.economic_type not in ECONOMIC_TYPES.wires:
        found.append(NumberWarning.ECONOMIC_TYPE_UNKNOWN)
    if INSTITUTION_CLASSES.by_code(parts.category) is None:
        found.append(NumberWarning.CATEGORY_UNKNOWN)
    return tuple(found)


def _date_fault(year: str, month: str, day: str, on: dt.date) -> Fault | None:
    try:
        born = dt.date(int(year), int(month), int(day))
    except ValueError:
        return Fault.IMPOSSIBLE_DATE
    if born < _EARLIEST_BIRTH:
        return Fault.EARLY_DATE
    return Fault.FUTURE_DATE if born > on else None


def parse_identity_number(text: str, *, on: dt.date) -> IdentityNumber:
    """Read a citizen identity number (GB 11643), 18 characters; `x` is stored as `X`.

    The check character comes first: if it is wrong, nothing is said about the date. The birth date must be
    real, not before 1900 and not after the civil day `on`. The area is not checked: areas are historical.
    """
    value = _clean(text, NumberKind.IDENTITY, (18,))
    if not _IDENTITY.fullmatch(value):
        raise NumberBad(NumberKind.IDENTITY, Fault.CHARACTERS)
    if checkdigits.mod_11_2(value[:17]) != value[17]:
        raise NumberBad(NumberKind.IDENTITY, Fault.CHECK_DIGIT)
    fault = _date_fault(value[6:10], value[10:12], value[12:14], on)
    if fault is not None:
        raise NumberBad(NumberKind.IDENTITY, fault)
    return IdentityNumber(value)


def birth_date(number: IdentityNumber) -> dt.date:
    """Give the birth date inside an identity number. Personal data."""
    return dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def sex_code(number: IdentityNumber) -> int:
    """Give the sex that an identity number tells, as GB/T 2261.1: 1 male, 2 female (17th digit odd or even)."""
    return 1 if int(number[16]) % 2 else 2


def parse_credit_code(text: str) -> CreditCode:
    """Read a unified social credit code (GB 32100-2015), 18 characters."""
    value = _clean(text, NumberKind.CREDIT, (18,))
    if not _CREDIT.fullmatch(value):
        raise NumberBad(NumberKind.CREDIT, Fault.CHARACTERS)
    if checkdigits.gb_32100(value[:17]) != value[17]:
        raise NumberBad(NumberKind.CREDIT, Fault.CHECK_DIGIT)
    return CreditCode(value)


def credit_code_warnings(code: CreditCode) -> tuple[NumberWarning, ...]:
    """Say whether the organisation code inside (positions 9 to 17) fails its own check, GB 11714."""
    good = checkdigits.gb_11714(code[8:16]) == code[16]
    return () if good else (NumberWarning.ORGANISATION_CHECK,)


def parse_qualification_number(text: str, *, on: dt.date) -> QualificationNumber:
    """Read a physician qualification number (医师资格证书编码): year 4, province 2, level 1, category 2, identity.

    24 characters with an identity number of the old 15 digits (birth year 19xx), 27 with one of 18, which
    must pass as `parse_identity_number` demands. The level digit is not judged: level comes from the record.
    """
    value = _clean(text, NumberKind.QUALIFICATION, (24, 27))
    if not _QUALIFICATION.fullmatch(value):
        raise NumberBad(NumberKind.QUALIFICATION, Fault.CHARACTERS)
    inside = value[9:]
    if len(inside) == 18:
        good = checkdigits.mod_11_2(inside[:17]) == inside[17]
        good = good and _date_fault(inside[6:10], inside[10:12], inside[12:14], on) is None
    else:
        good = _date_fault(f"19{inside[6:8]}", inside[8:10], inside[10:12], on) is None
    if not good:
        raise NumberBad(NumberKind.QUALIFICATION, Fault.EMBEDDED_IDENTITY)
    return QualificationNumber(value)


def qualification_belongs_to(number: QualificationNumber, identity: IdentityNumber) -> bool:
    """Say whether the identity number inside a qualification number is this one, in its old or new form."""
    return number[9:] in {identity, identity[:6] + identity[8:17] if identity[6:8] == "19" else identity}


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceIdentifier:
    """The identifier of an electronic licence (电子证照标识), GB/T 36904.

    `type_code`: credit code of the body that defines the licence type, then three digits. `issuer`: normally
    a credit code, other codes occur. `serial`: 1 to 64 digits and capitals. `version`: 1 to 999. The check
    character is computed (ISO 7064 MOD 37,36 over the four without dots). `NumberBad` for a part that cannot be.
    """

    ROOT = "1.2.156.3005.2"

    type_code: str
    issuer: str
    serial: str
    version: int

    def __post_init__(self) -> None:
        patterns = ((_TYPE_CODE, self.type_code), (_ISSUER_CODE, self.issuer), (_SERIAL, self.serial))
        if not all(pattern.fullmatch(part) for pattern, part in patterns):
            raise NumberBad(NumberKind.IDENTIFIER, Fault.CHARACTERS)
        if type(self.version) is not int or not 1 <= self.version <= 999:
            raise NumberBad(NumberKind.IDENTIFIER, Fault.CHARACTERS)

    @property
    def check(self) -> str:
        """The check character of the identifier."""
        return checkdigits.mod_37_36(f"{self.type_code}{self.issuer}{self.serial}{self.version:03d}")

    def __str__(self) -> str:
        parts = (self.ROOT, self.type_code, self.issuer, self.serial, f"{self.version:03d}", self.check)
        return ".".join(parts)

    @classmethod
    def parse(cls, text: str) -> LicenceIdentifier:
        """Read an identifier, or raise `NumberBad`: root, number of parts, form, check character, in this order."""
        value = _clean(text, NumberKind.IDENTIFIER, range(1, 161))
        root, dot, rest = value[: len(cls.ROOT)], value[len(cls.ROOT) : len(cls.ROOT) + 1], value[len(cls.ROOT) + 1 :]
        if root != cls.ROOT or dot != ".":
            raise NumberBad(NumberKind.IDENTIFIER, Fault.ROOT_UNKNOWN)
        parts = rest.split(".")
        if len(parts) != 5:
            raise NumberBad(NumberKind.IDENTIFIER, Fault.PARTS)
        type_code, issuer, serial, version, check = parts
        if not _VERSION.fullmatch(version):
            raise NumberBad(NumberKind.IDENTIFIER, Fault.CHARACTERS)
        identifier = cls(type_code=type_code, issuer=issuer, serial=serial, version=int(version))
        if check != identifier.check:
            raise NumberBad(NumberKind.IDENTIFIER, Fault.CHECK_CHARACTER)
        return identifier


def covers(prefix_division: int, place: int) -> bool:
    """Say whether an authority's division takes in a place, by whole groups of two digits (GB/T 2260).

    Both are six-digit codes. A code that ends in 0000 is a province, in 00 a prefecture, else a county:
    460000 covers 460105 and 469002, 460100 covers 460105 but not 460200 and not 460000. Anything that is
    not a six-digit code is covered by nothing and covers nothing; there is no code for the whole country.
    """
    if not (100_000 <= prefix_division <= 999_999 and 100_000 <= place <= 999_999):
        return False
    group = 10_000 if prefix_division % 10_000 == 0 else 100 if prefix_division % 100 == 0 else 1
    return prefix_division // group == place // group
