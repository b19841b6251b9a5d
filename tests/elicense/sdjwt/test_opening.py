"""SD-JWT of anybody: what the text allows is put back into its place, what it forbids is refused (RFC 9901)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense.errors import Rejected
from elicense.keys import Algorithm, b64url
from elicense.limits import SDJWT_BYTES_MAX, SDJWT_DISCLOSURES_MAX
from elicense.reason import Reason
from elicense.sdjwt import open_sdjwt, split
from tests.elicense.sdjwt.made import digest, disclosure, jws, sd
from tests.world import signer

KEY = signer("issuer")
EDWARDS = signer("issuer ed", Algorithm.EDDSA)

_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=3).filter(lambda name: name not in {"_sd", "...", "_sd_alg"}), inner, max_size=3
        )
    ),
    max_leaves=10,
)
_objects = st.dictionaries(
    st.text(min_size=1, max_size=3).filter(lambda name: name not in {"_sd", "...", "_sd_alg"}), _values, max_size=4
)


def hide(value: Any, draw: st.DataObject, disclosures: list[str], salts: list[int]) -> Any:
    """Hide parts of a value at random, at any depth, with decoys among the digests."""

    def hidden(*items: Any) -> str:
        salts[0] += 1
        disclosures.append(disclosure(f"salt {salts[0]}", *items))
        return digest(disclosures[-1])

    def decoy() -> str:
        salts[0] += 1
        return digest(f"decoy {salts[0]}")

    if isinstance(value, dict):
        made: dict[str, Any] = {}
        digests = [decoy()] if draw.draw(st.booleans()) else []
        for name, inner in value.items():
            within = hide(inner, draw, disclosures, salts)
            if draw.draw(st.booleans()):
                digests.append(hidden(name, within))
            else:
                made[name] = within
        return {**made, "_sd": digests} if digests else made
    if isinstance(value, list):
        items: list[Any] = []
        for inner in value:
            within = hide(inner, draw, disclosures, salts)
            items.append({"...": hidden(within)} if draw.draw(st.booleans()) else within)
        return [*items, {"...": decoy()}] if draw.draw(st.booleans()) else items
    return value


@settings(max_examples=150)
@given(_objects, st.data(), st.sampled_from([KEY, EDWARDS]))
def test_whatever_was_hidden_at_whatever_depth_comes_back(
    claims: dict[str, Any], data: st.DataObject, key: Any
) -> None:
    disclosures: list[str] = []
    payload = hide(claims, data, disclosures, [0])
    order = data.draw(st.permutations(disclosures))
    assert open_sdjwt(sd({**payload, "_sd_alg": "sha-256"}, *order, key=key), key.public_key) == claims
    assert open_sdjwt(sd(payload, *order, key=key), key.public_key) == claims, "sha-256 where no algorithm is named"


@settings(max_examples=150)
@given(_objects, st.data())
def test_what_is_kept_back_is_not_there(claims: dict[str, Any], data: st.DataObject) -> None:
    """Only items at the top: below, keeping one back keeps all that hangs on it back too."""
    made = {name: disclosure(f"salt {number}", name, value) for number, (name, value) in enumerate(claims.items())}
    shown = data.draw(st.sets(st.sampled_from(sorted(claims)))) if claims else set()
    payload = {"_sd": sorted(map(digest, made.values()))}
    text = sd(payload, *(made[name] for name in shown), key=KEY)
    assert open_sdjwt(text, KEY.public_key) == {name: claims[name] for name in shown}


A, B = disclosure("salt a", "name", "林知远"), disclosure("salt b", "place", 460000)
INNER = disclosure("salt i", "inner", 1)
OUTER = disclosure("salt o", "outer", {"_sd": [digest(INNER)]})
ELEMENT = disclosure("salt e", "an element")
BAD: dict[str, tuple[str, Reason]] = {
    "a disclosure twice": (sd({"_sd": [digest(A)]}, A, A, key=KEY), Reason.DISCLOSURE_BAD),
    "a digest twice in one place": (sd({"_sd": [digest(A), digest(A)]}, A, key=KEY), Reason.DISCLOSURE_BAD),
    "a digest twice in two places": (
        sd({"_sd": [digest(A)], "x": {"_sd": [digest(A)]}}, A, key=KEY), Reason.DISCLOSURE_BAD,
    ),
    "a decoy twice": (sd({"_sd": [digest("d")], "x": [{"...": digest("d")}]}, key=KEY), Reason.DISCLOSURE_BAD),
    "a disclosure for nothing": (sd({"_sd": [digest(A)]}, A, B, key=KEY), Reason.DISCLOSURE_BAD),
    "the inner without the outer": (sd({"_sd": [digest(OUTER)]}, INNER, key=KEY), Reason.DISCLOSURE_BAD),
    "a name that is there": (sd({"_sd": [digest(A)], "name": "x"}, A, key=KEY), Reason.DISCLOSURE_BAD),
    "two disclosures of one name": (
        sd({"_sd": [digest(A), digest(disclosure("s", "name", 1))]}, A, disclosure("s", "name", 1), key=KEY),
        Reason.DISCLOSURE_BAD,
    ),
    "an element where a member belongs": (sd({"_sd": [digest(ELEMENT)]}, ELEMENT, key=KEY), Reason.DISCLOSURE_BAD),
    "a member where an element belongs": (sd({"x": [{"...": digest(A)}]}, A, key=KEY), Reason.DISCLOSURE_BAD),
    "an element's digest not alone": (
        sd({"x": [{"...": digest(ELEMENT), "y": 1}]}, ELEMENT, key=KEY), Reason.DISCLOSURE_BAD,
    ),
    "three dots outside an array": (sd({"...": "x"}, key=KEY), Reason.DISCLOSURE_BAD),
    "digests that are no array": (sd({"_sd": digest(A)}, A, key=KEY), Reason.DISCLOSURE_BAD),
    "a digest that is no text": (sd({"_sd": [1]}, key=KEY), Reason.DISCLOSURE_BAD),
    "an element's digest that is no text": (sd({"x": [{"...": 1}]}, key=KEY), Reason.DISCLOSURE_BAD),
    "_sd_alg below the top": (sd({"x": {"_sd_alg": "sha-256"}}, key=KEY), Reason.DISCLOSURE_BAD),
    "another hash": (sd({"_sd": [], "_sd_alg": "sha-512"}, key=KEY), Reason.ALGORITHM_BAD),
    "a hash that is none": (sd({"_sd": [], "_sd_alg": None}, key=KEY), Reason.ALGORITHM_BAD),
    "no salt": (sd({"_sd": [digest(disclosure("name", 1))]}, disclosure("name", 1), key=KEY), Reason.DISCLOSURE_BAD),
    "a salt that is no text": (
        sd({"_sd": [digest(disclosure(1, "n", 1))]}, disclosure(1, "n", 1), key=KEY), Reason.DISCLOSURE_BAD,
    ),
    "a disclosure that is no array": (
        sd({"_sd": [digest(b64url(b"{}"))]}, b64url(b"{}"), key=KEY), Reason.DISCLOSURE_BAD,
    ),
    "a disclosure that is no JSON": (
        sd({"_sd": [digest(b64url(b"["))]}, b64url(b"["), key=KEY), Reason.MALFORMED,
    ),
    "an empty disclosure": (sd({"_sd": [digest("")]}, "", key=KEY), Reason.MALFORMED),
    "padding": (sd({"_sd": [digest(A + "=")]}, A + "=", key=KEY), Reason.MALFORMED),
    "another key": (sd({}, key=signer("stranger")), Reason.SIGNATURE_BAD),
    "alg none": (sd({}, key=KEY, header={"alg": "none"}), Reason.ALGORITHM_BAD),
    "alg of a shared secret": (sd({}, key=KEY, header={"alg": "HS256"}), Reason.ALGORITHM_BAD),
    "no alg": (sd({}, key=KEY, header={"typ": "x"}), Reason.ALGORITHM_BAD),
    "crit": (sd({}, key=KEY, header={"alg": "ES256", "crit": ["x"]}), Reason.HEADER_UNKNOWN),
    "a member twice": (jws({"alg": "ES256"}, b'{"a":1,"a":2}', KEY) + "~", Reason.MALFORMED),
    "NaN": (jws({"alg": "ES256"}, b'{"a":NaN}', KEY) + "~", Reason.MALFORMED),
    "a payload that is no object": (jws({"alg": "ES256"}, b"[]", KEY) + "~", Reason.MALFORMED),
    "a proof that nobody asked for": (sd({}, key=KEY) + "a.b.c", Reason.MALFORMED),
    "a bare JWT": (jws({"alg": "ES256"}, {}, KEY), Reason.MALFORMED),
    "nothing": ("", Reason.MALFORMED),
    "a tilde": ("~", Reason.MALFORMED),
    "too long": ("a" * SDJWT_BYTES_MAX + "~", Reason.TOO_LARGE),
    "too many disclosures": (sd({}, *[A] * (SDJWT_DISCLOSURES_MAX + 1), key=KEY), Reason.TOO_LARGE),
    "nested too deeply": (jws({"alg": "ES256"}, b'{"a":' + b"[" * 99 + b"]" * 99 + b"}", KEY) + "~", Reason.MALFORMED),
}  # fmt: skip
for _name in ("_sd", "..."):
    _one = disclosure("salt", _name, [])
    BAD[f"the reserved name {_name}"] = (sd({"_sd": [digest(_one)]}, _one, key=KEY), Reason.DISCLOSURE_BAD)


@pytest.mark.parametrize("name", BAD)
def test_what_the_text_forbids_is_refused(name: str) -> None:
    text, reason = BAD[name]
    with pytest.raises(Rejected) as refused:
        open_sdjwt(text, KEY.public_key)
    assert refused.value.reason is reason, name


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda data: data.decode("latin-1")))
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(Rejected):
        open_sdjwt(text, KEY.public_key)


_WHOLE = sd({"_sd": [digest(A), digest(OUTER)], "x": [{"...": digest(ELEMENT)}]}, A, OUTER, INNER, ELEMENT, key=KEY)
"""One text for all draws: a signature is another each time."""


@settings(max_examples=300)
@given(st.data())
def test_any_flip_is_refused(data: st.DataObject) -> None:
    text = _WHOLE
    at = data.draw(st.integers(0, len(text) - 1))
    char = data.draw(st.sampled_from("ABCabc019-_~.=\x00é").filter(lambda one: one != text[at]))
    with pytest.raises(Rejected):
        open_sdjwt(text[:at] + char + text[at + 1 :], KEY.public_key)


def test_what_key_binding_covers_is_all_up_to_the_last_tilde() -> None:
    compact = split(sd({"_sd": [digest(A)]}, A, key=KEY) + "key.binding.jwt")
    assert compact.key_binding == "key.binding.jwt"
    assert compact.covered.endswith(f"~{A}~")


@pytest.mark.parametrize("alg", [[], {}, ["ES256"], 1, True, None, "none"])
def test_an_algorithm_of_any_sort_is_refused_before_any_key_is_asked(alg: Any) -> None:
    with pytest.raises(Rejected) as refused:
        split(sd({}, key=KEY, header={"alg": alg, "typ": "example+sd-jwt"}))
    assert refused.value.reason is Reason.ALGORITHM_BAD


@pytest.mark.parametrize("arrays", [0, 1, 8])
def test_a_chain_of_disclosures_does_not_exhaust_the_stack(arrays: int) -> None:
    inner: dict[str, Any] = {"end": 1}
    chain: list[str] = []
    for _ in range(SDJWT_DISCLOSURES_MAX - 1):
        held: Any = inner
        for _ in range(arrays):
            held = [held]
        chain.append(disclosure("c2FsdC1vZi0xMjgtYml0cw", "a", held))
        inner = {"_sd": [digest(chain[-1])]}
    with pytest.raises(Rejected) as refused:
        open_sdjwt(sd({"_sd_alg": "sha-256", **inner}, *chain, key=KEY), KEY.public_key)
    assert refused.value.reason is Reason.DISCLOSURE_BAD
