"""What a wallet sends back: read exactly, or refused with a code; whatever the bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey

from verifier.openid4vp.responses import Declined, Response, ResponseBad, new_key, public_part, read

_STATE = "state-of-this-request"
_TOKEN = {"physician": ["a~b~"]}
_PRIVATE = new_key()
_PUBLIC = public_part(_PRIVATE)


def _encrypted(payload: object, public: dict[str, Any] | None = None, **header: Any) -> str:
    key = public or _PUBLIC
    protected = {"alg": "ECDH-ES", "enc": "A128GCM", "kid": key["kid"], **header}
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    registry = jwe.JWERegistry(algorithms=[protected["alg"], protected["enc"], "DEF"])
    registry.max_ciphertext_length = 10_000_000
    return jwe.encrypt_compact(protected, data, ECKey.import_key(key), registry=registry)


def test_a_plain_response_is_read() -> None:
    form = {"vp_token": [json.dumps(_TOKEN)], "state": [_STATE], "ignored": ["x"]}
    assert read(form, state=_STATE, key=None) == Response({"physician": "a~b~"})


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
@pytest.mark.parametrize("more", [{}, {"state": _STATE}])
def test_an_encrypted_response_is_read(enc: str, more: dict[str, str]) -> None:
    form = {"response": [_encrypted({"vp_token": _TOKEN, **more}, enc=enc)]}
    assert read(form, state=_STATE, key=_PRIVATE) == Response({"physician": "a~b~"})


@pytest.mark.parametrize(("said", "kept"), [("access_denied", "access_denied"), ("<script>", "other"), ("", "other")])
def test_a_refusal_of_the_wallet_is_an_answer(said: str, kept: str) -> None:
    assert read({"error": [said], "state": [_STATE]}, state=_STATE, key=None) == Declined(kept)
    assert read({"error": [said], "state": [_STATE]}, state=_STATE, key=_PRIVATE) == Declined(kept)
    encrypted = _encrypted({"error": said, "state": _STATE})
    assert read({"response": [encrypted]}, state=_STATE, key=_PRIVATE) == Declined(kept)


def test_the_key_that_is_offered_holds_nothing_private() -> None:
    assert {
        **ECKey.import_key(_PRIVATE).as_dict(private=False),
        "kid": _PRIVATE["kid"],
        "use": "enc",
        "alg": "ECDH-ES",
    } == _PUBLIC
    assert "d" not in _PUBLIC
    assert _PUBLIC["alg"] == "ECDH-ES"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"vp_token": ["{}"], "state": [_STATE]},
        {"vp_token": ["[]"], "state": [_STATE]},
        {"vp_token": [json.dumps(_TOKEN)]},
        {"vp_token": [json.dumps(_TOKEN)], "state": ["another"]},
        {"vp_token": [json.dumps(_TOKEN)] * 2, "state": [_STATE]},
        {"vp_token": ['{"a":["x"],"a":["y"]}'], "state": [_STATE]},
        {"vp_token": ['{"a":[NaN]}'], "state": [_STATE]},
        {"vp_token": ['{"a":"x"}'], "state": [_STATE]},
        {"vp_token": ['{"a":["x","y"]}'], "state": [_STATE]},
        {"vp_token": ['{"a":[]}'], "state": [_STATE]},
        {"vp_token": ['{"a":[{"b":1}]}'], "state": [_STATE]},
        {"vp_token": ["[" * 5000], "state": [_STATE]},
        {"vp_token": ["\udc80"], "state": [_STATE]},
        {"error": ["access_denied"]},
        {"error": ["access_denied"], "state": ["another"]},
    ],
)
def test_a_plain_response_that_is_none_is_refused(form: dict[str, list[str]]) -> None:
    with pytest.raises(ResponseBad):
        read(form, state=_STATE, key=None)


def _hostile() -> list[dict[str, list[str]]]:
    other = public_part(new_key())
    right = _encrypted({"vp_token": _TOKEN})
    parts = right.split(".")
    return [
        {"vp_token": [json.dumps(_TOKEN)], "state": [_STATE]},
        {"response": [""]},
        {"response": ["a.b.c"]},
        {"response": ["a.b.c.d.e"]},
        {"response": [right, right]},
        {"response": [right[:-4] + "AAAA"]},
        {"response": [".".join([parts[0], "AAAA", *parts[2:]])]},
        {"response": [_encrypted({"vp_token": _TOKEN}, other)]},
        {"response": [_encrypted({"vp_token": _TOKEN}, kid=other["kid"])]},
        {"response": [_encrypted({"vp_token": _TOKEN}, enc="A128CBC-HS256")]},
        {"response": [_encrypted({"vp_token": _TOKEN}, alg="ECDH-ES+A128KW")]},
        {"response": [_encrypted(b"a" * 200_000, zip="DEF")]},
        {"response": [_encrypted(b"a" * 2_000_000)]},
        {"response": [_encrypted({"vp_token": _TOKEN, "state": "another"})]},
        {"response": [_encrypted({})]},
        {"response": [_encrypted([])]},
        {"response": [_encrypted(b"")]},
        {"response": [_encrypted(b'{"vp_token":{"a":["x"]},"vp_token":{"a":["y"]}}')]},
        {"response": [_encrypted(b'{"vp_token":{"a":["x"]},"n":NaN}')]},
        {"response": [_encrypted(b"\xff")]},
    ]


@pytest.mark.parametrize("form", _hostile())
def test_an_encrypted_response_that_is_none_is_refused(form: dict[str, list[str]]) -> None:
    with pytest.raises(ResponseBad) as refused:
        read(form, state=_STATE, key=_PRIVATE)
    assert not any(part in str(refused.value) for part in ("a~b~", _STATE, _PRIVATE["d"]))


_texts = st.lists(st.text(max_size=60), min_size=1, max_size=2)


@given(
    st.dictionaries(st.sampled_from(["vp_token", "response", "state", "error", "x"]), _texts),
    st.booleans(),
)
def test_any_form_is_read_or_refused(form: dict[str, list[str]], encrypted: bool) -> None:
    try:
        read(form, state=_STATE, key=_PRIVATE if encrypted else None)
    except ResponseBad as bad:
        assert bad.code == "invalid_request"


_RIGHT = _encrypted({"vp_token": _TOKEN})
"""One text for all draws: it is encrypted to another key each time."""


@given(st.data())
def test_any_flip_of_an_encrypted_response_is_refused(data: st.DataObject) -> None:
    right = _RIGHT
    at = data.draw(st.integers(0, len(right) - 1))
    char = data.draw(st.sampled_from("ABab09-_.="))
    flipped = right[:at] + char + right[at + 1 :]
    try:
        found = read({"response": [flipped]}, state=_STATE, key=_PRIVATE)
    except ResponseBad:
        return
    assert found == Response({"physician": "a~b~"}), "the same bytes, or unused bits of the last character"
