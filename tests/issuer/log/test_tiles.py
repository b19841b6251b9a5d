"""Tiles: every tree of 0 to 600 leaves from its files, against pymerkle, and with one file of them damaged."""

from __future__ import annotations

import hashlib

import pymerkle  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.domain import merkle, tiles
from issuer.domain.tiles import Tile, TileBad

MOST = 600
ENTRIES = [hashlib.sha256(b"%d" % number).digest() for number in range(MOST)]
LEAVES = [merkle.leaf_hash(one) for one in ENTRIES]
NODE = merkle.nodes(LEAVES)


@pytest.fixture(scope="module")
def oracle() -> pymerkle.InmemoryTree:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in ENTRIES:
        tree.append_entry(entry)
    return tree


def written(old: int, new: int) -> dict[str, bytes]:
    """The files that a log of `old` leaves needs to become one of `new`."""
    files: dict[str, bytes] = {}
    for tile in tiles.tiles(old, new):
        files[tile.path] = tiles.tile_bytes(NODE, tile)
        if not tile.level:
            files[tile.entries_path] = tiles.bundle(ENTRIES[tile.index * tiles.WIDTH :][: tile.width])
    return files


ALL = {size: written(0, size) for size in (0, 1, 255, 256, 257, 511, 512, 513, MOST)}


def test_every_size_has_the_root_of_the_oracle(oracle: pymerkle.InmemoryTree) -> None:
    for size in range(1, MOST + 1):
        assert merkle.root(NODE, size) == oracle.get_root(size)


@given(st.integers(0, MOST), st.integers(0, MOST))
@settings(deadline=None)
def test_a_log_that_grew_has_the_files_of_one_that_was_written_at_once(one: int, other: int) -> None:
    old, new = sorted((one, other))
    grown = written(0, old) | written(old, new)
    whole = written(0, new)
    assert whole.items() <= grown.items()
    assert tiles.check_all(grown.__getitem__, new) == merkle.root(NODE, new)


@given(st.integers(1, MOST), st.data())
@settings(deadline=None)
def test_proofs_from_files_are_the_proofs_from_memory(size: int, data: st.DataObject) -> None:
    files = written(0, size)
    node = tiles.from_tiles(lambda tile: files[tile.path], size)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(0, size))
    assert merkle.root(node, size) == merkle.root(NODE, size)
    assert merkle.inclusion(node, index, size) == merkle.inclusion(NODE, index, size)
    assert merkle.consistency(node, old, size) == merkle.consistency(NODE, old, size)
    more = tiles.grown(node, size, LEAVES[size:])
    assert merkle.root(more, MOST) == merkle.root(NODE, MOST)


@given(st.sampled_from(sorted(ALL)[1:]), st.data())
@settings(deadline=None)
def test_no_file_can_be_changed_cut_or_lost_unseen(size: int, data: st.DataObject) -> None:
    files = dict(ALL[size])
    path = data.draw(st.sampled_from(sorted(files)))
    held = bytearray(files[path])
    held[data.draw(st.integers(0, len(held) - 1))] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(held) - 1))
    for damaged in (bytes(held), files[path][:cut], files[path] + b"\x00"):
        try:
            root = tiles.check_all((files | {path: damaged}).__getitem__, size)
        except TileBad:
            continue
        assert root != merkle.root(NODE, size)
    del files[path]
    with pytest.raises(KeyError):
        tiles.check_all(files.__getitem__, size)


def test_the_sizes_of_the_text_have_the_tiles_of_the_text() -> None:
    """C2SP tlog-tiles: what a tree of 70,000 and one of 256 leaves are made of."""
    found = list(tiles.tiles(0, 70_000))
    assert [one for one in found if not one.full] == [
        Tile(level=0, index=273, width=112),
        Tile(level=1, index=1, width=17),
        Tile(level=2, index=0, width=1),
    ]
    assert sum(one.full and one.level == 0 for one in found) == 273
    assert [one.path for one in tiles.tiles(0, 256)] == ["tile/0/000", "tile/1/000.p/1"]
    assert Tile(level=0, index=1_234_067, width=256).path == "tile/0/x001/x234/067"
    assert Tile(level=0, index=5, width=3).entries_path == "tile/entries/005.p/3"


@given(st.lists(st.binary(max_size=70), max_size=20), st.integers(1, 5))
def test_a_bundle_is_read_back_and_a_cut_one_refused(entries: list[bytes], cut: int) -> None:
    held = tiles.bundle(entries)
    assert tiles.unbundle(held) == tuple(entries)
    if entries and len(entries[-1]) + 2 > cut:
        with pytest.raises(TileBad):
            tiles.unbundle(held[:-cut])
