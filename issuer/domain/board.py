"""The board 院务公开 of an institution: whether it shows its practitioners to anybody who passes by.

Source: 国卫办医政发〔2024〕5号, publication of e-licences where there are the means for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from issuer.domain.account import AccountId
    from issuer.domain.organisation import OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The switch of an institution's board; there is none before it is first turned."""

    id: OrganisationId
    on: bool
    revision: int
    changed_at: int
    changed_by: AccountId
