"""The API attacked: by its own description, and with acts that are well signed and full of anything.

No answer is a failure of ours, and every answer is one that the document describes.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

import pytest
import schemathesis
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from elicense.keys import b64url
from issuer.domain import canonical
from issuer.domain.account import AccountId
from issuer.domain.act import Act
from issuer.domain.refusal import Refusal
from issuer.services import checkpoints
from issuer.services.acts import ACTS
from issuer.storage import tables
from issuer.web import catalogue, openapi
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.services.world import CLINIC, HOSPITAL, NURSE, NURSE_2
from tests.issuer.web.api.api import DOCUMENT, Api
from tests.issuer.web.api.test_stories import CLINIC_USCC, NURSE_CONTENT, NURSE_SECRET

CHECKS: Final = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip
READS: Final = [read.path for read in openapi.READS]
OTHERS: Final = ["/api/v1/public/registrations", "/status", "/status/{number}", "/healthz"]
ACT: Final = "/api/v1/acts/application.submit"
PROFILE: Final = settings().max_examples
"""Examples of the profile at hand: 50 by hand, 100 with CI=true."""


def many(in_ci: int) -> settings:
    """So many examples with CI=true, where the profile asks for 100; by hand a part of them, others each time."""
    return settings(
        max_examples=in_ci if PROFILE >= 100 else in_ci * PROFILE // 400,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def schema(shared: Api) -> Any:
    """The schema as the application itself serves it, bound to the application, with a nurse in the register."""
    nurse = shared.person("nurse", *NURSE[:2])
    case = nurse.open("nurse", "first_registration", NURSE_CONTENT, NURSE_SECRET)
    entry = shared.granted(case, nurse)
    shared.known = {"applications": case["id"], "registrations": entry["id"]}
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", shared.app)


def attack(api: Api, case: Case[Any], which: int) -> int:
    """Send one request as somebody; sometimes about something that is there."""
    api.world.at += 61  # so that the limit of the public query is not all that is seen
    checkpoints.advance(api.world.desk, api.world.at)
    if "id" in (case.path_parameters or {}) and which % 2:
        case.path_parameters["id"] = api.known[case.path.split("/")[3]]
    who = ("nurse", "decide", "keys-1", "hospital")[which % 4]
    headers = {"Authorization": f"Bearer {api.client(who).access_token()}"} if which < 10 else {}
    answer = case.call_and_validate(headers=headers, checks=CHECKS)
    return int(answer.status_code)


@pytest.mark.parametrize("path", [*READS, *OTHERS])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_reads_answer_as_described(shared: Api, schema: Any, path: str, mode: GenerationMode) -> None:
    operation = schema[path]["GET"]
    if mode is GenerationMode.NEGATIVE and not (operation.query or operation.path_parameters):
        return  # nothing in it can be wrong
    found: set[int] = set()

    @many(100)
    @given(case=operation.as_strategy(generation_mode=mode), which=st.integers(0, 11))
    def run(case: Case[Any], which: int) -> None:
        found.add(attack(shared, case, which))

    run()
    assert found <= {200, 304, 400, 401, 403, 404, 406, 422}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_envelopes_are_answered_as_described(shared: Api, schema: Any, mode: GenerationMode) -> None:
    found: list[int] = []

    @many(100)
    @given(case=schema[ACT]["POST"].as_strategy(generation_mode=mode))
    def run(case: Case[Any]) -> None:
        found.append(attack(shared, case, 0))

    run()
    assert set(found) <= {400, 413, 415}
    assert len(found) >= 9


@many(200)
@given(st.binary(max_size=300), st.sampled_from(["application/json", "text/plain", "", "application/json; charset=x"]))
def test_any_body_is_answered(shared: Api, body: bytes, kind: str) -> None:
    answer = shared.app.test_client().post(ACT, data=body, content_type=kind)
    DOCUMENT.answered("POST", ACT, answer.status_code, str(answer.mimetype), answer.data)
    assert answer.status_code in {400, 415}


# --- well signed, and full of anything -----------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | TEXTS | st.just("x" * 3_000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
DAYS = st.sampled_from(["0001-01-01", "2026-03-01", "2026-09-30", "2026-12-31", "9999-12-31", "2026-02-30", "2026-W01"])
CODES = st.sampled_from(["nurse_penalty", "own_close", "false_material", "death", "penalty_58", "nurse_staffing", "\0"])
KNOWN: Final[dict[str, st.SearchStrategy[Any]]] = {
    "until": DAYS,
    "valid_until": DAYS,
    "reason": st.sampled_from(["x", "", " ", "a\0b", "两\n行", "\x1b[31m", "\u202e"]),
    "grounds": st.lists(CODES, max_size=3),
    "bar_years": st.integers(-1, 10_000),
    "for_life": st.booleans(),
    "finding": st.sampled_from(["favourable", "unfavourable"]),
    "kind": st.sampled_from(["nurse", "physician", "institution"]),
    "action": st.sampled_from(["first_registration", "practice_registration", "reissue", "suspend", "renewal"]),
    "name": st.sampled_from([NURSE_2[0], "a\0b", "\u202e", CLINIC["name"]]),
    "division": st.sampled_from(["469002", "460100", "999999", "４６０１００"]),
    "uscc": st.just(CLINIC_USCC),
    "level": st.sampled_from(["county", "province"]),
    "branch": st.just("tcm"),
    "trust_number": st.integers(-1, 2**16),
    "roles": st.lists(st.sampled_from(["auditor", "key_manager", "officer_review", "god"]), max_size=3),
    "content": st.fixed_dictionaries(
        {},
        optional={
            "name": st.just(NURSE[0]), "sex": st.integers(-1, 10), "place": st.just(460100), "beds": JUNK,
            "institution": st.sampled_from([HOSPITAL, CLINIC, {"number": "x", "name": "y"}]), "subjects": JUNK,
            "filing": JUNK, "filing_end": JUNK, "address": TEXTS,
        },
    ),
}  # fmt: skip
ODD = st.none() | st.integers(0, 4) | st.just(2**53 - 1)
ATTACHED = st.none() | st.binary(max_size=20) | JUNK.map(canonical.dumps)
USUAL: Final = {
    "application": ("nurse", "hospital", "accept", "review", "decide"),
    "registration": ("decide", "all"),
    "licence": ("nurse",),
    "organisation": ("accept", "keys-1"),
    "account": ("keys-1", "nurse"),
    "key": ("keys-1", "keys-2"),
}
ACTORS: Final = ("nurse", "hospital", "accept", "review", "decide", "all", "keys-1", "keys-2", "province-all")


@st.composite
def bodies(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Mostly what the act wants, now and then anything."""
    members: dict[str, Any] = {}
    for member in catalogue.ACTS[name].body:
        if draw(st.integers(0, 9)):
            members[member] = draw(JUNK if not draw(st.integers(0, 7)) else KNOWN.get(member, JUNK))
    if not draw(st.integers(0, 15)):
        members["more"] = draw(JUNK)
    return members


@pytest.fixture
def armed(both: Api) -> Api:
    """A world with a draft, a case at every desk, and ids of everything to aim at."""
    nurse = both.person("nurse", *NURSE[:2])
    case = nurse.open("nurse", "first_registration", NURSE_CONTENT, NURSE_SECRET)
    (entry,) = both.client("hospital").get("registrations")["registrations"]
    manager = both.client("keys-1")
    keys = [one["id"] for one in manager.get("keys")["keys"]][:3]
    places = [one["id"] for one in manager.get("organisations")["organisations"]]
    both.known = {
        "application": [case["id"], "new"], "registration": [entry["id"]], "licence": [entry["id"]],
        "organisation": [*places, "new", both.world.people["hospital"].id], "key": keys,
        "account": [nurse.account, "new"],
    }  # fmt: skip
    both.known["targets"] = ["none", *(one for kind in both.known.values() for one in kind)]
    return both


def revision_of(world: MintWorld, id_: str) -> int | None:
    """The revision of anything, None if there is no such thing."""
    with world.store.reading() as tx:
        for table in (tables.application, tables.registration, tables.organisation, tables.account,
                      tables.electronic_key):  # fmt: skip
            found = tx.run(sa.select(table.c.revision).where(table.c.id == id_)).scalar()
            if found is not None:
                return int(found)
    return None


def test_signed_acts_full_of_anything_are_done_or_refused(armed: Api) -> None:
    world = armed.world
    http = armed.app.test_client()
    found: dict[int, int] = {}

    @many(400)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(ACTS)), "act")
        world.later()
        part = name.partition(".")[0]
        fit = data.draw(st.integers(0, 5), "fit") > 0
        client = armed.client(data.draw(st.sampled_from(USUAL.get(part, ACTORS) if fit else ACTORS), "actor"))
        target = data.draw(
            st.sampled_from(armed.known.get(part if fit else "targets", armed.known["targets"])), "target"
        )
        revision = revision_of(world, target) if fit else data.draw(ODD, "revision")
        body = data.draw(bodies(name), "body")
        attachment = data.draw(ATTACHED if catalogue.ACTS[name].attachment or not fit else st.none(), "attachment")
        if attachment and "restricted" in body:
            body["restricted"] = hashlib.sha256(attachment).hexdigest()
        try:
            act = Act(
                name=name,
                actor=AccountId(client.account),
                target=target,
                revision=revision,
                at=world.at,
                nonce=f"{world.at:032x}",
                body=canonical.dumps(body),
            ).to_bytes()
        except Refusal:
            return  # cannot even be written
        sent = {
            "act": b64url(act),
            "key": client.signer.public_key.kid.hex(),
            "proof": {"type": "es256", "signature": b64url(client.signer.sign(act))},
            **({} if not attachment else {"attachment": b64url(attachment)}),
        }
        path = f"/api/v1/acts/{name}"
        answer = http.post(path, data=json.dumps(sent), content_type="application/json")
        DOCUMENT.answered("POST", path, answer.status_code, str(answer.mimetype), answer.data)
        assert answer.status_code < 500, answer.data
        found[answer.status_code] = found.get(answer.status_code, 0) + 1

    wanted = {200, 400, 409, 422}  # 403 comes hardly by chance, since bodies are judged before: test_refusals has it
    for _ in range(6):  # rare answers come by chance: more of the same until each was seen
        run()
        if PROFILE < 100 or wanted <= set(found):
            break
    assert PROFILE < 100 or wanted <= set(found), found
