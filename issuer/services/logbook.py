"""The log as it lies in files and rows: its keys, its published checkpoint, its tree. Reads, decides nothing.

The tree comes from the published tiles as far as they go, and from the rows of the trail beyond; whether the tiles say
the truth is asked of the root of the checkpoint that lies with them. Where they do not, the whole trail is read.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from elicense.keys import Signer
from issuer.domain import merkle, note, tiles
from issuer.domain.checkpoint import Checkpoint, read_checkpoint
from issuer.domain.merkle import Node
from issuer.domain.note import KeyType, Note, NoteBad, VerifierKey
from issuer.domain.refusal import Refusal
from issuer.domain.tiles import Tile, TileBad
from issuer.services.desk import Desk
from issuer.storage import Transaction, checkpoints
from issuer.vault import Purpose

_LOCK: Final = ".lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The nodes of the trail. Up to `filed` leaves lie in tiles that agree with their checkpoint, 0 if none do."""

    node: Node
    size: int
    filed: int

    def root(self, size: int) -> bytes:
        """Return the root over the first `size` events."""
        return merkle.root(self.node, size)


def folder(desk: Desk) -> Path:
    """Return where the files of the log lie."""
    return desk.config.published / desk.config.log_name


def keys(desk: Desk) -> tuple[VerifierKey, ...]:
    """Return the log's keys, oldest first; the last one signs. Raises KeyUnavailable, KeyRefused."""
    return tuple(_key(desk, desk.vault.signer(Purpose.LOG, kid)) for kid in desk.vault.kids(Purpose.LOG))


def signed(desk: Desk, value: Checkpoint) -> Note:
    """Return a checkpoint signed by the log's newest key. Raises KeyUnavailable, KeyRefused."""
    signer = desk.vault.signer(Purpose.LOG)
    return Note(text=value.text, signatures=(note.sign(value.text, _key(desk, signer), signer),))


def published(desk: Desk) -> Checkpoint | None:
    """Return the checkpoint that is published, None if none is, or if what lies there is not signed by this log.

    Raises Refusal("log-renamed") if a checkpoint of a log with another name lies there: it must not be written over.
    """
    try:
        held = note.read_note((folder(desk) / tiles.CHECKPOINT).read_bytes())
        found = read_checkpoint(held.text)
        if found.origin != desk.config.log_origin:
            raise Refusal("log-renamed", found.origin)
        note.signed_by(held, keys(desk))
    except (OSError, NoteBad):
        return None
    return found


def tree(desk: Desk, tx: Transaction, size: int, *, anew: bool = False) -> Tree:
    """Return the tree of the first `size` events; with `anew` from the rows alone.

    The newest event in the tiles must be the one of that number in the rows: its hash binds all before it. Raises
    Refusal("log-forked") if a row is gone.
    """
    base = None if anew else published(desk)
    if base is not None and 0 < base.size <= size:
        node = tiles.from_tiles(lambda tile: _read(desk, tile), base.size)
        rows = _rows(tx, base.size, size)
        try:
            whole = merkle.root(node, base.size) == base.root and node(0, base.size - 1) == merkle.leaf_hash(rows[0])
        except (OSError, TileBad):
            whole = False  # tiles that are gone or cut are made anew from the rows
        if whole:
            return Tree(node=tiles.grown(node, base.size, _leaves(rows[1:])), size=size, filed=base.size)
    return Tree(node=merkle.nodes(_leaves(_rows(tx, 1, size))), size=size, filed=0)


def contradictions(desk: Desk, trail: Sequence[bytes]) -> tuple[str, ...]:
    """Return what the published checkpoint says against a trail, whose hashes are `trail`; nothing if none is there."""
    held = published(desk)
    if held is None:
        return ()
    if held.size > len(trail):
        return (f"checkpoint of {held.size} events: {held.size - len(trail)} are missing",)
    if merkle.root_of(map(merkle.leaf_hash, trail[: held.size])) != held.root:
        return (f"checkpoint of {held.size} events: root-differs",)
    return ()


@contextmanager
def one_publisher(desk: Desk) -> Iterator[None]:
    """Let one process at a time write files of the log: an older checkpoint must not come after a newer one."""
    folder(desk).mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder(desk) / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _key(desk: Desk, signer: Signer) -> VerifierKey:
    return VerifierKey(name=desk.config.log_origin, type=KeyType.LOG, key=signer.public_key)


def _rows(tx: Transaction, first: int, last: int) -> tuple[bytes, ...]:
    found = checkpoints.entries(tx, first, last)
    if len(found) != last - first + 1:
        raise Refusal("log-forked", "a row of the trail is gone")
    return found


def _read(desk: Desk, tile: Tile) -> bytes:
    return (folder(desk) / tile.path).read_bytes()


def _leaves(entries: Sequence[bytes]) -> list[bytes]:
    return [merkle.leaf_hash(one) for one in entries]
