"""The peers' benchmark: starts each environment's process with the same licences and puts the ratios side by side."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from benchmarks import check, pool
from benchmarks.peers import environment
from benchmarks.peers.task import Task
from benchmarks.pool import AT, Pool
from benchmarks.result import Result, Row, Table, Target, at_least, timing_rows
from benchmarks.timing import Effort, Timing
from elicense import Algorithm, Kind, claims, cose
from tests import world

OURS = "elicense"
SAME_WORK = ("elicense: token to claims", "elicense: prepare, sign, assemble")


def run(effort: Effort) -> Result:
    """Checking and signing, ES256, physicians; the worst of our ratios against the best of theirs."""
    held = pool.make(Kind.PHYSICIAN, Algorithm.ES256, min(effort.pool, 64))
    task = task_of(held, effort).to_text()
    checking: list[Row] = timing_rows(check.against_bare(held, effort), process="own")
    signing: list[Row] = []
    skipped: list[str] = []
    for peers in (environment.CWT, environment.JOSE):
        try:
            answer: dict[str, list[dict[str, Any]]] = json.loads(environment.run(peers, task))
        except environment.Unavailable as reason:
            skipped.append(f"peers of the environment {peers.name}: {reason}")
            continue
        checking += timing_rows([Timing(**one) for one in answer["check"]], process=peers.name)
        signing += timing_rows([Timing(**one) for one in answer["sign"]], process=peers.name)
    return Result(
        name="peers",
        tables=(
            Table(
                title="Checking one licence, ratio to the bare check of the same process",
                rows=checking,
                note="check_text goes from digits to a verdict with status; the others stop at claims.",
            ),
            Table(title="Signing one licence, ratio to the bare signature of the same process", rows=signing),
        ),
        targets=[*_targets("check", checking), *_targets("sign", signing)],
        skipped=skipped,
    )


def task_of(held: Pool, effort: Effort) -> Task:
    """The licences of a pool as a peer's process takes them."""
    there = world.World()
    signer = there.licence_key
    parts = [cose.split_licence(token) for token in held.tokens]
    listed = next(iter(held.statuses.values()))
    return Task(
        effort=asdict(effort),
        pkcs8=signer.to_pkcs8().hex(),
        jwk=signer.public_key.to_jwk(),
        kid=signer.public_key.kid.hex(),
        tokens=[token.hex() for token in held.tokens],
        bad_tokens=[pool.wrong(token).hex() for token in held.tokens],
        tbs=[one.tbs.hex() for one in parts],
        signatures=[one.signature.hex() for one in held.bare],
        names=held.names,
        named=[claims.to_json(each) for each in held.licences],
        world={
            "anchor": there.anchor.to_json(),
            "trust": there.signed_trust().hex(),
            "status": there.status_token(AT - 60).hex(),
            "uri": listed.uri,
            "at": AT,
        },
    )


def _targets(what: str, rows: list[Row]) -> list[Target]:
    found = {str(row["candidate"]): float(row["ratio"]) for row in rows}
    ours = [ratio for name, ratio in found.items() if name in SAME_WORK]
    return [
        at_least(f"{what}: no slower than {name}", ratio, min(ours))
        for name, ratio in found.items()
        if ours and not name.startswith((OURS, "bare"))
    ]
