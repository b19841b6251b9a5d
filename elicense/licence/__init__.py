"""The three kinds of licence as immutable, validated values, one file each."""

from elicense.licence.base import Filing, InstitutionRef, Kind, Licence, StatusRef
from elicense.licence.institution import InstitutionLicence
from elicense.licence.nurse import NurseLicence
from elicense.licence.physician import PhysicianLicence

__all__ = [
    "Filing",
    "InstitutionLicence",
    "InstitutionRef",
    "Kind",
    "Licence",
    "NurseLicence",
    "PhysicianLicence",
    "StatusRef",
]
