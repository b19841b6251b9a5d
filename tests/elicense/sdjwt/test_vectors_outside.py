"""The vectors of wallets before other people's judges, who say what ours says of what is theirs, but for known cases.

Each is given the issuer's key and checks the signature, the disclosures, and the key binding for audience and nonce;
the audience is compared beside @sd-jwt/core, which leaves it. None knows a trust list, kinds of licences or a status,
and openvc-core is asked only what needs a proof. `differences.json` names for each, by what ours answers, every vector
that it takes nevertheless (@sd-jwt/core many of which section 7.1 of RFC 9901 would have refused), and every one that
it refuses by a reading of its own. A difference more or less fails: a new version has changed its mind.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from benchmarks.peers import environment
from elicense import Rejected
from elicense.reason import Check, Reason
from elicense.sdjwt import split
from elicense.trust import Purpose
from tests import run_vectors
from tests.making.world import WORLD
from tests.outside.install import installed

Json = dict[str, Any]
DIFFERENCES: Final = json.loads(Path(__file__).with_name("differences.json").read_text("utf-8"))
OUTSIDE: Final = Path(__file__).parents[2] / "outside"
ITS_MATTER: Final = {Check.SHAPE, Check.KEY, Check.SIGNATURE, Check.HOLDER}
CASES: Final = {
    f"{file}: {case['name']}": (file, case) for file, case in run_vectors.cases() if file.startswith("sdjwt/")
}
_CHECKS: Final = {reason.code: reason.check for reason in Reason}


def _key(case: Json) -> Json | None:
    """The key that the trust list has for the `kid`; where the header cannot be read, that of the good copy."""
    known = run_vectors.trust_list(case["trust"]).by_kid
    try:
        found = known.get(bytes.fromhex(split(case["presentation"]).jwt.header["kid"]), ())
    except (Rejected, KeyError, ValueError):
        return {**WORLD.licence_key.public_key.to_jwk()}
    return next(({**one.key.key.to_jwk()} for one in found if one.key.purpose is Purpose.LICENCE), None)


def _asked(file: str, case: Json) -> Json:
    if file == "sdjwt/opened":
        return {"text": case["text"], "key": case["key"], "asked": None, "at": 0}
    return {"text": case["presentation"], "key": _key(case), "asked": case["asked"], "at": case["at"]}


def _ours(file: str, case: Json) -> str:
    """The reason for which ours refuses a case in what is the other's matter too; empty if it does not."""
    if file == "sdjwt/opened":
        return str(case["expect"].get("refused", ""))
    reasons = [reason for reason in case["expect"]["reasons"] if _CHECKS[reason] in ITS_MATTER]
    unasked = case["asked"] is None and reasons == ["holder-proof-bad"]
    return "" if unasked or not reasons else str(reasons[0])


def _sd_jwt_core(names: list[str]) -> list[Json]:
    return _run(["node", "judging.mjs"], [_asked(*CASES[name]) for name in names], installed())


def _openvc(names: list[str]) -> list[Json]:
    try:
        interpreter = environment.python(environment.OPENVC)
    except environment.Unavailable as reason:
        pytest.skip(str(reason))
    asked = [_asked(*CASES[name]) for name in names]
    given = [
        {
            "presentation": one["text"], "at": one["at"], **one["asked"],
            "issuer": {**one["key"], "alg": "EdDSA" if one["key"]["kty"] == "OKP" else "ES256"},
        }
        for one in asked
    ]  # fmt: skip
    return _run([str(interpreter), "openvc_judge.py"], given, OUTSIDE)


def _run(command: list[str], asked: list[Json], folder: Path) -> list[Json]:
    done = subprocess.run(
        command, cwd=folder, input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=120
    )
    answers: list[Json] = json.loads(done.stdout)
    return answers


def _provable(name: str) -> bool:
    """Whether a proof was asked for, by somebody whose key is known."""
    file, case = CASES[name]
    return file != "sdjwt/opened" and case["asked"] is not None and _key(case) is not None


JUDGES: Final[dict[str, tuple[Callable[[list[str]], list[Json]], list[str]]]] = {
    "@sd-jwt/core": (_sd_jwt_core, list(CASES)),
    "openvc-core": (_openvc, [name for name in CASES if _provable(name)]),
}


@pytest.fixture(scope="module", params=JUDGES)
def judged(request: pytest.FixtureRequest) -> tuple[str, dict[str, Json]]:
    judge, names = JUDGES[request.param]
    return request.param, dict(zip(names, judge(names), strict=True))


def test_what_it_takes_and_ours_does_not_is_known_by_name(judged: tuple[str, dict[str, Json]]) -> None:
    judge, theirs = judged
    found: dict[str, list[str]] = {}
    for name, said in theirs.items():
        if said["accepted"] and (reason := _ours(*CASES[name])):
            found.setdefault(reason, []).append(name)
    assert found == DIFFERENCES[judge]["accepted"]


def test_what_it_refuses_and_ours_takes_so_far_is_known_by_name(judged: tuple[str, dict[str, Json]]) -> None:
    judge, theirs = judged
    found = [name for name, said in theirs.items() if not said["accepted"] and not _ours(*CASES[name])]
    assert found == DIFFERENCES[judge]["refused"]


def test_what_both_open_says_the_same(judged: tuple[str, dict[str, Json]]) -> None:
    _, theirs = judged
    expected = {name: CASES[name][1]["expect"].get("claims") for name, said in theirs.items() if said["accepted"]}
    both = {name: claims for name, claims in expected.items() if claims is not None}
    assert len(both) > 40
    for name, claims in both.items():
        said = theirs[name]["claims"]
        assert said == claims if name.startswith("sdjwt/opened") else claims.items() <= said.items(), name
