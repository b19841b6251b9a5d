"""Signing in and out, and opening a person's account. Keys live in the browser or in a security key, never here."""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated, Any, Final

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from elicense.keys import b64url
from issuer.domain.account import Account, AccountId, AccountKind, Role
from issuer.domain.act import Act
from issuer.domain.assertion import relying_party
from issuer.domain.canonical import Json, dumps
from issuer.domain.refusal import Refusal
from issuer.domain.session import AGE_SECONDS
from issuer.services import area, sessions, watch
from issuer.services.desk import Desk, public_key
from issuer.web import envelope
from issuer.web.acts import quietly, watched
from issuer.web.limit import Limit
from issuer.web.pages import frame

_OPENING: Final = frozenset({"account.activate", "account.recover"})
_LANDING: Final = {
    AccountKind.APPLICANT: "/me",
    AccountKind.INSTITUTION: "/institution",
    AccountKind.OFFICER: "/desk",
    AccountKind.OPERATOR: "/",
}
_MACHINE_SECONDS: Final = 400 * 86_400


class KeyAsked(BaseModel):
    """Which key wants to sign in."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    key: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class OpeningAsked(BaseModel):
    """Which act shall open an account, with which public key."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    act: Annotated[str, Field(max_length=32)]
    jwk: Annotated[dict[str, str], Field(max_length=8)]


def blueprint(desk: Desk) -> Blueprint:
    """The pages and the JSON that their scripts ask for."""
    made = frame.pages("account")
    failures = Limit(desk.clock)

    @made.get("/sign-in")
    def sign_in() -> AnyResponse | str:
        found = frame.signed_in(desk)
        if found is not None:
            return redirect(frame.local(request.args.get("next") or landing(found.account)))
        return render_template("sign_in.html", then=frame.local(request.args.get("next") or "/"))

    @made.post("/sign-in/act")
    def act() -> Response:
        act, key = sessions.asked(desk, _model(KeyAsked).key)
        fido = {"credential": key.credential, "party": relying_party(key.origin)} if key.origin else None
        return jsonify({"act": b64url(act.to_bytes()), "fido": fido})

    @made.post("/sign-in")
    def enter() -> Response:
        received = envelope.receive()
        cookie = secrets.token_urlsafe(32)
        machine = request.cookies.get(frame.MACHINE) or secrets.token_urlsafe(16)
        told = hashlib.sha256(machine.encode()).hexdigest()
        begun = watched(desk, received, told, lambda: sessions.begin(desk, received.signed, cookie, told))
        found = sessions.current(desk, cookie)
        if found is None:
            raise Refusal("account-inactive")
        answer = jsonify({"landing": landing(found.account), "name": found.account.name})
        frame.keep(answer, frame.COOKIE, cookie, desk, seconds=AGE_SECONDS)
        frame.keep(answer, frame.MACHINE, machine, desk, seconds=_MACHINE_SECONDS)
        answer.headers["X-Began"] = str(begun.began_at)
        return answer

    @made.post("/sign-in/failed")
    def failed() -> Response:
        """The browser says that nobody signed: a wrong PIN, a key taken out. Anybody can say so; it only warns."""
        failures.take(request.remote_addr or "")
        kid = _model(KeyAsked).key
        quietly(lambda: watch.not_signed(desk, kid))
        return Response(status=204)

    @made.post("/sign-out")
    def sign_out() -> AnyResponse:
        found = frame.signed_in(desk)
        if found is not None:
            frame.check_csrf(found)
            sessions.end(desk, found.session)
        answer = redirect(url_for("home.front"), 303)
        answer.delete_cookie(frame.COOKIE, path="/")
        return answer

    _opening(made, desk)
    return made


def _opening(made: Blueprint, desk: Desk) -> None:
    """A person's first key, or a new one after a loss."""

    @made.get("/activate")
    def activate() -> str:
        return render_template("activate.html")

    @made.post("/activate/act")
    def opening() -> Response:
        asked = _model(OpeningAsked)
        if asked.act not in _OPENING:
            raise Refusal("act-unknown")
        jwk: dict[str, Json] = {**asked.jwk}
        key = public_key(dumps(jwk).decode("utf-8"))
        jwk = {**key.to_jwk()}
        act = Act(
            name=asked.act,
            actor=AccountId("new"),
            target="new",
            revision=None,
            at=desk.clock(),
            nonce=secrets.token_hex(16),
            body=dumps({"jwk": jwk}),
        )
        return jsonify({"act": b64url(act.to_bytes()), "key": key.kid.hex()})


def landing(account: Account) -> str:
    """Where the work of this account begins; on the front page if it has no pages."""
    if account.kind is AccountKind.OFFICER and not account.roles & area.SEE:
        return "/admin/keys" if Role.KEY_MANAGER in account.roles else "/"
    return _LANDING[account.kind]


def _model(model: type[Any]) -> Any:  # noqa: ANN401 - the model that was asked for
    try:
        return model.model_validate(envelope.body())
    except ValidationError:
        raise Refusal("body-malformed") from None
