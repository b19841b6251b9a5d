"""An alert about an electronic key, and what was announced beforehand so that it is none.

An alert names the rule, its version and the figures it rests on; `since` is when the unusual began, so that everything
the key signed from then on can be looked at. A blocking one stopped the key: it is an inquiry, and ends with the key
cleared or its misuse confirmed, by the province. Any other is a warning, which the province answers with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    import datetime

    from issuer.domain.account import AccountId
    from issuer.domain.officer_key import KeyId
    from issuer.domain.organisation import OrganisationId

AlertId = NewType("AlertId", str)


class AlertState(StrEnum):
    """`cleared`: looked at, nothing wrong; `confirmed`: it was misuse."""

    OPEN = "open"
    CLEARED = "cleared"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert. `figures` are names and values that fill the sentence of the rule."""

    id: AlertId
    key: KeyId
    organisation: OrganisationId | None
    rule: str
    version: int
    blocking: bool
    figures: tuple[tuple[str, str], ...]
    since: int
    at: int
    state: AlertState = AlertState.OPEN
    revision: int = 0
    closed_by: AccountId | None = None
    closed_at: int | None = None
    reason: str = ""


class Announced(StrEnum):
    """What may be announced: work outside hours, or a second machine."""

    HOURS = "hours"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Something unusual that a key manager announced for a key, for the days from `first_day` to `last_day`."""

    id: str
    key: KeyId
    what: Announced
    first_day: datetime.date
    last_day: datetime.date
    by: AccountId
    at: int
    reason: str

    def covers(self, what: Announced, on: datetime.date) -> bool:
        """Whether it was announced for that day."""
        return self.what is what and self.first_day <= on <= self.last_day
