"""What the API answers, as models: what is not named here cannot be shown, and the OpenAPI document is made from them.

Restricted members have one shape of their own (`Restricted`), which no other contains. The functions of `render` fill
these in; a member that is missing or of another type fails there and not at the reader's.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from issuer.domain.account import AccountKind, AccountState, Role
from issuer.domain.application import Stage
from issuer.domain.kind import Kind
from issuer.domain.licence_copy import CopyState
from issuer.domain.licence_record import LicenceState
from issuer.domain.officer_key import KeyState
from issuer.domain.organisation import Branch, Level, OrganisationKind
from issuer.web.content_shapes import Content, Restricted

Id = Annotated[str, Field(description="An id: says nothing and cannot be guessed.")]
Kid = Annotated[str, Field(pattern="^[0-9a-f]{16}$", description="Key id: 16 hexadecimal digits.")]
Instant = Annotated[int, Field(ge=0, description="Unix seconds, UTC.")]
Day = Annotated[dt.date, Field(description="A civil day of UTC+8.")]
Revision = Annotated[int, Field(ge=0, description="Goes into the next act, so that nobody acts on what has changed.")]
Count = Annotated[int, Field(ge=0)]
Hex = Annotated[str, Field(pattern="^([0-9a-f]{2})+$", description="Bytes in hexadecimal digits.")]


class Shape(BaseModel):
    """Closed, frozen, strict."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_name=True, serialize_by_alias=True)


class Ground(Shape):
    """A reason 理由, with the provision it rests on."""

    code: str
    zh: str
    en: str
    basis: str


class Step(Shape):
    """One step of an application."""

    number: Count
    step: str
    from_: Annotated[Stage | None, Field(alias="from")]
    to: Stage
    at: Instant
    finding: str
    reason: str
    grounds: list[str]


class Application(Shape):
    """An application 申请, for its applicant, the confirming institution and the competent officers."""

    id: Id
    kind: Kind
    action: str
    stage: Stage
    revision: Revision
    applicant: Id
    registration: Id | None
    institution: Annotated[str | None, Field(description="The institution that confirms.")]
    authority: Annotated[str | None, Field(description="The competent authority.")]
    content: Content
    content_version: Count
    has_restricted: Annotated[bool, Field(description="There is a restricted part, with an address of its own.")]
    opened_at: Instant
    received_on: Day | None
    accepted_on: Day | None
    decided_on: Day | None
    delivered_on: Day | None
    due_on: Annotated[dt.date | None, Field(description="The last day of the clock that runs.")]
    steps: list[Step]


class HistoryLine(Shape):
    """One step in words."""

    step: str
    at: Instant
    stage: Stage
    zh: str
    en: str
    by: Annotated[str, Field(description="Which side took it: applicant, institution, officer or law.")]
    reason: str
    grounds: list[Ground]


class Case(Application):
    """An application with its clock and its history in words."""

    stage_zh: str
    stage_en: str
    final: bool
    limit: Annotated[str, Field(description="Which limit runs; empty for none.")]
    last_day: Day | None
    days_left: Annotated[int | None, Field(description="Working days; negative when the last day is past.")]
    unknown: Annotated[str, Field(description="Why the last day cannot be told; empty if it can.")]
    basis: Annotated[str, Field(description="The legal basis of the limit.")]
    history: list[HistoryLine]


class Cases(Shape):
    """Applications."""

    applications: list[Case]


class Registration(Shape):
    """A register entry 注册登记, for its holder and for competent officers."""

    id: Id
    kind: Kind
    number: str
    name: str
    authority: Id
    state: Annotated[str, Field(description="What the last act made it; time may have gone over it: see standing.")]
    version: Count
    revision: Revision
    content: Content
    registered_on: Day
    valid_from: Day | None
    valid_until: Day | None
    verify_by: Annotated[dt.date | None, Field(description="The day by which an institution must be verified 校验.")]
    until: Annotated[dt.date | None, Field(description="The last day of a suspension, deferral or pause.")]
    frozen: bool


class Standing(Shape):
    """How a register entry stands today 状态."""

    state: str
    zh: str
    en: str
    permits_practice: bool
    lapsed: Annotated[bool, Field(description="Time made it so, not an act.")]


class RegistrationEntry(Registration):
    """A register entry and how it stands today."""

    standing: Standing


class Registrations(Shape):
    """Register entries."""

    registrations: list[RegistrationEntry]


class Change(Shape):
    """One line of the history of a register entry."""

    revision: Revision
    at: Instant
    action: str
    from_: Annotated[str, Field(alias="from")]
    to: str
    version: Count
    reason: str
    basis: str
    grounds: list[str]
    until: Day | None


class Licence(Shape):
    """A licence 证照 as it was minted, without its token."""

    id: Id
    version: Count
    state: LicenceState
    issued_at: Instant | None


class RegistrationDetail(RegistrationEntry):
    """A register entry with its history and every version of its licence."""

    history: list[Change]
    licences: list[Licence]


class LicenceToken(Licence):
    """The licence in force: its token, and the link that its QR code holds."""

    token: Hex
    link: str


class Copy(Shape):
    """A copy of the licence for the holder's device, without its token."""

    id: Id
    registration: Id
    device: Kid
    state: CopyState
    issued_at: Instant | None


class CopyToken(Copy):
    """The copy in force, its token, and its link."""

    token: Hex
    link: str


class WalletOffer(Shape):
    """An offer to a wallet: the link that it opens, and the code that it will ask for."""

    id: Id
    registration: Id
    link: str
    tx_code: str
    expires_at: Instant


class PublicRegistration(Shape):
    """What anybody may know 公开信息: the fields of the licence, and how the registration stands."""

    kind: Kind
    number: str
    name: str
    authority: Annotated[str, Field(description="The name of the registering authority.")]
    state: str
    state_zh: str
    state_en: str
    permits_practice: bool
    version: Count
    valid_from: Day | None
    valid_until: Day | None
    verify_by: Day | None
    fields: Content


class PublicRegistrations(Shape):
    """What was found; an empty list where nothing was, whichever fact did not agree."""

    registrations: list[PublicRegistration]


class Account(Shape):
    """An account 账户, without the identity behind it."""

    id: Id
    kind: AccountKind
    state: AccountState
    revision: Revision
    organisation: Id | None
    roles: list[Role]
    name: str
    proof: Annotated[str, Field(description="How the identity was proven.")]


class Accounts(Shape):
    """Accounts."""

    accounts: list[Account]


class Organisation(Shape):
    """An authority 机关 or an institution 机构."""

    id: Id
    kind: OrganisationKind
    name: str
    division: str
    parent: Id | None
    level: Level
    branch: Branch
    uscc: str
    number: str | None
    trust_number: Annotated[int | None, Field(description="Its number in the issuer's entry of the trust list.")]
    open: bool
    revision: Revision


class Organisations(Shape):
    """Organisations."""

    organisations: list[Organisation]


class InstitutionEntered(Shape):
    """An institution and the account of its administrator."""

    organisation: Organisation
    account: Account


class KeyChange(Shape):
    """One line of the history of an electronic key."""

    at: Instant
    event: str
    state: KeyState
    by: Id
    reason: str


class Key(Shape):
    """An electronic key 电子密钥, where it stands, and what happened to it."""

    id: Id
    account: Id
    organisation: Id | None
    state: KeyState
    revision: Revision
    kid: Kid | None
    requested_by: Id
    approved_by: Id | None
    replaces: Id | None
    history: list[KeyChange]


class Keys(Shape):
    """Electronic keys."""

    keys: list[Key]


class Event(Shape):
    """One event of the audit trail 审计, without the bytes of the act."""

    seq: Annotated[int, Field(ge=1)]
    at: Instant
    tag: str
    target: str
    actor: Id | None
    key: Annotated[str | None, Field(description="The id of the key that signed.")]
    signed: Annotated[bool, Field(description="The trail keeps the signed act.")]
    detail: dict[str, str]
    hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Trail(Shape):
    """Events in ascending order; ask on with the last number while the page is full."""

    events: list[Event]


class Problem(Shape):
    """A refusal (RFC 9457). `code` is stable; nothing of the request is repeated."""

    type: str
    title: Annotated[str, Field(description="What the code means.")]
    title_zh: Annotated[str, Field(description="The same in Chinese.")]
    status: Annotated[int, Field(ge=400, le=599)]
    code: str
    detail: Annotated[str, Field(description="Which member, state or code it is about; may be empty.")]
    grounds: list[Ground]


def answer(shape: Shape | Restricted, status: int = 200) -> Response:
    """A shape as the body of an answer."""
    return Response(shape.model_dump_json(), status=status, mimetype="application/json")


def values(shape: Shape) -> dict[str, Any]:
    """A shape as JSON values."""
    found: dict[str, Any] = shape.model_dump(mode="json")
    return found
