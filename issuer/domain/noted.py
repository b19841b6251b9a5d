"""What events say of the rows they changed, and what every row must be if all of them are believed.

Each event may carry a note: for every row that changed with it, the table, the key, and the digest of the row before
and after. The hash of the event covers the digest of the note only, and a note holds a random salt, so that an event
can be shown to a stranger without telling which rows were changed. `Replay` follows the notes from the first event on.
A row that was changed without an event shows at the latest when an event changes it again: what that event found is
not what the event before it left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container
from dataclasses import dataclass
from typing import Any, Final

from elicense import cbor
from elicense.errors import Rejected

SALT_BYTES: Final = 16
_DIGEST_BYTES: Final = 32

Key = tuple[str | int | bytes, ...]
"""The primary key of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row that changed: the digest before (None: it was made) and after (None: it was removed)."""

    table: str
    key: Key
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFinding:
    """A row that is not what the trail says: `row-differs`, `row-missing`, `row-unknown`, `row-unreadable`.

    With an event `seq`: it found the row other than the event before had left it (`row-changed-outside`), it is not one
    that changes such rows (`row-beyond`), or its note cannot be read (`note-unreadable`; no table and no key then).
    """

    code: str
    table: str = ""
    key: Key = ()
    seq: int | None = None

    def __str__(self) -> str:
        place = " ".join([self.table, *(one.hex() if isinstance(one, bytes) else str(one) for one in self.key)])
        return f"event {self.seq}: {self.code} {place}".strip() if self.seq else f"{place}: {self.code}"


def note_bytes(salt: bytes, changes: tuple[Change, ...]) -> bytes:
    """Return the note of an event: deterministic CBOR of the salt (16 random bytes) and the changes."""
    return cbor.dumps([salt, [[one.table, list(one.key), one.before, one.after] for one in changes]])


def commitment(note: bytes | None) -> bytes | None:
    """Return what the hash of an event covers of its note: SHA-256 of the bytes; None without a note."""
    return None if note is None else hashlib.sha256(note).digest()


def read_note(note: bytes) -> tuple[Change, ...]:
    """Return the changes of a note. Raises ValueError if it is none."""
    try:
        match cbor.loads(note):
            case [bytes() as salt, list() as found] if len(salt) == SALT_BYTES:
                return tuple(map(_change, found))
    except Rejected:
        pass
    raise ValueError("no note")


def _change(value: Any) -> Change:  # noqa: ANN401 - whatever stands there
    match value:
        case [str() as table, [*key], bytes() | None as before, bytes() | None as after] if key and all(
            isinstance(one, str | int | bytes) for one in key
        ):
            if {len(one) for one in (before, after) if one is not None} <= {_DIGEST_BYTES}:
                return Change(table=table, key=tuple(key), before=before, after=after)
    raise ValueError("no change")


class Replay:
    """Every row's digest as the events up to here left it. `findings` is what did not fit on the way."""

    __slots__ = ("findings", "rows")

    def __init__(self) -> None:
        self.rows: dict[tuple[str, Key], bytes] = {}
        self.findings: list[RowFinding] = []

    def follow(self, seq: int, note: bytes | None, may: Container[str]) -> None:
        """Take in what an event says of rows; `may` are the tables that such an event changes."""
        if note is None:
            return
        try:
            changes = read_note(note)
        except ValueError:
            self.findings.append(RowFinding(code="note-unreadable", seq=seq))
            return
        for one in changes:
            place = (one.table, one.key)
            if one.table not in may:
                self.findings.append(RowFinding(code="row-beyond", table=one.table, key=one.key, seq=seq))
            if self.rows.get(place) != one.before:
                self.findings.append(RowFinding(code="row-changed-outside", table=one.table, key=one.key, seq=seq))
            if one.after is None:
                self.rows.pop(place, None)
            else:
                self.rows[place] = one.after

    def compare(self, table: str, key: Key, digest: bytes | None) -> None:
        """Hold a row that is there against what it must be; each only once. None: the row cannot be read."""
        wanted = self.rows.pop((table, key), None)
        if digest is None:
            code = "row-unreadable"
        elif wanted is None:
            code = "row-unknown"
        elif wanted != digest:
            code = "row-differs"
        else:
            return
        self.findings.append(RowFinding(code=code, table=table, key=key))

    def finish(self) -> tuple[RowFinding, ...]:
        """Return everything that was found, the rows that were not brought to `compare` among it."""
        self.findings += [RowFinding(code="row-missing", table=table, key=key) for table, key in self.rows]
        self.rows = {}
        return tuple(self.findings)
