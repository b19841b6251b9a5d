"""Appeals, ratings, boards. What was said is never changed or removed; an appeal is answered once (triggers)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from issuer.domain.application import ApplicationId
from issuer.domain.board import Board
from issuer.domain.organisation import OrganisationId
from issuer.domain.voice import Appeal, AppealId, Rating, Topic
from issuer.storage import rows
from issuer.storage.tables import metadata
from issuer.storage.transaction import Transaction


def _to(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(target, deferrable=True, initially="DEFERRED")


appeal = sa.Table(
    "appeal",
    metadata,
    sa.Column("id", sa.Text(), primary_key=True),
    sa.Column("number", sa.Text(), nullable=False, unique=True),
    sa.Column("application", sa.Text(), _to("application.id"), nullable=False, index=True),
    sa.Column("authority", sa.Text(), _to("organisation.id"), nullable=False, index=True),
    sa.Column("topic", sa.Text(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("filed_by", sa.Text(), nullable=False),
    sa.Column("filed_at", sa.BigInteger(), nullable=False),
    sa.Column("due_on", sa.Date()),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("answered_by", sa.Text()),
    sa.Column("answered_at", sa.BigInteger()),
    sa.Column("answer", sa.Text(), nullable=False),
    sa.CheckConstraint("(answered_by IS NULL) = (answered_at IS NULL)", name="answered"),
)

rating = sa.Table(
    "rating",
    metadata,
    sa.Column("application", sa.Text(), _to("application.id"), primary_key=True),
    sa.Column("authority", sa.Text(), _to("organisation.id"), nullable=False, index=True),
    sa.Column("stars", sa.Integer(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("rated_by", sa.Text(), nullable=False),
    sa.Column("rated_at", sa.BigInteger(), nullable=False),
    sa.CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
)


board = sa.Table(
    "board",
    metadata,
    sa.Column("id", sa.Text(), _to("organisation.id"), primary_key=True),
    sa.Column("on", sa.Boolean(), nullable=False),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("changed_at", sa.BigInteger(), nullable=False),
    sa.Column("changed_by", sa.Text(), nullable=False),
)


def add(tx: Transaction, value: Appeal) -> None:
    """Insert an appeal."""
    tx.insert(appeal, rows.values(value))


def put(tx: Transaction, value: Appeal, revision: int) -> None:
    """Replace an appeal that still has this revision. Raises ChangedMeanwhile."""
    rows.put(tx, appeal, rows.values(value), revision)


def get(tx: Transaction, id_: AppealId) -> Appeal | None:
    """Return one appeal, or None. It stays locked until the end of a write transaction."""
    row = tx.one(sa.select(appeal).where(appeal.c.id == id_))
    return None if row is None else _value(row)


def find(
    tx: Transaction,
    *,
    application: ApplicationId | None = None,
    authority: tuple[OrganisationId, ...] | None = None,
    answered: bool | None = None,
    limit: int | None = None,
) -> tuple[Appeal, ...]:
    """Return appeals, those first that are due first."""
    wanted = rows.where(appeal, {"application": application, "authority": authority})
    if answered is not None:
        wanted.append(appeal.c.answered_by.is_not(None) if answered else appeal.c.answered_by.is_(None))
    order = (appeal.c.filed_at.desc(),) if answered else (appeal.c.due_on, appeal.c.filed_at)
    return tuple(map(_value, tx.all(sa.select(appeal).where(*wanted).order_by(*order, appeal.c.id).limit(limit))))


def add_rating(tx: Transaction, value: Rating) -> bool:
    """Insert a rating unless the case has one; say whether it was inserted."""
    return tx.insert_if_absent(rating, rows.values(value))


def rating_of(tx: Transaction, id_: ApplicationId) -> Rating | None:
    """Return the rating of a case, or None."""
    row = tx.one(sa.select(rating).where(rating.c.application == id_))
    return None if row is None else Rating(**rows.fields(row))


def stars(tx: Transaction) -> dict[OrganisationId, tuple[int, int]]:
    """Return, for each authority, how many ratings there are and the sum of their stars."""
    statement = sa.select(rating.c.authority, sa.func.count(), sa.func.sum(rating.c.stars)).group_by(rating.c.authority)
    return {OrganisationId(office): (int(count), int(total)) for office, count, total in map(tuple, tx.all(statement))}


def board_of(tx: Transaction, id_: OrganisationId) -> Board | None:
    """Return the switch of an institution's board, or None. It stays locked until the end of a write transaction."""
    row = tx.one(sa.select(board).where(board.c.id == id_))
    return None if row is None else Board(**rows.fields(row))


def put_board(tx: Transaction, value: Board) -> None:
    """Insert the switch, or replace the one before. Raises ChangedMeanwhile."""
    if value.revision == 0:
        tx.insert(board, rows.values(value))
    else:
        rows.put(tx, board, rows.values(value), value.revision - 1)


def _value(row: sa.Row[Any]) -> Appeal:
    held = rows.fields(row)
    return Appeal(topic=Topic(held.pop("topic")), **held)
