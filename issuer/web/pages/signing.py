"""The one way by which a page changes anything: propose an act, show it in words, have it signed, do it.

A form of a page ends in `propose`: the server writes the canonical bytes of the act (or of several, for a batch) and
shows what they say; the browser signs exactly these bytes with the key of the account (a security key signs their
digest as its challenge) and posts them back; the desk checks the signature over the bytes and does what they say.
Nothing is kept in between, so a second worker or a restart changes nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, make_response, redirect, render_template, request
from pydantic import TypeAdapter, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from elicense.keys import b64url
from issuer.domain import act as acts
from issuer.domain import canonical
from issuer.domain.act import Act
from issuer.domain.assertion import relying_party
from issuer.domain.refusal import Refusal
from issuer.services.accounts import IdentityProof
from issuer.services.desk import Desk
from issuer.services.sessions import SignedIn
from issuer.web.acts import do
from issuer.web.envelope import Envelope, Received, opened
from issuer.web.pages import frame

BATCH_MAX: Final = 50
"""Acts signed in one go."""
_ENVELOPES: Final = TypeAdapter(list[Envelope])


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An act that a page proposes. `says` are (label, text) lines that a person reads before signing."""

    name: str
    title: str
    target: str = "new"
    revision: int | None = None
    body: Mapping[str, Any] | None = None
    attachment: bytes | None = None
    says: Sequence[tuple[str, str]] = ()


def propose(
    desk: Desk,
    who: SignedIn,
    proposals: Sequence[Proposal],
    then: str,
    left_out: Sequence[tuple[str, Refusal]] = (),
) -> str:
    """The page on which somebody reads what will be signed, and signs. `then` is the page that follows.

    `left_out` is what was asked for too and cannot be proposed, each with its reason.
    """
    made = [_bytes(desk, who, proposal) for proposal in proposals]
    return render_template(
        "confirm.html",
        proposals=list(zip(proposals, made, strict=True)),
        acts=json.dumps([b64url(data) for data in made]),
        attachments=json.dumps([b64url(each.attachment) if each.attachment else None for each in proposals]),
        key=who.key,
        party=relying_party(who.key.origin),
        then=frame.local(then),
        left_out=[(title, *frame.sentence(refusal), refusal) for title, refusal in left_out],
        again=[(name, value) for name, value in request.form.items(multi=True) if name != "csrf"],
    )


def blueprint(desk: Desk, follow: Callable[[], None], proof: IdentityProof) -> Blueprint:
    """The route that takes signed acts from pages."""
    made = frame.pages("signing")

    @made.post("/signed")
    def signed() -> AnyResponse:
        who = frame.signed_in(desk)
        if who is None:
            raise frame.NotSignedIn
        frame.check_csrf(who)
        received = _received()
        refusals = _do_all(desk, who, received, proof)
        follow()
        then = frame.local(request.form.get("then", "/"))
        done = len(received) - len(refusals)
        if len(received) == 1 and refusals:
            return frame.refused(refusals[0][1], then)
        if not refusals:
            answer = redirect(then, 303)
            frame.keep(answer, frame.DONE, str(done), desk, seconds=frame.DONE_SECONDS)
            return answer
        told = [(title, *frame.sentence(refusal), refusal) for title, refusal in refusals]
        return make_response(render_template("partly.html", done=done, refusals=told, then=then))

    return made


def _bytes(desk: Desk, who: SignedIn, proposal: Proposal) -> bytes:
    return Act(
        name=proposal.name,
        actor=who.account.id,
        target=proposal.target,
        revision=proposal.revision,
        at=desk.clock(),
        nonce=secrets.token_hex(16),
        body=canonical.dumps(dict(proposal.body or {})),
    ).to_bytes()


def _received() -> list[Received]:
    try:
        envelopes = _ENVELOPES.validate_json(request.form.get("signed", ""), strict=True)
    except ValidationError:
        raise Refusal("envelope-malformed") from None
    if not 0 < len(envelopes) <= BATCH_MAX:
        raise Refusal("envelope-malformed")
    return [opened(envelope) for envelope in envelopes]


def _do_all(desk: Desk, who: SignedIn, received: list[Received], proof: IdentityProof) -> list[tuple[str, Refusal]]:
    """Do one act after the other; return the title that was read, and the refusal, of each that was refused."""
    refusals: list[tuple[str, Refusal]] = []
    titles = request.form.getlist("title")
    for number, each in enumerate(received):
        act = acts.parse(each.signed.act_bytes)
        if act.actor != who.account.id or each.signed.key_id != who.key.kid:
            raise Refusal("key-not-holder")
        try:
            do(desk, act.name, each, proof, who.session.machine)
        except Refusal as refusal:
            refusals.append((titles[number] if len(titles) == len(received) else act.target, refusal))
    return refusals
