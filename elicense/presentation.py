"""The live code: a licence shown by the holder's own device, with no network on either side.

    d2 84 | 43 a1 01 <alg> | a0 | <payload bstr> | 58 40 <64 bytes>      COSE_Sign1 (RFC 9052), tag 18
    payload   {6: iat, -65538: licence token}                            shown to whoever looks
              {3: aud, 6: iat, 10: nonce, -65538: licence token}         the answer to a verifier's challenge

The licence names the device key (`cnf`, RFC 8747); the device signs the whole token and its own time every
30 seconds. The header has no key id, since the key stands in the licence; a licence token always has one, so
that neither message can be taken for the other. This module makes the message and takes it apart, and keeps
what one verifier has seen; `elicense.verify.verify` judges it. Nothing here says that the person who holds the
device is the holder of the licence. Normative text: docs/live-code.md.
"""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import dataclass
from typing import Final

from elicense import cbor, claims, cose
from elicense.errors import Rejected
from elicense.fields import BadValue
from elicense.issue import Prepared, restore, seal
from elicense.keys import SIGNATURE_BYTES, Algorithm, PublicKey, Signer
from elicense.limits import (
    AUDIENCE_CHARS_MAX,
    CLOCKS_DIFFER_SECONDS_MAX,
    INSTANT_MAX,
    INSTANT_MIN,
    LIVE_AHEAD_SECONDS_MAX,
    LIVE_OLD_SECONDS_MAX,
    NONCE_BYTES_MAX,
    NONCE_BYTES_MIN,
    REPLAYS_MAX,
    TOKEN_BYTES_MAX,
)
from elicense.reason import Reason, Shown
from elicense.verdict import Finding, Verdict

AUD: Final = 3
IAT: Final = 6
NONCE: Final = 10
TOKEN: Final = -65538

_OPEN: Final = frozenset({IAT, TOKEN})
_ANSWER: Final = frozenset({AUD, IAT, NONCE, TOKEN})
_FORGET_AFTER_SECONDS: Final = 2 * CLOCKS_DIFFER_SECONDS_MAX


def _headers(algorithm: Algorithm) -> frozenset[bytes]:
    return frozenset(cbor.dumps({cose.ALG: number}) for number in algorithm.cose_accepted)


_HEADERS: Final = {algorithm: _headers(algorithm) for algorithm in Algorithm}
_STARTS: Final = tuple(b"\xd2\x84" + cbor.dumps(header) for each in _HEADERS.values() for header in each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a verifier asks a device to sign: who asks, and a fresh random nonce of 8 to 64 bytes, used once."""

    audience: str
    nonce: bytes

    def __post_init__(self) -> None:
        if not 1 <= len(self.audience) <= AUDIENCE_CHARS_MAX:
            raise BadValue("the audience is empty or too long")
        if not NONCE_BYTES_MIN <= len(self.nonce) <= NONCE_BYTES_MAX:
            raise BadValue("the nonce is too short or too long")


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """A live code taken apart, nothing checked but its shape: everything in it is only claimed."""

    token: bytes
    shown_at: int
    challenge: Challenge | None
    header: bytes
    tbs: bytes
    signature: bytes

    def signed_by(self, key: PublicKey | None) -> bool:
        """Whether the device with this key signed it. A licence without a device key cannot be shown live."""
        return key is not None and self.header in _HEADERS[key.algorithm] and key.verify(self.tbs, self.signature)


def is_presentation(data: bytes) -> bool:
    """Whether bytes begin as a live code does. A licence token never does."""
    return data.startswith(_STARTS)


def open_presentation(data: bytes) -> Presentation:
    """Take a live code apart without believing it. Raises `Rejected`, whatever the bytes.

    Reasons: `too-large`, `malformed`, `header-unknown` (something unprotected), `claims-unknown`.
    """
    if len(data) > TOKEN_BYTES_MAX:
        raise Rejected(Reason.TOO_LARGE)
    if is_presentation(data):
        match cbor.loads(data[1:]):
            case [bytes() as header, dict() as unprotected, bytes() as payload, bytes() as signature]:
                if unprotected:
                    raise Rejected(Reason.HEADER_UNKNOWN, "the unprotected header of a live code is empty")
                token, shown_at, challenge = _read(payload)
                return Presentation(
                    token=token,
                    shown_at=shown_at,
                    challenge=challenge,
                    header=header,
                    tbs=cose.sign1_tbs(header, payload),
                    signature=signature,
                )
    raise Rejected(Reason.MALFORMED, "not a live code")


def prepare(token: bytes, at: int, challenge: Challenge | None = None) -> Prepared:
    """The exact bytes that the device named in the licence must sign at `at` (Unix seconds).

    `elicense.issue.seal` joins the signature to them and refuses one that is not that device's. Raises
    `ValueError` for something that is no licence token or names no device, and if the message is too large.
    """
    try:
        licence, _ = claims.from_payload(cose.split_licence(token).payload)
    except Rejected:
        raise ValueError("not a licence token") from None
    key = licence.holder_key
    if key is None:
        raise ValueError("the licence names no device key: it cannot be shown live")
    if not INSTANT_MIN <= at <= INSTANT_MAX:
        raise ValueError("not an instant in Unix seconds")
    asked: dict[int, str | bytes] = {} if challenge is None else {AUD: challenge.audience, NONCE: challenge.nonce}
    header = cbor.dumps({cose.ALG: key.algorithm.cose})
    payload = cbor.dumps({IAT: at, TOKEN: token, **asked})
    if len(cose.assemble(header, payload, bytes(SIGNATURE_BYTES))) > TOKEN_BYTES_MAX:
        raise ValueError("the licence does not fit into a live code")
    return restore(header, payload, key)


def present(token: bytes, device: Signer, at: int, challenge: Challenge | None = None) -> bytes:
    """Prepare, sign and seal in one go. Raises `ValueError`, as `prepare` and `seal` do."""
    prepared = prepare(token, at, challenge)
    return seal(prepared, device.sign(prepared.tbs))


def grade(age: int) -> tuple[Shown, Reason | None]:
    """How a code with a good signature was shown, by its age in seconds on the verifier's clock, and what to tell."""
    if -LIVE_AHEAD_SECONDS_MAX <= age <= LIVE_OLD_SECONDS_MAX:
        return Shown.LIVE, None
    if abs(age) <= CLOCKS_DIFFER_SECONDS_MAX:
        return Shown.CLOCKS_DIFFER, None
    return (Shown.OLD_COPY, Reason.CODE_OLD) if age > 0 else (Shown.CLOCKS_DIFFER, Reason.CLOCK_BAD)


class Replays:
    """What one verifier remembers of live codes, so that the same code shown to it a second time is told.

    Kept are the thumbprint of the device key and the time in the code, for ten minutes of the verdicts' own time
    (an older code is old anyway) and at most `REPLAYS_MAX` of them; never a name, a number or a token. Safe to
    share between threads. A camera that sees one code in many frames asks once.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[bytes, int], int] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._seen)

    def check(self, verdict: Verdict) -> Verdict:
        """Remember the code behind a verdict; if it was here before, the verdict of an old copy, with `replayed`."""
        key = None if verdict.licence is None else verdict.licence.holder_key
        if verdict.shown_at is None or verdict.shown is Shown.OLD_COPY or key is None:
            return verdict
        code = key.thumbprint, verdict.shown_at
        with self._lock:
            known = code in self._seen
            self._forget(verdict.at)
            self._seen.setdefault(code, verdict.at)
        if not known:
            return verdict
        told = Finding(Reason.REPLAYED, {"shown_at": verdict.shown_at})
        return dataclasses.replace(verdict, findings=(*verdict.findings, told), shown=Shown.OLD_COPY)

    def _forget(self, at: int) -> None:
        """Drop, first come first gone, what is too old to matter, and make room for one."""
        while self._seen:
            oldest = next(iter(self._seen))
            if len(self._seen) < REPLAYS_MAX and self._seen[oldest] + _FORGET_AFTER_SECONDS >= at:
                break
            del self._seen[oldest]


def _read(payload: bytes) -> tuple[bytes, int, Challenge | None]:
    held = cbor.loads(payload)
    if isinstance(held, dict):
        if held.keys() - _ANSWER:
            raise Rejected(Reason.CLAIMS_UNKNOWN, "a claim that a live code does not have")
        token, shown_at = held.get(TOKEN), held.get(IAT)
        if isinstance(token, bytes) and isinstance(shown_at, int) and INSTANT_MIN <= shown_at <= INSTANT_MAX:
            if held.keys() == _OPEN:
                return token, shown_at, None
            audience, nonce = held.get(AUD), held.get(NONCE)
            if isinstance(audience, str) and isinstance(nonce, bytes):
                try:
                    return token, shown_at, Challenge(audience=audience, nonce=nonce)
                except BadValue:
                    pass
    raise Rejected(Reason.MALFORMED, "not the payload of a live code")
