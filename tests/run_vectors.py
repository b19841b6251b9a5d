"""Answers the vectors of tests/vectors with the library, from the files alone; other languages do the same.

    python -m tests.run_vectors          prints one digest over all answers: the same on every machine

A case that needs a list which is not to be believed gets the reason in the list's place, as a verifier's store does.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from elicense import (
    Anchor,
    Reason,
    Rejected,
    StatusList,
    TrustList,
    check_text,
    claims,
    open_status_list,
    open_trust_list,
    qr,
    sdjwt,
    verify,
)
from elicense.keys import PublicKey, b64url, b64url_decode

Json = dict[str, Any]
FOLDER: Final = Path(__file__).parent / "vectors"


def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


WORLD: Final = _read("world.json")
ANCHORS: Final = {name: Anchor.from_json(anchor) for name, anchor in WORLD["anchors"].items()}
REASONS: Final = {reason.code: reason for reason in Reason}


@functools.cache
def trust_list(name: str) -> TrustList:
    """A trust list of the world, opened with its root keys."""
    return open_trust_list(WORLD["trust_lists"][name].encode(), ANCHORS["main"])


@functools.cache
def status_lists(name: str, trust: str) -> dict[str, StatusList | Reason]:
    """A named set of status lists, opened with a trust list; a list that does not open stands as its reason."""
    opened: dict[str, StatusList | Reason] = {}
    for uri, held in WORLD["lists"][name].items():
        try:
            opened[uri] = (
                REASONS[held["refused"]]
                if isinstance(held, dict)
                else open_status_list(b64url_decode(WORLD["status_lists"][held]), uri, trust_list(trust))
            )
        except Rejected as refused:
            opened[uri] = refused.reason
    return opened


def licence(case: Json) -> Json:
    """The verdict on a token or a text."""
    trust, lists = trust_list(case["trust"]), status_lists(case["lists"], case["trust"])
    if "text" in case:
        verdict = check_text(case["text"], trust, lists, case["at"])
    else:
        verdict = verify(b64url_decode(case["token"]), trust, lists, case["at"])
    answer: Json = {"outcome": verdict.outcome.value, "reasons": list(map(str, verdict.reasons)), "licence": None}
    if verdict.licence is not None and verdict.issuer is not None:
        answer["licence"] = claims.to_json(verdict.licence)
        answer["issuer"] = verdict.issuer.id
        answer["ignored_labels"] = list(verdict.ignored_labels)
        answer["notes"] = [{"code": note.code, "field": note.field} for note in verdict.notes]
    return answer


def sdjwt_presented(case: Json) -> Json:
    """The answer about what a wallet showed."""
    asked = None if case["asked"] is None else sdjwt.Asked(**case["asked"])
    lists = status_lists(case["lists"], case["trust"])
    found = sdjwt.verify_sdjwt(case["presentation"], trust_list(case["trust"]), lists, case["at"], asked=asked)
    answer: Json = {"outcome": found.outcome.value, "reasons": list(map(str, found.reasons)), "claims": None}
    if found.kind is not None and found.issuer is not None:
        answer["claims"] = dict(found.claims)
        answer |= {"kind": found.kind.text, "issuer": found.issuer.id, "bound": found.bound}
    return answer


def sdjwt_opened(case: Json) -> Json:
    """The claims of anybody's SD-JWT."""
    return {"claims": sdjwt.open_sdjwt(case["text"], PublicKey.from_jwk(case["key"]))}


def trust_open(case: Json) -> Json:
    """The sequence number of a trust list that opens."""
    return {"sequence": open_trust_list(case["list"].encode(), ANCHORS[case["anchor"]]).sequence}


def trust_successor(case: Json) -> Json:
    """Whether a trust list may follow on another."""
    previous, following = (
        open_trust_list(case[each].encode(), ANCHORS[case["anchor"]]) for each in ("previous", "list")
    )
    following.require_successor(previous)
    return {"follows": True}


def status_open(case: Json) -> Json:
    """What a status list says, with those of its entries that the case asks for."""
    listed = open_status_list(b64url_decode(case["list"]), case["uri"], trust_list(case["trust"]))
    return listed_to_json(listed, case["expect"].get("entries", {}))


def listed_to_json(listed: StatusList, asked: Iterable[str]) -> Json:
    """What a vector says of an opened status list and of some of its entries."""
    return {
        "issuer": listed.issuer,
        "issued_at": listed.issued_at,
        "expires_at": listed.expires_at,
        "ttl": listed.ttl,
        "bits": listed.entries.bits,
        "size": len(listed.entries),
        "entries": {index: listed.entries.get(int(index)) for index in asked},
    }


def link_write(case: Json) -> Json:
    """The link of a token."""
    try:
        link = qr.to_link(b64url_decode(case["token"]), case["base"])
    except ValueError:
        return {"refused": True}
    return {"link": link, "digits": len(link) - len(case["base"])}


def link_read(case: Json) -> Json:
    """The token in a text."""
    return {"token": b64url(qr.from_text(case["text"]))}


TOPICS: Final[dict[str, Callable[[Json], Json]]] = {
    "licence": licence,
    "sdjwt/opened": sdjwt_opened,
    "sdjwt/presented": sdjwt_presented,
    "sdjwt/refused": sdjwt_presented,
    "trust/open": trust_open,
    "trust/successor": trust_successor,
    "status/open": status_open,
    "link/write": link_write,
    "link/read": link_read,
}


def cases() -> Iterator[tuple[str, Json]]:
    """Every case with the name of its file: `licence/claims`."""
    for topic in ("licence", "link", "sdjwt", "status", "trust"):
        for path in sorted((FOLDER / topic).glob("*.json")):
            name = f"{topic}/{path.stem}"
            yield from ((name, case) for case in _read(f"{name}.json")["cases"])


def answer(name: str, case: Json) -> Json:
    """What the library says to a case of this file."""
    run = TOPICS.get(name) or TOPICS[name.partition("/")[0]]
    try:
        return run(case)
    except Rejected as refused:
        return {"refused": refused.reason.code}


def digest(answers: Iterable[Json]) -> str:
    """One line that stands for all answers."""
    return hashlib.sha256(json.dumps(list(answers), sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    print(digest(answer(name, case) for name, case in cases()))  # noqa: T201 - it is a program
