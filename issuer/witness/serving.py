"""A witness over HTTP: one address that takes a checkpoint. TLS is a web server's in front of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from waitress import create_server

from issuer.domain.checkpoint import REQUEST_MAX
from issuer.witness.deciding import Answer, Witness

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOG: Final = logging.getLogger("issuer.witness")
_PATH: Final = "/add-checkpoint"
_THREADS: Final = 4
_IDLE_SECONDS: Final = 30


def application(witness: Witness, clock: Callable[[], int]) -> WSGIApplication:
    """Return the WSGI application of a witness."""

    def serve(environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        try:
            answer = _answer(witness, environment, clock)
        except Exception as failed:  # noqa: BLE001 - the edge: whatever fails, nothing was signed
            _LOG.error("failed: %s", type(failed).__name__)
            answer = Answer(status=500, body=b"failed\n")
        _LOG.info("%s %d", environment["REQUEST_METHOD"], answer.status)
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        start(status, [("Content-Type", answer.media), ("Content-Length", str(len(answer.body)))])
        return [answer.body]

    return serve


def server(witness: Witness, clock: Callable[[], int], *, host: str, port: int) -> Any:  # noqa: ANN401 - waitress has no types
    """Return a server that listens already; `run` serves until SystemExit or KeyboardInterrupt. Raises OSError."""
    return create_server(
        application(witness, clock),
        host=host,
        port=port,
        threads=_THREADS,
        ident=None,
        channel_timeout=_IDLE_SECONDS,
        max_request_header_size=8_192,
        max_request_body_size=REQUEST_MAX,
    )


def _answer(witness: Witness, environment: WSGIEnvironment, clock: Callable[[], int]) -> Answer:
    if environment.get("PATH_INFO") != _PATH:
        return Answer(status=404, body=b"no such address\n")
    if environment["REQUEST_METHOD"] != "POST":
        return Answer(status=405, body=b"POST is needed\n")
    data = environment["wsgi.input"].read(REQUEST_MAX + 1)
    return witness.add_checkpoint(data, clock())
