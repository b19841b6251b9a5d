"""Our Python library behind the kit's protocol: JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from elicense import Anchor, Reason, TrustList, check_text, open_status_list, open_trust_list, qr, sdjwt, verify
from elicense.cose import open_sign1
from elicense.errors import Rejected
from elicense.keys import PublicKey, b64url, b64url_decode
from tests.run_vectors import listed_to_json

Json = dict[str, Any]
REASONS = {reason.code: reason for reason in Reason}


def judge(asked: Json) -> Json:
    """The verdict on a token or a text."""
    trust, lists = _held(asked)
    if "text" in asked:
        verdict = check_text(asked["text"], trust, lists, asked["at"])
    else:
        verdict = verify(b64url_decode(asked["token"]), trust, lists, asked["at"])
    return {"outcome": verdict.outcome.value, "reasons": [str(reason) for reason in verdict.reasons]}


def judge_presentation(asked: Json) -> Json:
    """The answer about what a wallet showed, with the items that may be believed."""
    trust, lists = _held(asked)
    question = None if asked["asked"] is None else sdjwt.Asked(**asked["asked"])
    found = sdjwt.verify_sdjwt(asked["presentation"], trust, lists, asked["at"], asked=question)
    claims = None if found.kind is None else dict(found.claims)
    return {"outcome": found.outcome.value, "reasons": [str(reason) for reason in found.reasons], "claims": claims}


def open_disclosed(asked: Json) -> Json:
    """The claims of anybody's SD-JWT."""
    return {"claims": sdjwt.open_sdjwt(asked["text"], PublicKey.from_jwk(asked["key"]))}


def _held(asked: Json) -> tuple[TrustList, dict[str, Any]]:
    trust = open_trust_list(asked["trust_list"].encode(), Anchor.from_json(asked["anchor"]))
    lists: dict[str, Any] = {}
    for uri, held in asked["status_lists"].items():
        try:
            lists[uri] = (
                REASONS[held["refused"]]
                if "refused" in held
                else open_status_list(b64url_decode(held["token"]), uri, trust)
            )
        except Rejected as refused:
            lists[uri] = refused.reason
    return trust, lists


def open_list_of_trust(asked: Json) -> Json:
    """The number of a trust list that opens with the anchor."""
    return {"sequence": open_trust_list(asked["list"].encode(), Anchor.from_json(asked["anchor"])).sequence}


def follow(asked: Json) -> Json:
    """Whether one trust list may follow the other."""
    anchor = Anchor.from_json(asked["anchor"])
    previous, following = (open_trust_list(asked[each].encode(), anchor) for each in ("previous", "list"))
    following.require_successor(previous)
    return {"follows": True}


def open_list_of_status(asked: Json) -> Json:
    """What a status list says of itself and of the entries asked for."""
    trust = open_trust_list(asked["trust_list"].encode(), Anchor.from_json(asked["anchor"]))
    listed = open_status_list(b64url_decode(asked["list"]), asked["uri"], trust)
    return listed_to_json(listed, asked["entries"])


def read_link(asked: Json) -> Json:
    """The token in the text of a QR code."""
    return {"token": b64url(qr.from_text(asked["text"]))}


def open_signed(asked: Json) -> Json:
    """The payload of a message whose signature verifies with the key."""
    opened = open_sign1(b64url_decode(asked["message"]), PublicKey.from_jwk(asked["key"]))
    return {"payload": b64url(opened.payload)}


QUESTIONS: Final[Mapping[str, Callable[[Json], Json]]] = {
    "judge": judge,
    "judge-presentation": judge_presentation,
    "open-sd-jwt": open_disclosed,
    "open-trust-list": open_list_of_trust,
    "follow-trust-list": follow,
    "open-status-list": open_list_of_status,
    "read-link": read_link,
    "open-sign1": open_signed,
}


def main() -> None:
    """Answer line by line."""
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            told = QUESTIONS[asked["ask"]](asked) if asked["ask"] in QUESTIONS else {"unsupported": True}
        except Rejected as refused:
            told = {"refused": refused.reason.code}
        sys.stdout.write(json.dumps({"id": asked["id"], **told}) + "\n")


if __name__ == "__main__":
    main()
