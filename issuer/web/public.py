"""What anybody may ask: one registration by two facts, at a limited rate.

The limit counts per source address and in all, in this process, over a sliding minute; several processes have several
counts. It keeps addresses in memory only and logs none of them.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request

from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.services import query
from issuer.services.desk import Desk
from issuer.web import render

WINDOW_SECONDS = 60
PER_SOURCE = 30
IN_ALL = 600
_FACT_MAX = 64


class Limit:
    """A sliding window of requests. Raises Refusal("too-many-requests")."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._all: deque[int] = deque()
        self._sources: defaultdict[str, deque[int]] = defaultdict(deque)

    def take(self, source: str) -> None:
        """Count one request of a source."""
        now = self._clock()
        with self._lock:
            for times in (self._all, self._sources[source]):
                while times and times[0] <= now - WINDOW_SECONDS:
                    times.popleft()
            if len(self._all) >= IN_ALL or len(self._sources[source]) >= PER_SOURCE:
                raise Refusal("too-many-requests", "try again in a minute")
            self._all.append(now)
            self._sources[source].append(now)
            if len(self._sources) > IN_ALL * 2:
                self._forget(now)

    def _forget(self, now: int) -> None:
        kept = {source: times for source, times in self._sources.items() if times and times[-1] > now - WINDOW_SECONDS}
        self._sources = defaultdict(deque, kept)


def blueprint(desk: Desk) -> Blueprint:
    """The public routes."""
    made = Blueprint("public", __name__, url_prefix="/api/v1/public")
    limit = Limit(desk.clock)

    @made.get("/registrations")
    def lookup() -> Response:
        limit.take(request.remote_addr or "")
        kind, name = request.args.get("kind", ""), request.args.get("name", "")
        number, institution = request.args.get("number"), request.args.get("institution")
        if kind not in set(Kind) or any(len(fact) > _FACT_MAX for fact in (name, number or "", institution or "")):
            raise Refusal("two-facts-needed")
        found = query.public_lookup(desk, Kind(kind), name, number=number, institution=institution)
        return jsonify({"registrations": [render.public(answer) for answer in found]})

    return made
