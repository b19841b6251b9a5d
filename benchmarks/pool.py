"""Many different licences from one seed, signed by the world of the tests. Everybody in them is invented.

A loop over one licence measures warm caches; the benchmarks go through a pool in which name, numbers, place, index and
institution differ from licence to licence. All was issued 300 days before `tests.world.T0`, since peers ask the
machine's clock whether a token comes from the future.
"""

from __future__ import annotations

import datetime as dt
import functools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from elicense import (
    Algorithm,
    InstitutionRef,
    Kind,
    Licence,
    SoftwareSigner,
    StatusList,
    StatusRef,
    TrustList,
    cose,
    qr,
)
from tests import world

ISSUED: Final = world.T0 - 300 * world.DAY
AT: Final = world.T0 + world.HOUR
ECDSA: Final = ec.ECDSA(hashes.SHA256())
_BEGINS: Final = dt.date(2026, 1, 27)
_NAMES: Final = "林知远苏予安梁晚舟何星野沈砚秋顾南乔周听澜许鹤年"
_SUBJECTS: Final = (
    "01", "02", "03", "03.01", "03.02", "03.03", "03.04", "03.05", "03.06", "03.07", "04", "04.01", "04.02", "04.03",
    "04.04", "04.05", "05", "05.01", "05.02", "07", "08", "10", "11", "13", "14", "15", "16", "19", "20", "21", "25",
    "26", "28", "30", "30.01", "30.02", "30.03", "30.04", "31", "32", "32.01", "32.02", "32.05", "32.09",
)  # fmt: skip

NativeKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """What a bare signature check needs, all prepared: the library's own key object, signature, signed bytes."""

    key: NativeKey
    signature: bytes
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Licences as QR texts and as bare checks, good ones and, in the same order, some with a wrong signature."""

    licences: Sequence[Licence]
    tokens: Sequence[bytes]
    texts: Sequence[str]
    bad_texts: Sequence[str]
    bare: Sequence[Bare]
    bad_bare: Sequence[Bare]
    trust: TrustList
    statuses: Mapping[str, StatusList]
    names: Sequence[str]


def licence(kind: Kind, source: random.Random) -> Licence:
    """A licence of this kind, valid at `AT`."""
    number = f"MBT{source.randrange(10**6):06d}4601{source.randrange(5, 9):02d}11A1001"
    name = "".join(source.sample(_NAMES, source.choice((2, 3, 3, 3, 4))))
    hospital = InstitutionRef(number=number, name=f"海口市{name}示例医院")
    common = {
        "issued_at": ISSUED,
        "version": source.randrange(1, 9),
        "status": StatusRef(list=1, index=source.randrange(world.LIST_SIZE)),
    }
    if kind is Kind.INSTITUTION:
        chosen = sorted(source.sample(_SUBJECTS, source.randrange(10, 21)))
        return world.institution(
            **common, name=hospital.name, number=number, subjects=tuple(chosen), beds=source.randrange(2000)
        )
    person = {**common, "name": name, "sex": source.randrange(1, 3), "institution": hospital}
    if kind is Kind.NURSE:
        serial = f"201946{source.randrange(10**6):06d}"
        return world.nurse(**person, number=serial, registered_on=_BEGINS, valid_until=_BEGINS.replace(year=2031))
    serial = f"1104601{source.randrange(10**8):08d}"
    return world.physician(**person, number=serial, scopes=(source.randrange(11, 40),))


def make(kind: Kind, algorithm: Algorithm, count: int, seed: int = 1) -> Pool:
    """A pool of `count` licences, the same in every run."""
    source = random.Random(f"{seed} {kind.text}")
    return pool_of([licence(kind, source) for _ in range(count)], algorithm)


def pool_of(licences: Sequence[Licence], algorithm: Algorithm) -> Pool:
    """Sign these licences."""
    held = world.World()
    signer = held.licence_key if algorithm is Algorithm.ES256 else held.edwards_key
    tokens = [held.token(each, signer) for each in licences]
    bad = [wrong(token) for token in tokens]
    return Pool(
        licences=licences,
        tokens=tokens,
        texts=[qr.to_link(token, world.BASE) for token in tokens],
        bad_texts=[qr.to_link(token, world.BASE) for token in bad],
        bare=[bare_of(token, signer) for token in tokens],
        bad_bare=[bare_of(token, signer) for token in bad],
        trust=held.opened(),
        statuses=held.statuses(AT - 60),
        names=[each.name for each in licences],
    )


def wrong(token: bytes) -> bytes:
    """The token with one bit of its content changed, so that the signature is another's."""
    middle = len(token) // 2
    return token[:middle] + bytes((token[middle] ^ 1,)) + token[middle + 1 :]


def bare_of(token: bytes, signer: SoftwareSigner) -> Bare:
    """What `cryptography` is given for the same token: the signature in DER already."""
    parts = cose.split_licence(token)
    return Bare(key=native(signer), signature=der(signer, parts.signature), data=parts.tbs)


def der(signer: SoftwareSigner, signature: bytes) -> bytes:
    """The form in which `cryptography` takes a signature of this key."""
    if signer.public_key.algorithm is Algorithm.EDDSA:
        return signature
    return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))


def native(signer: SoftwareSigner) -> NativeKey:
    """The key object of `cryptography`."""
    key = signer.public_key
    if key.algorithm is Algorithm.EDDSA:
        return ed25519.Ed25519PublicKey.from_public_bytes(key.x)
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + key.x + key.y)


def private(signer: SoftwareSigner) -> ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey:
    """The signing key as an object of `cryptography`."""
    key = serialization.load_der_private_key(signer.to_pkcs8(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise TypeError("neither P-256 nor Ed25519")
    return key


def bare_call(bare: Bare) -> Callable[[], None]:
    """The bare check as a call without arguments. It raises `InvalidSignature`."""
    if isinstance(bare.key, ec.EllipticCurvePublicKey):
        return functools.partial(bare.key.verify, bare.signature, bare.data, ECDSA)
    return functools.partial(bare.key.verify, bare.signature, bare.data)
