"""What a reader should know about a licence that changes no outcome.

A verifier in a clinic is older than the issuer: a code that its tables do not have yet is a note, never
a failure. So is a label that may be ignored, an authority that the trust list does not name, and an
organisation code whose GB 11714 check does not hold (codes assigned for statistics do not have one).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from elicense import numbers, tables
from elicense.licence import InstitutionLicence, Licence, NurseLicence, PhysicianLicence
from elicense.trust import Issuer

UNKNOWN_CODE: Final = "unknown-code"
UNKNOWN_LABEL: Final = "unknown-label"
UNKNOWN_AUTHORITY: Final = "unknown-authority"

_SEXES: Final = tables.SEXES.wires
_LEVELS: Final = tables.LEVELS.wires
_CATEGORIES: Final = tables.CATEGORIES.wires
_SCOPES: Final = tables.SCOPES.wires
_SUBJECTS: Final = frozenset(row.code for row in tables.SUBJECTS)
_MODES: Final = tables.SERVICE_MODES.wires
_OBJECTS: Final = tables.SERVICE_OBJECTS.wires | {None}
_TYPES: Final = tables.INSTITUTION_TYPES.wires | {None}


@dataclass(frozen=True, slots=True)
class Note:
    """`code` is stable, `field` names the member of the licence that it is about."""

    code: str
    field: str


def about(licence: Licence, issuer: Issuer, ignored: tuple[int, ...]) -> tuple[Note, ...]:
    """The notes on a genuine licence."""
    notes = [Note(UNKNOWN_LABEL, str(label)) for label in ignored]
    if licence.authority not in issuer.by_number:
        notes.append(Note(UNKNOWN_AUTHORITY, "authority"))
    known: tuple[tuple[str, bool], ...] = ()
    if isinstance(licence, PhysicianLicence):
        known = (
            ("sex", licence.sex in _SEXES),
            ("level", licence.level in _LEVELS),
            ("category", licence.category in _CATEGORIES),
            ("scopes", _SCOPES.issuperset(licence.scopes)),
        )
    elif isinstance(licence, NurseLicence):
        known = (("sex", licence.sex in _SEXES),)
    elif isinstance(licence, InstitutionLicence):
        known = (
            ("subjects", _SUBJECTS.issuperset(licence.subjects)),
            ("statutory_type", licence.statutory_type in _TYPES),
            ("service_object", licence.service_object in _OBJECTS),
            ("service_modes", _MODES.issuperset(licence.service_modes)),
        )
        warnings = numbers.registration_number_warnings(numbers.RegistrationNumber(licence.number))
        notes += [Note(str(warning), "number") for warning in warnings]
    notes += [Note(UNKNOWN_CODE, field) for field, is_known in known if not is_known]
    return tuple(notes)
