"""Certificates beside keys (X.509, RFC 5280). Those that are made here are for demonstrations.

That of a document key signs itself: it names no authority and is in no list of trust, so every reader shows the
signature as whole and its signer as unknown. A licence key may have a chain, which copies for wallets carry as `x5c`;
the demonstration's root is made for it and forgotten, since a licence key signs licences and nothing else. A real
authority puts certificates of a licensed certification authority in the place of both.
"""

from __future__ import annotations

import datetime
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import NameOID

from elicense.keys import KeyBad, PublicKey, SoftwareSigner
from elicense.limits import X5C_MAX
from issuer.vault.errors import KeyRefused

YEARS: Final = 10
SUBJECT: Final = "演示样本 DEMONSTRATION"
"""What stands where an authority's name would."""


def self_signed(signer: SoftwareSigner, at: int) -> bytes:
    """Return the certificate (DER) of a document key, good from `at` (Unix seconds) for ten years."""
    key = serialization.load_der_private_key(signer.to_pkcs8(), None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise KeyRefused("document keys are P-256 keys")
    begins = datetime.datetime.fromtimestamp(at, tz=datetime.UTC)
    kid = signer.public_key.kid
    name = _name(f"elicense document key {kid.hex()}")
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(kid, "big") >> 1)
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=YEARS * 365))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(content_commitment=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier(kid), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def demonstration_chain(key: PublicKey, address: str, at: int) -> tuple[bytes, bytes]:
    """Return a certificate of a licence key whose copies say `iss` is `address`, and the root that signed it, in PEM.

    The root's private key is gone when this returns. Good from `at` (Unix seconds) for ten years.
    """
    root_key = generate_private_key(SECP256R1())
    public = serialization.load_pem_public_key(key.to_pem().encode("ascii"))
    if not isinstance(public, EllipticCurvePublicKey | Ed25519PublicKey):
        raise KeyRefused("licence keys are P-256 or Ed25519 keys")
    begins = datetime.datetime.fromtimestamp(at, tz=datetime.UTC)
    ends = begins + datetime.timedelta(days=YEARS * 365)
    above, name = _name("elicense demonstration root"), _name(f"elicense licence key {key.kid.hex()}")
    serial = int.from_bytes(key.kid, "big") >> 1
    host = urlsplit(address).hostname or ""
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(address), x509.DNSName(host)])
    root = (
        x509.CertificateBuilder(above, above, root_key.public_key(), serial, begins, ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        x509.CertificateBuilder(above, name, public, serial + 1, begins, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(content_commitment=False), critical=True)
        .add_extension(names, critical=False)
        .add_extension(x509.SubjectKeyIdentifier(key.kid), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    return leaf.public_bytes(serialization.Encoding.PEM), root.public_bytes(serialization.Encoding.PEM)


def chain(pem: bytes, kid: str) -> tuple[bytes, ...]:
    """Return the certificates (DER) in a PEM file of the licence key `kid`, the key's own first.

    Raises KeyRefused if they are none, more than a copy may carry, or the first is of another key.
    """
    try:
        found = x509.load_pem_x509_certificates(pem)
        own = PublicKey.from_native(found[0].public_key()).kid.hex()
    except (ValueError, KeyBad, UnsupportedAlgorithm):
        own = ""
    if own != kid or len(found) > X5C_MAX:
        raise KeyRefused(f"the certificates of licence key {kid} are not its own, or more than {X5C_MAX}")
    return tuple(one.public_bytes(serialization.Encoding.DER) for one in found)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, SUBJECT),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, content_commitment: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=content_commitment, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
