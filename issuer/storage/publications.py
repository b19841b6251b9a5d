"""What was published: every token of every list, kept for ever, and the failures to publish."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from issuer.storage import rows
from issuer.storage.tables import publication, publish_failure
from issuer.storage.transaction import Transaction

STATUS, TRUST = "status", "trust"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One published token. `number` is that of the status list, or the sequence of the trust list.

    `iat` and `exp` are the token's own times; `media` its media type; `published` whether its file was written.
    """

    kind: str
    number: int
    iat: int
    exp: int
    media: str
    token: bytes = field(repr=False)
    sha256: bytes
    published: bool
    made_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failure to publish a list (`list` None: something else). `over_at` is when it succeeded again."""

    list: int | None
    at: int
    code: str
    over_at: int | None


def add(tx: Transaction, *, kind: str, number: int, iat: int, exp: int, media: str, token: bytes, made_at: int) -> None:
    """Record a token before its file is written."""
    digest = hashlib.sha256(token).digest()
    row = {"kind": kind, "number": number, "iat": iat, "media": media, "exp": exp, "sha256": digest}
    tx.insert(publication, {**row, "token": token, "state": "recorded", "made_at": made_at})


def newest(tx: Transaction, kind: str, number: int | None = None) -> tuple[Publication, ...]:
    """Return the newest tokens of a list (one for each media type), or of a kind; empty if there is none."""
    of_this = rows.where(publication, {"kind": kind, "number": number})
    return _at(tx, of_this)


def all_of(tx: Transaction, kind: str) -> tuple[Publication, ...]:
    """Return every token of a kind, in the order of number and time of issue."""
    order = (publication.c.number, publication.c.iat, publication.c.media)
    return tuple(map(_value, tx.all(sa.select(publication).where(publication.c.kind == kind).order_by(*order))))


def digests(tx: Transaction, kind: str, *, published: bool) -> tuple[bytes, ...]:
    """Return the SHA-256 of every token of a kind, in the order of `all_of`: cheap, to see whether anything is new."""
    order = (publication.c.number, publication.c.iat, publication.c.media)
    wanted = rows.where(publication, {"kind": kind, "state": "published" if published else None})
    return tuple(tx.run(sa.select(publication.c.sha256).where(*wanted).order_by(*order)).scalars())


def known(tx: Transaction, sha256: bytes) -> bool:
    """Say whether a token with this digest was ever recorded."""
    chosen = sa.select(publication.c.number).where(publication.c.sha256 == sha256).limit(1)
    return tx.run(chosen).first() is not None


def as_of(tx: Transaction, kind: str, number: int | None, at: int | None) -> tuple[Publication, ...]:
    """Return the tokens that were the newest published at an instant (None: now); empty if there was none."""
    of_this = rows.where(publication, {"kind": kind, "number": number, "state": "published"})
    if at is not None:
        of_this.append(publication.c.iat <= at)
    return _at(tx, of_this)


def mark_published(tx: Transaction, kind: str, number: int, iat: int) -> None:
    """Note that the files of a list are in their places; older ones of the list that were skipped stay as they are."""
    of_this = rows.where(publication, {"kind": kind, "number": number, "iat": iat})
    tx.run(sa.update(publication).where(*of_this).values(state="published"))


def fail(tx: Transaction, number: int | None, code: str, at: int) -> None:
    """Record a failure, unless the same one is already known and not over."""
    open_ = [*_of_list(number), publish_failure.c.over_at.is_(None), publish_failure.c.code == code]
    if tx.run(sa.select(publish_failure.c.id).where(*open_).limit(1)).first() is None:
        tx.insert(publish_failure, {"list": number, "at": at, "code": code})


def recover(tx: Transaction, number: int | None, at: int) -> None:
    """Note that a list is published again."""
    open_ = [*_of_list(number), publish_failure.c.over_at.is_(None)]
    tx.run(sa.update(publish_failure).where(*open_).values(over_at=at))


def failures(tx: Transaction, *, only_open: bool = True) -> tuple[Failure, ...]:
    """Return the failures, oldest first."""
    chosen = sa.select(publish_failure.c.list, publish_failure.c.at, publish_failure.c.code, publish_failure.c.over_at)
    if only_open:
        chosen = chosen.where(publish_failure.c.over_at.is_(None))
    return tuple(Failure(**rows.fields(row)) for row in tx.all(chosen.order_by(publish_failure.c.id)))


def _of_list(number: int | None) -> list[sa.ColumnElement[bool]]:
    column = publish_failure.c.list
    return [column.is_(None) if number is None else column == number]


def _at(tx: Transaction, conditions: list[sa.ColumnElement[bool]]) -> tuple[Publication, ...]:
    newest_at = sa.select(sa.func.max(publication.c.iat)).where(*conditions).scalar_subquery()
    chosen = sa.select(publication).where(*conditions, publication.c.iat == newest_at)
    return tuple(map(_value, tx.all(chosen.order_by(publication.c.media))))


def _value(row: sa.Row[Any]) -> Publication:
    held = rows.fields(row)
    return Publication(published=held.pop("state") == "published", **held)
