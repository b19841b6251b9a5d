"""Organisations: the tree of authorities, and the institutions they approved.

A place in the tree is a parent, not a division code: 洋浦 and the Sansha bureau are authorities without being
divisions, and a TCM or disease-control authority shares its area with the health authority.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

OrganisationId = NewType("OrganisationId", str)


class OrganisationKind(StrEnum):
    """An authority decides; an institution applies and confirms."""

    AUTHORITY = "authority"
    INSTITUTION = "institution"


class Branch(StrEnum):
    """Which authority: health, traditional Chinese medicine, disease control."""

    HEALTH = "health"
    TCM = "tcm"
    CDC = "cdc"


class Level(StrEnum):
    """Level of an authority. `none` for an institution."""

    NATIONAL = "national"
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """One authority or one institution.

    `parent` of an authority is the authority above it; of an institution, the authority that approved or filed it.
    `number` is the 22-character registration number of an institution once it has one.
    """

    id: OrganisationId
    kind: OrganisationKind
    name: str
    division: str
    parent: OrganisationId | None
    level: Level = Level.NONE
    branch: Branch = Branch.HEALTH
    uscc: str = ""
    number: str | None = None
    open: bool = True
    revision: int = 0
