"""Small helpers between rows and frozen values, used by the modules of the aggregates. No SQL of its own."""

from __future__ import annotations

import dataclasses
import json
from enum import Enum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from issuer.storage.errors import ChangedMeanwhile

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from issuer.storage.transaction import Transaction


def values(value: DataclassInstance, *leave: str) -> dict[str, Any]:
    """Return the fields of a value as columns of the same names, enumerations as their values, without `leave`."""
    found = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.name not in leave}
    return {name: held.value if isinstance(held, Enum) else held for name, held in found.items()}


def fields(row: sa.Row[Any]) -> dict[str, Any]:
    """Return a row as a dictionary, to be passed to a constructor after its own fields have been converted."""
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def put(tx: Transaction, table: sa.Table, row: dict[str, Any], revision: int) -> None:
    """Replace the row if it still has the revision from which the new value was made. Raises ChangedMeanwhile."""
    same = (table.c.id == row["id"], table.c.revision == revision)
    if tx.update(table, same, {name: held for name, held in row.items() if name != "id"}) != 1:
        raise ChangedMeanwhile(table.name)


def where(table: sa.Table, wanted: dict[str, Any]) -> list[sa.ColumnElement[bool]]:
    """Return conditions for the filters that are not None; a set or tuple means any of them."""
    conditions: list[sa.ColumnElement[bool]] = []
    for name, held in wanted.items():
        if isinstance(held, tuple | frozenset | set | list):
            conditions.append(table.c[name].in_([one.value if isinstance(one, Enum) else one for one in held]))
        elif held is not None:
            conditions.append(table.c[name] == (held.value if isinstance(held, Enum) else held))
    return conditions


def to_json(value: object) -> str:
    """Return compact JSON of texts, numbers, lists."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def from_json(value: str) -> list[Any]:
    """Return the list that `to_json` wrote."""
    return list(json.loads(value))


def texts(value: str) -> tuple[str, ...]:
    """Return a tuple of texts from what `to_json` made of it."""
    return tuple(json.loads(value))
