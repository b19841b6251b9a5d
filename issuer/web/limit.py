"""How often a source may ask: a sliding minute, per source and in all. Counts live in this process only.

Several processes have several counts. Addresses are kept in memory for a minute and written nowhere; those of IPv6
count by their /64, which is what one subscriber has. What is refused leaves no trace here, so that the memory stays
within what is admitted, however many ask.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from issuer.domain.refusal import Refusal

WINDOW_SECONDS: Final = 60
PER_SOURCE: Final = 30
IN_ALL: Final = 600


class Limit:
    """A sliding window of requests; `clock` gives seconds."""

    __slots__ = ("_clock", "_counts", "_lock", "_taken")

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: deque[tuple[int, str]] = deque()
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, address: str) -> None:
        """Count one request of a source. Raises Refusal("too-many-requests")."""
        now, source = self._clock(), network(address)
        with self._lock:
            self._forget(now)
            if len(self._taken) >= IN_ALL or self._counts[source] >= PER_SOURCE:
                raise Refusal("too-many-requests")
            self._taken.append((now, source))
            self._counts[source] += 1

    def _forget(self, now: int) -> None:
        """Drop what is older than the window, and everything if the clock went back."""
        if self._taken and self._taken[-1][0] > now:
            self._taken.clear()
            self._counts.clear()
        while self._taken and self._taken[0][0] <= now - WINDOW_SECONDS:
            _, source = self._taken.popleft()
            self._counts[source] -= 1
            if not self._counts[source]:
                del self._counts[source]


def network(address: str) -> str:
    """What counts as one source: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)
