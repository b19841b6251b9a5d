"""Trees and proofs, against the roots of the published test tree and against pymerkle, written apart from ours."""

from __future__ import annotations

import hashlib
from itertools import product

import pymerkle  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.domain import merkle

HASHES = [
    merkle.leaf_hash(bytes.fromhex(one))
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ONE = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
EIGHT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
MOST = 40


@pytest.fixture(scope="module")
def oracle() -> pymerkle.InmemoryTree:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for number in range(MOST):
        tree.append_entry(b"%d" % number)
    return tree


OURS = [merkle.leaf_hash(b"%d" % number) for number in range(MOST)]
ROOTS = [merkle.root_of(OURS[:size]) for size in range(MOST + 1)]


def test_the_roots_are_those_of_the_test_tree_of_certificate_transparency() -> None:
    assert merkle.root_of([]) == hashlib.sha256(b"").digest()
    assert merkle.root_of(HASHES[:1]).hex() == ONE
    assert merkle.root_of(HASHES).hex() == EIGHT


def test_roots_are_those_of_another_implementation(oracle: pymerkle.InmemoryTree) -> None:
    assert ROOTS[1:] == [oracle.get_root(size) for size in range(1, MOST + 1)]


def test_proofs_of_inclusion_are_believed_by_another_implementation(oracle: pymerkle.InmemoryTree) -> None:
    """Its paths begin with the leaf; the hashes after it are ours, for every leaf of every tree."""
    for size in range(1, MOST + 1):
        for index in range(size):
            theirs = oracle.prove_inclusion(index + 1, size).path
            ours = merkle.inclusion(merkle.nodes(OURS[:size]), index, size)
            assert sorted(theirs) == sorted([OURS[index], *ours])
            assert merkle.included(OURS[index], index, size, ours, ROOTS[size])


def test_every_tree_contains_every_smaller_one_and_says_so() -> None:
    for old, new in product(range(MOST + 1), repeat=2):
        if old <= new:
            proof = merkle.consistency(merkle.nodes(OURS[:new]), old, new)
            assert merkle.consistent(old, new, proof, ROOTS[old], ROOTS[new])


SIZES = st.integers(1, MOST)


@given(size=SIZES, data=st.data())
def test_nothing_but_the_leaf_at_its_place_with_its_path_is_believed(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = list(merkle.inclusion(merkle.nodes(OURS[:size]), index, size))
    leaf, root = OURS[index], ROOTS[size]
    assert merkle.included(leaf, index, size, proof, root)
    elsewhere = data.draw(st.integers(-2, 2 * MOST).filter(lambda place: place != index))
    assert not merkle.included(leaf, elsewhere, size, proof, root)
    assert not merkle.included(flipped(leaf, data), index, size, proof, root)
    assert not merkle.included(leaf, index, size, proof, flipped(root, data))
    for bent in bends(proof, data):
        assert not merkle.included(leaf, index, size, bent, root)


@given(new=SIZES, data=st.data())
def test_no_other_history_is_believed(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    proof = list(merkle.consistency(merkle.nodes(OURS[:new]), old, new))
    assert not merkle.consistent(old, new, proof, flipped(ROOTS[old], data), ROOTS[new])
    assert not merkle.consistent(old, new, proof, ROOTS[old], flipped(ROOTS[new], data))
    for bent in bends(proof, data):
        assert not merkle.consistent(old, new, bent, ROOTS[old], ROOTS[new])
    at = data.draw(st.integers(0, old - 1))
    forged = [*OURS[:at], merkle.leaf_hash(b"forged"), *OURS[at + 1 : new]]
    other = merkle.consistency(merkle.nodes(forged), old, new)
    assert not merkle.consistent(old, new, other, ROOTS[old], merkle.root_of(forged))


@given(st.integers(-3, 99), st.integers(-3, 99), st.lists(st.binary(max_size=40), max_size=70), st.binary(max_size=40))
def test_whatever_is_brought_is_answered(old: int, new: int, proof: list[bytes], root: bytes) -> None:
    assert not merkle.included(root, old, new, proof, b"\0" * 32)
    assert not merkle.consistent(old, new, proof, root, b"\0" * 32) or (old == new and root == b"\0" * 32)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_cannot_be_proven(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        merkle.inclusion(merkle.nodes(OURS), index, size)
    with pytest.raises(ValueError, match="not smaller"):
        merkle.consistency(merkle.nodes(OURS), size + 1, size)


def flipped(value: bytes, data: st.DataObject) -> bytes:
    bit = data.draw(st.integers(0, 8 * len(value) - 1))
    return (int.from_bytes(value) ^ 1 << bit).to_bytes(len(value))


def bends(proof: list[bytes], data: st.DataObject) -> list[list[bytes]]:
    """The proof with one hash more, fewer, changed, or two in another order."""
    extra = data.draw(st.sampled_from([b"\1" * 32, *OURS]))
    bent = [[*proof, extra], [extra, *proof]]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bent += [proof[:-1], proof[1:], [*proof[:at], flipped(proof[at], data), *proof[at + 1 :]]]
    if len(proof) > 1:
        bent.append([proof[1], proof[0], *proof[2:]])
    return bent
