"""Requests to wallets and what became of them, in an SQLite file: a second process and a restart change nothing.

Two secrets name an exchange (OpenID4VP 1.0 section 13.3): `request_id`, which a wallet sees and sends back as `state`,
and `transaction_id`, with which only the page or program that began it gets the result. A third, `response_code`, goes
back through the wallet when both are on one device, so that a result is told only where the wallet was. Of all three
the file keeps digests. An exchange is answered once; all of it is deleted some minutes after it was begun.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from elicense import strictjson
from elicense.keys import b64url

FILE: Final = "wallet-exchanges.sqlite"
ANSWERABLE_SECONDS: Final = 300
"""Seconds in which a wallet may answer."""
KEPT_SECONDS: Final = 900
"""Seconds after which nothing of an exchange is left."""
OPEN_MAX: Final = 10_000
"""Exchanges in the file at one time."""
_SECRET_BYTES: Final = 24
_BUSY_SECONDS: Final = 10
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS exchange (
    request BLOB PRIMARY KEY, "transaction" BLOB NOT NULL UNIQUE, query TEXT NOT NULL, encrypted INTEGER NOT NULL,
    same_device INTEGER NOT NULL, nonce TEXT NOT NULL, key TEXT NOT NULL, begun INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'answered', 'declined')), result TEXT, code BLOB
) STRICT, WITHOUT ROWID
"""


class State(StrEnum):
    """What became of a request. EXPIRED is not kept but seen from the time."""

    WAITING = "waiting"
    ANSWERED = "answered"
    DECLINED = "declined"
    EXPIRED = "expired"


class TooMany(Exception):
    """There is no room for another exchange now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The two names of a new exchange, told once."""

    request_id: str
    transaction_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One exchange as it stands. `key` is the private JWK for the encrypted answer, `begun` Unix seconds."""

    query: str
    encrypted: bool
    same_device: bool
    nonce: str
    key: dict[str, Any]
    begun: int
    state: State
    result: dict[str, Any] | None


class Exchanges:
    """The file of exchanges. Each call opens a connection of its own, so that threads and processes may share it."""

    def __init__(self, path: Path, open_max: int = OPEN_MAX) -> None:
        self._path = path
        self._open_max = open_max
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with self._open() as file:
            file.execute("PRAGMA journal_mode = WAL")
            file.execute(_SCHEMA)

    def begin(self, *, query: str, encrypted: bool, same_device: bool, key: dict[str, Any], now: int) -> Begun:
        """Begin an exchange. Raises `TooMany`."""
        begun = Begun(request_id=_secret(), transaction_id=_secret())
        with self._open() as file:
            file.execute("DELETE FROM exchange WHERE begun <= ?", (now - KEPT_SECONDS,))
            if file.execute("SELECT count(*) FROM exchange").fetchone()[0] >= self._open_max:
                raise TooMany
            file.execute(
                "INSERT INTO exchange VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', NULL, NULL)",
                (
                    _digest(begun.request_id), _digest(begun.transaction_id), query, encrypted, same_device,
                    _secret(), strictjson.dumps(key).decode("utf-8"), now,
                ),
            )  # fmt: skip
        return begun

    def asked(self, request_id: str, now: int) -> Exchange | None:
        """The exchange that a wallet names; None if there is none that may still be answered."""
        found = self._find("request", request_id, now)
        return found if found is not None and found.state is State.WAITING else None

    def end(self, request_id: str, state: State, result: dict[str, Any] | None, now: int) -> str | None:
        """Keep what became of it, once: the response code, or None if somebody was first or it was too late."""
        code = _secret()
        kept = None if result is None else strictjson.dumps(result).decode("utf-8")
        with self._open() as file:
            done = file.execute(
                "UPDATE exchange SET state = ?, result = ?, code = ?, key = '{}' "
                "WHERE request = ? AND state = 'waiting' AND begun > ?",
                (state.value, kept, _digest(code), _digest(request_id), now - ANSWERABLE_SECONDS),
            )
            return code if done.rowcount == 1 else None

    def result(self, transaction_id: str, response_code: str | None, now: int) -> Exchange | None:
        """The exchange for whoever began it; None for an unknown one, or without the code that it needs."""
        found = self._find("transaction", transaction_id, now)
        if found is None or found.state not in (State.ANSWERED, State.DECLINED) or not found.same_device:
            return found
        with self._open() as file:
            row = file.execute(
                'SELECT code FROM exchange WHERE "transaction" = ?', (_digest(transaction_id),)
            ).fetchone()
        good = response_code is not None and row is not None and row[0] == _digest(response_code)
        return found if good else None

    def _find(self, column: str, name: str, now: int) -> Exchange | None:
        with self._open() as file:
            row = file.execute(
                "SELECT query, encrypted, same_device, nonce, key, begun, state, result FROM exchange "  # noqa: S608
                f'WHERE "{column}" = ? AND begun > ?',
                (_digest(name), now - KEPT_SECONDS),
            ).fetchone()
        if row is None:
            return None
        query, encrypted, same_device, nonce, key, begun, state, result = row
        late = state == State.WAITING.value and begun <= now - ANSWERABLE_SECONDS
        return Exchange(
            query=query, encrypted=bool(encrypted), same_device=bool(same_device), nonce=nonce,
            key=strictjson.loads(key.encode("utf-8")), begun=begun,
            state=State.EXPIRED if late else State(state),
            result=None if result is None else strictjson.loads(result.encode("utf-8")),
        )  # fmt: skip

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        file = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level="IMMEDIATE")
        try:
            with file:
                yield file
        finally:
            file.close()


def _secret() -> str:
    return b64url(secrets.token_bytes(_SECRET_BYTES))


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
