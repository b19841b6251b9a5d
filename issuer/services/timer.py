"""A thread that does something every few seconds until it is told to stop. Used by `serve` for publishing and the mint.

What it calls answers for its own failures; whatever still comes out is logged and the next turn is taken, because a
publisher that died is worse than one that failed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_LOG = logging.getLogger("issuer.timer")


class Timer:
    """Calls `work` every `seconds`, first at once. Turns never overlap."""

    __slots__ = ("_seconds", "_stop", "_thread", "_work")

    def __init__(self, work: Callable[[], object], seconds: float, name: str) -> None:
        self._work = work
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin. A timer is started once."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Take no further turn, and wait at most `timeout` seconds for the one at hand."""
        self._stop.set()
        self._thread.join(timeout)

    def turn(self) -> None:
        """Take one turn now, in the thread that calls. Nothing is raised: what fails is logged."""
        try:
            self._work()
        except Exception as failed:  # noqa: BLE001 - the timer outlives any one turn
            _LOG.error("a turn of %s failed: %s", self._thread.name, getattr(failed, "code", type(failed).__name__))

    def _run(self) -> None:
        while not self._stop.is_set():
            self.turn()
            self._stop.wait(self._seconds)
