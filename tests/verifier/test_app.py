"""The JSON API: strict at its edge, exact by its own document, silent about what it was sent, closed when it fails."""

from __future__ import annotations

import base64
import json
import logging
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from elicense import Verdict, check_text, qr
from elicense.limits import TEXT_CHARS_MAX
from tests.made.against import errors
from tests.made.reports import NAME
from tests.verifier import pictures
from tests.verifier.pictures import code, saved, sheet
from tests.world import BASE, DAY, T0, World, institution, nurse, physician
from verifier import Checker, Folder
from verifier.limits import API_BODY_BYTES_MAX, BATCH_TEXTS_MAX
from verifier.scan import Reader
from verifier.web import openapi
from verifier.web.app import Source, create_app

WORLD = World()
LINK = WORLD.link()
FORGED = BASE + qr.to_digits(WORLD.token()[:-1] + b"x")
DOCUMENT = openapi.document()
PROBLEM = "application/problem+json"


def client_of(checker: Callable[[int | None], Checker | None], **changes: Any) -> FlaskClient:
    return create_app(Source(**{"checker": checker, "clock": lambda: T0, **changes})).test_client()


@pytest.fixture
def client(folder: Folder, reader: Reader) -> FlaskClient:
    return client_of(lambda at: Checker(folder.load(at), reader=reader))


def schema(model: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{model}", "components": DOCUMENT["components"]})


def reports(answer: TestResponse) -> list[dict[str, Any]]:
    """The reports of an answer, which fits the document and the schema of a report."""
    assert answer.status_code == 200, answer.text
    body = answer.get_json()
    assert not list(schema("Reports").iter_errors(body))
    for report in body["reports"]:
        assert errors(NAME, report) == []
    made: list[dict[str, Any]] = body["reports"]
    return made


def refused(answer: TestResponse, status: int, code: str) -> None:
    """An answer is a problem document with this code."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == PROBLEM
    body = answer.get_json()
    assert not list(schema("Problem").iter_errors(body))
    assert (body["code"], body["status"]) == (code, status)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


# ---------------------------------------------------------------- answers


def test_a_text_and_a_picture_get_the_same_report(client: FlaskClient) -> None:
    (by_text,) = reports(client.post("/v1/check", json={"text": LINK}))
    (by_picture,) = reports(client.post("/v1/check", json={"picture": b64(saved(code(LINK)))}))
    assert by_text == by_picture
    assert by_text["outcome"] == "valid"
    assert by_text["licence"]["name"] == "林知远"
    assert by_text["heading"] == "证书有效"


@pytest.mark.parametrize("licence", [physician(), nurse(), institution()], ids=lambda one: one.kind.text)
def test_every_kind_fits_the_document(client: FlaskClient, licence: Any) -> None:
    (report,) = reports(client.post("/v1/check", json={"text": WORLD.link(licence), "lang": "en"}))
    assert report["licence"]["kind"] == licence.kind.text


def test_each_code_of_a_picture_and_each_text_of_a_batch_has_its_report(client: FlaskClient) -> None:
    picture = saved(sheet([code(LINK), code(FORGED)], 1))
    found = reports(client.post("/v1/check", json={"picture": b64(picture)}))
    assert [report["outcome"] for report in found] == ["valid", "invalid"]
    found = reports(client.post("/v1/batch", json={"texts": [LINK, " " + LINK + "\n", "x", FORGED]}))
    assert [report["outcome"] for report in found] == ["valid", "valid", "invalid", "invalid"]


@pytest.mark.parametrize(
    ("picture", "problem"),
    [
        (b"x", "not-a-picture"),
        (b"\x89PNG", "damaged"),
        (pictures.locked_pdf(), "locked"),
        (pictures.png_of(100_000, 100_000), "too-large"),
        (pictures.empty_pdf(1), "no-code"),
    ],
    ids=["text", "damaged", "locked", "bomb", "empty"],
)
def test_a_picture_that_cannot_be_read_says_why(client: FlaskClient, picture: bytes, problem: str) -> None:
    (report,) = reports(client.post("/v1/check", json={"picture": b64(picture)}))
    assert (report["outcome"], report["problem"]) == ("unreadable", problem)


def test_another_time_is_judged_by_its_lists(folder: Folder, client: FlaskClient) -> None:
    world = World(values={101: 1})
    folder.put_status_list(world.status_token(T0 + DAY), world.hainan.list_uri(1), folder.load().trust)
    for at, outcome in ((T0 + 1, "valid"), (T0 + DAY + 1, "invalid")):
        for path, body in (("/v1/check", {"text": LINK}), ("/v1/batch", {"texts": [LINK]})):
            (report,) = reports(client.post(path, json={**body, "at": at}))
            assert (report["outcome"], report["at"]) == (outcome, at)


def test_health_says_how_old_the_data_is(folder: Folder) -> None:
    def health(at: int, **changes: Any) -> tuple[int, dict[str, Any]]:
        answer = client_of(lambda _: Checker(folder.load()), clock=lambda: at, **changes).get("/healthz")
        body = answer.get_json()
        assert not list(schema("Health").iter_errors(body))
        return answer.status_code, body

    fine = {"trust_sequence": 7, "next_update": T0 + 30 * DAY, "status_lists": 1}
    assert health(T0) == (200, {"status": "ok", "last_refresh_failures": 0, **fine})
    assert health(T0 + 31 * DAY, failures=lambda: 4) == (
        200, {"status": "stale", "last_refresh_failures": 4, **fine},
    )  # fmt: skip
    answer = client_of(lambda _: None).get("/healthz")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "unusable")
    assert not list(schema("Health").iter_errors(answer.get_json()))


# ---------------------------------------------------------------- refusals

NOT_JSON: list[bytes] = [
    b"", b"{", b"\xff", b'{"text": "x", "text": "y"}', b'{"text": "x", "at": 1.0}', b'{"text": "x", "at": NaN}',
    b"[" * 20_000 + b"]" * 20_000, b'{"text": "x", "at": 99999999999999999999}',
]  # fmt: skip
NOT_OURS: list[bytes] = [
    b"null", b"[]", b'"text"', b"{}", b'{"text": ""}', b'{"text": 1}', b'{"text": null}', b'{"text": ["x"]}',
    b'{"text": "x", "picture": "eA=="}', b'{"text": "x", "lang": "fr"}', b'{"text": "x", "lang": null}',
    b'{"text": "x", "at": -1}', b'{"text": "x", "at": true}', b'{"text": "x", "at": "1"}',
    b'{"text": "x", "at": 8589934592}', b'{"text": "x", "more": 1}', b'{"picture": "!!"}', b'{"picture": "eA"}',
    b'{"picture": "="}', json.dumps({"text": "1" * (TEXT_CHARS_MAX + 1)}).encode(),
]  # fmt: skip
WRONG_BODIES = [*((body, 400) for body in NOT_JSON), *((body, 422) for body in NOT_OURS)]


@pytest.mark.parametrize(("body", "status"), WRONG_BODIES, ids=range(len(WRONG_BODIES)))
def test_what_is_not_of_the_schema_is_refused(client: FlaskClient, body: bytes, status: int) -> None:
    answer = client.post("/v1/check", data=body, content_type="application/json")
    codes = {400: ["json-malformed"], 422: ["body-malformed", "picture-not-base64"]}
    assert answer.get_json()["code"] in codes[status]
    refused(answer, status, answer.get_json()["code"])


@pytest.mark.parametrize(
    "texts", [[], None, "x", [1], [""], ["x"] * (BATCH_TEXTS_MAX + 1), [["x"]], ["1" * 5_000]], ids=range(8)
)
def test_a_batch_is_a_list_of_texts(client: FlaskClient, texts: object) -> None:
    refused(client.post("/v1/batch", json={"texts": texts}), 422, "body-malformed")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/check", 405, "method-not-allowed"),
        ("DELETE", "/healthz", 405, "method-not-allowed"),
        ("TRACE", "/v1/batch", 405, "method-not-allowed"),
        ("GET", "/v1/nothing", 404, "not-found"),
        ("GET", "/../etc/passwd", 404, "not-found"),
        ("GET", "/static/x", 404, "not-found"),
    ],
)
def test_other_places_are_problems_too(client: FlaskClient, method: str, path: str, status: int, code: str) -> None:
    answer = client.open(path, method=method)
    refused(answer, status, code)
    assert ("Allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_only_json_is_taken(client: FlaskClient, kind: str | None) -> None:
    refused(client.post("/v1/check", data=b'{"text":"x"}', content_type=kind), 415, "not-json")


def test_a_large_body_is_refused_before_it_is_read(client: FlaskClient) -> None:
    answer = client.post("/v1/check", data=b"x" * (API_BODY_BYTES_MAX + 1), content_type="application/json")
    refused(answer, 413, "too-large")


@pytest.mark.parametrize(
    "body",
    [
        b'{"texts":[' + b"[]," * 4_000_000 + b"[]]}",
        b'{"texts":[' + b'"",' * 4_000_000 + b'""]}',
        b"{" + b",".join(b'"%d":0' % number for number in range(500_000)) + b"}",
        b"[" * 8_000_000,
        b'"' * 8_000_000,
        b'{"text":"' + b"\\" * 8_000_000 + b'"}',
        b'{"picture":"' + b"A" * 13_000_000 + b'"}',
    ],
    ids=["lists", "texts", "members", "brackets", "quotes", "backslashes", "picture"],
)
def test_no_body_costs_more_than_it_weighs(client: FlaskClient, body: bytes) -> None:
    """A few megabytes of commas would become a gigabyte of values."""
    tracemalloc.start()
    began = time.monotonic()
    answer = client.post("/v1/batch", data=body, content_type="application/json")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 400 <= answer.status_code < 500
    assert most < 90_000_000
    assert time.monotonic() - began < 5


def test_without_lists_nothing_is_judged() -> None:
    without = client_of(lambda _: None)
    for path, body in (("/v1/check", {"text": LINK}), ("/v1/batch", {"texts": [LINK]})):
        answer = without.post(path, json=body)
        refused(answer, 503, "no-lists")
        assert answer.headers["Retry-After"]


def test_who_comes_with_too_many_pictures_waits(folder: Folder) -> None:
    busy = Reader(at_once=1, patience=0.01)
    assert busy._turns.acquire()  # noqa: SLF001 - somebody else is at it
    answer = client_of(lambda _: Checker(folder.load(), reader=busy)).post(
        "/v1/check", json={"picture": b64(saved(code(LINK)))}
    )
    refused(answer, 503, "busy")
    assert answer.headers["Retry-After"]


# ---------------------------------------------------------------- faults, logs, headers

CANARY = "canary-7f3a"


@pytest.mark.parametrize("where", ["judge", "lists", "checker", "clock"])
def test_a_fault_inside_is_never_valid_and_tells_nothing(
    folder: Folder, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError(CANARY)

    def half(text: str, at: int) -> Verdict:
        """Right in itself, but nothing of it can be written down."""
        verdict = check_text(text, folder.load().trust, folder.load().statuses, at)
        object.__setattr__(verdict, "licence", object())
        return verdict

    asked = {
        "judge": client_of(lambda _: Checker(folder.load(), broken)),
        "lists": client_of(lambda _: Checker(folder.load(), half)),
        "checker": client_of(broken),
        "clock": client_of(lambda _: Checker(folder.load()), clock=broken),
    }[where]
    for path, body in (("/v1/check", {"text": LINK}), ("/v1/batch", {"texts": [LINK]})):
        answer = asked.post(path, json=body)
        assert CANARY not in answer.text
        if where == "judge":
            (report,) = reports(answer)
            assert (report["outcome"], report["problem"]) == ("undetermined", "internal")
        else:
            refused(answer, 500, "internal")
    assert CANARY not in caplog.text


def test_nothing_that_was_sent_is_logged_or_repeated(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    """Links, pictures, wrong bodies, wrong paths: the log has none of it, and an error answer neither."""
    with caplog.at_level(logging.DEBUG):
        answers = [
            client.post("/v1/check", json={"text": f"https://{CANARY}/v#1"}),
            client.post("/v1/check", json={"text": CANARY, CANARY: CANARY}),
            client.post("/v1/check", json={"picture": CANARY * 2}),
            client.post("/v1/check", json={"picture": b64(saved(code(CANARY)))}),
            client.post("/v1/check", data=CANARY.encode(), content_type="application/json"),
            client.post("/v1/batch", json={"texts": [CANARY] * 3}),
            client.get(f"/{CANARY}?{CANARY}={CANARY}", headers={"X-Name": CANARY}),
        ]
        valid = client.post("/v1/check", json={"text": LINK})
    assert not [answer.text for answer in answers if CANARY in answer.text]
    assert reports(valid)[0]["outcome"] == "valid"
    assert CANARY not in caplog.text
    assert "林知远" not in caplog.text
    assert "110460100000123" not in caplog.text


def test_every_answer_has_the_headers(client: FlaskClient) -> None:
    for answer in (
        client.get("/healthz"), client.get("/nothing"), client.post("/v1/check"), client.get("/openapi.json"),
        client.post("/v1/check", json={"text": LINK}), client.options("/v1/check"),
    ):  # fmt: skip
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Set-Cookie" not in answer.headers


def test_the_document_is_served_and_names_only_what_exists(client: FlaskClient) -> None:
    served = client.get("/openapi.json").get_json()
    assert served == json.loads(json.dumps(DOCUMENT))
    named = json.dumps(served).split('"#/components/schemas/')[1:]
    assert {one.partition('"')[0] for one in named} <= served["components"]["schemas"].keys()
    rules = {str(rule) for rule in client.application.url_map.iter_rules()}
    assert rules == served["paths"].keys()
