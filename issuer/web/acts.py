"""The one way to change anything: POST /api/v1/acts/<name> with a signed act.

The same act sent twice is done once; the second answer is the refusal `act-replayed`. After an act the licences it
grants are minted and the lists it touches are published in the same request; if that fails the act stands, the timer
repeats it, and the health answer shows it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response, jsonify

from issuer.domain import act as acts
from issuer.domain.refusal import Refusal
from issuer.services.accounts import IdentityProof
from issuer.services.desk import Desk
from issuer.web.catalogue import ACTS
from issuer.web.envelope import receive

_LOG: Final = logging.getLogger(__name__)


def blueprint(desk: Desk, proof: IdentityProof, follow: Callable[[], None]) -> Blueprint:
    """The route of acts. `follow` mints and publishes what the act has made due; it never raises."""
    made = Blueprint("acts", __name__, url_prefix="/api/v1")

    @made.post("/acts/<name>")
    def act(name: str) -> Response:
        kind = ACTS.get(name)
        if kind is None:
            raise Refusal("act-unknown")
        received = receive()
        if acts.parse(received.signed.act_bytes).name != name:
            raise Refusal("act-wrong", name)
        answer = kind.answer(kind.call(desk, received.signed, received.attachment, proof))
        follow()
        return jsonify({"act": received.signed.digest.hex(), "result": answer})

    return made
