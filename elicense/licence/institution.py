"""The practice licence of a medical institution 医疗机构执业许可证.

It has a printed end and, apart from it, the date by which the next verification 校验 is due. What the
registration number already says (division, economic type, category, profit class) does not travel twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Final

from elicense.fields import BadValue, claim, day, many, subjects, text, uint
from elicense.licence.base import CODE, INSTITUTION_NUMBER, Kind, Licence
from elicense.limits import (
    NAME_CHARS_MAX,
    OTHER_NAMES_MAX,
    SERVICE_MODES_MAX,
    SUBJECTS_MAX,
    TEXT_FIELD_CHARS_MAX,
)

_SUBJECTS: Final = subjects(SUBJECTS_MAX)
_COUNT: Final = uint(0, 99_999)
_STOMATOLOGY: Final = " 12."


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionLicence(Licence):
    """An institution's licence. `subjects` are codes of 诊疗科目名录 such as `03` or `03.01`.

    `subjects_edition` (a year) is needed where a code of group 12 is listed, because its names differ
    between the editions; `outpatient_only` are the subjects with the remark 门诊. `verified_until` is the
    last day before the next verification is due.
    """

    kind: ClassVar[Kind] = Kind.INSTITUTION

    number: str = claim(2, "number", INSTITUTION_NUMBER)
    valid_from: dt.date = claim(8, "valid_from", day())
    verified_until: dt.date = claim(9, "verified_until", day())
    subjects: tuple[str, ...] = claim(20, "subjects", _SUBJECTS)
    subjects_edition: int | None = claim(21, "subjects_edition", uint(1994, 2099), optional=True)
    address: str = claim(22, "address", text(TEXT_FIELD_CHARS_MAX))
    principal: str = claim(23, "principal", text(NAME_CHARS_MAX))
    legal_representative: str | None = claim(24, "legal_representative", text(NAME_CHARS_MAX), optional=True)
    statutory_type: int | None = claim(25, "statutory_type", uint(1, 9_999), optional=True)
    grade: str | None = claim(26, "grade", text(16), optional=True)
    service_object: int | None = claim(27, "service_object", uint(0, 9), optional=True)
    service_modes: tuple[int, ...] = claim(28, "service_modes", many(CODE, SERVICE_MODES_MAX), many=True)
    beds: int | None = claim(29, "beds", _COUNT, optional=True)
    dental_chairs: int | None = claim(30, "dental_chairs", _COUNT, optional=True)
    other_names: tuple[str, ...] = claim(31, "other_names", many(text(NAME_CHARS_MAX), OTHER_NAMES_MAX), many=True)
    outpatient_only: tuple[str, ...] = claim(32, "outpatient_only", _SUBJECTS, many=True)

    @property
    def begins_on(self) -> dt.date:
        """The first valid civil day at UTC+8."""
        return self.valid_from

    @property
    def place(self) -> int:
        """The division code inside the registration number."""
        return int(self.number[9:15])

    @property
    def ownership(self) -> int:
        """The economic type (GB/T 12402) inside the registration number."""
        return int(self.number[15:17])

    @property
    def category(self) -> str:
        """The institution category (WS 218) inside the registration number."""
        return self.number[17:21]

    @property
    def profit_class(self) -> int:
        """The profit class inside the registration number: 1 non-profit, 2 for profit, 9 other."""
        return int(self.number[21])

    def check(self) -> None:
        """An institution's licence ends; a remark belongs to a subject; group 12 needs its edition."""
        if self.valid_until is None or self.valid_until < self.valid_from:
            raise BadValue("an institution's licence has an end after its beginning")
        if self.outpatient_only and not set(self.outpatient_only) <= set(self.subjects):
            raise BadValue("outpatient_only names a subject that is not listed")
        if self.subjects_edition is None and _STOMATOLOGY in f" {' '.join(self.subjects)}":
            raise BadValue("subjects of group 12 need their edition")
