"""What everybody may fetch: by media type, from any origin, once, and as it stood at a time."""

from __future__ import annotations

import dataclasses
import gc
import io
from typing import Final
from urllib.parse import quote

import pytest
from werkzeug.test import EnvironBuilder

from elicense import trust
from elicense.status import CWT_MEDIA_TYPE, JWT_MEDIA_TYPE, open_status_list
from issuer.app import follow
from issuer.services import checkpoints, keys, publishing, trusting
from issuer.services.timer import Timer
from issuer.storage import publications, statuses
from tests.issuer.services.mint_world import URI
from tests.issuer.services.world import DAY, NURSE
from tests.issuer.web.api.api import DOCUMENT, Answer, Api
from tests.issuer.web.api.test_stories import NURSE_CONTENT, NURSE_SECRET

ROUTES: Final = ("/.well-known/elicense/trust-list", "/.well-known/elicense/anchor.json", "/status", "/status/1")
LISTED: Final = URI.replace("{list}", "1")


@pytest.fixture(scope="module")
def served(shared: Api) -> Api:
    """The API with its first list published."""
    assert publishing.publish_due(shared.world.desk, shared.world.at).failed == ()
    return shared


def fetch(api: Api, path: str, method: str = "GET", **headers: str) -> Answer:
    answer = api.ask(method, path, None, **headers)
    if method == "GET":
        DOCUMENT.answered("GET", path, answer.status, answer.media, answer.body)
    return answer


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JWT_MEDIA_TYPE),
        ("", JWT_MEDIA_TYPE),
        ("*/*", JWT_MEDIA_TYPE),
        ("application/*", JWT_MEDIA_TYPE),
        (JWT_MEDIA_TYPE, JWT_MEDIA_TYPE),
        (CWT_MEDIA_TYPE, CWT_MEDIA_TYPE),
        (CWT_MEDIA_TYPE.upper(), CWT_MEDIA_TYPE),
        (f"{JWT_MEDIA_TYPE};q=0.4, {CWT_MEDIA_TYPE};q=0.5", CWT_MEDIA_TYPE),
        (f"{JWT_MEDIA_TYPE};q=0.5, {CWT_MEDIA_TYPE};q=0.5", JWT_MEDIA_TYPE),
        (f"{JWT_MEDIA_TYPE};q=0, */*", CWT_MEDIA_TYPE),
        (f"text/html, {CWT_MEDIA_TYPE};q=0.1", CWT_MEDIA_TYPE),
        ("text/html", None),
        (f"{JWT_MEDIA_TYPE};q=0, {CWT_MEDIA_TYPE};q=0", None),
        ("garbage ;;; q=x", JWT_MEDIA_TYPE),
    ],
)
def test_the_media_type_is_the_readers_choice(served: Api, accept: str | None, media: str | None) -> None:
    answer = fetch(served, "/status/1", **({} if accept is None else {"Accept": accept}))
    if media is None:
        assert (answer.status, answer.code) == (406, "not-acceptable")
        return
    assert (answer.status, answer.media) == (200, media)
    assert answer.headers["Vary"] == "Accept"
    listed = open_status_list(answer.body, LISTED, trusting.published(served.world.desk))
    assert listed.issued_at == served.world.at


@pytest.mark.parametrize("path", ROUTES)
def test_a_file_is_fetched_once_and_from_anywhere(served: Api, path: str) -> None:
    answer = fetch(served, path)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert answer.headers["Cache-Control"] == f"public, max-age={served.world.desk.config.status_ttl}"
    tag = answer.headers["ETag"]
    again = fetch(served, path, If_None_Match=tag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert fetch(served, path, If_None_Match='"another"').status == 200
    head = fetch(served, path, "HEAD")
    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", tag)
    assert head.headers["Content-Length"] == str(len(answer.body))
    asked = fetch(served, path, "OPTIONS", Origin="https://hospital.example", Access_Control_Request_Method="GET")
    assert (asked.status, asked.headers["Access-Control-Allow-Methods"]) == (200, "GET, HEAD")
    assert "If-None-Match" in asked.headers["Access-Control-Allow-Headers"]


def test_two_forms_of_one_list_have_two_tags(served: Api) -> None:
    forms = [fetch(served, "/status/1", Accept=media) for media in (JWT_MEDIA_TYPE, CWT_MEDIA_TYPE)]
    assert len({form.headers["ETag"] for form in forms}) == 2
    mixed = fetch(served, "/status/1", Accept=CWT_MEDIA_TYPE, If_None_Match=forms[0].headers["ETag"])
    assert mixed.status == 200, "the tag of the JWT says nothing about the CWT"


def test_trust_list_anchor_and_list_of_lists(served: Api) -> None:
    answer = fetch(served, ROUTES[0])
    assert answer.media == trust.MEDIA_TYPE
    assert trust.open_trust_list(answer.body, served.world.anchor).sequence == 1
    assert trust.Anchor.from_json(fetch(served, ROUTES[1]).json) == served.world.anchor
    assert fetch(served, "/status").json == {"status_lists": [LISTED]}


@pytest.mark.parametrize(
    "number", ["2", "0", "01", "-1", "1.0", "１", "x", "9" * 300, "9" * 5_000, "%00", "1%2f", "..%2f1"], ids=str
)
def test_a_list_that_is_not_there(served: Api, number: str) -> None:
    answer = served.ask("GET", f"/status/{quote(number, safe='%')}")
    assert (answer.status, answer.code) in {(404, "list-unknown"), (404, "not-found")}
    assert answer.headers["Cache-Control"] == "no-store", "what is not there may come"


@pytest.mark.parametrize("time", ["", "x", "-1", "1.5", "1e9", "01", "9" * 13, "9" * 5_000, "%00", "1;"], ids=str)
def test_a_time_that_is_none(served: Api, time: str) -> None:
    answer = fetch(served, f"/status/1?time={time}")
    assert (answer.status, answer.code) == (400, "query-malformed")


def test_the_list_as_it_stood(api: Api) -> None:
    """Insurers ask whether she was licensed on the day of the operation."""
    world = api.world
    nurse = api.person("nurse", *NURSE[:2])
    entry = api.granted(nurse.open("nurse", "first_registration", NURSE_CONTENT, NURSE_SECRET), nurse)
    began = world.at
    world.later(days=1)
    decide = api.client("decide")
    decide.stand("suspend", entry, grounds=["nurse_penalty"], reason="x", until="2026-12-31")
    suspended = world.at

    def value(time: int, media: str = CWT_MEDIA_TYPE) -> bytes:
        answer = fetch(api, f"/status/1?time={time}", Accept=media)
        assert (answer.status, answer.media) == (200, media)
        listed = open_status_list(answer.body, LISTED, trusting.published(world.desk))
        assert listed.issued_at <= time < listed.expires_at, "a reader checks that the list was in force then"
        return answer.body

    before, after = value(suspended - 1), value(suspended)
    assert before == value(began)
    assert before != after == value(suspended + 30)
    assert value(suspended, JWT_MEDIA_TYPE) != after
    lifetime = world.desk.config.status_lifetime
    world.at += 10 * lifetime  # nobody published for a long time
    assert fetch(api, f"/status/1?time={suspended + lifetime - 1}").status == 200
    for time in (began - 1, suspended + lifetime, world.at + publishing.AHEAD_MAX + 1, 0):
        assert (fetch(api, f"/status/1?time={time}").code) == "list-unknown"
    assert fetch(api, f"/status/7?time={suspended}").code == "list-unknown"
    world.at = suspended + (world.desk.config.history_days + 1) * DAY
    assert fetch(api, f"/status/1?time={suspended}").code == "list-unknown", "longer ago than is given out"


def test_history_can_be_switched_off(api: Api) -> None:
    closed = Api(api.world, history_days=0)
    publishing.publish_due(closed.world.desk, closed.world.at)
    answer = fetch(closed, f"/status/1?time={closed.world.at}")
    assert (answer.status, answer.code) == (501, "history-off")
    assert fetch(closed, "/status/1").status == 200
    closed.close()


def test_health_turns_when_publishing_fails_and_the_timer_mends_it(api: Api) -> None:
    """An act stands though its list cannot be written; the answer says so; the timer repeats it."""
    world = api.world
    publishing.publish_due(world.desk, world.at)
    assert fetch(api, "/healthz").json["status"] == "ok"
    folder = world.desk.config.published / publishing.STATUS_FOLDER
    folder.rename(folder.with_name("aside"))
    folder.touch()  # a file where the folder should be: nothing can be written below it
    decide = api.client("decide")
    (entry,) = api.client("hospital").get("registrations")["registrations"]
    entry = decide.stand("suspend", entry, grounds=["nurse_staffing"], reason="x", until="2026-12-31")
    assert entry["state"] == "suspended", "the act was done, and is answered so"
    health = fetch(api, "/healthz")
    assert (health.status, health.json["status"]) == (503, "failing")
    assert [(one["list"], one["code"]) for one in health.json["failures"]] == [(1, "file-not-written")]
    served = fetch(api, "/status/1")
    assert (served.status, served.code) == (503, "unavailable"), "nothing half-written is served"

    folder.unlink()
    folder.with_name("aside").rename(folder)
    world.later()
    turns: list[publishing.Published] = []
    timer = Timer(lambda: turns.append(publishing.publish_due(world.desk, world.at)), 0.05, "test")
    timer.start()
    while not turns:
        pass
    timer.stop()
    assert turns[0].lists == (1,)
    assert fetch(api, "/healthz").json["status"] == "ok"
    assert fetch(api, "/status/1").status == 200


def test_what_fails_after_an_act_neither_fails_the_act_nor_the_other_work(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect is planted in minting: the lists are published all the same."""
    world = api.world
    decide = api.client("decide")
    (entry,) = api.client("hospital").get("registrations")["registrations"]
    decide.stand("freeze", entry, reason="x")
    with world.store.transaction() as tx:
        statuses.note(tx, 1, world.at)
    world.later()
    follow(dataclasses.replace(world.desk, rules=None))  # type: ignore[arg-type]
    assert fetch(api, "/healthz").json["waiting_since"] is None, "published"
    assert "waits: AttributeError at minting.py:" in caplog.text


def test_health_says_what_grows_old(api: Api) -> None:
    world = api.world
    publishing.publish_due(world.desk, world.at)
    world.at += world.desk.config.status_lifetime // 2
    health = fetch(api, "/healthz")
    assert (health.status, [one["late"] for one in health.json["lists"]]) == (503, [True])
    publishing.publish_due(world.desk, world.at)
    assert fetch(api, "/healthz").json["log"]["signed"] == 0
    assert fetch(api, "/healthz").status == 503, "the log is behind by more than ten minutes"
    checkpoints.advance(world.desk, world.at)
    assert fetch(api, "/healthz").status == 200
    world.at += 3651 * DAY
    publishing.publish_due(world.desk, world.at)
    assert fetch(api, "/healthz").json["status"] == "failing", "the trust list is past its next update"


def test_a_trust_list_that_cannot_be_written_is_told_and_repeated(api: Api) -> None:
    world = api.world
    file = world.desk.config.published / publishing.TRUST_FILE
    file.unlink()
    file.mkdir()
    new = keys.next_list(trusting.published(world.desk), world.at)
    with pytest.raises(OSError, match="directory"):
        world.trust(new)
    assert publishing.publish_due(world.desk, world.at).lists == (1,), "the status lists do not wait for it"
    failed = fetch(api, "/healthz").json["failures"]
    assert [(one["list"], one["code"]) for one in failed] == [(None, "file-not-written")]
    file.rmdir()
    publishing.publish_due(world.desk, world.at)
    assert fetch(api, "/healthz").json["failures"] == []
    with world.store.reading() as tx:
        stored = publications.newest(tx, publications.TRUST)
    assert fetch(api, ROUTES[0]).body == stored[0].token


def test_served_without_a_trust_list(api: Api) -> None:
    (api.world.desk.config.published / publishing.TRUST_FILE).unlink()
    assert fetch(api, ROUTES[0]).code == "list-unknown"
    assert fetch(api, "/healthz").json["trust_sequence"] == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_file_that_nobody_reads_to_its_end_is_closed(shared: Api, method: str) -> None:
    """A file that is left open is told only when it is collected: as a warning, which here is an error."""
    client = shared.app.test_client()
    first = client.get("/static/icon-192.png")
    tag = first.headers["ETag"]
    first.close()
    environ = EnvironBuilder("/static/icon-192.png", method=method, headers=[("If-None-Match", tag)]).get_environ()
    told: list[str] = []
    body = shared.app.wsgi_app(environ, lambda status, _headers, _info=None: told.append(status))  # type: ignore[arg-type]
    assert b"".join(body) == b""
    assert told == ["304 NOT MODIFIED"]
    opened = [one for one in gc.get_objects() if isinstance(one, io.BufferedReader) and not one.closed]
    assert [one.name for one in opened if str(one.name).endswith("icon-192.png")] == []
