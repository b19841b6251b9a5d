"""Into a wallet 放进钱包: the offer that a holder makes, with its QR code and, apart from it, the transaction code.

The same page for a person's own licence and for an institution's, shown to its administrator. Making an offer and
taking the copies back are signed acts; the wallet itself speaks to `issuer.web.wallets`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import segno
from flask import Blueprint, render_template
from markupsafe import Markup

from elicense.qr import QUIET_ZONE
from issuer.domain.account import AccountKind
from issuer.domain.offer import TRIES
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration, RegistrationId
from issuer.services import institutions, licences, offers, query
from issuer.services.desk import Desk
from issuer.services.sessions import SignedIn
from issuer.web.pages import frame, language, signing
from issuer.web.pages.signing import Proposal

_OFFER: Final = "wallet.offer"
_REMOVE: Final = "wallet.remove"


def blueprint(desk: Desk) -> Blueprint:
    """The pages of wallets."""
    made = frame.pages("wallet")
    _person(made, desk)
    _institution(made, desk)
    return made


def _person(made: Blueprint, desk: Desk) -> None:
    def entry_of(id_: str) -> tuple[SignedIn, Registration]:
        who = frame.require(desk, AccountKind.APPLICANT)
        return who, query.registration(desk, who.account, RegistrationId(id_)).registration

    @made.get("/me/registrations/<id_>/wallet")
    def own(id_: str) -> str:
        return _shown(desk, *entry_of(id_), f"/me/registrations/{id_}")

    @made.post("/me/registrations/<id_>/wallet/offer")
    def own_offer(id_: str) -> str:
        return _proposed(desk, *entry_of(id_), f"/me/registrations/{id_}/wallet", _OFFER)

    @made.post("/me/registrations/<id_>/wallet/remove")
    def own_remove(id_: str) -> str:
        return _proposed(desk, *entry_of(id_), f"/me/registrations/{id_}/wallet", _REMOVE)


def _institution(made: Blueprint, desk: Desk) -> None:
    def entry() -> tuple[SignedIn, Registration]:
        who = frame.require(desk, AccountKind.INSTITUTION)
        found = institutions.home(desk, who.account).entry
        if found is None:
            raise Refusal("licence-unknown")
        return who, found.registration

    @made.get("/institution/wallet")
    def institution() -> str:
        return _shown(desk, *entry(), "/institution")

    @made.post("/institution/wallet/offer")
    def institution_offer() -> str:
        return _proposed(desk, *entry(), "/institution/wallet", _OFFER)

    @made.post("/institution/wallet/remove")
    def institution_remove() -> str:
        return _proposed(desk, *entry(), "/institution/wallet", _REMOVE)


def _shown(desk: Desk, who: SignedIn, entry: Registration, back: str) -> str:
    found = offers.seen(desk, who.account, entry.id)
    return render_template(
        "wallet.html",
        entry=entry,
        found=found,
        minted=licences.current(desk, entry.id) is not None,
        picture=None if found.open is None else _picture(found.open.link),
        back=back,
        here=f"{back}/wallet",
        tries=TRIES,
    )


def _proposed(desk: Desk, who: SignedIn, entry: Registration, here: str, act: str) -> str:
    frame.check_csrf(who)
    _ = language.gettext
    title = _("放进钱包") if act == _OFFER else _("从钱包收回")
    says = _says(entry, act)
    return signing.propose(desk, who, [Proposal(name=act, title=title, target=entry.id, says=says)], here)


def _says(entry: Registration, act: str) -> Sequence[tuple[str, str]]:
    _ = language.gettext
    does = (
        _("生成一个十分钟内有效、只能用一次的领取码。领取之后，原来钱包里的副本作废。")
        if act == _OFFER
        else _("钱包里的全部副本作废；证照本身不受影响。")
    )
    return ((_("姓名或名称"), entry.name), (_("编号"), entry.number), (_("办理内容"), does))


def _picture(link: str) -> Markup:
    """The QR code of a link as an inline picture: no styles, no scripts; its text is our own."""
    held = io.BytesIO()
    segno.make_qr(link, error="m").save(
        held, kind="svg", border=QUIET_ZONE, xmldecl=False, svgns=True, svgclass="qr", lineclass=None, omitsize=True
    )
    return Markup(held.getvalue().decode("utf-8"))  # noqa: S704 - made of modules, nothing of the link is in it
