"""The HTTP server: waitress, whose own errors are problem documents too (RFC 9457).

What waitress refuses before the application sees it (a request line it cannot read, headers or a body beyond its
limits, an unknown transfer coding) would be plain text otherwise. Bodies above the application's limit and below
`_BODY_MAX` are refused by the application; beyond it they are not even read.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import ErrorTask

from issuer.web import problems

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_BODY_MAX: Final = 6 * 1024 * 1024
"""A paper of a case and what a form puts around it."""
_THREADS: Final = 8
_CODES: Final = {400: "bad-request", 413: "too-large", 431: "too-large", 501: "bad-request"}


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


class Server:
    """Listens from the moment it is made. `run` serves until another thread or a signal calls `stop`.

    With `trusted_proxy` (an address) that proxy's X-Forwarded-For says who reads; no other's word is taken. Raises
    OSError if the address cannot be had.
    """

    __slots__ = ("_closed", "_closing", "_ended", "_listening", "_server", "_sockets", "port")

    def __init__(self, app: WSGIApplication, *, host: str, port: int, trusted_proxy: str = "") -> None:
        trust: dict[str, Any] = {"clear_untrusted_proxy_headers": True}
        if trusted_proxy:
            trust |= {"trusted_proxy": trusted_proxy, "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"}}
        self._ended = threading.Event()
        self._closing = threading.RLock()
        self._closed = False
        self._sockets: dict[int, Any] = {}
        try:
            self._server = create_server(
                app,
                self._sockets,
                host=host,
                port=port,
                threads=_THREADS,
                ident=None,
                max_request_body_size=_BODY_MAX,
                **trust,
            )
        except OSError:
            wasyncore.close_all(self._sockets)
            raise
        listening = [one for one in self._sockets.values() if isinstance(one, BaseWSGIServer)]
        for one in listening:
            one.channel_class = _Channel
        self._listening = listening[0]
        self.port = int(self._listening.effective_port)

    def run(self) -> None:
        """Serve. Requests at hand are finished, and every socket is closed, before it returns."""
        try:
            while not self._ended.is_set():
                wasyncore.loop(timeout=1, use_poll=True, map=self._sockets, count=1)
        except KeyboardInterrupt:
            pass
        finally:
            with self._closing:
                self._closed = True
                self._server.task_dispatcher.shutdown()
                wasyncore.close_all(self._sockets)

    def stop(self) -> None:
        """Let `run` come to its end; nothing if it has come there. A signal may call it in the middle of that end."""
        with self._closing:
            self._ended.set()
            if not self._closed:  # afterwards the number of the pipe may be another file's
                self._listening.pull_trigger()
