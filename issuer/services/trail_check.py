"""Checking what the audit trail says: every act in it was signed by the key it names, every row is as it says.

With the chain itself (`issuer.domain.audit.verify_chain`) this finds a changed, added or reordered event and a changed,
added or removed row; the end of the trail cut off together with what it changed is found only against a copy of the
newest hash kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from issuer.domain import act as acts
from issuer.domain import canonical, effects
from issuer.domain.act import SignedAct
from issuer.domain.audit import AuditRow, Event, verify_chain
from issuer.domain.noted import Replay, RowFinding
from issuer.domain.refusal import Refusal
from issuer.services.desk import public_key
from issuer.storage import StorageFailed, Transaction, audit, keys, noting


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was checked: the events that could be read, how many of them are signed, how many rows; what is wrong."""

    trail: tuple[AuditRow, ...]
    signed: int
    rows: int
    findings: tuple[str, ...]


def whole(tx: Transaction) -> Checked:
    """Check chain, signatures and rows from the first event on. Nothing is raised for what stands in the database."""
    trail: list[AuditRow] = []
    found: list[str] = []
    try:
        trail.extend(audit.read(tx))
    except StorageFailed:
        found.append(f"event {len(trail) + 1}: unreadable, and so nothing after it was checked")
    found += [f"event {one.seq}: {one.code}" for one in verify_chain(trail)]
    wrong, signed = signatures(tx, trail)
    differing, rows = register(tx, trail)
    return Checked(trail=tuple(trail), signed=signed, rows=rows, findings=(*found, *wrong, *map(str, differing)))


def signatures(tx: Transaction, rows: Sequence[AuditRow]) -> tuple[list[str], int]:
    """Return what is wrong (event number and fault), and how many signed acts were checked."""
    wrong: list[str] = []
    checked = 0
    holders = keys.holders(tx)
    for row in rows:
        event = row.event
        if event.act is None and event.proof is None:
            continue
        checked += 1
        fault = _fault(event, holders.get(str(event.key)))
        if fault is not None:
            wrong.append(f"event {row.seq}: {fault}")
    return wrong, checked


def register(tx: Transaction, trail: Iterable[AuditRow]) -> tuple[tuple[RowFinding, ...], int]:
    """Recompute from the whole trail what every noted row must be and compare; return what differs, and how many rows.

    What a row holds is not in the trail, only its digest: this says that something was changed, not what it was.
    """
    replay, present = Replay(), 0
    for event in trail:
        replay.follow(event.seq, event.note, effects.allowed(event.event.tag, _name(event)))
    for table, key, digest in noting.present(tx):
        present += 1
        replay.compare(table, key, digest)
    return replay.finish(), present


def _name(row: AuditRow) -> str | None:
    """The name of the act in an event, None without one, empty for bytes that are none."""
    if row.event.act is None:
        return None
    try:
        return acts.parse(row.event.act).name
    except Refusal:
        return ""


def _fault(event: Event, holder: keys.Holder | None) -> str | None:
    if holder is None or not holder.jwk:
        return "key-unknown"
    if holder.account != event.actor:
        return "key-not-holder"
    if event.act is None or event.proof is None:
        return "proof-missing"
    try:
        proof = acts.proof_from_json(canonical.loads(event.proof))
        signed = SignedAct(act_bytes=event.act, key_id=str(event.key), proof=proof)
        said, key = acts.parse(event.act), public_key(holder.jwk)
    except Refusal as refusal:
        return refusal.code
    if said.actor != event.actor and said.name != "account.activate":  # which makes the account of its key
        return "actor-differs"
    return None if acts.verify_proof(signed, key, holder.origin) else "proof-bad"
