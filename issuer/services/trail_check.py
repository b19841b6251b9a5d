"""Checking the signatures inside the audit trail: every act kept there must have been signed by the key it names.

The chain itself is `issuer.domain.audit.verify_chain`. Both together find a changed, added or reordered event; the end
of the trail cut off is found only against a copy of the newest hash kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from issuer.domain import act as acts
from issuer.domain import canonical
from issuer.domain.act import SignedAct
from issuer.domain.audit import AuditRow
from issuer.domain.refusal import Refusal
from issuer.services.desk import public_key
from issuer.storage import Transaction, keys


def signatures(tx: Transaction, rows: Sequence[AuditRow]) -> tuple[list[str], int]:
    """Return what is wrong (event number and fault), and how many signed acts were checked."""
    wrong: list[str] = []
    checked = 0
    for row in rows:
        event = row.event
        if event.act is None or event.proof is None:
            continue
        checked += 1
        fault = _fault(tx, event.act, event.proof, event.key, event.actor)
        if fault is not None:
            wrong.append(f"event {row.seq}: {fault}")
    return wrong, checked


def _fault(tx: Transaction, act: bytes, proof: bytes, kid: str | None, actor: str | None) -> str | None:
    key = None if kid is None else keys.by_kid(tx, kid)
    if key is None or not key.jwk:
        return "key-unknown"
    if key.account != actor:
        return "key-not-holder"
    try:
        signed = SignedAct(act_bytes=act, key_id=str(kid), proof=acts.proof_from_json(canonical.loads(proof)))
        acts.parse(act)
    except Refusal as refusal:
        return refusal.code
    return None if acts.verify_proof(signed, public_key(key.jwk), key.origin) else "proof-bad"
