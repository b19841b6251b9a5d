"""Jurisdiction over the whole tree: inside one's own subtree and branch, nowhere else."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.domain.act import civil_day
from issuer.domain.kind import Kind
from issuer.domain.organisation import Branch, Level, OrganisationId, Tree
from issuer.domain.path import competent
from issuer.domain.refusal import Refusal
from tests.issuer.domain.made import AT, ORGANISATIONS, RULES, TREE, org


def test_every_pair_of_the_tree() -> None:
    inside = {
        ("province", "haikou"),
        ("province", "longhua"),
        ("province", "qionghai"),
        ("haikou", "longhua"),
        ("province-tcm", "haikou-tcm"),
    }
    for upper, lower in itertools.product(ORGANISATIONS, repeat=2):
        authority = upper.level is not Level.NONE and lower.level is not Level.NONE
        expected = authority and (upper.id == lower.id or (upper.id, lower.id) in inside)
        assert TREE.jurisdiction(upper.id, lower.id) is expected, (upper.id, lower.id)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30), st.data())
def test_jurisdiction_is_being_an_ancestor(parents: list[int], data: st.DataObject) -> None:
    tree = [org("n0", None, Level.PROVINCE, "460000")]
    for number, parent in enumerate(parents, start=1):
        tree.append(org(f"n{number}", f"n{parent % number}", Level.COUNTY, "460106"))
    upper = data.draw(st.sampled_from(tree)).id
    lower = here = data.draw(st.sampled_from(tree)).id
    by_id = {one.id: one for one in tree}
    above = {here}
    while (parent_ := by_id[here].parent) is not None:
        above.add(here := parent_)
    assert Tree(tree).jurisdiction(upper, lower) is (upper in above)


def test_a_loop_of_parents_ends() -> None:
    tree = Tree([org("a", "b", Level.COUNTY, "460106"), org("b", "a", Level.COUNTY, "460106")])
    assert not tree.jurisdiction(OrganisationId("c"), OrganisationId("a"))
    with pytest.raises(Refusal):
        tree.province_of(OrganisationId("a"))


def competent_for(institution: str, category: str) -> str:
    on = civil_day(AT)
    return competent(
        RULES,
        TREE,
        RULES.action(Kind.PHYSICIAN, "first_registration", on),
        kind=Kind.PHYSICIAN,
        category=category,
        institution=OrganisationId(institution),
        registration=None,
        on=on,
    ).id


def test_tcm_goes_to_the_tcm_authority_where_there_is_one() -> None:
    assert competent_for("hospital", "1") == "haikou"
    assert competent_for("hospital", "4") == "haikou-tcm"
    assert competent_for("clinic", "4") == "qionghai", "no TCM authority at that county"
    assert competent_for("hospital", "3") == "haikou", "the disease-control row is not firm"


def test_a_closed_authority_hands_its_matters_up() -> None:
    closed = Tree(dataclasses.replace(one, open=one.id != "haikou") for one in ORGANISATIONS)
    assert closed.approver_of(OrganisationId("hospital")).id == "province"
    with pytest.raises(Refusal):
        Tree([org("lost", "nowhere", Level.NONE, "460100")]).approver_of(OrganisationId("lost"))


def test_a_branch_beside_is_found_by_area_and_level() -> None:
    assert TREE.beside(TREE.get(OrganisationId("haikou")), Branch.TCM).id == "haikou-tcm"
    assert TREE.beside(TREE.get(OrganisationId("longhua")), Branch.TCM).id == "longhua"
