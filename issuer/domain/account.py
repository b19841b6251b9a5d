"""Accounts: who may act. A person, an administrator of one institution, an officer of one authority, a system.

An account holds no password and no key material: its key is an `ElectronicKey` (see `officer_key`), found by the
account. The identity of a person is kept only as a keyed digest, so that one person has one account; the number
itself lies sealed in the register. Sources: domain roles of the electronic registration notices
(国卫办医函〔2019〕735号; 琼卫医〔2017〕44号, ten subsystems).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from issuer.domain.organisation import OrganisationId

AccountId = NewType("AccountId", str)


class AccountKind(StrEnum):
    """What stands behind the account."""

    APPLICANT = "applicant"
    INSTITUTION = "institution"
    OFFICER = "officer"
    OPERATOR = "operator"


class AccountState(StrEnum):
    """`created` cannot act yet (no proof of identity, or no active key)."""

    CREATED = "created"
    ACTIVE = "active"
    CLOSED = "closed"


class Role(StrEnum):
    """What an officer's account may do. Applicants, institutions and the operator carry no role."""

    ACCEPTANCE = "officer_acceptance"
    REVIEW = "officer_review"
    DECISION = "officer_decision"
    KEY_MANAGER = "key_manager"
    DESIGNATED_VERIFIER = "designated_verifier"
    AUDITOR = "auditor"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account. `identity` is a keyed digest (32 bytes) of the proven identity, never the identity itself."""

    id: AccountId
    kind: AccountKind
    state: AccountState
    revision: int
    organisation: OrganisationId | None = None
    roles: frozenset[Role] = frozenset()
    name: str = ""
    identity: bytes | None = None
    proof: str = ""
    created_at: int
    created_by: AccountId | None = None


def same_person(one: Account, other: Account) -> bool:
    """Say whether two accounts are one person: the same account, or the same proven identity."""
    return one.id == other.id or (one.identity is not None and one.identity == other.identity)
