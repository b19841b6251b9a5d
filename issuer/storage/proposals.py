"""Proposals about registrations, and their table."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from issuer.domain.organisation import OrganisationId
from issuer.domain.proposal import Proposal, ProposalId, ProposalState, Source
from issuer.domain.registration import RegistrationId
from issuer.storage import rows
from issuer.storage.tables import metadata
from issuer.storage.transaction import Transaction


def _to(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(target, deferrable=True, initially="DEFERRED")


proposal = sa.Table(
    "proposal",
    metadata,
    sa.Column("id", sa.Text(), primary_key=True),
    sa.Column("registration", sa.Text(), _to("registration.id"), nullable=False, index=True),
    sa.Column("authority", sa.Text(), _to("organisation.id"), nullable=False, index=True),
    sa.Column("source", sa.Text(), nullable=False),
    sa.Column("action", sa.Text(), nullable=False),
    sa.Column("grounds", sa.Text(), nullable=False),
    sa.Column("evidence", sa.Text(), nullable=False),
    sa.Column("happened_on", sa.Date()),
    sa.Column("state", sa.Text(), nullable=False, index=True),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("filed_by", sa.Text(), nullable=False),
    sa.Column("filed_at", sa.BigInteger(), nullable=False),
    sa.Column("closed_by", sa.Text()),
    sa.Column("closed_at", sa.BigInteger()),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.CheckConstraint("state IN ('open', 'taken', 'dismissed')", name="state"),
    sa.CheckConstraint("(state = 'open') = (closed_by IS NULL)", name="closed"),
)


def add(tx: Transaction, value: Proposal) -> None:
    """Insert a proposal."""
    tx.insert(proposal, _row(value))


def put(tx: Transaction, value: Proposal, revision: int) -> None:
    """Replace a proposal that still has this revision. Raises ChangedMeanwhile."""
    rows.put(tx, proposal, _row(value), revision)


def get(tx: Transaction, id_: ProposalId) -> Proposal | None:
    """Return one proposal, or None. It stays locked until the end of a write transaction."""
    row = tx.one(sa.select(proposal).where(proposal.c.id == id_))
    return None if row is None else _value(row)


def find(
    tx: Transaction,
    *,
    registration: RegistrationId | None = None,
    authority: OrganisationId | tuple[OrganisationId, ...] | None = None,
    state: ProposalState | tuple[ProposalState, ...] | None = None,
    filed_by: str | None = None,
    limit: int | None = None,
) -> tuple[Proposal, ...]:
    """Return all proposals that have the given values, newest first."""
    wanted = rows.where(
        proposal, {"registration": registration, "authority": authority, "state": state, "filed_by": filed_by}
    )
    order = (proposal.c.filed_at.desc(), proposal.c.id)
    return tuple(map(_value, tx.all(sa.select(proposal).where(*wanted).order_by(*order).limit(limit))))


def _row(value: Proposal) -> dict[str, Any]:
    return rows.values(value) | {"grounds": rows.to_json(value.grounds)}


def _value(row: sa.Row[Any]) -> Proposal:
    held = rows.fields(row)
    return Proposal(
        source=Source(held.pop("source")),
        state=ProposalState(held.pop("state")),
        grounds=rows.texts(held.pop("grounds")),
        **held,
    )
