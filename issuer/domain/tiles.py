"""Tiles: the files in which a Merkle tree is published, so that anybody can prove from them. C2SP tlog-tiles.

A tile holds up to 256 hashes of one height; an entry bundle holds up to 256 leaves themselves. Full ones never change.
Pure: what stands in a tile comes through a function, from files, from the network or from memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from issuer.domain.merkle import HASH_BYTES, Node, leaf_hash, node_hash, root_of

HEIGHT: Final = 8
WIDTH: Final = 2**HEIGHT
CHECKPOINT: Final = "checkpoint"
"""The name of the newest checkpoint, beside the folder of tiles."""
KEYS: Final = "keys"
"""The name of the file with the log's own keys, one in a line, the newest last. Believe it from nowhere but there."""


class TileBad(ValueError):
    """A file of a log is not what it must be. The text is a code and the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One tile: `level` counts steps of eight, `width` is 256 for a full one."""

    level: int
    index: int
    width: int

    @property
    def path(self) -> str:
        """Where the tile lies below the log."""
        return f"tile/{self.level}/{_spelled(self.index)}{self._part}"

    @property
    def entries_path(self) -> str:
        """Where the leaves themselves lie, for a tile of level 0."""
        return f"tile/entries/{_spelled(self.index)}{self._part}"

    @property
    def full(self) -> bool:
        """Whether the tile will never change."""
        return self.width == WIDTH

    @property
    def _part(self) -> str:
        return "" if self.full else f".p/{self.width}"


def tiles(old: int, new: int) -> Iterator[Tile]:
    """Return the tiles of the tree of `new` leaves that the tree of `old` had not, lower levels first."""
    level = 0
    while new >> (level * HEIGHT):
        before, after = old >> (level * HEIGHT), new >> (level * HEIGHT)
        if after > before:
            for index in range(before // WIDTH, (after - 1) // WIDTH + 1):
                yield Tile(level=level, index=index, width=min(WIDTH, after - index * WIDTH))
        level += 1


def tile_bytes(node: Node, tile: Tile) -> bytes:
    """Return what a tile holds."""
    first = tile.index * WIDTH
    return b"".join(node(tile.level * HEIGHT, first + place) for place in range(tile.width))


def from_tiles(read: Callable[[Tile], bytes], size: int) -> Node:
    """Return the nodes of the tree of `size`, read from its tiles; each tile is read once.

    A node raises TileBad if a tile is not as long as it must be. Whether a tile says the truth shows in the root.
    """
    held: dict[Tile, bytes] = {}

    def node(height: int, index: int) -> bytes:
        level, rest = divmod(height, HEIGHT)
        if rest:
            return node_hash(node(height - 1, 2 * index), node(height - 1, 2 * index + 1))
        which, place = divmod(index, WIDTH)
        tile = Tile(level=level, index=which, width=min(WIDTH, (size >> height) - which * WIDTH))
        if tile not in held:
            data = read(tile)
            if len(data) != tile.width * HASH_BYTES:
                raise TileBad(f"tile-length {tile.path}")
            held[tile] = data
        return held[tile][place * HASH_BYTES : (place + 1) * HASH_BYTES]

    return node


def grown(before: Node, old: int, leaves: Sequence[bytes]) -> Node:
    """Return the nodes of the tree of `old` leaves with further hashes of leaves behind them."""
    made: dict[tuple[int, int], bytes] = {}

    def node(height: int, index: int) -> bytes:
        if (index + 1) << height <= old:
            return before(height, index)
        if not height:
            return leaves[index - old]
        if (height, index) not in made:
            made[height, index] = node_hash(node(height - 1, 2 * index), node(height - 1, 2 * index + 1))
        return made[height, index]

    return node


def bundle(entries: Sequence[bytes]) -> bytes:
    """Return leaves as an entry bundle: each with its length before it, two bytes."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def unbundle(data: bytes) -> tuple[bytes, ...]:
    """Return the leaves of a bundle. Raises TileBad("bundle-cut")."""
    found: list[bytes] = []
    while data:
        length = int.from_bytes(data[:2])
        found.append(data[2 : 2 + length])
        if len(data) < 2 + length:
            raise TileBad("bundle-cut")
        data = data[2 + length :]
    return tuple(found)


def check_all(read: Callable[[str], bytes], size: int) -> bytes:
    """Read every tile and every bundle of the tree of `size`; return the root over the entries.

    Raises TileBad, with the path, for the first file that disagrees with the entries below it.
    """
    below: list[bytes] = []
    for tile in (one for one in tiles(0, size) if not one.level):
        try:
            hashes = [leaf_hash(entry) for entry in unbundle(read(tile.entries_path))]
        except TileBad:
            hashes = []
        if len(hashes) != tile.width:
            raise TileBad(f"bundle-bad {tile.entries_path}")
        if b"".join(hashes) != read(tile.path):
            raise TileBad(f"tile-differs {tile.path}")
        below += hashes
    root, level = root_of(below), 1
    while below := [root_of(below[start : start + WIDTH]) for start in range(0, len(below) - WIDTH + 1, WIDTH)]:
        for tile in (one for one in tiles(0, size) if one.level == level):
            if b"".join(below[tile.index * WIDTH :][: tile.width]) != read(tile.path):
                raise TileBad(f"tile-differs {tile.path}")
        level += 1
    return root


def _spelled(index: int) -> str:
    """1234067 -> x001/x234/067."""
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03d}")
    return "/".join(reversed(parts))
