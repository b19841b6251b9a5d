"""A WebAuthn assertion over an act: what a FIDO2 security key signs, checked without any library of the web.

The challenge is the SHA-256 of the act bytes, so that the assertion is a signature on the act and can be checked years
later from the audit trail alone. Checked is what W3C Web Authentication Level 2, section 7.2, asks of a relying party:
type, challenge, origin, hash of the relying party's id, user present and user verified, signature (ES256). The
relying party's id is the host of the origin under which the key was registered. Whether the signature counter grew is
the caller's question: it needs the last one.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

if TYPE_CHECKING:
    from elicense.keys import PublicKey

CLIENT_DATA_MAX: Final = 4_096
AUTHENTICATOR_DATA_MAX: Final = 1_024
_HEAD: Final = 37
_PRESENT: Final = 0x01
_VERIFIED: Final = 0x04
_HALF: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """The three parts of an authenticator's answer, as received. `signature` is DER."""

    authenticator_data: bytes
    client_data: bytes
    signature: bytes

    @property
    def counter(self) -> int:
        """The signature counter that the authenticator claims; 0 if it keeps none."""
        return int.from_bytes(self.authenticator_data[33:_HEAD], "big")


def relying_party(origin: str) -> str:
    """The relying party's id that belongs to an origin: its host."""
    return urlsplit(origin).hostname or ""


def holds(assertion: Assertion, challenge: bytes, key: PublicKey, origin: str) -> bool:
    """Say whether the user of `key`, verified, signed this challenge at this origin. Never raises."""
    data = assertion.authenticator_data
    if not _HEAD <= len(data) <= AUTHENTICATOR_DATA_MAX or len(assertion.client_data) > CLIENT_DATA_MAX:
        return False
    if data[:32] != hashlib.sha256(relying_party(origin).encode("utf-8")).digest():
        return False
    if data[32] & (_PRESENT | _VERIFIED) != _PRESENT | _VERIFIED:
        return False
    if not _asked(assertion.client_data, challenge, origin):
        return False
    raw = _raw(assertion.signature)
    return raw is not None and key.verify(data + hashlib.sha256(assertion.client_data).digest(), raw)


def _asked(client_data: bytes, challenge: bytes, origin: str) -> bool:
    try:
        said = json.loads(client_data.decode("utf-8"))
    except (ValueError, RecursionError):
        return False
    expected = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode("ascii")
    return (
        isinstance(said, dict)
        and said.get("type") == "webauthn.get"
        and said.get("challenge") == expected
        and said.get("origin") == origin
        and said.get("crossOrigin", False) is False
    )


def _raw(der: bytes) -> bytes | None:
    """R and s, 32 bytes each, of a signature in its one DER form; None for any other bytes."""
    try:
        r, s = decode_dss_signature(der)
        raw = r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
    except (ValueError, OverflowError):
        return None
    return raw if encode_dss_signature(r, s) == der else None
