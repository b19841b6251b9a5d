"""A row, or a Refusal that says which kind of thing is not there. Nothing else."""

from __future__ import annotations

from typing import TypeVar

from issuer.domain.account import Account, AccountId
from issuer.domain.application import Application, ApplicationId
from issuer.domain.officer_key import ElectronicKey, KeyId
from issuer.domain.organisation import Organisation, OrganisationId
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration, RegistrationId
from issuer.storage import Transaction, accounts, applications, keys, organisations, registrations

T = TypeVar("T")


def account(tx: Transaction, id_: str) -> Account:
    """Return an account. Raises Refusal("account-unknown")."""
    return _there(accounts.get(tx, AccountId(id_)), "account-unknown")


def application(tx: Transaction, id_: str) -> Application:
    """Return an application. Raises Refusal("application-unknown")."""
    return _there(applications.get(tx, ApplicationId(id_)), "application-unknown")


def key(tx: Transaction, id_: str) -> ElectronicKey:
    """Return an electronic key. Raises Refusal("key-unknown")."""
    return _there(keys.get(tx, KeyId(id_)), "key-unknown")


def organisation(tx: Transaction, id_: str) -> Organisation:
    """Return an organisation. Raises Refusal("organisation-unknown")."""
    return _there(organisations.get(tx, OrganisationId(id_)), "organisation-unknown")


def registration(tx: Transaction, id_: str) -> Registration:
    """Return a register entry. Raises Refusal("registration-unknown")."""
    return _there(registrations.get(tx, RegistrationId(id_)), "registration-unknown")


def _there(found: T | None, code: str) -> T:
    if found is None:
        raise Refusal(code)
    return found
