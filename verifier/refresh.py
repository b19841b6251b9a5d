"""The only network code of the verifier: fills the offline folder.

It fetches the trust list from the pinned address and every status list that the issuers on it publish, found through
each issuer's list of lists. Hosts come from the trust list and the anchor alone, never from a licence. HTTPS is
required except to loopback; other private addresses are refused after name resolution, and the connection goes to the
very address that was checked; redirects stay on the host. Sizes, times and redirects are bounded. Whatever arrives is
verified before it takes the place of anything; a failure keeps what was there and is reported.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from elicense import strictjson
from elicense.errors import ElicenseError, Rejected
from elicense.limits import STATUS_TOKEN_BYTES_MAX, TRUST_LIST_BYTES_MAX
from elicense.status import CWT_MEDIA_TYPE
from elicense.trust import LIST_PLACEHOLDER, MEDIA_TYPE, Issuer, TrustList
from verifier.folder import Folder
from verifier.limits import LISTS_MAX, REFRESH_REDIRECTS_MAX, REFRESH_TIMEOUT_SECONDS, REFRESH_TOTAL_SECONDS

_CHUNK: Final = 65_536
_OK: Final = 200
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class FetchFailed(ElicenseError):
    """An address did not give what it should. The text names the fault, never the content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What one refresh did: `fetched` are addresses whose lists are now in the folder, `failed` the others with why."""

    sequence: int
    fetched: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def refresh(folder: Folder, clock: Callable[[], float]) -> Refreshed:
    """Fetch trust list and status lists into the folder. `clock` gives monotonic seconds for the time limits.

    Raises `FetchFailed` or `Rejected` if the trust list cannot be had and the folder has none; otherwise goes on with
    the one it has and reports the failure.
    """
    _, trust_uri = folder.anchor()
    failed: list[tuple[str, str]] = []
    try:
        trust = folder.put_trust_list(fetch(trust_uri, MEDIA_TYPE, TRUST_LIST_BYTES_MAX, clock))
    except (FetchFailed, Rejected) as fault:
        failed.append((trust_uri, str(fault)))
        trust = folder.load().trust
    fetched: list[str] = []
    for issuer in trust.issuers:
        try:
            uris = _lists_of(issuer, clock)
        except (FetchFailed, Rejected) as fault:
            failed.append((issuer.status_uri, str(fault)))
            continue
        for uri in uris:
            failure = _one(folder, uri, trust, clock)
            fetched.append(uri) if failure is None else failed.append((uri, failure))
    return Refreshed(sequence=trust.sequence, fetched=tuple(fetched), failed=tuple(failed))


def fetch(uri: str, accept: str, limit: int, clock: Callable[[], float]) -> bytes:
    """GET an address within all limits. Raises `FetchFailed`."""
    deadline = clock() + REFRESH_TOTAL_SECONDS
    host = urlsplit(uri).netloc
    for _ in range(REFRESH_REDIRECTS_MAX + 1):
        parts = urlsplit(uri)
        if parts.netloc != host:
            raise FetchFailed("redirected to another host")
        try:
            data, location = _get(parts, accept, limit, deadline, clock)
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise FetchFailed(f"no answer: {type(fault).__name__}") from None
        if location is None:
            return data
        uri = urljoin(uri, location)
    raise FetchFailed("redirected too often")


def _get(
    parts: SplitResult, accept: str, limit: int, deadline: float, clock: Callable[[], float]
) -> tuple[bytes, str | None]:
    connection = _connect(parts)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Accept": accept, "Accept-Encoding": "identity"})
        answer = connection.getresponse()
        if answer.status in _REDIRECTS:
            return b"", answer.getheader("Location", "")
        if answer.status != _OK:
            raise FetchFailed(f"answered {answer.status}")
        if answer.getheader("Content-Encoding", "identity") != "identity":
            raise FetchFailed("answered compressed, which was not asked for")
        data = bytearray()
        while chunk := answer.read1(_CHUNK):
            data += chunk
            if len(data) > limit:
                raise FetchFailed("larger than allowed")
            if clock() > deadline:
                raise FetchFailed("slower than allowed")
        return bytes(data), None
    finally:
        connection.close()


def _connect(parts: SplitResult) -> http.client.HTTPConnection:
    """A connection to an address that was looked at first, so that the name cannot mean another one a moment later."""
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username is not None:
        raise FetchFailed("not an http address")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _address(parts.hostname, port, secure=parts.scheme == "https")
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            parts.hostname, port, timeout=REFRESH_TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
        raw = socket.create_connection((address, port), REFRESH_TIMEOUT_SECONDS)
        connection.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=parts.hostname)
    else:
        connection = http.client.HTTPConnection(parts.hostname, port, timeout=REFRESH_TIMEOUT_SECONDS)
        connection.sock = socket.create_connection((address, port), REFRESH_TIMEOUT_SECONDS)
    return connection


def _address(host: str, port: int, *, secure: bool) -> str:
    addresses = [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in addresses:
        address = ipaddress.ip_address(text)
        if address.is_loopback or (secure and address.is_global):
            return text
    raise FetchFailed("only https to public addresses, and loopback, are allowed")


def _lists_of(issuer: Issuer, clock: Callable[[], float]) -> tuple[str, ...]:
    """The addresses in the issuer's list of lists that really are the issuer's."""
    address = issuer.status_uri.partition(LIST_PLACEHOLDER)[0].rstrip("/")
    value = strictjson.loads(fetch(address, "application/json", TRUST_LIST_BYTES_MAX, clock))
    match value:
        case {"status_lists": [*uris]} if len(uris) <= LISTS_MAX:
            numbers = (uri.removeprefix(address + "/") for uri in uris if isinstance(uri, str))
            return tuple(issuer.list_uri(int(number)) for number in numbers if number.isascii() and number.isdecimal())
    raise FetchFailed("not a list of status lists")


def _one(folder: Folder, uri: str, trust: TrustList, clock: Callable[[], float]) -> str | None:
    try:
        folder.put_status_list(fetch(uri, CWT_MEDIA_TYPE, STATUS_TOKEN_BYTES_MAX, clock), uri, trust)
    except (FetchFailed, Rejected) as fault:
        return str(fault)
    return None
