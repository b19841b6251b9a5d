"""Holds a program against the vectors: one JSON line a case goes in, one comes out, and a table says what differed.

    python -m tests.conformance COMMAND [WORD ...]

Every line is complete in itself. A program that does not do something answers `{"id": ..., "unsupported": true}`.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from elicense import cose
from elicense.errors import Rejected
from elicense.keys import b64url, b64url_decode
from elicense.reason import Check, Reason
from tests import run_vectors

Json = dict[str, Any]
_SECONDS: Final = 300
_WIDELY_KNOWN: Final = {-7, -8}  # ES256 and EdDSA; libraries still lack the numbers of RFC 9864, -9 and -19
_CHECKS: Final = {reason.code: reason.check for reason in Reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case: the line that is sent, the answer that is expected, and whether it is a hostile one."""

    ask: str
    line: Json
    expect: Json
    hostile: bool


@dataclass(slots=True, kw_only=True)
class Result:
    """What a program made of one kind of question."""

    right: int = 0
    unsupported: int = 0
    wrong: list[str] = field(default_factory=list)


def cases() -> Iterator[Case]:
    """Every case, those of the outsiders' role `open-sign1` too."""
    for file, case in run_vectors.cases():
        name = f"{file}/{case['name']}"
        made = _of_a_wallet(file, name, case) if file.startswith("sdjwt/") else _made(file, name, case)
        if made is not None:
            yield made
        if file.startswith("licence/") and "token" in case:
            opened = _opened(name, case)
            if opened is not None:
                yield opened


def _made(file: str, name: str, case: Json) -> Case | None:
    world, expect = run_vectors.WORLD, case["expect"]
    hostile = "refused" in expect or expect.get("outcome", "valid") != "valid"
    if file.startswith("licence/"):
        given: Json = {key: case[key] for key in ("token", "text", "at") if key in case}
        wanted = {"outcome": expect["outcome"], "reasons": expect["reasons"]}
        return _case("judge", name, {**given, **_held(case)}, wanted, hostile=hostile)
    if file == "trust/open":
        given = {"anchor": world["anchors"][case["anchor"]], "list": case["list"]}
        return _case("open-trust-list", name, given, expect, hostile=hostile)
    if file == "trust/successor":
        given = {"anchor": world["anchors"][case["anchor"]], "previous": case["previous"], "list": case["list"]}
        return _case("follow-trust-list", name, given, expect, hostile=hostile)
    if file == "status/open":
        trust = {"anchor": world["anchors"]["main"], "trust_list": world["trust_lists"][case["trust"]]}
        entries = list(expect.get("entries", {}))
        given = {**trust, "uri": case["uri"], "list": case["list"], "entries": entries}
        return _case("open-status-list", name, given, expect, hostile=hostile)
    if file == "link/read":
        return _case("read-link", name, {"text": case["text"]}, expect, hostile=hostile)
    return None


def _of_a_wallet(file: str, name: str, case: Json) -> Case:
    """A presentation to be judged, or anybody's SD-JWT to be opened."""
    hostile = "refused" in case["expect"] or case["expect"].get("outcome", "valid") != "valid"
    if file == "sdjwt/opened":
        given = {"text": case["text"], "key": case["key"]}
        return _case("open-sd-jwt", name, given, case["expect"], hostile=hostile)
    given = {key: case[key] for key in ("presentation", "at", "asked")}
    wanted = {key: case["expect"][key] for key in ("outcome", "reasons", "claims")}
    return _case("judge-presentation", name, {**given, **_held(case)}, wanted, hostile=hostile)


def _held(case: Json) -> Json:
    """What a verifier has: root keys, trust list, status lists by address."""
    world = run_vectors.WORLD
    lists = {
        uri: held if isinstance(held, dict) else {"token": world["status_lists"][held]}
        for uri, held in world["lists"][case["lists"]].items()
    }
    return {
        "anchor": world["anchors"]["main"], "trust_list": world["trust_lists"][case["trust"]], "status_lists": lists,
    }  # fmt: skip


def _opened(name: str, case: Json) -> Case | None:
    """What any COSE library must answer: a good signature opens, a bad one does not. Our profile is stricter."""
    reasons = case["expect"]["reasons"]
    token = b64url_decode(case["token"])
    trust = run_vectors.trust_list("main")
    try:
        parts = cose.split_licence(token)
        algorithm, _ = cose.claimed_kid(parts.header)
    except Rejected:
        return None
    candidates = trust.by_header.get(parts.header, ())
    if not candidates or algorithm not in _WIDELY_KNOWN:
        return None
    line = {"message": case["token"], "key": candidates[0].key.key.to_jwk()}
    if reasons[:1] == ["signature-bad"]:
        return _case("open-sign1", name, line, {"refused": True}, hostile=True)
    if all(_CHECKS[reason] > Check.SIGNATURE for reason in reasons):
        return _case("open-sign1", name, line, {"payload": b64url(parts.payload)}, hostile=False)
    return None


def _case(ask: str, name: str, given: Json, expect: Json, *, hostile: bool) -> Case:
    return Case(ask=ask, line={"id": f"{ask}: {name}", "ask": ask, **given}, expect=expect, hostile=hostile)


def hold(command: Sequence[str], wanted: Iterable[str] = ()) -> Mapping[str, Result]:
    """Run a program over all cases, or those of the named questions; a line that does not come is wrong."""
    chosen = [case for case in cases() if not wanted or case.ask in set(wanted)]
    lines = "".join(json.dumps(case.line, separators=(",", ":")) + "\n" for case in chosen)
    done = subprocess.run(list(command), input=lines.encode(), stdout=subprocess.PIPE, timeout=_SECONDS, check=False)
    answers: dict[str, Json] = {}
    for line in done.stdout.splitlines():
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        if isinstance(answer, dict) and isinstance(named := answer.pop("id", None), str):
            answers[named] = answer
    results: dict[str, Result] = {}
    for case in chosen:
        result = results.setdefault(case.ask, Result())
        answer = answers.get(case.line["id"], {"missing": True})
        if answer.get("unsupported") is True:
            result.unsupported += 1
        elif _same(answer, case.expect):
            result.right += 1
        else:
            result.wrong.append(f"{case.line['id']}: {json.dumps(answer)[:200]}, not {json.dumps(case.expect)[:200]}")
    return results


def _same(answer: Json, expect: Json) -> bool:
    """A refusal needs its reason where the vector names one; `true` means: refused, whatever the reason."""
    if expect.get("refused") is True:
        return bool(answer.get("refused"))
    return answer == expect


def table(results: Mapping[str, Result]) -> str:
    """The results as lines of text."""
    lines = [f"{'question':<20}{'right':>7}{'wrong':>7}{'not done':>10}"]
    for ask, result in sorted(results.items()):
        lines.append(f"{ask:<20}{result.right:>7}{len(result.wrong):>7}{result.unsupported:>10}")
    lines += [f"  {wrong}" for result in results.values() for wrong in result.wrong[:5]]
    return "\n".join(lines)


def share_of_hostile() -> float:
    """How many of the vectors are hostile. The outsiders' role repeats vectors and does not count."""
    counted = Counter(case.hostile for case in cases() if case.ask != "open-sign1")
    return counted[True] / counted.total()
