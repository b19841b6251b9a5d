"""The HTTP server: waitress, whose own errors are problem documents too (RFC 9457).

What waitress refuses before the application sees it (a request line it cannot read, headers or a body beyond its
limits, an unknown transfer coding) would be plain text otherwise. Bodies above the application's limit and below
`_BODY_MAX` are refused by the application; beyond it they are not even read.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Flask
from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from issuer.web import problems

_BODY_MAX: Final = 1024 * 1024
_THREADS: Final = 8
_CODES: Final = {400: "bad-request", 413: "too-large", 431: "too-large"}


class _ProblemTask(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """Answers what waitress itself refuses."""

    def execute(self) -> None:
        fault = self.request.error
        body = problems.encode(problems.document(fault.code, _CODES.get(fault.code, "internal")))
        self.status = f"{fault.code} {fault.reason}"
        self.response_headers.extend([("Content-Type", problems.MEDIA_TYPE), ("Cache-Control", "no-store")])
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    error_task_class = _ProblemTask


def make_server(app: Flask, *, host: str, port: int, trusted_proxy: str = "", threads: int = _THREADS) -> Any:  # noqa: ANN401 - waitress has no types
    """Return a server that listens; `run()` serves until SystemExit, `effective_port` is the port. Raises OSError.

    With `trusted_proxy` (an address) that proxy's X-Forwarded-For says who reads; no other's word is taken.
    """
    trust: dict[str, Any] = {"clear_untrusted_proxy_headers": True}
    if trusted_proxy:
        trust |= {"trusted_proxy": trusted_proxy, "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"}}
    sockets: dict[int, Any] = {}
    server = create_server(
        app, sockets, host=host, port=port, threads=threads, ident=None, max_request_body_size=_BODY_MAX, **trust
    )
    for one in tuple(sockets.values()):
        if hasattr(one, "channel_class"):
            one.channel_class = _Channel
    if not hasattr(server, "effective_port"):
        server.effective_port = server.effective_listen[0][1]
    return server
