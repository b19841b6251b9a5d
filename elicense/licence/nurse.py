"""The practice licence of a nurse 护士执业证书: five years from registration (护士条例 article 8)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Final

from elicense import period
from elicense.fields import BadValue, claim, day, many, uint
from elicense.licence.base import (
    DIVISION,
    FILING,
    INSTITUTION_REF,
    NURSE_NUMBER,
    Filing,
    InstitutionRef,
    Kind,
    Licence,
)
from elicense.limits import FILINGS_MAX

YEARS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NurseLicence(Licence):
    """A nurse's licence. `registered_on` begins the current period, which ends with `valid_until`."""

    kind: ClassVar[Kind] = Kind.NURSE

    number: str = claim(2, "number", NURSE_NUMBER)
    place: int = claim(7, "place", DIVISION)
    registered_on: dt.date = claim(8, "registered_on", day())
    sex: int = claim(10, "sex", uint(0, 9))
    institution: InstitutionRef = claim(11, "institution", INSTITUTION_REF)
    filings: tuple[Filing, ...] = claim(12, "filings", many(FILING, FILINGS_MAX), many=True)

    @property
    def begins_on(self) -> dt.date:
        """The first valid civil day at UTC+8: the day of registration."""
        return self.registered_on

    def check(self) -> None:
        """A nurse's licence ends, at most five years after registration."""
        if self.valid_until is None or not (
            self.registered_on < self.valid_until <= period.years_after(self.registered_on, YEARS)
        ):
            raise BadValue("a nurse's licence ends within five years of registration")
