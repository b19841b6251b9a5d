"""A registration (the entry of the register) and what is kept about its past, as values.

The four endings are told apart (revoke 吊销, rescind 撤销, cancel 注销, suspend 暂停); each may leave a `Bar` behind
that blocks a new application. `state` holds only what an act made: what time alone does (expiry, verification
overdue) is computed by `standing` for a day and never stored. `content` and `sealed` are split as in `application`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    import datetime

    from issuer.domain.account import AccountId
    from issuer.domain.application import ApplicationId
    from issuer.domain.kind import Kind
    from issuer.domain.organisation import OrganisationId

RegistrationId = NewType("RegistrationId", str)
BarId = NewType("BarId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One entry of the register.

    `holder` is the account id of a person or the organisation id of an institution. `version` is the number of the
    licence version that shows this content (1 for the first, one more for each approved application that mints).
    `name` and `institution` (22-character number of the primary institution, or its own) repeat the content for
    look-up only. `valid_until`, `verify_by`, `until` (last day of a suspension, deferral or pause) are inclusive days.
    """

    id: RegistrationId
    kind: Kind
    number: str
    holder: str
    name: str
    authority: OrganisationId
    institution: str | None
    state: str
    version: int
    revision: int
    content: str
    sealed: bytes | None
    registered_on: datetime.date
    valid_from: datetime.date | None = None
    valid_until: datetime.date | None = None
    verify_by: datetime.date | None = None
    until: datetime.date | None = None
    frozen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChange:
    """One line of a registration's history, append only: what act changed it, when, on what basis.

    `version`, `content` and `sealed` are those in force after the act, so that the register can be asked as of a day.
    """

    registration: RegistrationId
    revision: int
    at: int
    action: str
    source: str
    target: str
    version: int
    application: ApplicationId | None = None
    act: bytes | None = None
    actor: AccountId | None = None
    reason: str = ""
    basis: str = ""
    grounds: tuple[str, ...] = ()
    until: datetime.date | None = None
    content: str = "{}"
    sealed: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A time during which a new application of this holder is refused. `last_day` None is for life."""

    id: BarId
    kind: Kind | None
    holder: str
    cause: str
    basis: str
    first_day: datetime.date
    last_day: datetime.date | None
    registration: RegistrationId | None = None
    act: bytes | None = None
