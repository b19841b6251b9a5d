"""Merkle trees: roots, proofs that a leaf is in a tree, proofs that one tree is the beginning of another.

RFC 9162 section 2.1 (the same hashes and proofs as RFC 6962). Nothing is stored, signed or published here, and nothing
here knows what a leaf means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

HASH_BYTES: Final = 32
EMPTY: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""
PROOF_MAX: Final = 63
"""Hashes of the longest proof that anybody may send."""

Node = Callable[[int, int], bytes]
"""`node(height, index)`: the hash over leaves [index * 2^height, (index + 1) * 2^height), all of which exist."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over hashes of leaves. Keeps only one hash for each bit of their number."""
    edge: list[bytes] = []
    for size, leaf in enumerate(leaves):
        held, rest = leaf, size
        while rest & 1:
            held, rest = node_hash(edge.pop(), held), rest >> 1
        edge.append(held)
    return _fold(edge)


def nodes(leaves: Sequence[bytes]) -> Node:
    """Return the nodes over hashes of leaves; each is made once, when it is first asked for."""
    made: dict[tuple[int, int], bytes] = {}

    def node(height: int, index: int) -> bytes:
        if not height:
            return leaves[index]
        if (height, index) not in made:
            made[height, index] = node_hash(node(height - 1, 2 * index), node(height - 1, 2 * index + 1))
        return made[height, index]

    return node


def root(node: Node, size: int) -> bytes:
    """Return the root of the tree of `size` leaves."""
    return _range(node, 0, size)


# --- proofs --------------------------------------------------------------------------------------------------


def inclusion(node: Node, index: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that leaf `index` is in the tree of `size`, from the leaf's sibling upwards.

    Raises ValueError if it is not.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf in this tree")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(node, middle, end))
            end = middle
        else:
            path.append(_range(node, start, middle))
            start = middle
    return tuple(reversed(path))


def consistency(node: Node, old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of `old` leaves is the beginning of that of `new`. Raises ValueError if not."""
    if not 0 <= old <= new:
        raise ValueError("the older tree is not smaller")
    if old in {0, new}:
        return ()
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range(node, middle, end))
            end = middle
        else:
            path.append(_range(node, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range(node, start, end))
    return tuple(reversed(path))


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Say whether a proof shows the hash of a leaf at `index` in the tree of `size` with that root. Never raises."""
    if not 0 <= index < size or not _hashes(leaf, expected, *proof):
        return False
    place, last, held = index, size - 1, leaf
    for sibling in proof:
        if not last:
            return False
        if place & 1 or place == last:
            held = node_hash(sibling, held)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            held = node_hash(held, sibling)
        place, last = place >> 1, last >> 1
    return not last and held == expected


def consistent(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Say whether a proof shows that the tree of `old` leaves became that of `new`. Never raises."""
    if not 0 <= old <= new or not _hashes(old_root, new_root, *proof):
        return False
    if old == new or not old:
        return not proof and (old_root == new_root if old == new else old_root == EMPTY)
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if not last:
            return False
        if place & 1 or place == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        place, last = place >> 1, last >> 1
    return not last and (before, after) == (old_root, new_root)


def _split(size: int) -> int:
    """The largest power of two below `size` (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def _range(node: Node, start: int, end: int) -> bytes:
    """The hash over leaves [start, end), where `start` is a multiple of a power of two that is not below the rest."""
    parts: list[bytes] = []
    while start < end:
        height = (end - start).bit_length() - 1
        parts.append(node(height, start >> height))
        start += 1 << height
    return _fold(parts)


def _fold(parts: Sequence[bytes]) -> bytes:
    """One hash over whole subtrees, largest first."""
    if not parts:
        return EMPTY
    held = parts[-1]
    for left in reversed(parts[:-1]):
        held = node_hash(left, held)
    return held


def _hashes(*values: bytes) -> bool:
    return len(values) <= PROOF_MAX + 2 and all(len(value) == HASH_BYTES for value in values)
