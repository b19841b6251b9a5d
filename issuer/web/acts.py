"""The one way to change anything: POST /api/v1/acts/<name> with a signed act.

The same act sent twice is done once; the second answer is the refusal `act-replayed`. After an act the licences it
grants are minted and the lists it touches are published in the same request; if that fails the act stands, the timer
repeats it, and the health answer shows it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, jsonify

from issuer.domain.refusal import Refusal
from issuer.services import watch
from issuer.services.accounts import IdentityProof
from issuer.services.acts import ACTS, WITH_POSSESSION, WITH_PROOF, WITH_RESTRICTED
from issuer.services.desk import Desk
from issuer.web import problems
from issuer.web.catalogue import answer
from issuer.web.envelope import Received, receive

_LOG: Final = logging.getLogger("issuer")
_MAY_PROVE: Final = "account.create_officer"


def blueprint(desk: Desk, proof: IdentityProof, follow: Callable[[], None]) -> Blueprint:
    """The route of acts. `follow` mints and publishes what the act has made due; it never raises."""
    made = Blueprint("acts", __name__, url_prefix="/api/v1")

    @made.post("/acts/<name>")
    def act(name: str) -> Response:
        received = receive()
        result = do(desk, name, received, proof)
        follow()
        return jsonify({"act": received.signed.digest.hex(), "result": answer(result)})

    return made


def do(desk: Desk, name: str, received: Received, proof: IdentityProof, machine: str = "") -> Any:  # noqa: ANN401 - what the desk gives
    """Do an act that was received, under the name it was asked for, watched for what is unusual about its key.

    `machine` tells one browser from another, where it is known. Raises Refusal("act-unknown") and what desks do.
    """
    return watched(desk, received, machine, lambda: _do(desk, name, received, proof))


def watched(desk: Desk, received: Received, machine: str, act: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the act gives
    """Do something that was signed, under the watch over officers' keys. Raises Refusal("key-suspended") before it."""
    watch.before(desk, received.signed, machine)
    try:
        result = act()
    except Refusal as refusal:
        code = refusal.code
        quietly(lambda: watch.refused(desk, received.signed, machine, code))
        raise
    quietly(lambda: watch.done(desk, received.signed, machine))
    return result


def quietly(count: Callable[[], None]) -> None:
    """Count something. What was done stays done, and what was refused refused, if the counting fails."""
    try:
        count()
    except Exception as failed:  # noqa: BLE001 - the edge: an act that was done must not be answered as failed
        _LOG.error("not watched: %s at %s", getattr(failed, "code", type(failed).__name__), problems.place(failed))


def _do(desk: Desk, name: str, received: Received, proof: IdentityProof) -> Any:  # noqa: ANN401 - what the desk gives
    if name not in ACTS:
        raise Refusal("act-unknown")
    function, attachment = ACTS[name], received.attachment
    if name in WITH_RESTRICTED:
        return function(desk, received.signed, attachment)
    if name in WITH_PROOF or (name == _MAY_PROVE and attachment is not None):
        return function(desk, received.signed, attachment or b"", proof)
    if name in WITH_POSSESSION:
        return function(desk, received.signed, attachment or b"")
    if attachment is not None:
        raise Refusal("attachment-not-expected", name)
    return function(desk, received.signed)
