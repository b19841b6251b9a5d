"""Acts that are not done: each refused over HTTP with its code and status, and nothing left behind."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from elicense.keys import Algorithm, SoftwareSigner, b64url
from issuer.app import create_app
from issuer.client import Client
from issuer.domain.account import Role
from issuer.domain.act import WINDOW
from issuer.services import rules
from issuer.storage import audit
from issuer.web import problems
from tests.issuer.services.world import NURSE
from tests.issuer.web.api.api import DOCUMENT, PROBLEM, Answer, Api, Watched
from tests.issuer.web.api.test_stories import NURSE_CONTENT, NURSE_SECRET

JSON = {"Content_Type": "application/json"}


def drafted(api: Api) -> tuple[Watched, dict[str, Any]]:
    nurse = api.person("nurse", *NURSE[:2])
    return nurse, nurse.open("nurse", "first_registration", NURSE_CONTENT, NURSE_SECRET)


def events(api: Api) -> int:
    with api.world.store.reading() as tx:
        head = audit.head(tx)
    return 0 if head is None else head.seq


def envelope(client: Watched, data: bytes, signed: bytes | None = None, **changes: Any) -> dict[str, Any]:
    """The envelope of an act; `signed` are the bytes that were signed, if others."""
    signature = client.signer.sign(data if signed is None else signed)
    return {
        "act": b64url(data),
        "key": client.signer.public_key.kid.hex(),
        "proof": {"type": "es256", "signature": b64url(signature)},
        **changes,
    }


def post(api: Api, name: str, body: object, **headers: str) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api.ask("POST", f"/api/v1/acts/{name}", data, **{**JSON, **headers})


@pytest.fixture
def nurse_case(api: Api) -> tuple[Api, Watched, dict[str, Any]]:
    nurse, case = drafted(api)
    return api, nurse, case


def test_who_may_not_is_told_why(api: Api) -> None:
    nurse, case = drafted(api)
    api.world.officer("elsewhere", "qionghai", Role.ACCEPTANCE, Role.REVIEW, Role.DECISION)
    case = api.client("hospital").step("confirm", nurse.step("submit", case))
    before = events(api)
    for who, step, code in (
        ("review", "accept", "role-missing"),
        ("elsewhere", "accept", "out-of-jurisdiction"),
        ("keys-1", "accept", "role-missing"),
        ("hospital", "withdraw", "not-your-application"),
    ):
        refused = api.client(who).refused(api.client(who).step, step, case)
        assert (refused.status, refused.code) == (403, code)
    with api.world.store.reading() as tx:
        new = [row.event.tag for row in audit.read(tx, after=before, limit=10)]
    assert new == ["key.alerted", "key.stopped"], (
        "only who reached outside the jurisdiction left a trace: their key stopped"
    )


def test_what_was_read_too_long_ago_is_not_acted_on(nurse_case: tuple[Api, Watched, dict[str, Any]]) -> None:
    api, nurse, case = nurse_case
    nurse.save(case, NURSE_CONTENT)
    stale = nurse.refused(nurse.step, "submit", case)
    assert (stale.status, stale.code) == (409, "changed-meanwhile")
    unread = nurse.refused(nurse.act, "application.submit", case["id"], None, {})
    assert (unread.status, unread.code) == (409, "changed-meanwhile")
    unknown = nurse.refused(nurse.act, "application.submit", "app-none", 0, {})
    assert (unknown.status, unknown.code) == (404, "application-unknown")
    assert api.client("decide").refused(
        api.client("decide").act, "registration.freeze", "x", 0, {"reason": "x"}
    ).code == ("registration-unknown")


def test_an_act_is_done_once_and_a_second_sending_is_told(nurse_case: tuple[Api, Watched, dict[str, Any]]) -> None:
    api, nurse, case = nurse_case
    data = nurse.act_bytes("application.submit", case["id"], case["revision"])
    first = post(api, "application.submit", envelope(nurse, data))
    assert (first.status, first.json["result"]["stage"]) == (200, "institution_confirm")
    before = events(api)
    again = post(api, "application.submit", envelope(nurse, data))
    assert (again.status, again.code) == (409, "act-replayed")
    assert events(api) == before


@pytest.mark.parametrize(
    ("forge", "status", "code"),
    [
        (lambda nurse, data: envelope(nurse, data, data + b" "), 401, "proof-bad"),
        (lambda nurse, data: envelope(nurse, data.replace(b"app-", b"app_")), 404, "application-unknown"),
        (lambda nurse, data: envelope(nurse, data.replace(b"app-", b"app_"), data), 401, "proof-bad"),
        (lambda nurse, data: envelope(nurse, data, key="0" * 16), 401, "signer-unknown"),
        (lambda nurse, data: envelope(nurse, data.replace(b'"acc-', b'"acc_')), 401, "signer-unknown"),
        (lambda nurse, data: envelope(nurse, data.replace(b".submit", b".accept")), 400, "act-wrong"),
        (lambda nurse, data: envelope(nurse, data + b"\n"), 400, "act-malformed"),
        (lambda nurse, data: envelope(nurse, data[:-1] + b',"w":1}'), 400, "act-malformed"),
        (lambda nurse, data: envelope(nurse, data.replace(b'"v":1', b'"v":true')), 400, "act-malformed"),
        (lambda nurse, data: envelope(nurse, data.replace(b'"v":1', b'"v":1.0')), 400, "act-malformed"),
        (lambda nurse, data: envelope(nurse, data, attachment="AAAA"), 400, "attachment-not-expected"),
    ],
)  # fmt: skip
def test_what_is_done_is_what_was_signed(
    nurse_case: tuple[Api, Watched, dict[str, Any]],
    forge: Callable[[Watched, bytes], dict[str, Any]],
    status: int,
    code: str,
) -> None:
    api, nurse, case = nurse_case
    data = nurse.act_bytes("application.submit", case["id"], case["revision"])
    before = events(api)
    answer = post(api, "application.submit", forge(nurse, data))
    assert (answer.status, answer.code) == (status, code)
    assert events(api) == before
    assert nurse.step("submit", case)["stage"] == "institution_confirm", "the forgery used nothing up"


@pytest.mark.parametrize("offset", [-WINDOW - 1, WINDOW + 1])
def test_an_act_from_another_time_is_not_done(nurse_case: tuple[Api, Watched, dict[str, Any]], offset: int) -> None:
    api, nurse, case = nurse_case
    off = dataclasses.replace(nurse, clock=lambda: api.world.at + offset)
    refused = off.refused(off.step, "submit", case)
    assert (refused.status, refused.code) == (422, "act-not-in-time")
    on = dataclasses.replace(nurse, clock=lambda: api.world.at + offset // abs(offset) * WINDOW)
    assert on.step("submit", case)["stage"] == "institution_confirm"


def test_a_suspended_lost_or_foreign_key_does_nothing_and_reads_nothing(api: Api) -> None:
    manager, accept = api.client("keys-1"), api.client("accept")
    (key,) = accept.get("keys")["keys"]
    assert {one["account"] for one in manager.get("keys")["keys"]} >= {accept.account, manager.account}
    manager.act("key.suspend", key["id"], key["revision"], {"reason": "异常登录"})
    for refused in (accept.refused(accept.get, "queue"), accept.refused(accept.act, "application.accept", "x", 0)):
        assert (refused.status, refused.code) == (401, "key-suspended")
    (suspended,) = [one for one in manager.get("keys")["keys"] if one["account"] == accept.account]
    assert [line["event"] for line in suspended["history"]][-1] == "suspend"
    manager.act("key.clear", key["id"], suspended["revision"], {"reason": "核查无异常"})
    assert accept.get("queue") == {"applications": []}
    borrowed = dataclasses.replace(accept, signer=api.client("review").signer)
    for refused in (
        borrowed.refused(borrowed.get, "queue"),
        borrowed.refused(borrowed.act, "application.accept", "x", 0),
    ):
        assert (refused.status, refused.code) == (401, "key-not-holder")


def test_a_private_key_is_never_taken_in(api: Api) -> None:
    """Whoever sends one by mistake must not find it in a trail that nobody can clean."""
    signer = SoftwareSigner.generate(Algorithm.ES256)
    someone = api.made(signer, "new")
    jwk = {**signer.public_key.to_jwk(), "d": b64url(bytes(32))}
    refused = someone.refused(someone.act, "account.activate", body={"jwk": jwk}, attachment=b"{}")
    assert refused.code in {"identity-not-proven", "key-malformed"}
    evidence = json.dumps({"id_number": NURSE[1], "name": NURSE[0]}, ensure_ascii=False, separators=(",", ":")).encode()
    refused = someone.refused(someone.act, "account.activate", body={"jwk": jwk}, attachment=evidence)
    assert (refused.status, refused.code) == (422, "key-malformed")


def test_a_key_that_is_none_is_refused(api: Api) -> None:
    """Whoever sends it need not have an account: this is how one is opened."""
    signer = SoftwareSigner.generate(Algorithm.ES256)
    whole = signer.public_key.to_jwk()
    for jwk in (
        {"kty": "EC"}, {**whole, "x": "AA"}, {**whole, "y": whole["x"]}, {**whole, "crv": "P-384"}, {**whole, "x": 5},
        {**whole, "alg": "RS256"}, {**whole, "kty": "RSA"}, {"kty": "OKP", "crv": "Ed25519", "x": "AA"}, {},
    ):  # fmt: skip
        someone = api.made(signer, "new")
        data = Client.act_bytes(someone, "account.activate", body={"jwk": jwk})
        evidence = json.dumps(
            {"id_number": NURSE[1], "name": NURSE[0]}, ensure_ascii=False, separators=(",", ":")
        ).encode()
        refused = someone.refused(someone.deliver, "account.activate", data, attachment=evidence)
        assert (refused.status, refused.code) == (422, "key-malformed"), jwk


BAD = '{"act":"AA","key":"0123456789abcdef","proof":{"type":"es256","signature":"%s"}}' % ("A" * 86)
NESTED = 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "json-malformed"),
        (b"\xff\xfe", 400, "json-malformed"),
        (b"\xef\xbb\xbf{}", 400, "json-malformed"),
        (b"{}{}", 400, "json-malformed"),
        (b'{"act":NaN}', 400, "json-malformed"),
        (b'{"act":Infinity}', 400, "json-malformed"),
        (b'{"act":1e9999}', 400, "json-malformed"),
        (b'{"act":' + b"9" * 5000 + b"}", 400, "json-malformed"),
        (b"[" * NESTED + b"]" * NESTED, 400, "json-malformed"),
        (b'{"act":' * 60_000, 413, "too-large"),
        (BAD.replace('"key"', '"act":"AA","key"').encode(), 400, "json-malformed"),
        (b"null", 400, "envelope-malformed"),
        (b"[]", 400, "envelope-malformed"),
        (b"{}", 400, "envelope-malformed"),
        (BAD[:-1].encode() + b',"more":1}', 400, "envelope-malformed"),
        (BAD.replace("es256", "none").encode(), 400, "envelope-malformed"),
        (BAD.replace("0123456789abcdef", "0123456789ABCDEF").encode(), 400, "envelope-malformed"),
        (BAD.replace('"AA"', '"A"').encode(), 400, "envelope-malformed"),
        (BAD.replace('"AA"', '"AB"').encode(), 400, "envelope-malformed"),
        (BAD.replace('"AA"', '"A=="').encode(), 400, "envelope-malformed"),
        (BAD.replace('"AA"', "1").encode(), 400, "envelope-malformed"),
        (BAD.encode(), 400, "act-malformed"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_a_body_that_is_no_envelope(shared: Api, body: bytes, status: int, code: str) -> None:
    answer = post(shared, "application.submit", body)
    assert (answer.status, answer.code) == (status, code)
    assert b"NaN" not in answer.body
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_of_another_kind(shared: Api, media: str) -> None:
    answer = post(shared, "application.submit", BAD.encode(), Content_Type=media)
    assert (answer.status, answer.code) == (415, "not-json")


def test_what_no_route_answers(shared: Api) -> None:
    assert (shared.ask("GET", "/nowhere").status, shared.ask("GET", "/nowhere").code) == (404, "not-found")
    unknown = post(shared, "application.destroy", BAD.encode())
    assert (unknown.status, unknown.code) == (404, "act-unknown")
    wrong = shared.ask("GET", "/api/v1/acts/application.submit")
    assert (wrong.status, wrong.code, wrong.headers["Allow"]) == (405, "method-not-allowed", "OPTIONS, POST")
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "BREW"):
        assert shared.ask(method, "/api/v1/me").code == "method-not-allowed"


def test_what_the_server_itself_refuses_is_a_problem_too(shared: Api) -> None:
    """Waitress answers these before the application sees them."""
    huge = shared.ask("POST", "/api/v1/acts/application.submit", b"", Content_Length="6500000", **JSON)
    assert (huge.status, huge.code) == (413, "too-large")
    long = shared.ask("GET", "/api/v1/me", None, X_Long="x" * 300_000)
    assert (long.status, long.code) == (431, "too-large")
    coded = shared.ask("POST", "/api/v1/me", None, Transfer_Encoding="gzip")
    assert (coded.status, coded.code) == (501, "bad-request")


def test_every_code_has_one_status_and_its_sentences_and_no_code_is_missing() -> None:
    told = rules.refusals()
    assert set(problems.STATUS) == set(told), "one table of statuses, one of sentences, the same codes"
    assert all(400 <= status < 600 for status in problems.STATUS.values())
    assert sum(len(codes.split()) for codes in problems._CODES.values()) == len(problems.STATUS), "none twice"  # noqa: SLF001


def test_a_failure_of_ours_says_that_it_failed_and_nothing_about_how(
    shared: Api, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect is planted in a route of its own."""
    app = create_app(shared.world.desk)
    app.add_url_rule("/api/v1/broken", view_func=lambda: dict[str, str]()["secret-4600"])
    answer = app.test_client().get("/api/v1/broken")
    said = json.loads(answer.data)
    assert (answer.status_code, answer.mimetype, said["code"]) == (500, PROBLEM, "internal")
    DOCUMENT.fits({"$ref": "#/components/schemas/Problem"}, said, "problem")
    assert "secret" not in answer.get_data(as_text=True) + caplog.text
    assert "KeyError at test_refusals.py:" in caplog.text


def test_acts_signed_by_nobody(shared: Api) -> None:
    """An act whose actor never was, signed by a key that never was."""
    someone = shared.made(SoftwareSigner.generate(Algorithm.ES256), "acc-nobody")
    refused = someone.refused(someone.act, "application.submit", "app-none", 0)
    assert (refused.status, refused.code) == (401, "signer-unknown")
