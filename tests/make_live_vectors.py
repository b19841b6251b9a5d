"""The test vectors of the live code: what a device makes, how it is judged, what is told when it comes again.

    python -m tests.make_live_vectors FOLDER

Four files of JSON that any language can read: `world.json` (root keys, trust list, status lists), `judge.json`,
`replays.json`, `holder.json`. All keys come from words and sign deterministically (RFC 6979), so that every run
writes the same bytes. Everybody in them is made up. What they mean stands in docs/live-code.md.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import cbor2

from elicense import Algorithm, Challenge, InstitutionRef, SoftwareSigner, Verdict, check_text, cose, present, qr
from elicense.keys import b64url
from elicense.presentation import TOKEN, Replays, prepare
from tests.world import BASE, T0, World, institution, nurse, physician, signer

WORLD: Final = World()
DEVICE: Final = signer("device a")
OTHER_DEVICE: Final = signer("device b")
EDWARDS_DEVICE: Final = signer("device ed", Algorithm.EDDSA)
HOLDER: Final = physician(holder_key=DEVICE.public_key)
HELD: Final = WORLD.token(HOLDER)
NEWER: Final = WORLD.token(dataclasses.replace(HOLDER, version=2))
NURSE: Final = WORLD.token(nurse(holder_key=OTHER_DEVICE.public_key))
PRINTED: Final = WORLD.token(physician())
LONG_NAME: Final = physician(
    holder_key=DEVICE.public_key, institution=InstitutionRef(number="MBT10001246010011A1001", name="示" * 22)
)
AT: Final = T0 + 1_000
ASKED: Final = Challenge(audience="https://hospital.example", nonce=b"0123456789abcdef")
OTHERS: Final = dataclasses.replace(ASKED, audience="https://other.example")
LATER: Final = dataclasses.replace(ASKED, nonce=b"fedcba9876543210")
STATUSES: Final = {"normal": {}, "revoked": {HOLDER.status.index: 1}, "suspended": {HOLDER.status.index: 2}}


Case = tuple[str, bytes, int, Challenge | None, str, str]
"""Name, message, time, challenge, status lists, and what the answer must be: how it is shown, then the reasons."""
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def signed(
    payload: object, held: SoftwareSigner = DEVICE, *, header: object = None, unprotected: object = None
) -> bytes:
    """A message in the form of a live code, correctly signed by `held`, with whatever content and header is wanted."""
    head = cbor2.dumps({1: held.public_key.algorithm.cose} if header is None else header)
    body = payload if isinstance(payload, bytes) else cbor2.dumps(payload)
    signature = held.sign(cose.sign1_tbs(head, body))
    return b"\xd2" + cbor2.dumps([head, unprotected or {}, body, signature])


def showing(token: bytes = HELD, *, audience: str = "", nonce: bytes = b"") -> dict[int, Any]:
    """The payload of a live code made at `AT`, for everybody or for a challenge."""
    return {3: audience, 6: AT, 10: nonce, TOKEN: token} if audience else {6: AT, TOKEN: token}


LIVE: Final = present(HELD, DEVICE, AT)
ANSWER: Final = present(HELD, DEVICE, AT, ASKED)


def good() -> Iterator[Case]:
    """What is genuine: each border of the grades, each kind and algorithm, challenges."""
    yield "live", LIVE, AT + 5, None, "normal", "live"
    yield "token alone is static", HELD, AT, None, "normal", "static"
    yield "licence without a device key is static", PRINTED, AT, None, "normal", "static"
    for ages, want in (
        ((-301,), "clocks-differ clock-bad"),
        ((-300, -299, -61, 91, 299, 300), "clocks-differ"),
        ((-60, -59, -1, 0, 1, 89, 90), "live"),
        ((301, 302, 85_000), "old-copy code-old"),
    ):
        for age in ages:
            yield f"age {age:+d} s", LIVE, AT + age, None, "normal", want
    yield "an hour ahead", present(HELD, DEVICE, AT + 3_600), AT, None, "normal", "clocks-differ clock-bad"
    yield "a nurse", present(NURSE, OTHER_DEVICE, AT), AT + 5, None, "normal", "live"
    yield "a long name", present(WORLD.token(LONG_NAME), DEVICE, AT), AT + 5, None, "normal", "live"
    hospital = WORLD.token(institution(holder_key=DEVICE.public_key))
    yield "an institution with a device key", present(hospital, DEVICE, AT), AT + 5, None, "normal", "live"
    edwards = WORLD.token(physician(holder_key=EDWARDS_DEVICE.public_key))
    for number in (-8, -19):
        data = signed(showing(edwards), EDWARDS_DEVICE, header={1: number})
        yield f"device with Ed25519, number {number}", data, AT + 5, None, "normal", "live"
    yield "number -9 for ES256", signed(showing(), header={1: -9}), AT, None, "normal", "live"
    yield "revoked and live", LIVE, AT + 5, None, "revoked", "live revoked"
    yield "suspended and old", LIVE, AT + 301, None, "suspended", "old-copy suspended code-old"
    yield "no status list, live", LIVE, AT + 5, None, "none", "live status-unknown"
    for age in (-900, 0, 3_000):
        yield f"answer to a challenge, age {age:+d} s", ANSWER, AT + age, ASKED, "normal", "live"


def hostile() -> Iterator[Case]:
    """What must be refused, and what it must be called."""
    for want, messages in forgeries().items():
        for name, data in messages.items():
            yield name, data, AT, None, "normal", f"static {want}"
    for place in range(0, len(LIVE), 17):
        want = flipped(place)
        data = LIVE[:place] + bytes((LIVE[place] ^ 1 << place % 8,)) + LIVE[place + 1 :]
        yield f"one bit of byte {place}", data, AT, None, "normal", f"static {want}"
    yield "forged and revoked", signed(showing(), OTHER_DEVICE), AT, None, "revoked", "static revoked holder-proof-bad"
    for name, data, challenge in (
        ("answer to a challenge that nobody here gave", ANSWER, None),
        ("answer to another verifier", ANSWER, OTHERS),
        ("answer to an earlier nonce", ANSWER, LATER),
        ("challenge answered by a code for everybody", LIVE, ASKED),
        ("challenge answered by a token alone", HELD, ASKED),
        ("challenge answered by a print", PRINTED, ASKED),
        (
            "challenge answered by another device",
            signed(showing(audience=ASKED.audience, nonce=ASKED.nonce), OTHER_DEVICE),
            ASKED,
        ),
    ):
        yield name, data, AT, challenge, "normal", "static holder-proof-bad"


def flipped(place: int) -> str:
    """What a wrong bit is called: by the part of the message that it is in."""
    start = LIVE.index(HELD)
    if start <= place < start + len(HELD):
        inside = place - start
        return "issuer-unknown" if 8 <= inside < 16 else "signature-bad"
    return "holder-proof-bad" if place >= len(LIVE) - 64 else "malformed"


def forgeries() -> dict[str, dict[str, bytes]]:
    """Messages that are no live code of the holder's, by the reason that they must be given."""
    return {
        "holder-proof-bad": {
            "another device": signed(showing(), OTHER_DEVICE),
            "another holder's token in a good proof": signed(showing(NURSE)),
            "signed by the issuer's key": signed(showing(), WORLD.licence_key),
            "licence names no device": signed(showing(PRINTED)),
            "token swapped for the newer version": LIVE.replace(HELD, NEWER),
            "time changed after signing": LIVE.replace(cbor2.dumps(AT), cbor2.dumps(AT - 1)),
            "algorithm number of another kind of key": signed(showing(), header={1: -8}),
            "signature of 63 bytes": ended(LIVE[-64:-1]),
            "signature of 65 bytes": ended(LIVE[-64:] + b"\0"),
        },
        "issuer-unknown": {
            "forged licence inside": signed(showing(WORLD.token(HOLDER, signer("forger")))),
            "key id in the header": signed(showing(), header={1: -7, 4: DEVICE.public_key.kid}),
        },
        "type-wrong": {
            "typ in the header": signed(showing(), header={1: -7, 16: 0}),
            "only typ in the header": signed(showing(), header={16: 0}),
        },
        "header-unknown": {"something unprotected": signed(showing(), unprotected={4: b"12345678"})},
        "claims-unknown": {
            "unknown claim": signed({6: AT, 11: 1, TOKEN: HELD}),
            "unknown private claim": signed({6: AT, TOKEN: HELD, TOKEN - 1: 1}),
            "unknown claim with a text label": signed({6: AT, TOKEN: HELD, "a": 1}),
        },
        "malformed": {
            "live code inside a live code": signed(showing(LIVE)),
            "cut": LIVE[:-1],
            "something behind": LIVE + b"\0",
            "no time": signed({TOKEN: HELD}),
            "no token": signed({6: AT}),
            "audience without nonce": signed({3: "a", 6: AT, TOKEN: HELD}),
            "nonce without audience": signed({6: AT, 10: b"12345678", TOKEN: HELD}),
            "nonce of 7 bytes": signed({3: "a", 6: AT, 10: b"1234567", TOKEN: HELD}),
            "nonce of 65 bytes": signed({3: "a", 6: AT, 10: bytes(65), TOKEN: HELD}),
            "empty audience": signed({3: "", 6: AT, 10: b"12345678", TOKEN: HELD}),
            "audience as bytes": signed({3: b"a", 6: AT, 10: b"12345678", TOKEN: HELD}),
            "time as a float": signed({6: float(AT), TOKEN: HELD}),
            "time as true": signed({6: True, TOKEN: HELD}),
            "time before 2001": signed({6: 999_999_999, TOKEN: HELD}),
            "time after 2242": signed({6: 2**33, TOKEN: HELD}),
            "token as text": signed({6: AT, TOKEN: "token"}),
            "empty token": signed({6: AT, TOKEN: b""}),
            "claims out of order": signed({TOKEN: HELD, 6: AT}),
            "a claim twice": signed(b"\xa3\x06" + cbor2.dumps(AT) + cbor2.dumps(showing())[1:]),
            "payload is an array": signed([AT, HELD]),
            "payload with something behind": signed(cbor2.dumps(showing()) + b"\0"),
            "time not in shortest form": signed(b"\xa2\x06\x1b" + AT.to_bytes(8, "big") + cbor2.dumps(showing())[7:]),
            "algorithm that nobody has": signed(showing(), header={1: -6}),
            "untagged": LIVE[1:],
            "tag in two bytes": b"\xd8\x12" + LIVE[1:],
            "array head not in shortest form": LIVE[:1] + b"\x98\x04" + LIVE[2:],
        },
    }


def ended(signature: bytes) -> bytes:
    """The ordinary live code with another signature."""
    return b"\xd2" + cbor2.dumps([LIVE[3:6], {}, cbor2.dumps(showing()), signature])


def replays() -> list[dict[str, Any]]:
    """One verifier's memory: codes in the order in which they come."""
    other_half = LIVE[:-32] + (ORDER - int.from_bytes(LIVE[-32:], "big")).to_bytes(32, "big")
    next_code = present(HELD, DEVICE, AT + 30)
    nurse_code = present(NURSE, OTHER_DEVICE, AT)
    replayed = "old-copy replayed"
    sequences: dict[str, list[tuple[bytes, int, str]]] = {
        "the same code twice": [(LIVE, AT + 5, "live"), (LIVE, AT + 20, replayed)],
        "three times": [(LIVE, AT + 5, "live"), (LIVE, AT + 6, replayed), (LIVE, AT + 7, replayed)],
        "the next code is another": [(LIVE, AT + 5, "live"), (next_code, AT + 35, "live")],
        "another device in the same second": [(LIVE, AT + 5, "live"), (nurse_code, AT + 6, "live")],
        "the other half of S is the same code": [(LIVE, AT + 5, "live"), (other_half, AT + 6, replayed)],
        "a print is never a replay": [(HELD, AT + 5, "static"), (HELD, AT + 6, "static"), (LIVE, AT + 7, "live")],
        "an old copy is old and not a replay": [(LIVE, AT + 400 + i, "old-copy code-old") for i in range(2)],
        "remembered while not old": [
            (LIVE, AT - 300, "clocks-differ"),
            (nurse_code, AT, "live"),
            (next_code, AT + 60, "live"),
            (LIVE, AT + 300, replayed),
        ],
        "a forgery does not spoil the genuine code": [
            (signed(showing(), OTHER_DEVICE), AT + 1, "static holder-proof-bad"),
            (LIVE, AT + 2, "live"),
        ],
    }
    made = []
    for name, shown in sequences.items():
        memory = Replays()
        steps = []
        for data, at, want in shown:
            answer = wanted(name, memory.check(judged(data, at)), want)
            steps.append({"text": qr.to_link(data, BASE), "at": at, "expect": answer})
        made.append({"name": name, "steps": steps})
    return made


def holders() -> list[dict[str, Any]]:
    """What a device makes of a token. The signatures are those of RFC 6979; another good one is as good."""
    made = []
    for name, token, device, challenge in (
        ("a physician", HELD, DEVICE, None),
        ("a nurse", NURSE, OTHER_DEVICE, None),
        ("the answer to a challenge", HELD, DEVICE, ASKED),
        ("an audience in Chinese", HELD, DEVICE, Challenge(audience="示例综合医院·门诊", nonce=bytes(range(64)))),
    ):
        private = device.to_pkcs8()
        data = present(token, device, AT, challenge)
        made.append(
            {
                "name": name,
                "device_pkcs8": b64url(private),
                "token": b64url(token),
                "at": AT,
                "challenge": asked(challenge),
                "tbs": b64url(prepare(token, AT, challenge).tbs),
                "message": b64url(data),
                "digits": qr.to_digits(data),
            }
        )
    return made


def judged(data: bytes, at: int, challenge: Challenge | None = None, status: str = "normal") -> Verdict:
    """What our own judge says."""
    lists = {} if status == "none" else World(values=STATUSES[status]).statuses()
    return check_text(qr.to_link(data, BASE), WORLD.opened(), lists, at, challenge=challenge)


def wanted(name: str, verdict: Verdict, want: str) -> dict[str, Any]:
    """The part of a verdict that all must agree on. Raises `AssertionError` if our judge says something else."""
    if [verdict.shown.value, *map(str, verdict.reasons)] != want.split():
        raise AssertionError(f"{name}: wanted {want}, got {verdict.shown}, {verdict.reasons}")
    return {
        "outcome": verdict.outcome.value,
        "reasons": [reason.code for reason in verdict.reasons],
        "shown": verdict.shown.value,
        "shown_at": verdict.shown_at,
        "licence_number": None if verdict.licence is None else verdict.licence.number,
    }


def asked(challenge: Challenge | None) -> dict[str, str] | None:
    """A challenge as JSON."""
    return None if challenge is None else {"audience": challenge.audience, "nonce": b64url(challenge.nonce)}


def case(name: str, data: bytes, at: int, challenge: Challenge | None, status: str, want: str) -> dict[str, Any]:
    """One case of judge.json."""
    return {
        "name": name,
        "text": qr.to_link(data, BASE),
        "at": at,
        "challenge": asked(challenge),
        "status": status,
        "expect": wanted(name, judged(data, at, challenge, status), want),
    }


def world() -> dict[str, Any]:
    """What a verifier holds: pinned root keys, the signed trust list, signed status lists by name and address."""
    uri = WORLD.hainan.list_uri(1)
    lists = {name: {uri: b64url(World(values=values).status_token(T0))} for name, values in STATUSES.items()}
    return {
        "anchor": WORLD.anchor.to_json(),
        "trust": WORLD.signed_trust().decode("ascii"),
        "status": {**lists, "none": {}},
    }


def write(folder: Path) -> None:
    """Write the four files into `folder`, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "world.json": world(),
        "judge.json": {"cases": [case(*each) for each in (*good(), *hostile())]},
        "replays.json": {"sequences": replays()},
        "holder.json": {"cases": holders()},
    }
    for name, content in files.items():
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
