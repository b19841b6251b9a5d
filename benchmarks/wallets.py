"""A licence shown by a wallet, ten items and key binding, against the two bare signature checks inside it.

The bare checks are those of `cryptography` with its own key objects: the issuer's signature and the holder's. The full
check begins with the text of the presentation and ends with an answer: disclosures, claims, authority, period, status,
key binding. Beside it the opening of the same SD-JWT without key binding against its one signature, and the same
presentation by other libraries, each in a process of its own against the two bare checks of that process.
"""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from benchmarks import pool
from benchmarks.peers import environment
from benchmarks.peers.presented import Task
from benchmarks.pool import AT, ECDSA
from benchmarks.result import Result, Row, Table, Target, at_least, timing_rows
from benchmarks.timing import REFUSED, Candidate, Effort, Timing, compare
from elicense import Kind, Outcome
from elicense.keys import PublicKey
from elicense.sdjwt import Asked, Compact, Presented, bind, making, open_sdjwt, select, split, vct, verify_sdjwt
from elicense.sdjwt.opening import Jwt, read_jwt
from tests import world as worlds

WANTED = 0.70
ITEMS = ("name", "number", "version", "authority", "place", "sex", "institution", "level", "category", "scopes")
_ASKED = Asked(audience="x509_hash:benchmark", nonce="nonce-of-the-benchmark")


def run(effort: Effort) -> Result:
    """Presentations with two signatures, and the same without key binding."""
    world = worlds.World()
    holder = worlds.signer("wallet")
    source = random.Random(9)
    names: list[str] = []
    issued: list[str] = []
    for _ in range(effort.pool):
        licence = pool.licence(Kind.PHYSICIAN, source)
        open_ = making.open_claims(
            licence, holder.public_key, iss=world.host, vct=vct(world.host, licence.kind),
            uri=world.hainan.list_uri(1), index=licence.status.index % worlds.LIST_SIZE, iat=pool.ISSUED,
        )  # fmt: skip
        tbs, disclosures = making.prepare(open_, making.said(licence), world.licence_key.public_key)
        issued.append(making.presentable(making.signed(tbs, world.licence_key.sign(tbs)), disclosures))
        names.append(licence.name)
    presented = [bind(select(one, ITEMS), holder, _ASKED, AT) for one in issued]
    trust, statuses = world.opened(), world.statuses(worlds.T0)

    def judge(text: str) -> Presented:
        return verify_sdjwt(text, trust, statuses, AT, asked=_ASKED)

    whole = compare(
        [
            Candidate(
                name="two bare checks",
                items=[_bare(split(one), world.licence_key.public_key, holder.public_key) for one in presented],
                bad=[_bare(split(one), world.licence_key.public_key, holder.public_key) for one in _mixed(presented)],
                refusals=(InvalidSignature,),
            ),
            Candidate(
                name="elicense.verify_sdjwt",
                items=[functools.partial(judge, one) for one in presented],
                bad=[functools.partial(judge, one) for one in _mixed(presented)],
                answer=_said,
            ),
        ],
        names,
        effort,
    )
    key = world.licence_key.public_key
    opening = compare(
        [
            Candidate(name="one bare check", items=[_one(split(one).jwt, key) for one in issued]),
            Candidate(
                name="elicense.open_sdjwt",
                items=[functools.partial(open_sdjwt, one, key) for one in issued],
                answer=lambda claims: claims["name"],
            ),
        ],
        names,
        effort,
    )
    task = Task(
        effort=asdict(effort), issuer=key.to_jwk(), holder=holder.public_key.to_jwk(), audience=_ASKED.audience,
        nonce=_ASKED.nonce, vct=vct(world.host, Kind.PHYSICIAN), at=AT, presented=presented, bad=_mixed(presented),
        names=names, world={
            "anchor": world.anchor.to_json(), "trust": world.signed_trust().hex(),
            "status": world.status_token(worlds.T0).hex(), "uri": world.hainan.list_uri(1),
        },
    )  # fmt: skip
    others, skipped = _others(task)
    targets: list[Target] = [at_least("a presentation of ten items with key binding", WANTED, whole[1].ratio)]
    return Result(
        name="wallets",
        tables=(
            Table(title="Presentation to answer, ratio to the two bare checks", rows=timing_rows(whole)),
            Table(title="SD-JWT to claims, ratio to the bare check", rows=timing_rows(opening)),
            Table(
                title="The same presentation by others, ratio to the two bare checks of the same process", rows=others
            ),
        ),
        targets=targets,
        skipped=skipped,
    )


def _others(task: Task) -> tuple[list[Row], list[str]]:
    """What other libraries take for the same presentations; what could not be measured, and why."""
    rows: list[Row] = []
    skipped: list[str] = []
    for peers in (environment.PRESENTED, environment.OPENVC):
        try:
            answer = json.loads(environment.run(peers, task.to_text()))
        except environment.Unavailable as reason:
            skipped.append(f"peers of the environment {peers.name}: {reason}")
            continue
        rows += timing_rows([Timing(**one) for one in answer], process=peers.name)
    return rows, skipped


def _said(found: Presented) -> object:
    return found.claims["name"] if found.outcome is Outcome.VALID else REFUSED


def _mixed(presented: Sequence[str]) -> list[str]:
    """Each with a proof whose signature is not good."""
    proofs = [one.rpartition("~")[2] for one in presented]
    return [f"{one.rpartition('~')[0]}~{_spoiled(proof)}" for one, proof in zip(presented, proofs, strict=True)]


def _spoiled(proof: str) -> str:
    head, _, signature = proof.rpartition(".")
    return f"{head}.{'B' if signature[0] != 'B' else 'C'}{signature[1:]}"


def _bare(compact: Compact, issuer: PublicKey, holder: PublicKey) -> Callable[[], Any]:
    first, second = _one(compact.jwt, issuer), _one(read_jwt(compact.key_binding or ""), holder)

    def both() -> None:
        first()
        second()

    return both


def _one(jwt: Jwt, key: PublicKey) -> Callable[[], Any]:
    """The library's own call, all prepared."""
    point = b"\x04" + key.x + key.y
    native = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    r, s = (int.from_bytes(jwt.signature[part], "big") for part in (slice(32), slice(32, 64)))
    return functools.partial(native.verify, encode_dss_signature(r, s), jwt.signing_input, ECDSA)
