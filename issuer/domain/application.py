"""An application and its stages, as values. How it moves is in `path`; what it may contain is in `content`.

`content` is the public part (fields of the licence of that kind) as canonical JSON; `sealed` is the restricted part
(identity number, birth date, qualification number, health statement, phone) as one sealed blob that only a service
with the vault can open. `steps` is the whole history: who did what, when, with which result.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    import datetime

    from issuer.domain.account import AccountId
    from issuer.domain.kind import Kind
    from issuer.domain.organisation import OrganisationId
    from issuer.domain.registration import RegistrationId

ApplicationId = NewType("ApplicationId", str)


class Stage(StrEnum):
    """Stages of an application (行政许可法 29-44)."""

    DRAFT = "draft"
    INSTITUTION_CONFIRM = "institution_confirm"
    SUBMITTED = "submitted"
    CORRECTION_REQUESTED = "correction_requested"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    UNDER_REVIEW = "under_review"
    APPROVED = "approved"
    REFUSED = "refused"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act on an application. `actor` is None for an effect of the law (deemed acceptance).

    `grounds` are codes of `issuer/data/grounds.csv`; `reason` is the text told to the applicant; `finding` the
    reviewer's or officer's result; `act` the digest of the signed act.
    """

    number: int
    step: str
    source: Stage | None
    target: Stage
    at: int
    actor: AccountId | None
    act: bytes | None
    finding: str = ""
    reason: str = ""
    grounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Excluded time (行政许可法 45): the clock stands still from `start` until the day before `end`."""

    start: datetime.date
    end: datetime.date | None
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application. Dates are civil days of UTC+8, instants are Unix seconds.

    `received_on` is the day of receipt at the authority, `accepted_on` the day of acceptance (or the day it counts
    as accepted), `due_on` the last day of the clock now running, `decided_on` the day of the decision.
    """

    id: ApplicationId
    kind: Kind
    action: str
    stage: Stage
    revision: int
    applicant: AccountId
    holder: str
    registration: RegistrationId | None = None
    registration_revision: int | None = None
    institution: OrganisationId | None = None
    authority: OrganisationId | None = None
    content: str = "{}"
    sealed: bytes | None = None
    content_version: int = 1
    opened_at: int
    received_on: datetime.date | None = None
    accepted_on: datetime.date | None = None
    decided_on: datetime.date | None = None
    delivered_on: datetime.date | None = None
    due_on: datetime.date | None = None
    pauses: tuple[Pause, ...] = ()
    steps: tuple[Step, ...] = ()
