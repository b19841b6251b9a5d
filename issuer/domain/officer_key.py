"""The electronic key (电子密钥) of an account: its states and its history.

An officer's key goes requested → approved → active; the province's designated person approves it, and never the
applicant (国卫办医函〔2019〕735号, three). What is asked of a signature is the state of its key *at signing time*: a
signature made while the key was active stays valid after a suspension.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from issuer.domain.account import AccountId
    from issuer.domain.organisation import OrganisationId

KeyId = NewType("KeyId", str)
"""Our own id of a key record. What a signed act names is `kid`, the 16 hex digits of the public key."""


class KeyState(StrEnum):
    """States of an electronic key."""

    REQUESTED = "requested"
    APPROVED = "approved"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LOST = "lost"
    REVOKED = "revoked"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """One entry of a key's history: from `at` on the key is in `state`."""

    at: int
    event: str
    state: KeyState
    by: AccountId
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicKey:
    """One key of one account. `jwk` is the public key as canonical JSON, empty until it is handed over."""

    id: KeyId
    account: AccountId
    organisation: OrganisationId | None
    state: KeyState
    revision: int
    requested_by: AccountId
    approved_by: AccountId | None = None
    kid: str | None = None
    jwk: str = ""
    replaces: KeyId | None = None
    history: tuple[KeyChange, ...] = ()
