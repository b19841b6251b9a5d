"""The practice licence of a physician 医师执业证书.

医师法 sets no end for it; it stands until a newer version or an ending of the registration. The place of
practice is an area: the province of a licensed physician, the county of an assistant (13号令 article 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from elicense.fields import BadValue, claim, many, text, uint
from elicense.licence.base import (
    CODE,
    DIVISION,
    FILING,
    INSTITUTION_REF,
    PHYSICIAN_NUMBER,
    Filing,
    InstitutionRef,
    Kind,
    Licence,
)
from elicense.limits import FILINGS_MAX, SCOPES_MAX, TEXT_FIELD_CHARS_MAX

_DIGIT: Final = uint(0, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicianLicence(Licence):
    """A physician's licence. Codes are integers of the tables physician_levels, _categories and _scopes.

    `place` is a division code of six digits; `scope_text` words a scope that has no code of its own
    (table row 57, and 中医(专长) physicians).
    """

    kind: ClassVar[Kind] = Kind.PHYSICIAN

    number: str = claim(2, "number", PHYSICIAN_NUMBER)
    place: int = claim(7, "place", DIVISION)
    sex: int = claim(10, "sex", _DIGIT)
    institution: InstitutionRef = claim(11, "institution", INSTITUTION_REF)
    filings: tuple[Filing, ...] = claim(12, "filings", many(FILING, FILINGS_MAX), many=True)
    level: int = claim(16, "level", _DIGIT)
    category: int = claim(17, "category", _DIGIT)
    scopes: tuple[int, ...] = claim(18, "scopes", many(CODE, SCOPES_MAX))
    scope_text: str | None = claim(19, "scope_text", text(TEXT_FIELD_CHARS_MAX), optional=True)

    def check(self) -> None:
        """A physician's licence has no end (医师法 sets no period)."""
        if self.valid_until is not None:
            raise BadValue("a physician's licence has no end")
