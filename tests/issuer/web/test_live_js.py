"""What the holder's page signs in JavaScript with a key that cannot leave it, the library judges as live."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any, Final

import pytest

from elicense import Challenge, Licence, Outcome, PublicKey, Reason, Shown, Verdict, check_text, qr
from elicense.keys import b64url
from tests.project.tree import ROOT, read
from tests.world import BASE, T0, World, institution, nurse, physician

SCRIPT: Final = "tests/js/test_live.mjs"
WORLD: Final = World()
TRUST: Final = WORLD.opened()
STATUSES: Final = WORLD.statuses()
NODE: Final = shutil.which("node")
AT: Final = T0 + 1_000
ASKED: Final = Challenge(audience="示例综合医院", nonce=bytes(range(32)))

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed: apt install nodejs")


class Device:
    """A device in a process of its own; its private key exists there only."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [NODE or "node", SCRIPT, "device"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.key = PublicKey.from_jwk(self._answer())

    def _answer(self) -> Any:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def shows(self, token: bytes, at: int, challenge: Challenge | None = None) -> Any:
        asked = challenge and {"audience": challenge.audience, "nonce": b64url(challenge.nonce)}
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"token": b64url(token), "at": at, "challenge": asked}) + "\n")
        self.process.stdin.flush()
        return self._answer()


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    held = Device()
    yield held
    held.process.communicate(timeout=10)
    assert held.process.returncode == 0


def _judged(digits: str, at: int = AT + 5, challenge: Challenge | None = None) -> Verdict:
    return check_text(BASE + digits, TRUST, STATUSES, at, challenge=challenge)


def test_the_javascript_makes_what_the_vectors_say() -> None:
    ran = subprocess.run([NODE or "node", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("make", [physician, nurse, institution])
def test_a_code_from_the_page_is_live(device: Device, make: Any) -> None:
    licence: Licence = make(holder_key=device.key)
    shown = device.shows(WORLD.token(licence), AT)
    verdict = _judged(shown["digits"])
    assert (verdict.outcome, verdict.shown, verdict.shown_at, verdict.reasons) == (Outcome.VALID, Shown.LIVE, AT, ())
    assert verdict.require() == licence
    assert shown["named"] is True
    size = qr.symbol(BASE + shown["digits"]).symbol_size(border=0)[0]
    assert size <= (81 if make is institution else 77)


def test_every_signature_of_many_is_taken(device: Device) -> None:
    """R and s with leading zeros among them: WebCrypto gives 64 raw bytes, whatever their values."""
    token = WORLD.token(physician(holder_key=device.key))
    for at in range(AT, AT + 600):
        assert _judged(device.shows(token, at)["digits"], at).shown is Shown.LIVE


def test_the_answer_to_a_challenge_is_taken_for_that_challenge_only(device: Device) -> None:
    token = WORLD.token(physician(holder_key=device.key))
    digits = device.shows(token, AT, ASKED)["digits"]
    assert _judged(digits, AT + 3_000, ASKED).shown is Shown.LIVE
    assert _judged(digits).reasons == (Reason.HOLDER_PROOF_BAD,)


def test_a_licence_of_another_device_is_refused(device: Device) -> None:
    other = Device()
    shown = device.shows(WORLD.token(physician(holder_key=other.key)), AT)
    other.process.communicate(timeout=10)
    assert _judged(shown["digits"]).reasons == (Reason.HOLDER_PROOF_BAD,)
    assert shown["named"] is False


def test_the_file_is_short_and_asks_nobody() -> None:
    """Pure: no clock, no network, no page, no storage; what it needs is given."""
    source = read(ROOT / "issuer/web/static/live.js")
    assert source.count("\n") <= 120
    for word in ("Date", "fetch", "document", "window", "localStorage", "indexedDB", "import "):
        assert word not in source
