"""Key proofs: whatever comes is refused with one name, and no proof survives a change of a single character."""

from __future__ import annotations

import contextlib
import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicense.keys import Algorithm, SoftwareSigner, b64url
from issuer.domain import key_proof
from issuer.domain.offer import Declined, Fault
from tests.issuer.wallets.wallet import TYP, jwt

AT: Final = 1_772_416_800
AUDIENCE: Final = "https://licence.example"
SIGNERS: Final = tuple(SoftwareSigner.generate(one) for one in Algorithm)
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def proof(signer: SoftwareSigner, header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None) -> str:
    """A proof as it should be, with what a test puts in its place."""
    public = signer.public_key
    head = {"alg": public.algorithm.jose, "typ": TYP, "jwk": public.to_jwk(), **(header or {})}
    return jwt(head, {"aud": AUDIENCE, "iat": AT, "nonce": "n", **(claims or {})}, signer)


def checked(token: str, client: str | None = None) -> key_proof.KeyProof:
    """Check a proof here and now; every refusal has the one name."""
    try:
        return key_proof.check(token, AUDIENCE, client, AT)
    except Declined as declined:
        assert declined.fault is Fault.INVALID_PROOF
        assert declined.detail.isascii()
        raise


@pytest.mark.parametrize("signer", SIGNERS, ids=[one.name for one in Algorithm])
def test_a_good_proof_names_its_key_and_its_nonce(signer: SoftwareSigner) -> None:
    assert checked(proof(signer)) == key_proof.KeyProof(key=signer.public_key, nonce="n")
    named = proof(signer, {"x-unknown": [1]}, {"iss": "wallet", "jti": "1"})
    assert checked(named, "wallet").key == signer.public_key


@given(st.text(max_size=200))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(Declined):
        checked(text)


PROOFS: Final = [proof(signer) for signer in SIGNERS]
"""Made once: a signature is another each time, and what Hypothesis draws from must not change."""


@given(st.data())
def test_no_character_can_be_changed(data: st.DataObject) -> None:
    token = data.draw(st.sampled_from(PROOFS))
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="ascii", exclude_characters=token[place]))
    with pytest.raises(Declined):
        checked(f"{token[:place]}{other}{token[place + 1 :]}")


@given(
    st.sampled_from(["alg", "typ", "jwk", "kid", "x5c", "crit", "x"]), JSON,
    st.sampled_from(["aud", "iat", "nonce", "iss", "exp", "nbf", "x"]), JSON,
)  # fmt: skip
def test_whatever_a_signed_proof_says_it_is_taken_or_refused(member: str, held: Any, claim: str, said: Any) -> None:
    with contextlib.suppress(Declined):
        found = checked(proof(SIGNERS[0], {member: held}, {claim: said}))
        assert found.key == SIGNERS[0].public_key
        assert member == "x"


@given(JSON, JSON)
def test_any_json_as_header_and_claims_is_refused(header: Any, claims: Any) -> None:
    with pytest.raises(Declined):
        checked(jwt(header, claims, SIGNERS[0]))


@pytest.mark.parametrize("nested", ["[", '{"a":', '"', "1" * 100, "NaN", '{"alg":1,"alg":2}', "\ufeff{}"])
def test_odd_json_is_refused_at_once(nested: str) -> None:
    text = b64url((nested * 400).encode())
    with pytest.raises(Declined):
        checked(f"{text[:4_000]}.{text[:10]}.x")
    with pytest.raises(Declined):
        checked(f"{b64url(json.dumps({}).encode())}.{b64url(nested.encode())}.x")
