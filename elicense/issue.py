"""Making a token: `prepare` gives the exact bytes to be signed, `seal` joins a signature to them.

The two are apart so that a register can store what will be signed before anybody signs it. `seal`
checks the signature with the public key: a token that does not verify is never handed out.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from elicense import cbor, claims, cose
from elicense.keys import SIGNATURE_BYTES, PublicKey, Signer
from elicense.licence import Licence
from elicense.limits import TOKEN_BYTES_MAX

_LONGER: Final = len(cose.assemble(b"", b"", bytes(SIGNATURE_BYTES))) - len(cose.sign1_tbs(b"", b""))
"""Bytes that a token is longer than what is signed, whatever the licence."""


class SealRefused(ValueError):
    """The signature is not the prepared key's over the prepared bytes."""


class Prepared(NamedTuple):
    """What will be signed (`tbs`) and with which key. `header` and `payload` are inside `tbs`."""

    key: PublicKey
    header: bytes
    payload: bytes
    tbs: bytes


def prepare(licence: Licence, key: PublicKey) -> Prepared:
    """The exact bytes that `key` must sign for this licence. Raises `ValueError` if the token would be too large."""
    header = cose.protected_header(key)
    payload = cbor.encode_ordered(claims.to_wire(licence))
    prepared = restore(header, payload, key)
    if len(prepared.tbs) + _LONGER > TOKEN_BYTES_MAX:
        raise ValueError("the licence does not fit into a token")
    return prepared


def restore(header: bytes, payload: bytes, key: PublicKey) -> Prepared:
    """Take up again what `prepare` gave, from its stored parts."""
    return Prepared(key, header, payload, cose.sign1_tbs(header, payload))


def seal(prepared: Prepared, signature: bytes) -> bytes:
    """The token, after checking the signature. Raises `SealRefused`."""
    if not prepared.key.verify(prepared.tbs, signature):
        raise SealRefused("the signature does not verify with the key that was prepared for")
    return cose.assemble(prepared.header, prepared.payload, signature)


def issue(licence: Licence, signer: Signer) -> bytes:
    """Prepare, sign and seal in one go."""
    prepared = prepare(licence, signer.public_key)
    return seal(prepared, signer.sign(prepared.tbs))
