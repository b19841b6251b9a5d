"""The page over the lists of the small world, served on loopback as `elicense-verifier serve` does."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from werkzeug.serving import make_server

from elicense import StatusRef
from tests.world import HOUR, T0, World, institution, nurse, physician, signer
from verifier import Checker, Folder
from verifier.folder import FolderBad
from verifier.web import pages
from verifier.web.app import Source, create_app

NOW = T0 + HOUR
"""What the clocks of server and browser show."""
REVOKED, SUSPENDED, SUPERSEDED = 201, 202, 203


def small_world() -> World:
    """A world in which three licences are not in force any more."""
    world = World()
    world.values = {REVOKED: 1, SUSPENDED: 2, SUPERSEDED: 3}
    return world


def links(world: World) -> dict[str, str]:
    """The text of a code for each answer that people meet, by the reason that must be given."""
    at = {name: StatusRef(list=1, index=index) for name, index in _INDEXES.items()}
    forged = bytearray(world.token())
    forged[-1] ^= 1
    ended = nurse(registered_on=dt.date(2019, 1, 1), valid_until=dt.date(2023, 12, 31), issued_at=T0 - 100 * HOUR)
    return {
        "physician": world.link(),
        "nurse": world.link(nurse()),
        "institution": world.link(institution()),
        "revoked": world.link(physician(status=at["revoked"])),
        "suspended": world.link(nurse(status=at["suspended"])),
        "superseded": world.link(institution(status=at["superseded"])),
        "signature-bad": f"https://elicense.example/v#{int.from_bytes(bytes(forged), 'big')}",
        "issuer-unknown": world.link(physician(), signer("nobody")),
        "expired": world.link(ended),
        "status-unknown": world.link(physician(status=StatusRef(list=2, index=1))),
        "malformed": "https://elicense.example/v#12345",
    }


_INDEXES = {"revoked": REVOKED, "suspended": SUSPENDED, "superseded": SUPERSEDED}


@dataclass
class Site:
    """A running server, its folder and its world; `url` is its address, without a slash at the end."""

    url: str
    folder: Folder
    world: World

    @property
    def home(self) -> str:
        """The address of the page."""
        return self.url + pages.HOME

    def open_with(self, text: str) -> str:
        """The address that a phone's camera opens for a code whose host is this site."""
        return f"{self.home}#{text.rpartition('#')[2]}"


@contextlib.contextmanager
def serving(folder: Folder, world: World) -> Iterator[Site]:
    """Serve until the block ends."""

    def checker(at: int | None) -> Checker | None:
        try:
            return Checker(folder.load(at))
        except FolderBad:
            return None

    app = create_app(Source(checker=checker, clock=lambda: NOW))
    app.register_blueprint(pages.blueprint(folder))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.port}", folder, world)
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def filled(path: Path, world: World, *, status: bool = True) -> Folder:
    """A folder with the lists of a world; without status lists if so asked."""
    folder = Folder(path)
    folder.create(world.anchor, f"{world.host}/.well-known/elicense/trust-list")
    trust = folder.put_trust_list(world.signed_trust())
    if status:
        folder.put_status_list(world.status_token(T0), world.hainan.list_uri(1), trust)
    return folder
