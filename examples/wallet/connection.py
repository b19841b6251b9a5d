"""One HTTP exchange, to https or to this machine, bounded in size and time."""

from __future__ import annotations

import http.client
from typing import Final
from urllib.parse import urlsplit, urlunsplit

_LARGEST: Final = 1_000_000
_SECONDS: Final = 20
_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class Unsafe(ValueError):
    """An address that is not spoken to: neither https nor on this machine."""


def exchange(method: str, address: str, headers: dict[str, str], body: bytes | None = None) -> tuple[int, bytes]:
    """Send, and return status and body. Raises Unsafe, or OSError if there is no answer."""
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(parts.netloc, timeout=_SECONDS)
    elif parts.scheme == "http" and parts.hostname in _HERE:
        connection = http.client.HTTPConnection(parts.netloc, timeout=_SECONDS)
    else:
        raise Unsafe("an address without https")
    try:
        connection.request(method, urlunsplit(("", "", parts.path or "/", parts.query, "")), body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(_LARGEST)
    except http.client.HTTPException as broken:
        raise ConnectionError(f"no HTTP answer: {type(broken).__name__}") from None
    finally:
        connection.close()
