"""Asking one witness over HTTP (C2SP tlog-witness), within a time and a size that the witness cannot stretch.

The only place of the issuing service that opens a connection by itself, and only to addresses in the settings. What an
answer means is judged in `checkpoints`.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

SECONDS: Final = 5.0
"""How long one witness may take, from the first byte to the last, after the connection stands."""
_ANSWER_MAX: Final = 16 * 1024
_HEADERS: Final = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close", "User-Agent": "elicense"}


class WitnessSilent(Exception):
    """There was no answer: no connection, too late, cut off, or too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a witness answered. The body is a stranger's."""

    status: int
    body: bytes


def ask(url: str, body: bytes, seconds: float = SECONDS) -> Answer:
    """Send a request to `<url>/add-checkpoint` and return the answer. Raises WitnessSilent."""
    parts = urlsplit(url)
    made = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = made(parts.hostname or "", parts.port, timeout=seconds)
    late = threading.Event()
    limit: threading.Timer | None = None
    try:
        connection.connect()
        limit = threading.Timer(seconds, _cut, (connection.sock, late))
        limit.daemon = True
        limit.start()
        connection.request("POST", f"{parts.path}/add-checkpoint", body, _HEADERS)
        response = connection.getresponse()
        data = response.read(_ANSWER_MAX + 1)
    except (OSError, http.client.HTTPException, ValueError):
        raise WitnessSilent from None
    finally:
        if limit is not None:
            limit.cancel()
        connection.close()
    if late.is_set() or len(data) > _ANSWER_MAX:
        raise WitnessSilent
    return Answer(status=response.status, body=data)


def _cut(held: socket.socket, late: threading.Event) -> None:
    """End a connection on which somebody sends a byte now and then."""
    late.set()
    with contextlib.suppress(OSError):  # it may have ended by itself
        held.shutdown(socket.SHUT_RDWR)
