"""Whether licences may be issued, by what the log says: no fork, and nothing old that no witness has seen.

Reading only. `require` stands before every index that is given out (`publishing.take_index`) and before every signature
of the mint; status lists and revocations ask nothing here, since they must go out whatever happens to the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from issuer.domain.refusal import Refusal
from issuer.services.desk import Desk
from issuer.storage import Transaction, checkpoints
from issuer.storage.checkpoints import Alarm, Stored
from issuer.vault import Purpose

WINDOW: Final = 600
"""Seconds for which an event may lack a quorum of witnesses, where one is wanted, before issuing stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHealth:
    """How the log stands: sizes of the trail, of the newest checkpoint, of the one that the quorum signed.

    `waiting_since` is the time of the oldest event that no checkpoint with a quorum has.
    """

    ok: bool
    origin: str
    events: int
    signed: int
    witnessed: int
    quorum: int
    waiting_since: int | None
    alarms: tuple[Alarm, ...]


def require(desk: Desk, tx: Transaction, at: int) -> None:
    """Raise Refusal if nothing may be issued: log-forked, register-behind, log-not-witnessed."""
    found = checkpoints.alarms(tx, desk.config.log_origin, names(desk))
    if found:
        raise Refusal(found[0].code, found[0].witness.partition("+")[0] or "log")
    if desk.config.witness_quorum:
        since = _waiting_since(tx, checkpoint(desk, tx))
        if since is not None and at - since > WINDOW:
            raise Refusal("log-not-witnessed")


def health(desk: Desk, at: int) -> LogHealth | None:
    """Return how the log stands, None where there is no key for it."""
    if not desk.vault.kids(Purpose.LOG):
        return None
    origin, quorum = desk.config.log_origin, desk.config.witness_quorum
    with desk.store.reading() as tx:
        newest = checkpoints.newest(tx, origin)
        seen = checkpoint(desk, tx)
        since = _waiting_since(tx, seen)
        found = checkpoints.alarms(tx, origin, names(desk))
        events = checkpoints.size(tx)
    return LogHealth(
        ok=not found and (since is None or at - since <= max(WINDOW, 10 * desk.config.publish_every)),
        origin=origin,
        events=events,
        signed=newest.size if newest else 0,
        witnessed=seen.size if seen else 0,
        quorum=quorum,
        waiting_since=since,
        alarms=found,
    )


def names(desk: Desk) -> tuple[str, ...]:
    """Return the keys of the witnesses that count now, as they are stored."""
    return tuple(one.key.text for one in desk.config.known_witnesses)


def checkpoint(desk: Desk, tx: Transaction) -> Stored | None:
    """Return the largest checkpoint that enough witnesses signed."""
    return checkpoints.witnessed(tx, desk.config.log_origin, names(desk), desk.config.witness_quorum)


def note(desk: Desk, tx: Transaction, value: Stored) -> bytes:
    """Return a checkpoint as it is given out: the log's note, and below it what the witnesses signed."""
    lines = checkpoints.lines(tx, value)
    return value.note + "".join(f"{lines[name]}\n" for name in names(desk) if name in lines).encode("utf-8")


def _waiting_since(tx: Transaction, seen: Stored | None) -> int | None:
    return checkpoints.time_of(tx, (seen.size if seen else 0) + 1)
