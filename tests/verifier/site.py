"""A web server on loopback that answers as badly as a test wants: real sockets, every byte under control."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.world import T0, World

Send = Callable[[bytes], None]
Behaviour = Callable[["Asked", Send], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    path: str
    headers: dict[str, str]


@dataclass
class Site:
    """What stands at which path, and what was asked for. Add to `behaviours`, look at `asked`."""

    url: str
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def put(self, path: str, data: bytes, kind: str = "application/octet-stream") -> None:
        """Serve bytes as a good server does, with an entity tag."""
        self.behaviours[path] = answer(data, kind)

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]


def answer(data: bytes, kind: str = "application/octet-stream", status: str = "200 OK", more: str = "") -> Behaviour:
    """A whole answer; 304 where the reader has it already."""
    tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'

    def behave(asked: Asked, send: Send) -> None:
        if asked.headers.get("if-none-match") == tag:
            send(f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode())
            return
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\nETag: {tag}\r\n{more}\r\n"
        send(head.encode() + data)

    return behave


@contextlib.contextmanager
def serving(wrap: Callable[[socket.socket], socket.socket] | None = None) -> Iterator[Site]:
    """A site, until the test is over; `wrap` puts TLS around each connection."""
    site = Site("")

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                held = self.request if wrap is None else wrap(self.request)
                with held:
                    held.settimeout(20)
                    asked = _read(held)
                    site.asked.append(asked)
                    site.behaviours.get(asked.path, answer(b"", status="404 Not Found"))(asked, held.sendall)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.ended.set()
            server.shutdown()
            thread.join()


def _read(held: socket.socket) -> Asked:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = held.recv(65_536)
        if not chunk:
            raise OSError("nobody asks")
        data += chunk
    first, *lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    named = dict(line.split(": ", 1) for line in lines)
    return Asked(first.split(" ")[1], {name.lower(): value for name, value in named.items()})


TRUST = "/.well-known/elicense/trust-list"


def publish(site: Site, world: World, at: int = T0) -> None:
    """Everything that two provinces publish: the trust list, two lists of lists, one list of Hainan."""
    site.put(TRUST, world.signed_trust())
    site.put("/status", json.dumps({"status_lists": [f"{site.url}/status/1"]}).encode())
    site.put("/status/1", world.status_token(at))
    site.put("/beijing/status", b'{"status_lists":[]}')
