"""What a witness remembers: for each log the checkpoint that it signed last. One SQLite file, never restored.

A file of an older day makes the witness forget what it signed, and it would sign a second history: it goes into no
backup. When it is lost, the witness begins anew under another name and key.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from issuer.domain.merkle import EMPTY

SECONDS: Final = 10
"""How long a request waits for another one."""
CONFLICTS_MAX: Final = 1_000
"""How many contradictions are kept for each log; the first ones are those that matter."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS latest (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conflict (
    id INTEGER PRIMARY KEY, origin TEXT NOT NULL, note BLOB NOT NULL, known BLOB NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS latest_back BEFORE UPDATE ON latest
WHEN NEW.size < OLD.size OR NEW.at < OLD.at OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
BEGIN SELECT RAISE(ABORT, 'a witness never goes back'); END;
CREATE TRIGGER IF NOT EXISTS latest_removed BEFORE DELETE ON latest
BEGIN SELECT RAISE(ABORT, 'a witness forgets nothing'); END;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The checkpoint of a log that the witness signed last, at `at`; size 0 for a log that it never saw."""

    origin: str
    size: int = 0
    root: bytes = EMPTY
    note: bytes = b""
    at: int = 0


class WitnessStore:
    """One file. Safe to use from several threads and processes: each use has a connection of its own."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as held:
            held.executescript(_SCHEMA)
        path.chmod(0o600)

    def __repr__(self) -> str:
        return f"WitnessStore({self._path.name})"

    def latest(self, origin: str) -> Latest:
        """Return what was signed last of a log."""
        with self._open() as held:
            return _latest(held, origin)

    def origins(self) -> tuple[str, ...]:
        """Return the logs of which something was signed."""
        with self._open() as held:
            return tuple(row[0] for row in held.execute("SELECT origin FROM latest ORDER BY origin"))

    def swap(self, known: Latest, new: Latest) -> bool:
        """Put `new` in the place of `known`, on the disk, if `known` is still what stands there; say whether it was."""
        with self._open() as held:
            held.execute("BEGIN IMMEDIATE")
            if _latest(held, known.origin) != known:
                held.execute("ROLLBACK")
                return False
            held.execute(
                "INSERT INTO latest VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE "
                "SET size = excluded.size, root = excluded.root, note = excluded.note, at = excluded.at",
                (new.origin, new.size, new.root, new.note, new.at),
            )
            held.execute("COMMIT")
            return True

    def keep_conflict(self, known: Latest, note: bytes, at: int) -> None:
        """Keep a signed checkpoint that contradicts another one that was signed: proof against the log."""
        with self._open() as held:
            held.execute(
                "INSERT INTO conflict (origin, note, known, at) SELECT ?, ?, ?, ? "
                "WHERE (SELECT count(*) FROM conflict WHERE origin = ?) < ?"
                " AND NOT EXISTS (SELECT 1 FROM conflict WHERE origin = ? AND note = ?)",
                (known.origin, note, known.note, at, known.origin, CONFLICTS_MAX, known.origin, note),
            )

    def conflicts(self, origin: str) -> tuple[tuple[bytes, bytes], ...]:
        """Return the pairs of signed checkpoints that contradict each other: the refused one and the known one."""
        with self._open() as held:
            found = held.execute("SELECT note, known FROM conflict WHERE origin = ? ORDER BY id", (origin,))
            return tuple((row[0], row[1]) for row in found)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        held = sqlite3.connect(self._path, timeout=SECONDS, isolation_level=None)
        try:
            held.execute("PRAGMA journal_mode = DELETE")
            held.execute("PRAGMA synchronous = FULL")
            yield held
        finally:
            held.close()


def _latest(held: sqlite3.Connection, origin: str) -> Latest:
    found = held.execute("SELECT size, root, note, at FROM latest WHERE origin = ?", (origin,)).fetchone()
    if found is None:
        return Latest(origin=origin)
    size, root, note, at = found
    return Latest(origin=origin, size=size, root=root, note=note, at=at)
