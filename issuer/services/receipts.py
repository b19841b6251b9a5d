"""Receipts 存证 for events, each for whoever did what is in it.

An applicant, an institution, an officer can show years later, without us, that an act of theirs was on record by a
certain day. The event stands in it whole, with the act and all that it says: nobody gets one for another's act.
"""

from __future__ import annotations

from typing import Any

from issuer.domain import receipt
from issuer.domain.account import Account
from issuer.domain.refusal import Refusal
from issuer.services import logbook, witnessed
from issuer.services.desk import Desk
from issuer.storage import audit


def of_event(desk: Desk, account: Account, seq: int) -> dict[str, Any]:
    """Return the receipt of event `seq`, by the largest checkpoint that enough witnesses signed.

    Raises Refusal: event-unknown (also for an event of somebody else), receipt-not-yet, log-forked.
    """
    with desk.store.reading() as tx:
        row = next(audit.read(tx, after=seq - 1, limit=1), None) if seq > 0 else None
        if row is None or row.seq != seq or row.event.actor != account.id:
            raise Refusal("event-unknown")
        held = witnessed.checkpoint(desk, tx)
        if held is None or held.size < seq:
            raise Refusal("receipt-not-yet")
        tree = logbook.tree(desk, tx, held.size)
        if tree.root(held.size) != held.root:
            raise Refusal("log-forked", "log")
        return receipt.make(row, tree.node, held.size, witnessed.note(desk, tx, held))
