"""Keys: the same point by every door, the same id, and nothing else gets in."""

from __future__ import annotations

import pickle

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from elicense import Algorithm, PublicKey, SoftwareSigner, cbor, keys
from elicense.keys import KeyBad, b64url, b64url_decode
from tests.world import signer

KEYS = [signer("one").public_key, signer("two", Algorithm.EDDSA).public_key]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_the_same_by_every_door(key: PublicKey) -> None:
    assert key == PublicKey.from_cose(key.to_cose())
    assert key == PublicKey.from_jwk(key.to_jwk())
    assert key == PublicKey.from_pem(key.to_pem()) == PublicKey.from_pem(key.to_pem().encode())
    assert key == pickle.loads(pickle.dumps(key))  # noqa: S301 - our own bytes
    assert key.kid == key.thumbprint[:8]


def test_compressed_points_are_read() -> None:
    key = KEYS[0]
    compressed = cbor.dumps({1: 2, -1: 1, -2: key.x, -3: bool(key.y[-1] & 1)})
    assert PublicKey.from_cose(compressed) == key


def test_a_private_cose_key_of_rfc_8392_gives_its_public_half() -> None:
    """RFC 8392 appendix A.2.3, the key of its ES256 example."""
    key = PublicKey.from_cose(
        bytes.fromhex(
            "a72358206c1382765aec5358f117733d281c1c7bdc39884d04a45a1e6c67c858bc206c1922582060f7f1a780d8a783bfb7a2dd6b2796e812"
            "8dbbcef9d3d168db9529971a36e7b9215820143329cce7868e416927599cf65a34f3ce2ffda55a7eca69ed8919a394d42f0f2001010202524"
            "173796d6d657472696345434453413235360326"
        )
    )
    assert key.algorithm is Algorithm.ES256
    assert key.x.hex() == "143329cce7868e416927599cf65a34f3ce2ffda55a7eca69ed8919a394d42f0f"


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AA"},
        {"kty": "RSA", "n": "AA", "e": "AQAB"},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": b64url(bytes(32)), "y": b64url(bytes(32))},
        {"kty": "EC", "crv": "P-256", "x": KEYS[0].to_jwk()["x"] + "=", "y": KEYS[0].to_jwk()["y"]},
        {**KEYS[0].to_jwk(), "alg": "EdDSA"},
        {**KEYS[0].to_jwk(), "alg": "HS256"},
        {"kty": "OKP", "crv": "X25519", "x": b64url(bytes(32))},
    ],
)
def test_other_keys_are_refused(jwk: dict[str, object]) -> None:
    with pytest.raises(KeyBad):
        PublicKey.from_jwk(jwk)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_key_or_refused(data: bytes) -> None:
    for door in (PublicKey.from_cose, PublicKey.from_pem):
        with pytest.raises(KeyBad):
            door(data)


def test_another_curve_is_refused() -> None:
    with pytest.raises(KeyBad):
        PublicKey.from_native(ec.generate_private_key(ec.SECP384R1()).public_key())


@given(st.binary(max_size=60))
def test_base64url_has_one_form(data: bytes) -> None:
    text = b64url(data)
    assert b64url_decode(text) == data
    for other in (text + "=", text + "==", text + "\n", "+" + text):
        with pytest.raises(ValueError):  # noqa: PT011 - the promise is the type
            b64url_decode(other)


@given(st.binary(max_size=80), st.binary(min_size=1, max_size=80))
def test_any_signature_is_answered(data: bytes, signature: bytes) -> None:
    for key in KEYS:
        assert key.verify(data, signature) is False


_numbers = st.one_of(st.integers(1, 2**256 - 1), st.integers(1, 255), st.integers(2**247, 2**248), st.just(2**255))


@given(_numbers, _numbers)
def test_der_is_rewritten_both_ways_without_loss(r: int, s: int) -> None:
    """One signature in 128 has a number that is shorter than usual, and half of them one with a sign byte."""
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    der = encode_dss_signature(r, s)
    assert (keys._der(raw), keys._raw(der)) == (der, raw)  # noqa: SLF001 - by hand, against the library


def test_a_signer_signs_what_its_public_key_verifies() -> None:
    for algorithm in Algorithm:
        held = SoftwareSigner.generate(algorithm)
        again = SoftwareSigner.from_pkcs8(held.to_pkcs8())
        assert again.public_key == held.public_key
        assert held.public_key.verify(b"data", held.sign(b"data"))
        assert held.public_key.kid.hex() in repr(held)
