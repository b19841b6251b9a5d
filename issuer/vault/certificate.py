"""The certificate beside a document key (X.509, RFC 5280): signed by itself, for demonstrations.

It names no authority and is in no list of trust, so every reader shows the signature as whole and its signer as
unknown; a real authority would put the certificate of a licensed certification authority in its place.
"""

from __future__ import annotations

import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.x509.oid import NameOID

from elicense.keys import SoftwareSigner
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
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, SUBJECT),
            x509.NameAttribute(NameOID.COMMON_NAME, f"elicense document key {kid.hex()}"),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(kid, "big") >> 1)
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=YEARS * 365))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier(kid), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)
