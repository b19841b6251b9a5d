"""The claims path pointer and what a query asks for (OpenID4VP 1.0 sections 6 and 7)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicense.licence import Kind
from verifier.openid4vp.dcql import CredentialQuery, NothingThere, Query, select

_ARTHUR: dict[str, Any] = {
    "name": "Arthur Dent",
    "address": {"street_address": "42 Market Street", "locality": "Milliways", "postal_code": "12345"},
    "degrees": [
        {"type": "Bachelor of Science", "university": "University of Betelgeuse"},
        {"type": "Master of Science", "university": "University of Betelgeuse"},
    ],
    "nationalities": ["British", "Betelgeusian"],
}
"""The example of section 7.3."""


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (["name"], ["Arthur Dent"]),
        (["address"], [_ARTHUR["address"]]),
        (["address", "street_address"], ["42 Market Street"]),
        (["degrees", None, "type"], ["Bachelor of Science", "Master of Science"]),
        (["nationalities", 1], ["Betelgeusian"]),
        (["nationalities", None], ["British", "Betelgeusian"]),
        (["degrees", 0], [_ARTHUR["degrees"][0]]),
    ],
)
def test_the_examples_of_the_specification(path: list[str | int | None], found: list[Any]) -> None:
    assert select(_ARTHUR, path) == found


@pytest.mark.parametrize(
    "path",
    [
        [], ["nobody"], ["name", "first"], ["name", 0], ["name", None], ["nationalities", 2], ["nationalities", -1],
        ["nationalities", "0"], ["degrees", None, "year"], ["nationalities", True], ["degrees", 1.0], ["degrees", []],
    ],
)  # fmt: skip
def test_a_path_that_selects_nothing_is_told(path: list[Any]) -> None:
    with pytest.raises(NothingThere):
        select(_ARTHUR, path)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)
_path = st.lists(st.none() | st.booleans() | st.integers(-1, 3) | st.text(max_size=2), max_size=4)


@given(_json, _path)
def test_any_path_over_any_claims_gives_values_or_nothing(claims: Any, path: list[Any]) -> None:
    try:
        found = select(claims, path)
    except NothingThere:
        return
    assert found


@given(_json, st.data())
def test_the_path_to_a_value_finds_it(claims: Any, data: st.DataObject) -> None:
    path: list[str | int] = []
    value: Any = claims
    while isinstance(value, dict | list) and value and data.draw(st.booleans()):
        inside: dict[Any, Any] = value if isinstance(value, dict) else dict(enumerate(value))
        path.append(data.draw(st.sampled_from(list(inside))))
        value = inside[path[-1]]
    if path:
        assert select(claims, path) == [value]


def _types(kind: Kind) -> list[str]:
    return [f"urn:{kind.text}"]


def test_optional_credentials_are_sets_of_their_own() -> None:
    one, two = (CredentialQuery(id=name, kind=Kind.NURSE, claims=(("name",),)) for name in ("one", "two"))
    assert "credential_sets" not in Query(credentials=(one, two)).to_json(_types)
    query = Query(credentials=(one, two), optional=frozenset({"two"}))
    assert query.to_json(_types) == {
        "credentials": [
            {"id": "one", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:nurse"]}, "claims": [{"path": ["name"]}]},
            {"id": "two", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:nurse"]}, "claims": [{"path": ["name"]}]},
        ],
        "credential_sets": [
            {"options": [["one"]], "required": True},
            {"options": [["two"]], "required": False},
        ],
    }
    assert query.required == {"one"}


def test_what_was_asked_for_and_is_not_there_is_named() -> None:
    query = CredentialQuery(id="x", kind=Kind.NURSE, claims=(("name",), ("institution", "name"), ("scopes", None)))
    assert query.lacking({"name": "x", "institution": {"number": "1"}, "scopes": []}) == (
        ("institution", "name"),
        ("scopes", None),
    )
    assert query.lacking({"name": "x", "institution": {"name": "y"}, "scopes": [1]}) == ()
