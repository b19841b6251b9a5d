"""Who this verifier is to a wallet: a signing key, a certificate chain, and the Client Identifier made of them.

OpenID4VP 1.0 section 5.9.3: `x509_hash` names the verifier by the SHA-256 of its certificate, `x509_san_dns` by a DNS
name in it. Request objects are signed with ES256 and carry the chain, without its root, in `x5c` (RFC 9101, HAIP 1.0).
In a real deployment the certificate comes from an access authority that wallets trust; `make_demonstration` makes a
root and a certificate of its own, which only a wallet that was told so will trust.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.jwk import ECKey

from elicense import strictjson
from elicense.errors import ElicenseError
from elicense.keys import b64url

REQUEST_TYP: Final = "oauth-authz-req+jwt"
KEY: Final = "wallet-key.pem"
CHAIN: Final = "wallet-chain.pem"
ROOT: Final = "wallet-root.pem"
_DEMONSTRATION_DAYS: Final = 365


class IdentityBad(ElicenseError):
    """The files that say who this verifier is cannot be used."""


class Prefix(StrEnum):
    """The Client Identifier Prefixes that are spoken here."""

    X509_HASH = "x509_hash"
    X509_SAN_DNS = "x509_san_dns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A P-256 key and the certificates from its own up to, not including, the root."""

    key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...]
    prefix: Prefix = Prefix.X509_HASH

    def __post_init__(self) -> None:
        if not self.chain:
            raise IdentityBad("a certificate is missing")
        if self.chain[0].public_key() != self.key.public_key():
            raise IdentityBad("the certificate is not one of this key")
        if not isinstance(self.key.curve, ec.SECP256R1):
            raise IdentityBad("requests are signed with ES256; make a P-256 key")
        if self.prefix is Prefix.X509_SAN_DNS and not self._names():
            raise IdentityBad("the certificate holds no DNS name")

    @property
    def client_id(self) -> str:
        """The full Client Identifier, prefix and all: what a presentation must name as its audience."""
        if self.prefix is Prefix.X509_SAN_DNS:
            return f"{self.prefix}:{self._names()[0]}"
        leaf = self.chain[0].public_bytes(serialization.Encoding.DER)
        return f"{self.prefix}:{b64url(hashlib.sha256(leaf).digest())}"

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Sign a request object (RFC 9101): ES256, `typ`, `x5c`."""
        chain = [base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode("ascii") for one in self.chain]
        header = {"alg": "ES256", "typ": REQUEST_TYP, "x5c": chain}
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return jws.serialize_compact(header, strictjson.dumps(dict(claims)), ECKey.import_key(pem), ["ES256"])

    def _names(self) -> list[str]:
        try:
            held = self.chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except x509.ExtensionNotFound:
            return []
        return held.value.get_values_for_type(x509.DNSName)


def load(folder: Path, prefix: Prefix = Prefix.X509_HASH) -> Identity:
    """Read the key and the chain from a folder. Raises `IdentityBad` with the file that is at fault."""
    key = _read(folder / KEY)
    chain = _read(folder / CHAIN)
    try:
        private = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError):
        raise IdentityBad(f"{KEY}: not an unencrypted private key in PEM") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise IdentityBad(f"{KEY}: not a P-256 key")
    try:
        certificates = tuple(x509.load_pem_x509_certificates(chain))
    except ValueError:
        raise IdentityBad(f"{CHAIN}: not certificates in PEM") from None
    return Identity(key=private, chain=certificates, prefix=prefix)


def make_demonstration(folder: Path, host: str, today: dt.datetime) -> Identity:
    """Make a root, a key and its certificate for `host`, and write them. Raises `IdentityBad` if they are there.

    The root's private key is thrown away. The files: the key (readable by its owner only), the chain, the root that a
    wallet has to be told to trust.
    """
    if (folder / KEY).exists():
        raise IdentityBad(f"{KEY} is there already; it is not overwritten")
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    until = today + dt.timedelta(days=_DEMONSTRATION_DAYS)
    root_name = _name("elicense demonstration access authority")
    root = (
        x509.CertificateBuilder(root_name, root_name, root_key.public_key(), x509.random_serial_number(), today, until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        x509.CertificateBuilder(
            root_name,
            _name("elicense demonstration verifier"),
            key.public_key(),
            x509.random_serial_number(),
            today,
            until,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(_usage(), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    (folder / CHAIN).write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    (folder / ROOT).write_bytes(root.public_bytes(serialization.Encoding.PEM))
    return Identity(key=key, chain=(leaf,))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise IdentityBad(f"{path.name}: {fault.strerror}") from None


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
