"""Running the API: waitress, and a thread that refreshes the folder and takes the new lists into use."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

import waitress

from elicense.errors import ElicenseError
from verifier.checker import Checker
from verifier.folder import Folder, FolderBad
from verifier.refresh import refresh
from verifier.web.app import Source, create_app

_LOG: Final = logging.getLogger(__name__)


class Keeper:
    """The newest usable lists of a folder, loaded again when the folder changed."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] = ()
        self._checker: Checker | None = None
        self.failures = 0

    def checker(self, at: int | None) -> Checker | None:
        """The checker for now, or one with the lists in force at an instant."""
        if at is not None:
            return self._load(at)
        with self._lock:
            stamp = self._folder.stamp()
            if stamp != self._seen:
                self._checker, self._seen = self._load(None), stamp
            return self._checker

    def refresh_every(self, seconds: int) -> None:
        """Refresh for ever, in the thread that calls."""
        while True:
            try:
                done = refresh(self._folder, time.monotonic)
                self.failures = len(done.failed)
            except ElicenseError as fault:
                self.failures += 1
                _LOG.warning("refresh failed: %s", fault)
            time.sleep(seconds)

    def _load(self, at: int | None) -> Checker | None:
        try:
            return Checker(self._folder.load(at))
        except FolderBad as bad:
            _LOG.warning("folder not usable: %s", bad)
            return None


def run(folder: Folder, *, host: str, port: int, refresh_every: int) -> None:
    """Serve until interrupted."""
    keeper = Keeper(folder)
    if refresh_every:
        threading.Thread(target=keeper.refresh_every, args=(refresh_every,), daemon=True).start()
    clock = time.time  # noqa: TID251 - the edge: the one place where the clock is read
    app = create_app(Source(checker=keeper.checker, clock=lambda: int(clock()), failures=lambda: keeper.failures))
    waitress.serve(app, host=host, port=port, threads=4, ident=None)
