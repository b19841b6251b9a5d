"""Making tokens: what `prepare`, `sign` and `seal` add to the bare signature. No database here; that is `storing`.

`seal` checks each signature before a token exists, which costs more than signing. So there are two pairs of equal work:
without the check against the bare signature, and as it is really done against bare signature and bare check together.
Every token made is checked before anything is timed.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from benchmarks import pool
from benchmarks.check import token_to_claims
from benchmarks.result import Result, Row, Table, Target, at_least, timing_rows
from benchmarks.timing import Candidate, Effort, compare
from elicense import Algorithm, Kind, Licence, SoftwareSigner, issue, prepare
from elicense.cose import assemble
from tests import world

WANTED = 0.60
NativePrivate = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def run(effort: Effort) -> Result:
    """Every kind with both algorithms."""
    rows: list[Row] = []
    targets: list[Target] = []
    for algorithm in Algorithm:
        signer, native = _signer(algorithm)
        for kind in Kind:
            source = random.Random(3)
            licences = [pool.licence(kind, source) for _ in range(min(effort.pool, 64))]
            names = [each.name for each in licences]
            for pair in _pairs(licences, signer, native):
                timings = compare(pair, names, effort)
                rows += timing_rows(timings, algorithm=algorithm.jose, kind=kind.text)
                what = f"{timings[1].name} to {timings[0].name}, {algorithm.jose}, {kind.text}"
                targets.append(at_least(what, WANTED, timings[1].ratio))
    title = "From a licence value to a token, ratio to the bare calls"
    return Result(name="minting", tables=(Table(title=title, rows=rows),), targets=targets)


def _signer(algorithm: Algorithm) -> tuple[SoftwareSigner, NativePrivate]:
    """A key with random nonces, as a vault has it, and the same key as an object of `cryptography`."""
    held = world.World()
    made = held.licence_key if algorithm is Algorithm.ES256 else held.edwards_key
    native = pool.private(made)
    return SoftwareSigner(native), native


def _pairs(
    licences: Sequence[Licence], signer: SoftwareSigner, native: NativePrivate
) -> tuple[tuple[Candidate, Candidate], tuple[Candidate, Candidate]]:
    key = signer.public_key
    signed = [prepare(each, key).tbs for each in licences]
    sign: Callable[[bytes], bytes] = (
        native.sign if isinstance(native, ed25519.Ed25519PrivateKey) else functools.partial(_sign_ecdsa, native)
    )
    public = pool.native(signer)

    def unchecked(licence: Licence) -> bytes:
        prepared = prepare(licence, key)
        return assemble(prepared.header, prepared.payload, signer.sign(prepared.tbs))

    def both(data: bytes) -> None:
        pool.bare_call(pool.Bare(key=public, signature=sign(data), data=data))()

    def name_in(token: bytes) -> object:
        return token_to_claims(key, [token.hex()], ()).items[0]()

    return (
        (
            Candidate(name="bare signature", items=[functools.partial(sign, one) for one in signed]),
            Candidate(
                name="prepare, sign, assemble",
                items=[functools.partial(unchecked, each) for each in licences],
                answer=name_in,
            ),
        ),
        (
            Candidate(name="bare signature and check", items=[functools.partial(both, one) for one in signed]),
            Candidate(
                name="prepare, sign, seal",
                items=[functools.partial(issue, each, signer) for each in licences],
                answer=name_in,
            ),
        ),
    )


def _sign_ecdsa(native: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    return native.sign(data, pool.ECDSA)
