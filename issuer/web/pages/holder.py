"""A person's own licences: what stands in the register, the card, the device that shows it live, the file of the past.

The live page itself (`live`) works without this service; here a device is bound to a licence.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from flask import Blueprint, Response, jsonify, render_template, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from elicense import card, claims, cose, face, qr
from elicense.keys import b64url
from elicense.licence import Licence
from elicense.tables import Lang
from elicense.trust import Issuer
from issuer.domain import canonical
from issuer.domain.account import AccountKind
from issuer.domain.act import Act
from issuer.domain.refusal import Refusal
from issuer.domain.registration import RegistrationId
from issuer.services import copies, licences, query, trusting
from issuer.services.desk import Desk, public_key
from issuer.web import envelope
from issuer.web.pages import frame, language

_PRIVATE: Final = "no-store"


class DeviceAsked(BaseModel):
    """The public key of the device that shall show a licence."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    jwk: dict[str, str] = Field(max_length=8)


def blueprint(desk: Desk) -> Blueprint:
    """The pages of a holder."""
    made = frame.pages("holder")
    _own(made, desk)
    _device(made, desk)
    return made


def _own(made: Blueprint, desk: Desk) -> None:
    @made.get("/me")
    def me() -> str:
        who = frame.require(desk, AccountKind.APPLICANT)
        shown = [
            (view.registration, view.standing, licences.current(desk, view.registration.id))
            for view in query.own_registrations(desk, who.account)
        ]
        return render_template("me.html", entries=shown, cases=query.own_cases(desk, who.account)[:5])

    @made.get("/me/registrations/<id_>")
    def registration(id_: str) -> str:
        who = frame.require(desk, AccountKind.APPLICANT)
        view = query.registration(desk, who.account, RegistrationId(id_))
        entry = view.registration
        held = licences.current(desk, entry.id)
        rows = [] if held is None or held.token is None else _rows(desk, held.token)
        copy = copies.current(desk, entry.id)
        return render_template(
            "registration.html",
            entry=entry,
            standing=view.standing,
            rows=rows,
            history=view.history,
            versions=licences.of_registration(desk, entry.id),
            copy=copy,
        )

    @made.get("/me/registrations/<id_>/card.<form>")
    def picture(id_: str, form: str) -> Response:
        who = frame.require(desk, AccountKind.APPLICANT)
        entry = query.registration(desk, who.account, RegistrationId(id_)).registration
        return card_of(desk, entry.id, form)


def _device(made: Blueprint, desk: Desk) -> None:
    @made.post("/me/registrations/<id_>/bind")
    def bind(id_: str) -> Response:
        """Name the act that binds a device; the browser signs it and posts it to the API."""
        who = frame.require(desk, AccountKind.APPLICANT)
        entry = query.registration(desk, who.account, RegistrationId(id_)).registration
        try:
            asked: DeviceAsked = DeviceAsked.model_validate(envelope.body())
        except ValidationError:
            raise Refusal("key-malformed") from None
        jwk: dict[str, canonical.Json] = {**public_key(canonical.dumps({**asked.jwk}).decode("utf-8")).to_jwk()}
        act = Act(
            name="licence.bind_device",
            actor=who.account.id,
            target=entry.id,
            revision=None,
            at=desk.clock(),
            nonce=secrets.token_hex(16),
            body=canonical.dumps({"jwk": jwk}),
        )
        return jsonify({"act": b64url(act.to_bytes()), "key": who.key.kid})

    @made.get("/me/registrations/<id_>/copy")
    def copy(id_: str) -> Response:
        """The copy for the device, with what the live page shows beside its code."""
        who = frame.require(desk, AccountKind.APPLICANT)
        entry = query.registration(desk, who.account, RegistrationId(id_)).registration
        held = copies.current(desk, entry.id)
        if held is None or held.token is None:
            raise Refusal("licence-unknown")
        licence, issuer = _read(desk, held.token)
        answer = jsonify(
            {
                "device": held.device,
                "registration": entry.id,
                "token": held.token.hex(),
                "base": desk.config.scan_url,
                "face": {"zh": _face(licence, issuer, "zh"), "en": _face(licence, issuer, "en")},
            }
        )
        answer.headers["Cache-Control"] = _PRIVATE
        return answer


def card_of(desk: Desk, id_: RegistrationId, form: str) -> Response:
    """The card of the licence in force as PNG or SVG. Raises Refusal("licence-unknown")."""
    held = licences.current(desk, id_)
    if held is None or held.token is None or form not in {"png", "svg"}:
        raise Refusal("licence-unknown")
    licence, issuer = _read(desk, held.token)
    laid = card.lay_out(licence, issuer, qr.to_link(held.token, desk.config.scan_url))
    if form == "svg":
        answer = Response(card.svg(laid), mimetype="image/svg+xml")
    else:
        answer = Response(card.png(laid), mimetype="image/png")
    answer.headers["Cache-Control"] = _PRIVATE
    if request.args.get("save"):
        answer.headers["Content-Disposition"] = f'attachment; filename="licence-{licence.number}.{form}"'
    return answer


def _rows(desk: Desk, token: bytes) -> list[tuple[str, str]]:
    licence, issuer = _read(desk, token)
    return [(row.label, row.value) for row in face.rows(licence, issuer, "en" if language.current() == "en" else "zh")]


def _face(licence: Licence, issuer: Issuer, lang: Lang) -> dict[str, Any]:
    rows = [[row.name, row.label, row.value] for row in face.rows(licence, issuer, lang)]
    return {"title": face.title(licence.kind, lang), "name": licence.name, "rows": rows}


def _read(desk: Desk, token: bytes) -> tuple[Licence, Issuer]:
    """Our own licence, taken apart; it was judged when it was released."""
    licence, _ = claims.from_payload(cose.split_licence(token).payload)
    return licence, trusting.own(desk, trusting.published(desk))
