"""What an act, or an event without one, can change: the tables whose rows may be noted with it.

The check of the trail (`issuer.services.trail_check`) finds what goes beyond. It is the answer to somebody who can
write events but has no officer's key: an event without a signature changes no entry of the register, and the signature
under a draft grants nothing. A register entry, its decisions and its bars change only with an act of the law.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_CASE: Final = frozenset({"application", "application_step"})
_KEY: Final = frozenset({"electronic_key", "key_change"})
_ENTRY: Final = frozenset({"registration", "registration_change"})
_SHOWN: Final = frozenset({"status_entry"})
_TOKENS: Final = frozenset({"licence", "licence_copy", "wallet_copy"}) | _SHOWN

EFFECTS: Final[Mapping[str, frozenset[str]]] = {
    "account.activate": _KEY | {"account"},
    "account.close": _KEY | {"account"},
    "account.create_officer": frozenset({"account"}),
    "account.recover": _KEY | {"account"},
    "account.set_roles": frozenset({"account"}),
    "application.accept": _CASE,
    "application.approve": _CASE | _ENTRY | _SHOWN | {"organisation", "licence", "bar"},
    "application.ask_correction": _CASE,
    "application.confirm": _CASE,
    "application.deliver": _CASE,
    "application.not_accept": _CASE,
    "application.open": _CASE,
    "application.pause_clock": _CASE,
    "application.refuse": _CASE | {"bar"},
    "application.resume_clock": _CASE,
    "application.return": _CASE,
    "application.review": _CASE,
    "application.save": _CASE,
    "application.submit": _CASE | {"paper"},
    "application.withdraw": _CASE,
    "board.switch": frozenset({"board"}),
    "key.activate": _KEY,
    "key.announce": frozenset({"key_announcement"}),
    "key.approve": _KEY,
    "key.clear": _KEY | {"key_alert"},
    "key.confirm": _KEY | {"key_alert"},
    "key.dismiss_alert": frozenset({"key_alert"}),
    "key.refuse": _KEY,
    "key.report_lost": _KEY,
    "key.request": _KEY,
    "key.retire": _KEY,
    "key.suspend": _KEY,
    "licence.bind_device": frozenset({"licence_copy"}) | _SHOWN,
    "organisation.close": _KEY | {"organisation", "account"},
    "organisation.create_authority": frozenset({"organisation"}),
    "organisation.create_institution": _KEY | {"organisation", "account"},
    "organisation.replace_key": _KEY,
    "proposal.dismiss": frozenset({"proposal"}),
    "proposal.file": frozenset({"proposal"}),
    "registration.cancel_registration": _ENTRY | _SHOWN | {"proposal"},
    "registration.close_down": _ENTRY | _SHOWN | {"proposal"},
    "registration.defer_verification": _ENTRY | _SHOWN | {"proposal"},
    "registration.departure_filing": _ENTRY | _SHOWN | {"proposal"},
    "registration.freeze": _ENTRY | _SHOWN | {"proposal"},
    "registration.pause_business": _ENTRY | _SHOWN | {"proposal"},
    "registration.rescind_licence": _ENTRY | _SHOWN | {"proposal", "bar"},
    "registration.resume": _ENTRY | _SHOWN | {"proposal"},
    "registration.resume_business": _ENTRY | _SHOWN | {"proposal"},
    "registration.revoke_licence": _ENTRY | _SHOWN | {"proposal", "bar"},
    "registration.suspend": _ENTRY | _SHOWN | {"proposal"},
    "registration.unfreeze": _ENTRY | _SHOWN | {"proposal"},
    "voice.answer": frozenset({"appeal"}),
    "voice.appeal": frozenset({"appeal"}),
    "voice.rate": frozenset({"rating"}),
    "wallet.offer": frozenset(),
    "wallet.remove": frozenset({"wallet_copy"}) | _SHOWN,
}
"""What a signed act can change, by its name. What it may change of these is for the rules of the act itself."""

BY_ITSELF: Final[Mapping[str, frozenset[str]]] = {
    "application.deemed_accepted": _CASE,
    "application.delivered": _CASE | _TOKENS,
    "copy.released": frozenset({"licence_copy"}) | _SHOWN,
    "copy.retired": frozenset({"licence_copy"}) | _SHOWN,
    "key.alerted": frozenset({"key_alert"}),
    "key.stopped": _KEY | {"key_alert"},
    "licence.intended": frozenset({"licence"}) | _SHOWN,
    "licence.released": _TOKENS,
    "licence.spoiled": frozenset({"licence"}) | _SHOWN,
    "licence.superseded": _TOKENS,
    "paper.added": frozenset({"paper"}),
    "paper.removed": frozenset({"paper"}),
    "system.begun": _KEY | {"account", "organisation"},
    "system.key_managers_restored": _KEY,
    "system.recovered": _SHOWN,
    "wallet.credential_deleted": frozenset({"wallet_copy"}) | _SHOWN,
    "wallet.credential_failure": frozenset({"wallet_copy"}) | _SHOWN,
    "wallet.intended": frozenset({"wallet_copy"}) | _SHOWN,
    "wallet.issued": frozenset({"wallet_copy"}) | _SHOWN,
    "wallet.lapsed": frozenset({"wallet_copy"}) | _SHOWN,
    "wallet.spoiled": frozenset({"wallet_copy"}) | _SHOWN,
}
"""What changes by the law or by the machine, without a signed act, by the tag of the event."""


def allowed(tag: str, act: str | None) -> frozenset[str]:
    """Return the tables that an event may change; `act` is the name of the signed act in it, None without one."""
    return BY_ITSELF.get(tag, frozenset()) if act is None else EFFECTS.get(act, frozenset())
