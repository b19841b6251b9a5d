"""Refreshing over real HTTP: what servers can do wrong keeps what was there, is reported, and ends in time."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from elicense import Outcome, Reason, Rejected
from tests.verifier.site import TRUST, Asked, Behaviour, Send, Site, answer, publish, serving
from tests.world import DAY, HOUR, T0, World
from verifier import Checker, Folder
from verifier.fetch import FetchFailed, Limits
from verifier.folder import FolderBad
from verifier.refresh import Refreshed, refresh

HASTY = Limits(total=0.5, silence=0.25)
LISTS = "/status"
LIST = "/status/1"


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    with serving() as made:
        yield made


@pytest.fixture(scope="module")
def refreshed(running: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that was refreshed once; each test has its copy."""
    world = World(host=running.url)
    publish(running, world)
    made = Folder(tmp_path_factory.mktemp("refreshed") / "lists")
    made.create(world.anchor, running.url + TRUST)
    assert refresh(made, time.monotonic, T0).failed == ()
    return made.path


@pytest.fixture
def site(running: Site) -> Site:
    """A site with everything in order."""
    running.behaviours.clear()
    publish(running, World(host=running.url))
    running.asked.clear()
    return running


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    """A server that nobody may ask anything."""
    with serving() as made:
        yield made


@pytest.fixture
def world(site: Site) -> World:
    return World(host=site.url)


@pytest.fixture
def empty(tmp_path: Path, site: Site, world: World) -> Folder:
    """A folder with nothing but its anchor."""
    made = Folder(tmp_path / "fresh")
    made.create(world.anchor, site.url + TRUST)
    return made


@pytest.fixture
def folder(tmp_path: Path, refreshed: Path, site: Site) -> Folder:
    del site
    return Folder(shutil.copytree(refreshed, tmp_path / "lists"))


def outcome(folder: Folder, world: World, at: int = T0) -> Outcome | None:
    return Checker(folder.load()).check_text(world.link(), at=at).outcome


def again(folder: Folder, at: int = T0, limits: Limits = HASTY) -> Refreshed:
    return refresh(folder, time.monotonic, at, limits)


# ---------------------------------------------------------------- when all is well


def test_one_refresh_is_enough_to_judge(empty: Folder, site: Site, world: World) -> None:
    done = refresh(empty, time.monotonic, T0)
    assert done == Refreshed(sequence=7, fetched=(f"{site.url}/status/1",), failed=())
    assert outcome(empty, world) is Outcome.VALID
    assert site.paths() == [TRUST, LISTS, LIST, "/beijing/status"]
    assert {one.headers["accept"] for one in site.asked} == {
        "application/elicense-trust+jose+json",
        "application/json",
        "application/statuslist+cwt",
    }
    assert all(one.headers["accept-encoding"] == "identity" for one in site.asked)
    assert all(set(one.headers) <= {"host", "accept", "accept-encoding", "connection"} for one in site.asked)


def test_what_has_not_changed_is_not_sent_again(folder: Folder, site: Site, world: World) -> None:
    done = again(folder, T0 + HOUR)
    assert done.fetched == (f"{site.url}/status/1",)
    asked = {one.path: "if-none-match" in one.headers for one in site.asked}
    assert asked == {TRUST: True, LISTS: False, LIST: True, "/beijing/status": False}
    assert outcome(folder, world) is Outcome.VALID


def test_a_new_list_arrives_although_there_was_a_tag(folder: Folder, site: Site, world: World) -> None:
    world.values[101] = 1
    site.put(LIST, world.status_token(T0 + HOUR))
    assert again(folder, T0 + HOUR).failed == ()
    assert outcome(folder, world, T0 + HOUR) is Outcome.INVALID


@pytest.mark.parametrize("lost", ["list", "trust list"])
def test_a_file_that_was_lost_comes_back(folder: Folder, world: World, lost: str) -> None:
    """A tag of what is not there any more must not keep it away."""
    if lost == "list":
        for path in folder.path.glob("status/*/*"):
            path.write_bytes(b"")
        assert outcome(folder, world) is Outcome.UNDETERMINED
    else:
        (folder.path / "trust-list.json").unlink()
    assert again(folder).failed == ()
    assert outcome(folder, world) is Outcome.VALID


def test_a_list_that_is_not_named_any_more_is_asked_for_all_the_same(folder: Folder, site: Site, world: World) -> None:
    """Who can change the list of lists, which nobody signs, cannot make a verifier keep an old list."""
    site.put(LISTS, b'{"status_lists":[]}')
    world.values[101] = 1
    site.put(LIST, world.status_token(T0 + HOUR))
    assert again(folder, T0 + HOUR).fetched == (f"{site.url}/status/1",)
    assert outcome(folder, world, T0 + HOUR) is Outcome.INVALID


@pytest.mark.parametrize("passes", [0, 200])
def test_a_slow_refresh_goes_by_the_time_at_which_a_list_comes(
    empty: Folder, site: Site, world: World, passes: int
) -> None:
    """`at` is the beginning: what is issued while the refresh goes on is not from the future."""
    passed = [0.0]

    def list_of_lists(asked: Asked, send: Send) -> None:
        passed[0] += passes
        answer(json.dumps({"status_lists": [f"{site.url}/status/1"]}).encode())(asked, send)

    site.behaviours[LISTS] = list_of_lists
    site.put(LIST, world.status_token(T0 + 300))
    done = refresh(empty, lambda: passed[0], T0, Limits(total=9_999))
    late = (f"{site.url}/status/1", "status-bad: issued later than this device's clock shows")
    assert done.failed == (() if passes else (late,))


# ---------------------------------------------------------------- what servers can do wrong


def send_slowly(asked: Asked, send: Send) -> None:
    """A byte now and then, for ever: header lines first, so that nothing waits for long."""
    del asked
    send(b"HTTP/1.1 200 OK\r\n")
    for number in range(2_000):
        send(b"X-%d: 1\r\n" % number if number < 90 else b"X")
        time.sleep(0.01)


def body_slowly(asked: Asked, send: Send) -> None:
    del asked
    send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(2_000):
        send(b"x")
        time.sleep(0.01)


def silent(asked: Asked, send: Send) -> None:
    del asked, send
    time.sleep(2)


def endless(asked: Asked, send: Send) -> None:
    del asked
    send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


def continues(asked: Asked, send: Send) -> None:
    del asked
    while True:
        send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def raw(data: bytes) -> Behaviour:
    def behave(asked: Asked, send: Send) -> None:
        del asked
        send(data)

    return behave


def redirect(to: str, status: int = 302) -> Behaviour:
    return raw(f"HTTP/1.1 {status} X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode("latin-1"))


WRONG: dict[str, tuple[Behaviour, str]] = {
    "not there": (answer(b"", status="404 Not Found"), "answered 404"),
    "broken": (answer(b"", status="500 Oops"), "answered 500"),
    "nothing": (answer(b""), ""),
    "other content": (answer(b"<html>login</html>"), ""),
    "gzip": (answer(b"\x1f\x8b\x08", more="Content-Encoding: gzip\r\n"), "compressed"),
    "not changed, unasked": (raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "304"),
    "cut short": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n\xd2\x84"), ""),
    "not HTTP": (raw(b"\x00\x01\x02\r\n\r\n"), "no answer"),
    "closed": (raw(b""), "no answer"),
    "endless header": (raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"), "no answer"),
    "bad chunks": (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "no answer"),
    "slow header": (send_slowly, "slower"),
    "slow body": (body_slowly, "slower"),
    "silent": (silent, "slower"),
    "endless": (endless, "larger"),
    "continues": (continues, "slower"),
    "loop": (redirect(""), "redirected too often"),
    "to a file": (redirect("file:///etc/passwd"), "not an http address"),
    "to a private address": (redirect("https://10.0.0.1/"), "another host"),
    "to this machine, another port": (redirect("http://127.0.0.1:1/"), "another host"),
    "to another scheme": (redirect("//["), "no answer"),
    "to nonsense": (redirect("http://\x7f\xff"), ""),
    "to a bad path": (redirect("/a b\x01"), ""),
}


@pytest.mark.parametrize(
    ("path", "how"),
    [
        *((path, how) for path in (TRUST, LISTS, LIST) for how in WRONG if "slower" not in WRONG[how][1]),
        *((LIST, how) for how in WRONG if "slower" in WRONG[how][1]),
    ],
)
def test_a_wrong_answer_is_reported_in_time_and_changes_nothing(
    folder: Folder, site: Site, world: World, path: str, how: str
) -> None:
    behaviour, said = WRONG[how]
    (folder.path / "tags.json").unlink()
    site.behaviours[path] = behaviour
    began = time.monotonic()
    done = again(folder)
    assert time.monotonic() - began < 2.5
    (failure,) = done.failed
    assert site.url + path in failure[0]
    assert said in failure[1]
    assert done.sequence == 7
    assert (f"{site.url}/status/1" in done.fetched) == (path != LIST)
    assert outcome(folder, world) is Outcome.VALID


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed(folder: Folder, site: Site, world: World, status: int) -> None:
    (folder.path / "tags.json").unlink()
    site.behaviours[LIST] = redirect("/elsewhere/list", status)
    site.put("/elsewhere/list", world.status_token(T0 + 1))
    assert again(folder).failed == ()
    assert folder.marks().lists == {f"{site.url}/status/1": T0 + 1}


def test_a_trust_list_of_the_wrong_people_is_not_taken(folder: Folder, site: Site, world: World) -> None:
    newer = dataclasses.replace(world.trust(), sequence=8, issued=T0 + 1)
    for wrong in (world.signed_trust(newer, world.roots[0]), world.signed_trust(world.trust(sequence=6))):
        site.put(TRUST, wrong)
        ((uri, why),) = again(folder).failed
        assert uri == site.url + TRUST
        assert why.startswith(("trust-bad", "trust-rolled-back"))
    assert folder.load().trust.sequence == 7


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda world: world.status_token(T0 - DAY), "status-rolled-back"),
        (lambda world: world.status_token(T0 + 1, signer=world.other_status_key), "status-bad"),
        (lambda world: world.status_token(T0 + 1, uri=world.hainan.list_uri(2)), "status-bad"),
        (lambda world: world.status_token(T0 + 9 * DAY), "status-bad"),
    ],
    ids=["older", "of another province", "for another address", "of the future"],
)
def test_a_wrong_list_is_not_taken(
    folder: Folder, site: Site, world: World, make: Callable[[World], bytes], said: str
) -> None:
    site.put(LIST, make(world))
    done = again(folder)
    assert [why.partition(":")[0] for _, why in done.failed] == [said]
    assert outcome(folder, world) is Outcome.VALID


def test_a_list_of_lists_can_name_whatever_it_likes(folder: Folder, site: Site, elsewhere: Site, world: World) -> None:
    """Nobody signs it. Only addresses of the issuer itself are asked, nothing crashes, everything odd is reported."""
    named = [
        f"{elsewhere.url}/status/1", f"{site.url}/beijing/status/1", f"{site.url}/status/1/../../secret",
        f"{site.url}/status/{'1' * 5_000}", f"{site.url}/status/-1", f"{site.url}/status/٣", f"{site.url}/status/",
        1, None, [], {}, "", f"{site.url}/status/1", f"{site.url}/status/01",
    ]  # fmt: skip
    site.put(LISTS, json.dumps({"status_lists": named}).encode())
    done = again(folder)
    assert done.fetched == (f"{site.url}/status/1",)
    assert [why for _, why in done.failed] == ["the list of lists names an address of somebody else"]
    assert elsewhere.asked == []
    assert site.paths() == [TRUST, LISTS, LIST, "/beijing/status"]
    assert outcome(folder, world) is Outcome.VALID


@pytest.mark.parametrize("value", [[], {}, {"status_lists": {}}, {"status_lists": ["x"] * 5_000}, None, 1.5])
def test_a_list_of_lists_may_be_something_else(folder: Folder, site: Site, value: object) -> None:
    site.put(LISTS, json.dumps(value).encode())
    ((uri, _),) = again(folder).failed
    assert uri == f"{site.url}/status/{{list}}"


def test_a_redirect_elsewhere_asks_nothing_there(folder: Folder, site: Site, elsewhere: Site) -> None:
    for path in (TRUST, LISTS, LIST):
        site.behaviours[path] = redirect(f"{elsewhere.url}{path}")
    assert len(again(folder).failed) == 3
    assert elsewhere.asked == []


def test_one_slow_issuer_does_not_keep_the_others_waiting(folder: Folder, site: Site, world: World) -> None:
    """Forty slow lists of Hainan, each within the time of one answer, and a quick one of Beijing."""
    uris = [f"{site.url}/status/{number}" for number in range(1, 41)]
    site.put(LISTS, json.dumps({"status_lists": uris}).encode())
    for number in range(2, 41):
        site.behaviours[f"/status/{number}"] = silent
    factor = 600  # ten minutes a second
    done = refresh(folder, lambda: time.monotonic() * factor, T0, Limits(total=60, silence=0.05))
    assert 1 < len([path for path in site.paths() if path.startswith("/status/")]) < 30
    assert site.paths()[-1] == "/beijing/status"
    assert len(done.failed) == 39
    assert done.failed[-1][1] == "the issuer's lists took longer than allowed"
    assert outcome(folder, world) is Outcome.VALID


# ---------------------------------------------------------------- folders that are not ready


def test_without_any_trust_list_the_reason_is_that_of_the_network(empty: Folder, site: Site) -> None:
    site.behaviours[TRUST] = answer(b"", status="503 Later")
    with pytest.raises(FetchFailed, match="answered 503"):
        again(empty)
    site.put(TRUST, b"{}")
    with pytest.raises(Rejected) as caught:
        again(empty)
    assert caught.value.reason is Reason.TRUST_BAD


def test_a_folder_without_anchor_or_marks_asks_nobody(folder: Folder, site: Site) -> None:
    (folder.path / "marks.json").write_bytes(b"{}")
    with pytest.raises(FolderBad, match=r"marks\.json is damaged"):
        again(folder)
    (folder.path / "anchor.json").unlink()
    with pytest.raises(FolderBad, match="run init first"):
        again(folder)
    assert LIST not in site.paths()
