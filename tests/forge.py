"""Tokens that `elicense.issue` would never make: signed with real keys, wrong in exactly one way.

The bytes are put together by hand and by cbor2 itself, so that nothing of the code under test is needed to attack it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import cbor2

from elicense import Licence, PublicKey, SoftwareSigner, claims
from tests.world import physician

LICENCE: Final = -65537
TAG: Final = b"\xd2"
EMPTY: Final = b"\xa0"
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256."""


def raw(value: object) -> bytes:
    """Bytes as they are; anything else as CBOR, maps in the order in which they were written."""
    return value if isinstance(value, bytes) else cbor2.dumps(value)


def protected(key: PublicKey, **changes: Any) -> bytes:
    """A protected header {1: alg, 4: kid}; changes are named `_1`, `_4` and so on, `...` takes a label away."""
    header: dict[Any, Any] = {1: key.algorithm.cose, 4: key.kid}
    return raw(changed(header, changes))


def changed(value: dict[Any, Any], changes: dict[str, Any]) -> dict[Any, Any]:
    """A map with the labels `_n` set, `...` taken away, keys in bytewise order."""
    made = value | {int(label.removeprefix("_").replace("m", "-")): one for label, one in changes.items()}
    return {label: made[label] for label in sorted(made, key=cbor2.dumps) if made[label] is not ...}


def wire(licence: Licence | None = None, **changes: Any) -> dict[Any, Any]:
    """The claims of a licence with labels of the licence changed: `_4="name"`."""
    made = claims.to_wire(licence or physician())
    made[LICENCE] = changed(made[LICENCE], changes)
    return made


def token(
    payload: object,
    held: SoftwareSigner,
    *,
    header: bytes | None = None,
    unprotected: object = EMPTY,
    tag: bytes = TAG,
    signature: Callable[[bytes], bytes] | None = None,
    end: bytes = b"",
) -> bytes:
    """A COSE_Sign1 over whatever bytes or value. `signature` may change what the key gave; `end` follows it all."""
    head = protected(held.public_key) if header is None else header
    body = raw(payload)
    made = held.sign(cbor2.dumps(["Signature1", head, b"", body]))
    signed = made if signature is None else signature(made)
    return tag + b"\x84" + raw(cbor2.dumps(head)) + raw(unprotected) + cbor2.dumps(body) + cbor2.dumps(signed) + end


def other_half(signature: bytes) -> bytes:
    """The same ES256 signature with the other of its two values of s: whoever sees one can make it."""
    return signature[:32] + (ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")


def der(signature: bytes) -> bytes:
    """An ES256 signature as the DER sequence of X9.62, which is not what COSE has."""

    def integer(part: bytes) -> bytes:
        number = int.from_bytes(part, "big")
        content = number.to_bytes(number.bit_length() // 8 + 1, "big")
        return b"\x02" + bytes((len(content),)) + content

    parts = integer(signature[:32]) + integer(signature[32:])
    return b"\x30" + bytes((len(parts),)) + parts
