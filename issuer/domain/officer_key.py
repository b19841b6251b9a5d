"""The electronic key (电子密钥) of an account: its states and its history.

An officer's key goes requested → approved → active; the province's designated person approves it, and never the
applicant (国卫办医函〔2019〕735号, three). What is asked of a signature is the state of its key *at signing time*: a
signature made while the key was active stays valid after a suspension.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from issuer.domain.account import Account, AccountId, AccountKind, Role, same_person
from issuer.domain.act import civil_day
from issuer.domain.organisation import OrganisationId, Tree
from issuer.domain.refusal import Refusal
from issuer.domain.rulebook import Rulebook, held

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
    """One key of one account. `jwk` is the public key as canonical JSON, empty until it is handed over.

    A FIDO2 security key has `origin`, where it was registered, `credential`, the id by which a browser asks for it
    (base64url), and `aaguid`, its model; a plain key has none of them.
    """

    id: KeyId
    account: AccountId
    organisation: OrganisationId | None
    state: KeyState
    revision: int
    requested_by: AccountId
    approved_by: AccountId | None = None
    kid: str | None = None
    jwk: str = ""
    origin: str = ""
    credential: str = ""
    aaguid: str = ""
    replaces: KeyId | None = None
    history: tuple[KeyChange, ...] = ()


def opened(key: ElectronicKey, at: int, event: str, by: AccountId) -> ElectronicKey:
    """Return a new key with the first line of its history."""
    return dataclasses.replace(key, history=(KeyChange(at=at, event=event, state=key.state, by=by),))


def change(rules: Rulebook, key: ElectronicKey, event: str, by: AccountId, at: int, reason: str = "") -> ElectronicKey:
    """Return the key after one event of its machine. Raises Refusal("key-transition-not-allowed")."""
    for row in held(rules.key_transitions, civil_day(at)):
        if row.origin == key.state and row.event == event:
            state = KeyState(row.target)
            return dataclasses.replace(
                key,
                state=state,
                revision=key.revision + 1,
                history=(*key.history, KeyChange(at=at, event=event, state=state, by=by, reason=reason)),
            )
    raise Refusal("key-transition-not-allowed", f"{event} from {key.state}")


def may_approve(tree: Tree, key: ElectronicKey, holder: Account, approver: Account) -> None:
    """Check that this account may approve or refuse this key (SR-20).

    The approver is a key manager of the province above the holder's authority, and neither the one who applied nor
    the one who will hold the key. Raises Refusal("key-approval") or Refusal("role-missing").
    """
    if approver.kind is not AccountKind.OFFICER or Role.KEY_MANAGER not in approver.roles:
        raise Refusal("role-missing", Role.KEY_MANAGER)
    if approver.id == key.requested_by or same_person(approver, holder):
        raise Refusal("key-approval", "the approver is the applicant or the holder")
    if (
        approver.organisation is None
        or holder.organisation is None
        or tree.province_of(holder.organisation).id != approver.organisation
    ):
        raise Refusal("key-approval", "not the designated person of the province")


def state_at(key: ElectronicKey, at: int) -> KeyState | None:
    """Return the state of the key at an instant, None before its first line. A change takes effect at its instant."""
    state = None
    for line in key.history:
        if line.at <= at:
            state = line.state
    return state


def check_holder(key: ElectronicKey | None, account: Account) -> ElectronicKey:
    """Return the key if it is this account's and active (SR-26). Raises Refusal: signer-unknown, key-…."""
    if key is None:
        raise Refusal("signer-unknown")
    if key.account != account.id:
        raise Refusal("key-not-holder")
    if key.state is not KeyState.ACTIVE:
        raise Refusal(f"key-{key.state}")
    return key
