"""Another implementation as a second judge of what wallets show: openvc-core and ours say the same of each case."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import environment
from elicense.keys import Algorithm
from elicense.reason import Check
from elicense.sdjwt import Asked, vct, verify_sdjwt
from tests.elicense.sdjwt.made import ASKED, HOLDER, copy, shown
from tests.world import T0, World, physician, signer

OPENVC = environment.OPENVC
SCRIPT = Path(__file__).parents[2] / "outside" / "openvc_judge.py"
WORLD = World()
GOOD = shown(copy(WORLD), "name", "scopes")
CASES: dict[str, str] = {
    "good": GOOD,
    "nothing shown": shown(copy(WORLD)),
    "all shown": shown(copy(WORLD), "name", "number", "place", "sex", "institution", "level", "category", "scopes"),
    "another nonce": shown(copy(WORLD), "name", asked=Asked(audience=ASKED.audience, nonce="another")),
    "another audience": shown(copy(WORLD), "name", asked=Asked(audience="another", nonce=ASKED.nonce)),
    "another holder": shown(copy(WORLD), "name", key=signer("thief")),
    "another algorithm": shown(copy(WORLD), "name", key=signer("wallet", Algorithm.EDDSA)),
    "no key binding": GOOD.rpartition("~")[0] + "~",
    "too old": shown(copy(WORLD), "name", at=T0 - 3600),
    "an item taken away": "~".join([*GOOD.split("~")[:1], *GOOD.split("~")[2:]]),
    "an item twice": "~".join([*GOOD.split("~")[:2], *GOOD.split("~")[1:]]),
    "a proof of another presentation": GOOD.rpartition("~")[0] + "~" + shown(copy(WORLD)).rpartition("~")[2],
    "a forged issuer": shown(copy(WORLD, key=signer("stranger")), "name"),
    "a changed signature": GOOD.replace(".", ".A", 1),
    "not an SD-JWT": "x",
}


@pytest.fixture(scope="module", params=[0, 1, 2])
def answers(request: pytest.FixtureRequest) -> tuple[int, World, dict[str, dict[str, Any]]]:
    try:
        interpreter = environment.python(OPENVC)
    except environment.Unavailable as reason:
        pytest.skip(str(reason))
    world = World(values={physician().status.index: request.param})
    said = {
        "issuer": {**world.licence_key.public_key.to_jwk(), "alg": "ES256"}, "audience": ASKED.audience,
        "nonce": ASKED.nonce, "vct": vct(world.host, physician().kind), "at": T0,
        "list": world.status_token(cwt=False).decode(), "status_key": world.status_key.public_key.to_jwk(),
    }  # fmt: skip
    done = subprocess.run(
        [interpreter, SCRIPT], input=json.dumps([{**said, "presentation": one} for one in CASES.values()]),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return request.param, world, dict(zip(CASES, json.loads(done.stdout), strict=True))


def test_both_judges_say_the_same(answers: tuple[int, World, dict[str, dict[str, Any]]]) -> None:
    value, world, theirs = answers
    trust, statuses = world.opened(), world.statuses()
    for name, text in CASES.items():
        ours = verify_sdjwt(text, trust, statuses, T0, asked=ASKED)
        proven = not any(reason.check is not Check.STATUS for reason in ours.reasons)
        assert theirs[name]["accepted"] == proven, (name, ours.reasons, theirs[name])
        if proven:
            assert theirs[name]["status"] == value
            assert [reason.code for reason in ours.reasons] == [[], ["revoked"], ["suspended"]][value]
            assert dict(ours.claims).items() <= theirs[name]["claims"].items()
    assert HOLDER.public_key.y
    assert sum(one["accepted"] for one in theirs.values()) == 3
