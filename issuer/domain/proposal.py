"""A proposal: that something be done to a registration, with what speaks for it, filed by one who does not decide.

An inspection proposes a standing act (监督检查后的处理建议); an institution reports that a physician left it
(医师执业注册管理办法 19: within 30 days). A deciding officer, another person, does what was proposed or dismisses it
with a reason. The proposal itself changes nothing in the register.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    import datetime

    from issuer.domain.account import AccountId
    from issuer.domain.organisation import OrganisationId
    from issuer.domain.registration import RegistrationId

ProposalId = NewType("ProposalId", str)
DEPARTURE = "departure_filing"
"""The one action that an institution may propose."""


class Source(StrEnum):
    """Who proposes: an officer after an inspection, or the institution of a physician."""

    INSPECTION = "inspection"
    INSTITUTION = "institution"


class ProposalState(StrEnum):
    """`open` waits for a decision; the two others are final."""

    OPEN = "open"
    TAKEN = "taken"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One proposal. `grounds` are codes for `action`; `evidence` what was found; `happened_on` the day of the event.

    `authority` is the registering authority when it was filed. `closed_by`, `closed_at` and `reason` say who took it
    up or dismissed it, and why; the act that did it is in the trail.
    """

    id: ProposalId
    registration: RegistrationId
    authority: OrganisationId
    source: Source
    action: str
    grounds: tuple[str, ...]
    evidence: str
    happened_on: datetime.date | None
    state: ProposalState
    revision: int
    filed_by: AccountId
    filed_at: int
    closed_by: AccountId | None = None
    closed_at: int | None = None
    reason: str = ""
