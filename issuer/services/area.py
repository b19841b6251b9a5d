"""Whose matters an officer sees and works on: the authorities of the own area and branch, and the people in a case."""

from __future__ import annotations

from collections.abc import Iterable

from issuer.domain.account import Account, AccountId, AccountKind, Role
from issuer.domain.application import Application
from issuer.domain.organisation import OrganisationId
from issuer.domain.refusal import Refusal
from issuer.services.desk import tree
from issuer.storage import Transaction, accounts

WORK = frozenset({Role.ACCEPTANCE, Role.REVIEW, Role.DECISION})
"""Roles that work on cases."""
SEE = WORK | {Role.AUDITOR}
"""Roles that see them."""


def authorities(tx: Transaction, account: Account) -> tuple[OrganisationId, ...]:
    """Return the authorities in whose matters this officer acts. Raises Refusal("role-missing") for anybody else."""
    if account.kind is not AccountKind.OFFICER or account.organisation is None or not account.roles & SEE:
        raise Refusal("role-missing")
    all_ = tree(tx)
    return tuple(one.id for one in all_ if all_.jurisdiction(account.organisation, one.id))


def people_of(tx: Transaction, cases: Iterable[Application]) -> dict[AccountId, Account]:
    """Return the accounts of the applicants and of everybody who acted, as `path` wants them."""
    ids = {id_ for case in cases for id_ in (case.applicant, *(step.actor for step in case.steps)) if id_ is not None}
    return {account.id: account for account in accounts.all_of(tx, ids)}
