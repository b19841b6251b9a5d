"""Public keys, key ids and signers; the closed set of algorithms.

A key has exactly one algorithm, chosen when the key is made and never by a message. A signature is
always the raw form of RFC 9053 and RFC 7518: 64 bytes, r and s for ES256. Private keys live behind the
`Signer` protocol; `SoftwareSigner` is the one that keeps its key in memory, for tests and small
installations. SM2 with SM3 has its place in `Algorithm` (private COSE number -70001) but no backend yet.

Standards: RFC 9053 (COSE algorithms), RFC 9864 (fully specified algorithms), RFC 9679 (thumbprint),
RFC 7517 and 8037 (JWK).
"""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from elicense import cbor
from elicense.errors import ElicenseError, Rejected

SIGNATURE_BYTES: Final = 64
KID_BYTES: Final = 8
_COORDINATE_BYTES: Final = 32
_POINT: Final = b"\x04"
_ECDSA_SHA256: Final = ec.ECDSA(hashes.SHA256())
_ECDSA_SHA256_DETERMINISTIC: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)

_NativePublic = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
_NativePrivate = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class KeyBad(ElicenseError):
    """A key could not be read, or is of a kind that the formats do not use."""


class Algorithm(Enum):
    """The algorithms of the formats. `cose` is written, all of `cose_accepted` are read, `jose` is the JWS name."""

    ES256 = ("ES256", -7, frozenset({-7, -9}))
    EDDSA = ("EdDSA", -8, frozenset({-8, -19}))

    def __init__(self, jose: str, cose: int, cose_accepted: frozenset[int]) -> None:
        self.jose: Final = jose
        self.cose: Final = cose
        self.cose_accepted: Final = cose_accepted


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key of one algorithm. Equality and hash go by algorithm and point.

    `x` and `y` are the raw coordinates (32 bytes each; `y` is empty for Ed25519).
    """

    algorithm: Algorithm
    x: bytes
    y: bytes = b""
    _native: _NativePublic = field(init=False, repr=False, compare=False)
    thumbprint: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        native: _NativePublic
        try:
            if self.algorithm is Algorithm.ES256:
                native = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _POINT + self.x + self.y)
            else:
                native = ed25519.Ed25519PublicKey.from_public_bytes(self.x)
        except (ValueError, TypeError):
            raise KeyBad("not a point of the curve") from None
        object.__setattr__(self, "_native", native)
        object.__setattr__(self, "thumbprint", hashlib.sha256(self.to_cose()).digest())

    def __reduce__(self) -> tuple[type[PublicKey], tuple[Algorithm, bytes, bytes]]:
        return PublicKey, (self.algorithm, self.x, self.y)

    @property
    def kid(self) -> bytes:
        """The first 8 bytes of the SHA-256 thumbprint of the COSE_Key (RFC 9679)."""
        return self.thumbprint[:KID_BYTES]

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Say whether `signature` (64 raw bytes) is this key's over `data`. Never raises for bytes."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        native = self._native
        try:
            if self.y:
                native.verify(_der(signature), data, _ECDSA_SHA256)  # type: ignore[call-arg]
            else:
                native.verify(signature, data)  # type: ignore[call-arg]
        except InvalidSignature:
            return False
        return True

    def to_cose(self) -> bytes:
        """The deterministic COSE_Key with the required members only: the input of the thumbprint."""
        if self.algorithm is Algorithm.ES256:
            return cbor.dumps({1: 2, -1: 1, -2: self.x, -3: self.y})
        return cbor.dumps({1: 1, -1: 6, -2: self.x})

    def to_jwk(self) -> dict[str, str]:
        """The public JWK with the required members only, in the order of RFC 7638."""
        if self.algorithm is Algorithm.ES256:
            return {"crv": "P-256", "kty": "EC", "x": b64url(self.x), "y": b64url(self.y)}
        return {"crv": "Ed25519", "kty": "OKP", "x": b64url(self.x)}

    def to_pem(self) -> str:
        """The SubjectPublicKeyInfo as PEM."""
        return self._native.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode("ascii")

    @classmethod
    def from_native(cls, native: object) -> PublicKey:
        """Take a public key object of `cryptography`. Raises `KeyBad` for another curve or kind."""
        if isinstance(native, ec.EllipticCurvePublicKey) and isinstance(native.curve, ec.SECP256R1):
            point = native.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
            return cls(Algorithm.ES256, point[1:33], point[33:])
        if isinstance(native, ed25519.Ed25519PublicKey):
            return cls(Algorithm.EDDSA, native.public_bytes_raw())
        raise KeyBad("neither P-256 nor Ed25519")

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> PublicKey:
        """Take the public part of a JWK (RFC 7517, 8037). Raises `KeyBad`."""
        match jwk.get("kty"), jwk.get("crv"):
            case "EC", "P-256":
                found = cls(Algorithm.ES256, _coordinate(jwk.get("x")), _coordinate(jwk.get("y")))
            case "OKP", "Ed25519":
                found = cls(Algorithm.EDDSA, _coordinate(jwk.get("x")))
            case _:
                raise KeyBad("neither P-256 nor Ed25519")
        if jwk.get("alg") not in (None, found.algorithm.jose, "ESP256" if found.y else "Ed25519"):
            raise KeyBad("key is marked for another algorithm")
        return found

    @classmethod
    def from_cose(cls, data: bytes) -> PublicKey:
        """Take the public part of a COSE_Key (RFC 9052 section 7), compressed or not. Raises `KeyBad`."""
        try:
            key = cbor.loads_any(data)
        except Rejected:
            raise KeyBad("not a COSE_Key") from None
        if not isinstance(key, dict):
            raise KeyBad("not a COSE_Key")
        match key.get(1), key.get(-1), key.get(-2), key.get(-3):
            case 2, 1, bytes() as x, bytes() as y if len(x) == len(y) == _COORDINATE_BYTES:
                found = cls(Algorithm.ES256, x, y)
            case 2, 1, bytes() as x, bool() as sign if len(x) == _COORDINATE_BYTES:
                found = _decompress(x, odd=sign)
            case 1, 6, bytes() as x, None if len(x) == _COORDINATE_BYTES:
                found = cls(Algorithm.EDDSA, x)
            case _:
                raise KeyBad("neither P-256 nor Ed25519")
        if key.get(3, found.algorithm.cose) not in found.algorithm.cose_accepted:
            raise KeyBad("key is marked for another algorithm")
        return found

    @classmethod
    def from_pem(cls, pem: str | bytes) -> PublicKey:
        """Take a SubjectPublicKeyInfo in PEM. Raises `KeyBad`."""
        data = pem.encode("utf-8") if isinstance(pem, str) else pem
        try:
            return cls.from_native(serialization.load_pem_public_key(data))
        except KeyBad:
            raise
        except Exception:  # noqa: BLE001 - third-party parser: any failure is one answer
            raise KeyBad("not a public key in PEM") from None


class Signer(Protocol):
    """Something that signs with one private key: software, a card, a hardware module."""

    @property
    def public_key(self) -> PublicKey:
        """The public half of the key."""

    def sign(self, data: bytes) -> bytes:
        """Sign `data` and return 64 raw bytes."""


class SoftwareSigner:
    """A private key in memory. With `deterministic=True` ES256 takes its nonce from RFC 6979, for vectors."""

    __slots__ = ("_ecdsa", "_native", "public_key")

    def __init__(self, native: _NativePrivate, *, deterministic: bool = False) -> None:
        self._native = native
        self._ecdsa = _ECDSA_SHA256_DETERMINISTIC if deterministic else _ECDSA_SHA256
        self.public_key = PublicKey.from_native(native.public_key())

    def __repr__(self) -> str:
        return f"SoftwareSigner({self.public_key.kid.hex()})"

    def sign(self, data: bytes) -> bytes:
        """Sign `data` and return 64 raw bytes."""
        native = self._native
        if isinstance(native, ed25519.Ed25519PrivateKey):
            return native.sign(data)
        return _raw(native.sign(data, self._ecdsa))

    def to_pkcs8(self) -> bytes:
        """The private key as unencrypted PKCS#8 DER. Whoever calls this protects the result."""
        return self._native.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @classmethod
    def generate(cls, algorithm: Algorithm) -> SoftwareSigner:
        """Make a new key of `algorithm` from the operating system's randomness."""
        if algorithm is Algorithm.ES256:
            return cls(ec.generate_private_key(ec.SECP256R1()))
        return cls(ed25519.Ed25519PrivateKey.generate())

    @classmethod
    def from_pkcs8(cls, der: bytes, *, deterministic: bool = False) -> SoftwareSigner:
        """Take an unencrypted PKCS#8 DER. Raises `KeyBad`."""
        try:
            native = serialization.load_der_private_key(der, None)
        except Exception:  # noqa: BLE001 - third-party parser: any failure is one answer
            raise KeyBad("not a private key in PKCS#8") from None
        if isinstance(native, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
            return cls(native, deterministic=deterministic)
        raise KeyBad("neither P-256 nor Ed25519")


_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")


def b64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL, b"=").decode("ascii")


def b64url_decode(text: str) -> bytes:
    """Decode base64url without padding; raises `ValueError` unless `text` is the one canonical encoding."""
    raw = bytes(text, "ascii")
    data = binascii.a2b_base64(raw.translate(_FROM_URL) + b"=" * (-len(raw) % 4), strict_mode=True)
    if binascii.b2a_base64(data, newline=False).translate(_TO_URL, b"=") != raw:
        raise ValueError("not canonical base64url")
    return data


def _coordinate(value: object) -> bytes:
    try:
        data = b64url_decode(value) if isinstance(value, str) else b""
    except ValueError:
        data = b""
    if len(data) != _COORDINATE_BYTES:
        raise KeyBad("coordinate is not 32 bytes")
    return data


def _decompress(x: bytes, *, odd: bool) -> PublicKey:
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), (b"\x03" if odd else b"\x02") + x)
    except ValueError:
        raise KeyBad("not a point of the curve") from None
    return PublicKey.from_native(point)


def _raw(der: bytes) -> bytes:
    """The inverse of `_der`, for a sequence that `cryptography` has just made."""
    middle = 4 + der[3]
    r, s = der[4:middle], der[middle + 2 :]
    return r[-_COORDINATE_BYTES:].rjust(_COORDINATE_BYTES, b"\0") + s[-_COORDINATE_BYTES:].rjust(
        _COORDINATE_BYTES, b"\0"
    )


def _der(signature: bytes) -> bytes:
    """R and s, 32 bytes each, as the DER sequence that `cryptography` takes; by bytes, which is fastest."""
    r = signature[:32].lstrip(b"\0") or b"\0"
    s = signature[32:].lstrip(b"\0") or b"\0"
    if r[0] > 0x7F:
        r = b"\0" + r
    if s[0] > 0x7F:
        s = b"\0" + s
    return b"\x30%c\x02%c%b\x02%c%b" % (len(r) + len(s) + 4, len(r), r, len(s), s)
