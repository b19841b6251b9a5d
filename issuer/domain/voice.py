"""What an applicant says about how a case is handled: an appeal 诉求 while it runs or after, a rating 评价 at its end.

The applicant may raise reasonable demands, and offices are rated (国卫医发〔2017〕23号). An appeal changes nothing in
the case; somebody answers it who took no part in the case, in the time that the rules name. It takes the place of
neither administrative reconsideration nor a court.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType

if TYPE_CHECKING:
    import datetime

    from issuer.domain.account import AccountId
    from issuer.domain.application import ApplicationId
    from issuer.domain.organisation import OrganisationId

AppealId = NewType("AppealId", str)
STARS: Final = 5


class Topic(StrEnum):
    """What an appeal is about. `conduct` is a complaint about a person of the office."""

    PROCESS = "process"
    DELAY = "delay"
    RESULT = "result"
    CONDUCT = "conduct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """One appeal. `number` is what the applicant quotes; `due_on` is None where the calendar does not reach.

    `answered_by`, `answered_at` and `answer` are there once it is answered; it is answered once.
    """

    id: AppealId
    number: str
    application: ApplicationId
    authority: OrganisationId
    topic: Topic
    text: str
    filed_by: AccountId
    filed_at: int
    due_on: datetime.date | None
    revision: int
    answered_by: AccountId | None = None
    answered_at: int | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One to five stars for a case that has ended, given once; `text` may be empty."""

    application: ApplicationId
    authority: OrganisationId
    stars: int
    text: str
    rated_by: AccountId
    rated_at: int
