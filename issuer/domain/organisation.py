"""Organisations: the tree of authorities, and the institutions they approved.

A place in the tree is a parent, not a division code: 洋浦 and the Sansha bureau are authorities without being
divisions, and a TCM or disease-control authority shares its area with the health authority.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

from issuer.domain.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    `number` is the 22-character registration number of an institution once it has one; `trust_number` is the number
    of an authority inside its issuer's entry of the trust list (what a licence carries as `authority`).
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
    trust_number: int | None = None
    open: bool = True
    revision: int = 0


class Tree:
    """All organisations by id, for questions about who stands above whom. Built by a service from the store."""

    __slots__ = ("_all",)

    def __init__(self, organisations: Iterable[Organisation]) -> None:
        """Take every authority and institution that the questions may touch."""
        self._all = {organisation.id: organisation for organisation in organisations}

    def __iter__(self) -> Iterator[Organisation]:
        return iter(self._all.values())

    def get(self, id_: OrganisationId | None) -> Organisation:
        """Return one organisation. Raises Refusal("organisation-unknown")."""
        found = None if id_ is None else self._all.get(id_)
        if found is None:
            raise Refusal("organisation-unknown")
        return found

    def chain(self, id_: OrganisationId) -> tuple[Organisation, ...]:
        """Return the organisation and everything above it, nearest first. A loop or a missing parent ends the chain."""
        line: list[Organisation] = []
        here: OrganisationId | None = id_
        while here is not None and here in self._all and self._all[here] not in line:
            line.append(self._all[here])
            here = self._all[here].parent
        return tuple(line)

    def above_or_self(self, upper: OrganisationId, lower: OrganisationId) -> bool:
        """Say whether `upper` is `lower` or stands somewhere above it, whatever the branch."""
        return any(organisation.id == upper for organisation in self.chain(lower))

    def jurisdiction(self, officer_of: OrganisationId, authority: OrganisationId) -> bool:
        """Say whether an officer of one authority may act in the matters of another.

        True inside the authority's own subtree and only within its branch: a health authority does not act in the
        matters of a TCM authority that is placed under it, nor the reverse.
        """
        acting, matter = self._all.get(officer_of), self._all.get(authority)
        return (
            acting is not None
            and matter is not None
            and acting.kind is matter.kind is OrganisationKind.AUTHORITY
            and acting.branch is matter.branch
            and self.above_or_self(officer_of, authority)
        )

    def province_of(self, id_: OrganisationId) -> Organisation:
        """Return the topmost province-level authority above (or equal to) `id_`. Raises Refusal if there is none."""
        provinces = [organisation for organisation in self.chain(id_) if organisation.level is Level.PROVINCE]
        if not provinces:
            raise Refusal("province-unknown")
        return provinces[-1]

    def approver_of(self, institution: OrganisationId) -> Organisation:
        """Return the authority that approved an institution: its parent, or the next open one above a closed one."""
        for upper in self.chain(institution)[1:]:
            if upper.kind is OrganisationKind.AUTHORITY and upper.open:
                return upper
        raise Refusal("organisation-unknown", "the institution has no approving authority")

    def beside(self, authority: Organisation, branch: Branch) -> Organisation:
        """Return the open authority of `branch` for the same area and level, or `authority` itself where none is."""
        for other in self._all.values():
            if (
                other.kind is OrganisationKind.AUTHORITY
                and other.open
                and other.branch is branch
                and other.level is authority.level
                and other.division == authority.division
            ):
                return other
        return authority
