"""Sealing of restricted fields and keyed digests: AES-256-GCM and HMAC-SHA-256 (NIST SP 800-38D, FIPS 198-1).

A sealed value is `01 | key id (8) | nonce (12) | ciphertext and tag`. Associated data is its context, the table and
the row, so that a sealed value copied into another row does not open. Nonces are random: a record key must seal fewer
than 2^32 values before it is changed, which a province's register does not reach.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from issuer.vault.errors import KeyRefused, KeyUnavailable

KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_KID: Final = 8
_NONCE: Final = 12
_TAG: Final = 16
_LABEL: Final = b"elicense sealed field v1\0"


def context(table: str, row: str) -> str:
    """The context of a sealed field: where it lies."""
    return f"{table}/{row}"


def symmetric_kid(key: bytes) -> str:
    """The id of a secret key, 16 hex digits, from which nothing about the key follows."""
    return hmac.digest(key, b"elicense key id v1", hashlib.sha256)[:_KID].hex()


def seal(key: bytes, plaintext: bytes, where: str) -> bytes:
    """Seal `plaintext` under `key` for one place."""
    nonce = os.urandom(_NONCE)
    head = _VERSION + bytes.fromhex(symmetric_kid(key)) + nonce
    return head + AESGCM(key).encrypt(nonce, plaintext, _LABEL + where.encode("utf-8"))


def unseal(keys: Mapping[str, bytes], sealed: bytes, where: str) -> bytes:
    """Open a sealed value with the key it names.

    Raises KeyUnavailable if that key is not here, KeyRefused if the value was changed, cut, or moved from elsewhere.
    """
    if len(sealed) < len(_VERSION) + _KID + _NONCE + _TAG or sealed[:1] != _VERSION:
        raise KeyRefused("not a sealed value")
    kid, rest = sealed[1 : 1 + _KID].hex(), sealed[1 + _KID :]
    if kid not in keys:
        raise KeyUnavailable(f"record key {kid}")
    try:
        return AESGCM(keys[kid]).decrypt(rest[:_NONCE], rest[_NONCE:], _LABEL + where.encode("utf-8"))
    except InvalidTag:
        raise KeyRefused("the sealed value was changed or belongs elsewhere") from None


def keyed_digest(key: bytes, value: bytes, where: str) -> bytes:
    """32 bytes that are the same for the same value, and say nothing about it without the key."""
    label = b"elicense keyed digest v1\0" + hashlib.sha256(where.encode("utf-8")).digest()
    return hmac.digest(key, label + value, hashlib.sha256)
