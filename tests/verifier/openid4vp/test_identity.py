"""Who the verifier is: keys, certificates, Client Identifiers, signed request objects."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import stat
from pathlib import Path

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from elicense.keys import b64url_decode
from verifier.openid4vp import identity
from verifier.openid4vp.identity import CHAIN, KEY, ROOT, Identity, IdentityBad, Prefix

_TODAY = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    identity.make_demonstration(tmp_path, "verifier.example", _TODAY)
    return tmp_path


def test_the_client_identifier_is_the_hash_of_the_certificate(made: Path) -> None:
    held = identity.load(made)
    prefix, _, digest = held.client_id.partition(":")
    leaf = x509.load_pem_x509_certificate((made / CHAIN).read_bytes())
    assert prefix == "x509_hash"
    assert b64url_decode(digest) == hashlib.sha256(leaf.public_bytes(serialization.Encoding.DER)).digest()


def test_the_client_identifier_may_be_the_name_in_the_certificate(made: Path) -> None:
    assert identity.load(made, Prefix.X509_SAN_DNS).client_id == "x509_san_dns:verifier.example"


def test_a_request_object_opens_with_the_certificate_that_it_carries(made: Path) -> None:
    signed = identity.load(made).sign({"nonce": "n"})
    header = jwt.get_unverified_header(signed)
    assert header["typ"] == "oauth-authz-req+jwt"
    assert header["alg"] == "ES256"
    leaf = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    key = leaf.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert jwt.decode(signed, key, ["ES256"]) == {"nonce": "n"}
    root = x509.load_pem_x509_certificate((made / ROOT).read_bytes())
    leaf.verify_directly_issued_by(root)
    assert len(header["x5c"]) == 1, "the root is not sent; a wallet has it or does not trust"
    body = json.dumps({"nonce": "other"}).encode()
    parts = signed.split(".")
    forged = f"{parts[0]}.{base64.urlsafe_b64encode(body).rstrip(b'=').decode()}.{parts[2]}"
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(forged, key, ["ES256"])


def test_the_key_is_the_owners_alone_and_is_not_overwritten(made: Path) -> None:
    assert stat.S_IMODE((made / KEY).stat().st_mode) == 0o600
    before = (made / KEY).read_bytes()
    with pytest.raises(IdentityBad, match="not overwritten"):
        identity.make_demonstration(made, "verifier.example", _TODAY)
    assert (made / KEY).read_bytes() == before


@pytest.mark.parametrize("name", [KEY, CHAIN])
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_files_that_are_gone_or_broken_are_named(made: Path, name: str, content: bytes | None) -> None:
    (made / name).unlink()
    if content is not None:
        (made / name).write_bytes(content)
    with pytest.raises(IdentityBad, match=name):
        identity.load(made)


def test_a_certificate_of_another_key_is_refused(made: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    identity.make_demonstration(other, "verifier.example", _TODAY)
    (made / CHAIN).write_bytes((other / CHAIN).read_bytes())
    with pytest.raises(IdentityBad, match="not one of this key"):
        identity.load(made)


def test_another_curve_and_an_empty_chain_are_refused(made: Path) -> None:
    held = identity.load(made)
    with pytest.raises(IdentityBad, match="missing"):
        Identity(key=held.key, chain=())
    pem = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (made / KEY).write_bytes(pem)
    with pytest.raises(IdentityBad):
        identity.load(made)
