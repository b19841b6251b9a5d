"""Papers of cases, and their table: sealed before they come here."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from issuer.domain.application import ApplicationId
from issuer.domain.paper import Media, Paper, PaperId
from issuer.storage import rows
from issuer.storage.tables import metadata
from issuer.storage.transaction import Transaction

paper = sa.Table(
    "paper",
    metadata,
    sa.Column("id", sa.Text(), primary_key=True),
    sa.Column(
        "application",
        sa.Text(),
        sa.ForeignKey("application.id", deferrable=True, initially="DEFERRED"),
        nullable=False,
        index=True,
    ),
    sa.Column("code", sa.Text(), nullable=False),
    sa.Column("media", sa.Text(), nullable=False),
    sa.Column("size", sa.Integer(), nullable=False),
    sa.Column("sha256", sa.LargeBinary(), nullable=False),
    sa.Column("added_by", sa.Text(), nullable=False),
    sa.Column("added_at", sa.BigInteger(), nullable=False),
    sa.Column("fixed_at", sa.BigInteger()),
    sa.Column("key", sa.LargeBinary(), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=False),
)
_FACTS = [one for one in paper.c if one.name not in {"key", "sealed"}]


def add(tx: Transaction, value: Paper, key: bytes, sealed: bytes) -> None:
    """Insert a paper with its sealed data key and its sealed bytes."""
    tx.insert(paper, rows.values(value) | {"key": key, "sealed": sealed})


def get(tx: Transaction, id_: PaperId) -> Paper | None:
    """Return one paper without its bytes, or None."""
    row = tx.one(sa.select(*_FACTS).where(paper.c.id == id_))
    return None if row is None else _value(row)


def sealed(tx: Transaction, id_: PaperId) -> tuple[bytes, bytes]:
    """Return the sealed data key and the sealed bytes of a paper that is there."""
    row = tx.run(sa.select(paper.c.key, paper.c.sealed).where(paper.c.id == id_)).one()
    return bytes(row.key), bytes(row.sealed)


def of_case(tx: Transaction, id_: ApplicationId) -> tuple[Paper, ...]:
    """Return the papers of a case, oldest first."""
    order = (paper.c.added_at, paper.c.id)
    return tuple(map(_value, tx.all(sa.select(*_FACTS).where(paper.c.application == id_).order_by(*order))))


def fix(tx: Transaction, id_: ApplicationId, at: int) -> None:
    """Mark every paper of a case that is not handed in yet as handed in."""
    tx.update(paper, (paper.c.application == id_, paper.c.fixed_at.is_(None)), {"fixed_at": at})


def remove(tx: Transaction, id_: PaperId) -> None:
    """Remove a paper. The database refuses one that was handed in."""
    tx.delete(paper, (paper.c.id == id_,))


def _value(row: sa.Row[Any]) -> Paper:
    held = rows.fields(row)
    return Paper(media=Media(held.pop("media")), sha256=bytes(held.pop("sha256")), **held)
