"""Running the API and the page: waitress, and a thread that refreshes the folder and takes the new lists into use."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import waitress

from elicense.errors import ElicenseError
from elicense.presentation import Replays
from verifier.checker import Checker
from verifier.folder import Folder, FolderBad
from verifier.limits import API_BODY_BYTES_MAX, API_PATIENCE_SECONDS, API_SCANNERS, API_THREADS
from verifier.openid4vp.exchanges import FILE, Exchanges
from verifier.openid4vp.identity import Identity
from verifier.openid4vp.wallets import Wallets
from verifier.refresh import refresh
from verifier.scan import Reader
from verifier.web import pages, wallet
from verifier.web.app import Source, create_app

_LOG: Final = logging.getLogger(__name__)
_SILENT_SECONDS: Final = 30
_CONNECTIONS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How wallets are asked: who this verifier is, the folder for what is kept of it, and where wallets reach it.

    Without a `base_url` it is the address that is listened on: for a demonstration on one machine.
    """

    identity: Identity
    folder: Path
    base_url: str | None = None


class Keeper:
    """The newest usable lists of a folder, loaded again when the folder changed."""

    def __init__(self, folder: Folder, replays: Replays | None = None) -> None:
        self._folder = folder
        self._replays = replays
        self._reader = Reader(at_once=API_SCANNERS, patience=API_PATIENCE_SECONDS)
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] = ()
        self._checker: Checker | None = None
        self.failures = 0

    def checker(self, at: int | None) -> Checker | None:
        """The checker for now, or one with the lists in force at an instant; None without usable lists."""
        if at is not None:
            return self._load(at)
        with self._lock:
            stamp = self._folder.stamp()
            if stamp != self._seen:
                self._checker, self._seen = self._load(None), stamp
            return self._checker

    def refresh(self) -> None:
        """Refresh once. Whatever happens is counted and logged, and what was there stays in use."""
        try:
            self.failures = len(refresh(self._folder, time.monotonic, now()).failed)
        except ElicenseError as fault:
            self.failures += 1
            _LOG.warning("refresh failed: %s", fault)
        except Exception as fault:  # noqa: BLE001 - a full disk today must not end the refreshing for ever
            self.failures += 1
            _LOG.error("refresh failed: %s", type(fault).__name__)

    def refresh_every(self, seconds: int) -> None:
        """Refresh for ever, in the thread that calls."""
        while True:
            self.refresh()
            time.sleep(seconds)

    def close(self) -> None:
        """End what reads pictures."""
        self._reader.close()

    def _load(self, at: int | None) -> Checker | None:
        try:
            replays = None if at is not None else self._replays
            return Checker(self._folder.load(at), reader=self._reader, replays=replays)
        except FolderBad as bad:
            _LOG.warning("folder not usable: %s", bad)
            return None


def now() -> int:
    """The time, Unix seconds."""
    return int(time.time())  # noqa: TID251 - the edge: the one place where the server reads the clock


def run(
    folder: Folder,
    *,
    host: str,
    port: int,
    refresh_every: int,
    announce: Callable[[str], object] | None = None,
    tell_replays: bool = False,
    asking: Asking | None = None,
) -> None:
    """Serve until interrupted. `announce` is told the address. Raises `OSError` if it cannot be listened on.

    With `tell_replays` a live code that was asked about before is told: for a service that asks once for each showing.
    With `asking` wallets can be asked too (OpenID4VP).
    """
    keeper = Keeper(folder, Replays() if tell_replays else None)
    source = Source(checker=keeper.checker, clock=now, failures=lambda: keeper.failures)
    app = create_app(source, wallets=asking is not None)
    app.register_blueprint(pages.blueprint(folder, wallet=asking is not None))
    server = waitress.create_server(
        app, host=host, port=port, threads=API_THREADS, ident=None, max_request_body_size=API_BODY_BYTES_MAX + 1,
        channel_timeout=_SILENT_SECONDS, connection_limit=_CONNECTIONS,
    )  # fmt: skip
    if refresh_every:
        threading.Thread(target=keeper.refresh_every, args=(refresh_every,), daemon=True).start()
    address = f"http://{host}:{server.effective_port}"
    if asking is not None:
        service = Wallets(
            identity=asking.identity, exchanges=Exchanges(asking.folder / FILE),
            base_url=(asking.base_url or address).rstrip("/"), lists=lambda: keeper.checker(None),
        )  # fmt: skip
        app.register_blueprint(wallet.blueprint(service, now))
    if announce is not None:
        announce(f"{address}{pages.HOME}  (API: /openapi.json, health: /healthz; end with Ctrl-C)")
    try:
        server.run()
    finally:
        server.close()
        keeper.close()
