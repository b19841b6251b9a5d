"""One HTTP GET, mistrustful: bounded in bytes and in time, to one host, over HTTPS.

HTTPS is required, except to this machine itself (`localhost` or a loopback address, written as such). A name that
means a private address is refused after it was resolved, and the connection goes to the very address that was looked
at. Redirects stay with scheme and host. Every wait is bounded by what is left of the time, so that a server that sends
a byte now and then gains nothing. Proxies and cookies are not known here; certificates are checked against the
system's store.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, urljoin, urlsplit

from elicense.errors import ElicenseError
from verifier.limits import REFRESH_REDIRECTS_MAX, REFRESH_TIMEOUT_SECONDS, REFRESH_TOTAL_SECONDS, TAG_CHARS_MAX

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_CHUNK: Final = 65_536
_OK: Final = 200
_UNCHANGED: Final = 304
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_PORTS: Final = {"https": 443, "http": 80}


class FetchFailed(ElicenseError):
    """An address did not give what it should. The text names the fault, never the content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds that one answer may take as a whole, and that one wait may take."""

    total: float = REFRESH_TOTAL_SECONDS
    silence: float = REFRESH_TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: `data`, None if it is what the reader has already (304), and the entity tag for the next time."""

    data: bytes | None
    tag: str | None = None


def require_address(uri: str) -> SplitResult:
    """Raise `FetchFailed` for an address that would never be asked, whatever its name means."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise FetchFailed("not an http address") from None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or port == 0 or not uri.isascii():
        raise FetchFailed("not an http address")
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise FetchFailed("http is allowed to this machine only, https to others")
    return parts


def fetch(uri: str, accept: str, limit: int, clock: Callable[[], float]) -> bytes:
    """GET an address: at most `limit` bytes, `clock` gives monotonic seconds. Raises `FetchFailed`."""
    data = get(uri, accept, limit, clock).data
    if data is None:
        raise FetchFailed("answered 304, which was not asked for")
    return data


def get(
    uri: str,
    accept: str,
    limit: int,
    clock: Callable[[], float],
    *,
    tag: str | None = None,
    limits: Limits = Limits(),
) -> Answer:
    """GET an address, unless it still has the entity tag `tag`. Raises `FetchFailed`."""
    left = _Left(clock, clock() + limits.total, limits.silence)
    first = require_address(uri)
    for _ in range(REFRESH_REDIRECTS_MAX + 1):
        parts = require_address(uri)
        if (parts.scheme, parts.netloc) != (first.scheme, first.netloc):
            raise FetchFailed("redirected to another host")
        try:
            answer = _get(parts, {"Accept": accept, **({} if tag is None else {"If-None-Match": tag})}, limit, left)
            if isinstance(answer, Answer):
                return answer
            uri = urljoin(uri, answer)
        except TimeoutError:
            raise FetchFailed("slower than allowed") from None
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise FetchFailed(f"no answer: {type(fault).__name__}") from None
    raise FetchFailed("redirected too often")


class _Left:
    """How long the next wait may take: what is left of the whole, and no longer than one silence."""

    def __init__(self, clock: Callable[[], float], deadline: float, silence: float) -> None:
        self._clock, self._deadline, self._silence = clock, deadline, silence

    def seconds(self) -> float:
        left = self._deadline - self._clock()
        if left <= 0:
            raise TimeoutError
        return min(left, self._silence)


class _Timed:
    """A socket as `http.client` wants it: each wait is bounded anew. It is closed by whoever opened it, not here.

    `http.client` closes a connection that the server will close as soon as it has read the head of the answer.
    """

    def __init__(self, raw: socket.socket, left: _Left) -> None:
        self._raw, self._left = raw, left

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._raw, self._left))

    def sendall(self, data: bytes) -> None:
        self._raw.settimeout(self._left.seconds())
        self._raw.sendall(data)

    def close(self) -> None:
        pass


class _Incoming(io.RawIOBase):
    """What comes in over a socket."""

    def __init__(self, raw: socket.socket, left: _Left) -> None:
        self._raw, self._left = raw, left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - the type of a writable buffer has a name from 3.12 on
        self._raw.settimeout(self._left.seconds())
        return self._raw.recv_into(buffer)


def _get(parts: SplitResult, headers: dict[str, str], limit: int, left: _Left) -> Answer | str:
    """The answer, or where it is instead."""
    with _connected(parts, left) as raw:
        connection = http.client.HTTPConnection(parts.netloc)
        timed: Any = _Timed(raw, left)  # it has what http.client uses of a socket
        connection.sock = timed
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={**headers, "Accept-Encoding": "identity", "Connection": "close"})
        answer = connection.getresponse()
        if answer.status in _REDIRECTS:
            return answer.getheader("Location", "")
        tag = _tag(answer.getheader("ETag"))
        if answer.status == _UNCHANGED and "If-None-Match" in headers:
            return Answer(None, headers["If-None-Match"])
        if answer.status != _OK:
            raise FetchFailed(f"answered {answer.status}")
        if answer.getheader("Content-Encoding", "identity").lower() != "identity":
            raise FetchFailed("answered compressed, which was not asked for")
        data = bytearray()
        while chunk := answer.read1(_CHUNK):
            data += chunk
            if len(data) > limit:
                raise FetchFailed("larger than allowed")
        return Answer(bytes(data), tag)


@contextlib.contextmanager
def _connected(parts: SplitResult, left: _Left) -> Iterator[socket.socket]:
    """A connection to an address that was looked at first, so that the name cannot mean another one a moment later."""
    host = parts.hostname or ""
    port = parts.port or _PORTS[parts.scheme]
    raw = _dial(_addresses(host, port), port, left)
    try:
        if parts.scheme == "https":
            raw.settimeout(left.seconds())
            raw = _tls().wrap_socket(raw, server_hostname=host)
        yield raw
    finally:
        raw.close()


def _dial(addresses: tuple[str, ...], port: int, left: _Left) -> socket.socket:
    fault: OSError = OSError()
    for address in addresses:
        try:
            return socket.create_connection((address, port), left.seconds())
        except OSError as refused:
            fault = refused
    raise fault


def _addresses(host: str, port: int) -> tuple[str, ...]:
    """What a name means, as far as it may be asked. Raises `FetchFailed` if nothing of it may."""
    here = _is_here(host)
    found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    allowed = dict.fromkeys(text for text in found if _allowed(ipaddress.ip_address(text), here=here))
    if not allowed:
        raise FetchFailed("the name means a private address")
    return tuple(allowed)


def _is_here(host: str) -> bool:
    """Whether a host is written as this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _allowed(address: Address, *, here: bool) -> bool:
    if here:
        return address.is_loopback
    return all(one.is_global and not (one.is_multicast or one.is_reserved) for one in _meant(address))


def _meant(address: Address) -> Iterator[Address]:
    """An address and the IPv4 address inside it, if it carries one (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
    elif address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    else:
        yield address
        yield from (one for one in (address.sixtofour, *(address.teredo or ())) if one is not None)


def _tag(value: str | None) -> str | None:
    """An entity tag that may be kept and sent back."""
    if value is None or len(value) > TAG_CHARS_MAX or not value.isascii() or not value.isprintable():
        return None
    return value


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
