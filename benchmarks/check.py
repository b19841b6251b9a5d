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
from elicense import Algorithm, Kind, Outcome, PublicKey, Reason, Verdict, cbor, check_text, claims, cose, qr
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
                title="Where the time goes, ES256",
                rows=_steps(effort),
                note="Parts of the whole; each step is measured after those before it.",
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
    """The share of each step: the check is made one step longer from candidate to candidate, in its real order."""
    rows: list[Row] = []
    for kind in Kind:
        held = pool.make(kind, Algorithm.ES256, effort.pool)
        candidates = [full_candidate(held), bare_candidate(held), *_growing(held)]
        timings = compare(candidates, held.names, effort)
        whole, bare, *grown = (one.micros for one in timings)
        digits, split, signature, decoded, typed = grown
        parts = {
            "bare check": bare,
            "digits": digits,
            "split": split - digits,
            "to DER": signature - split - bare,
            "CBOR": decoded - signature,
            "typed claims": typed - decoded,
            "authority, period, status": whole - typed,
        }
        shares = {name: f"{part / whole:.1%}" for name, part in parts.items()}
        rows.append({"kind": kind.text, "us": round(whole, 1), **shares})
    return rows


def _growing(held: Pool) -> list[Candidate]:
    key = world.World().licence_key.public_key

    def split(text: str) -> cose.Parts:
        return cose.split_licence(qr.from_text(text))

    def signature(text: str) -> cose.Parts:
        parts = split(text)
        if not key.verify(parts.tbs, parts.signature):
            raise InvalidSignature
        return parts

    def decoded(text: str) -> object:
        return cbor.decode_ordered(signature(text).payload)

    def typed(text: str) -> object:
        return claims.from_payload(signature(text).payload)

    grown: dict[str, Callable[[str], object]] = {
        "digits": qr.from_text, "split": split, "signature": signature, "CBOR": decoded, "claims": typed,
    }  # fmt: skip
    return [
        Candidate(name=name, items=[functools.partial(step, text) for text in held.texts])
        for name, step in grown.items()
    ]
