"""One licence from the text of its QR code to a verdict with status, against the bare signature check inside it.

The bare check is `cryptography` with its own key object, the signature in DER already, the bytes to be signed already
put together. The full check begins with the digits and ends with a verdict: shape, key, signature, claims as a typed
value, authority, period, status. What is lost to everything around the cryptography is 1 - ratio.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidSignature

from benchmarks import pool
from benchmarks.pool import AT, Pool
from benchmarks.result import Result, Row, Table, Target, at_least, timing_rows
from benchmarks.timing import REFUSED, Candidate, Effort, Timing, compare
from elicense import Algorithm, Kind, Outcome, PublicKey, Reason, Verdict, cbor, check_text, claims, cose, qr, verify
from tests import world

WANTED = 0.80
_UNCACHED = 512
"""More label sets than the decoder remembers (256), each used once in a pass: none is ever found in its cache."""


def run(effort: Effort) -> Result:
    """Every kind with both algorithms; label sets never seen before; where the time goes."""
    rows: list[Row] = []
    targets: list[Target] = []
    for algorithm in Algorithm:
        for kind in Kind:
            held = pool.make(kind, algorithm, effort.pool)
            timings = against_bare(held, effort)
            rows += timing_rows(timings, algorithm=algorithm.jose, kind=kind.text)
            found = timings[1]
            targets.append(at_least(f"full check, {algorithm.jose}, {kind.text}", WANTED, found.ratio))
    cold = against_bare(_never_seen(effort), effort)
    return Result(
        name="check",
        tables=(
            Table(title="QR text to verdict, ratio to the bare check", rows=rows),
            Table(
                title="The same for a physician, every token with a set of labels that the process has not seen",
                rows=timing_rows(cold),
                note="An ignored label stands in each; the decoder's plan for the set is made anew every time.",
            ),
            Table(
                title="Where the time goes, ES256", rows=_steps(effort), note="us, medians; parts add up to the whole."
            ),
        ),
        targets=targets,
    )


def bare_candidate(held: Pool) -> Candidate:
    """The bare checks of a pool."""
    return Candidate(
        name="bare check",
        items=[pool.bare_call(each) for each in held.bare],
        bad=[pool.bare_call(each) for each in held.bad_bare],
        refusals=(InvalidSignature,),
    )


def full_candidate(held: Pool) -> Candidate:
    """The full checks of a pool."""

    def calls(texts: Sequence[str]) -> list[Callable[[], Verdict]]:
        return [functools.partial(check_text, text, held.trust, held.statuses, AT) for text in texts]

    return Candidate(name="elicense.check_text", items=calls(held.texts), bad=calls(held.bad_texts), answer=said)


def token_to_claims(key: PublicKey, tokens: Sequence[str], bad: Sequence[str]) -> Candidate:
    """Only what the peers do: a token (in hexadecimal here) checked with a known key and its claims decoded."""

    def open_(token: bytes) -> str:
        parts = cose.split_licence(token)
        if not key.verify(parts.tbs, parts.signature):
            return REFUSED
        return claims.from_payload(parts.payload)[0].name

    return Candidate(
        name="elicense: token to claims",
        items=[functools.partial(open_, bytes.fromhex(one)) for one in tokens],
        bad=[functools.partial(open_, bytes.fromhex(one)) for one in bad],
        answer=lambda found: found,
    )


def said(verdict: Verdict) -> object:
    """The holder's name if the licence is valid, a refusal if its signature is bad; else what agrees with nobody."""
    if verdict.reasons == (Reason.SIGNATURE_BAD,):
        return REFUSED
    return verdict.require().name if verdict.outcome is Outcome.VALID else verdict.reasons


def against_bare(held: Pool, effort: Effort) -> tuple[Timing, ...]:
    """Bare and full check of a pool, in turn."""
    return compare((bare_candidate(held), full_candidate(held)), held.names, effort)


def _never_seen(effort: Effort) -> Pool:
    """Physicians' licences that carry, each, another label that may be ignored."""
    count = 8 if effort.quick else _UNCACHED
    source = random.Random(2)
    licences = [pool.licence(Kind.PHYSICIAN, source) for _ in range(count)]
    held = pool.pool_of(licences, Algorithm.ES256)
    signer = world.World().licence_key
    tokens = []
    for number, each in enumerate(licences):
        wire = claims.to_wire(each)
        wire[claims.LICENCE][claims.CRITICAL_BELOW + number] = 1
        tokens.append(cose.sign1(cbor.dumps(wire), signer))
    return Pool(
        licences=licences,
        tokens=tokens,
        texts=[qr.to_link(token, world.BASE) for token in tokens],
        bad_texts=[qr.to_link(pool.wrong(token), world.BASE) for token in tokens],
        bare=[pool.bare_of(token, signer) for token in tokens],
        bad_bare=[pool.bare_of(pool.wrong(token), signer) for token in tokens],
        trust=held.trust,
        statuses=held.statuses,
        names=held.names,
    )


def _steps(effort: Effort) -> list[Row]:
    """Each step of the full check by itself; what the parts leave of the whole is the rest."""
    rows: list[Row] = []
    for kind in Kind:
        held = pool.make(kind, Algorithm.ES256, effort.pool)
        key = world.World().licence_key.public_key
        parts = [cose.split_licence(token) for token in held.tokens]
        whole = Candidate(name="whole", items=full_candidate(held).items)
        timings = compare(
            (
                whole,
                bare_candidate(held),
                _part("digits", qr.from_text, [(text,) for text in held.texts]),
                _part("split", cose.split_licence, [(token,) for token in held.tokens]),
                _part("signature", key.verify, [(one.tbs, one.signature) for one in parts]),
                _part("cbor", cbor.decode_ordered, [(one.payload,) for one in parts]),
                _part("claims", claims.from_payload, [(one.payload,) for one in parts]),
                _part("verify", verify, [(token, held.trust, held.statuses, AT) for token in held.tokens]),
            ),
            [None] * len(held.tokens),
            effort,
        )
        us = {one.name: one.micros for one in timings}
        shares = {
            "whole": us["whole"],
            "bare check": us["bare check"],
            "to DER": us["signature"] - us["bare check"],
            "digits": us["digits"],
            "split": us["split"],
            "cbor": us["cbor"],
            "claims": us["claims"] - us["cbor"],
            "rest": us["whole"] - us["digits"] - us["split"] - us["signature"] - us["claims"],
        }
        rows.append({"kind": kind.text} | {name: round(value, 1) for name, value in shares.items()})
    return rows


def _part(name: str, function: Callable[..., object], arguments: Sequence[tuple[object, ...]]) -> Candidate:
    return Candidate(name=name, items=[functools.partial(function, *each) for each in arguments])
