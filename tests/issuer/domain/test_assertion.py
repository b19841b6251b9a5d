"""What a security key signs: only its user, present and verified, here, over this very act; as py_webauthn judges."""

import dataclasses
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webauthn import verify_authentication_response
from webauthn.helpers.exceptions import InvalidAuthenticationResponse

from elicense import cbor
from issuer.domain import act as acts
from issuer.domain import canonical
from issuer.domain.act import Es256Proof, SignedAct
from issuer.domain.assertion import Assertion, holds, relying_party
from issuer.domain.refusal import Refusal
from tests.issuer.domain.security_key import ORIGIN, PRESENT, VERIFIED, SecurityKey, b64

KEY = SecurityKey()
PUBLIC = KEY.signer.public_key
CHALLENGE = hashlib.sha256(b"an act").digest()
GOOD = KEY.sign(CHALLENGE)


def library(assertion: Assertion, challenge: bytes = CHALLENGE) -> bool:
    """The verdict of py_webauthn on the same answer."""
    cose = cbor.dumps({1: 2, 3: -7, -1: 1, -2: PUBLIC.x, -3: PUBLIC.y})
    answer = {
        "id": b64(b"id"),
        "rawId": b64(b"id"),
        "type": "public-key",
        "response": {
            "authenticatorData": b64(assertion.authenticator_data),
            "clientDataJSON": b64(assertion.client_data),
            "signature": b64(assertion.signature),
        },
    }
    try:
        verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=relying_party(ORIGIN),
            expected_origin=ORIGIN,
            credential_public_key=cose,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except InvalidAuthenticationResponse:
        return False
    return True


def test_a_good_answer_holds_for_us_and_for_the_library() -> None:
    assert holds(GOOD, CHALLENGE, PUBLIC, ORIGIN)
    assert library(GOOD)


@pytest.mark.parametrize(
    "bad",
    [
        KEY.sign(hashlib.sha256(b"another act").digest()),
        KEY.sign(CHALLENGE, flags=PRESENT),
        KEY.sign(CHALLENGE, flags=VERIFIED),
        KEY.sign(CHALLENGE, flags=0),
        KEY.sign(CHALLENGE, party="evil.example"),
        KEY.sign(CHALLENGE, said={"origin": "https://evil.example"}),
        KEY.sign(CHALLENGE, said={"origin": ORIGIN + ":8443"}),
        KEY.sign(CHALLENGE, said={"type": "webauthn.create"}),
        SecurityKey().sign(CHALLENGE),
    ],
    ids=["challenge", "not verified", "not present", "neither", "party", "origin", "port", "type", "other key"],
)
def test_an_answer_to_something_else_does_not_hold(bad: Assertion) -> None:
    assert not holds(bad, CHALLENGE, PUBLIC, ORIGIN)
    assert not library(bad)


def test_an_answer_from_inside_another_page_does_not_hold() -> None:
    """We are stricter than the library here."""
    assert not holds(KEY.sign(CHALLENGE, said={"crossOrigin": True}), CHALLENGE, PUBLIC, ORIGIN)


@given(st.sampled_from(["authenticator_data", "client_data", "signature"]), st.data())
def test_a_changed_bit_does_not_hold(part: str, data: st.DataObject) -> None:
    held = bytearray(getattr(GOOD, part))
    place = data.draw(st.integers(0, len(held) - 1))
    held[place] ^= 1 << data.draw(st.integers(0, 7))
    assert not holds(dataclasses.replace(GOOD, **{part: bytes(held)}), CHALLENGE, PUBLIC, ORIGIN)


@given(st.binary(max_size=80), st.binary(max_size=80), st.binary(max_size=80))
def test_any_bytes_are_answered(data: bytes, client: bytes, signature: bytes) -> None:
    made = Assertion(authenticator_data=data, client_data=client, signature=signature)
    assert not holds(made, CHALLENGE, PUBLIC, ORIGIN)
    deep = dataclasses.replace(made, client_data=b"[" * 4_000)
    assert not holds(deep, CHALLENGE, PUBLIC, ORIGIN)


def test_the_form_of_the_key_decides_the_form_of_the_proof() -> None:
    """A security key's act is not believed by a plain signature with its private key, nor the reverse."""
    data = b"whatever"
    plain = SignedAct(act_bytes=data, key_id="0" * 16, proof=Es256Proof(signature=KEY.signer.sign(data)))
    pressed = dataclasses.replace(plain, proof=KEY.sign(plain.digest))
    assert acts.verify_proof(plain, PUBLIC)
    assert acts.verify_proof(pressed, PUBLIC, ORIGIN)
    assert not acts.verify_proof(plain, PUBLIC, ORIGIN)
    assert not acts.verify_proof(pressed, PUBLIC)


def test_an_assertion_is_kept_and_read_back() -> None:
    kept = acts.proof_to_bytes(GOOD)
    assert acts.proof_from_json(canonical.loads(kept)) == GOOD
    value = canonical.loads(kept)
    assert isinstance(value, dict)
    for name, bad in (("signature", "="), ("client_data", b64(b"x" * 5_000)), ("authenticator_data", 1), ("extra", "")):
        with pytest.raises(Refusal, match="act-malformed"):
            acts.proof_from_json({**value, name: bad})
