"""Every act that a client can sign, by its name, with the desk function that does it.

For the web edge and the command line: parse, look the name up here, call. A function takes the desk and the signed
act; those in `WITH_RESTRICTED` also take the restricted part (canonical JSON, or None), those in `WITH_PROOF` evidence
and a real-name proof. Nothing else in the issuer changes a row on a client's behalf.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from issuer.services import (
    accounts,
    alerts,
    applications,
    board,
    copies,
    offers,
    officer_keys,
    organisations,
    proposals,
    registrations,
    voice,
    wallets,
)

ACTS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "application.open": applications.open_draft,
        "application.save": applications.save,
        "application.submit": applications.submit,
        "application.withdraw": applications.withdraw,
        "application.confirm": applications.confirm,
        "application.return": applications.give_back,
        "application.accept": applications.accept,
        "application.ask_correction": applications.ask_correction,
        "application.not_accept": applications.refuse_acceptance,
        "application.review": applications.review,
        "application.pause_clock": applications.pause_clock,
        "application.resume_clock": applications.resume_clock,
        "application.approve": applications.approve,
        "application.refuse": applications.refuse,
        "application.deliver": applications.deliver,
        "registration.suspend": registrations.suspend,
        "registration.resume": registrations.resume,
        "registration.revoke_licence": registrations.revoke,
        "registration.rescind_licence": registrations.rescind,
        "registration.cancel_registration": registrations.cancel,
        "registration.departure_filing": registrations.file_departure,
        "registration.pause_business": registrations.pause_business,
        "registration.resume_business": registrations.resume_business,
        "registration.defer_verification": registrations.defer_verification,
        "registration.close_down": registrations.close_down,
        "registration.freeze": registrations.freeze,
        "registration.unfreeze": registrations.unfreeze,
        "proposal.file": proposals.file,
        "proposal.dismiss": proposals.dismiss,
        "board.switch": board.switch,
        "voice.appeal": voice.appeal,
        "voice.answer": voice.answer,
        "voice.rate": voice.rate,
        "licence.bind_device": copies.bind,
        "wallet.offer": offers.make,
        "wallet.remove": wallets.remove,
        "organisation.create_authority": organisations.create_authority,
        "organisation.create_institution": organisations.create_institution,
        "organisation.replace_key": organisations.replace_administrator_key,
        "organisation.close": organisations.close_organisation,
        "account.create_officer": accounts.create_officer,
        "account.set_roles": accounts.set_roles,
        "account.activate": accounts.activate_person,
        "account.recover": accounts.recover_person,
        "account.close": accounts.close_account,
        "key.request": officer_keys.request,
        "key.approve": officer_keys.approve,
        "key.refuse": officer_keys.refuse,
        "key.activate": officer_keys.activate,
        "key.suspend": officer_keys.suspend,
        "key.clear": officer_keys.clear,
        "key.confirm": officer_keys.confirm_misuse,
        "key.report_lost": officer_keys.report_lost,
        "key.retire": officer_keys.retire,
        "key.announce": alerts.announce,
        "key.dismiss_alert": alerts.dismiss,
    }
)
WITH_RESTRICTED = frozenset({"application.open", "application.save"})
WITH_POSSESSION = frozenset({"licence.bind_device"})
"""These take the raw signature by which the device shows that it holds the key it brings."""
WITH_PROOF = frozenset({"account.activate", "account.recover"})
"""`account.create_officer` may take evidence and a proof too; for these two they are needed."""
