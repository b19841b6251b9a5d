"""The server as a process: refreshes by itself, answers over real sockets, keeps what it is sent to itself."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import waitress

from tests.verifier import pictures
from tests.verifier.pictures import code, saved
from tests.verifier.site import TRUST, Site, publish, serving
from tests.world import HOUR, T0, World, physician
from verifier import Checker, Folder
from verifier.limits import API_BODY_BYTES_MAX, API_THREADS
from verifier.scan import Reader
from verifier.web.app import Source, create_app
from verifier.web.serve import Keeper

ROOT = Path(__file__).parents[2]
CANARY = "canary-91c2"


def ask(port: int, method: str, path: str, body: object = None) -> tuple[int, Any, dict[str, str]]:
    """Status, JSON and headers of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    data = None if body is None else json.dumps(body).encode()
    connection.request(method, path, data, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    held = answer.read()
    connection.close()
    return answer.status, json.loads(held), dict(answer.getheaders())


@dataclass
class Server:
    """A running server and the site it refreshes from."""

    process: subprocess.Popen[str]
    port: int
    site: Site
    world: World
    now: int

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any, dict[str, str]]:
        return ask(self.port, method, path, body)

    def outcome(self, text: str) -> str:
        status, body, _ = self.ask("POST", "/v1/check", {"text": text})
        return str(body["reports"][0]["outcome"] if status == 200 else body["code"])

    def link(self) -> str:
        return self.world.link(physician(issued_at=self.now - HOUR))


def until(what: Any, expected: object) -> None:
    """Wait for something to become so."""
    ends = time.monotonic() + 20
    while (found := what()) != expected:
        assert time.monotonic() < ends, found
        time.sleep(0.05)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Started in an empty folder that it fills itself, once a second."""
    with serving() as site:
        world, now = World(host=site.url), int(time.time())
        folder = Folder(tmp_path_factory.mktemp("served") / "lists")
        folder.create(world.anchor, site.url + TRUST)
        command = ["serve", "--folder", str(folder.path), "--port", "0", "--refresh-every", "1"]
        process = subprocess.Popen(
            [sys.executable, "-m", "verifier.cli", *command],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            port = re.match(r"http://127\.0\.0\.1:(\d+)", said)
            assert port is not None
            made = Server(process, int(port[1]), site, world, now)
            assert made.ask("GET", "/healthz")[0] == 503
            assert made.outcome(made.link()) == "no-lists"
            until(lambda: made.ask("GET", "/healthz")[1]["last_refresh_failures"] > 0, expected=True)
            publish(site, world, now - HOUR)
            until(lambda: made.outcome(made.link()), "valid")
            yield made
        finally:
            process.kill()
            process.communicate()


def test_it_answers_by_what_it_fetched_itself_and_takes_the_next_list_into_use(server: Server) -> None:
    assert server.ask("GET", "/healthz")[1]["status"] == "ok"
    server.world.values[101] = 1
    server.site.put("/status/1", server.world.status_token(server.now - HOUR + 1))
    until(lambda: server.outcome(server.link()), "invalid")
    server.world.values.clear()
    server.site.put("/status/1", server.world.status_token(server.now - HOUR + 2))
    until(lambda: server.outcome(server.link()), "valid")


def test_a_site_that_fails_is_counted_and_changes_no_answer(server: Server) -> None:
    held = server.site.behaviours.copy()
    server.site.behaviours.clear()
    until(lambda: server.ask("GET", "/healthz")[1]["last_refresh_failures"] > 0, expected=True)
    assert server.outcome(server.link()) == "valid"
    server.site.behaviours.update(held)
    until(lambda: server.ask("GET", "/healthz")[1]["last_refresh_failures"], 0)


def test_pictures_are_read(server: Server) -> None:
    good = base64.b64encode(saved(code(server.link()))).decode()
    _, body, _ = server.ask("POST", "/v1/check", {"picture": good})
    assert [report["outcome"] for report in body["reports"]] == ["valid"]


@pytest.fixture
def impatient(folder: Folder) -> Iterator[int]:
    """The same server in a thread, with less time for a picture: its port."""
    reader = Reader(at_once=2, patience=0.2, seconds=1)
    checker = Checker(folder.load(), reader=reader)
    app = create_app(Source(checker=lambda _: checker, clock=lambda: T0))
    made = waitress.create_server(app, host="127.0.0.1", port=0, threads=API_THREADS)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield made.effective_port
    made.trigger.pull_trigger(made.close)  # in its own thread, which ends then
    thread.join(5)
    made.task_dispatcher.shutdown()
    reader.close()


def test_hostile_pictures_do_not_keep_others_waiting(impatient: int) -> None:
    """Four pictures that take ZXing's whole time: two are read, two are told to come again, a text is answered."""
    hostile = base64.b64encode(saved(pictures.labyrinth())).decode()
    answers: list[int] = []

    def attack() -> None:
        answers.append(ask(impatient, "POST", "/v1/check", {"picture": hostile})[0])

    threads = [threading.Thread(target=attack) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    _, body, _ = ask(impatient, "POST", "/v1/check", {"text": World().link()})
    assert body["reports"][0]["outcome"] == "valid"
    assert 200 not in answers
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 200, 503, 503]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\r\n\r\n", b"\x00\xff\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/check HTTP/1.1\r\n\r\n",
        b"POST /v1/check HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/check HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST /v1/check HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (API_BODY_BYTES_MAX + 2),
        b"POST /v1/check HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 300_000 + b"\r\n\r\n",
    ],
    ids=range(11),
)  # fmt: skip
def test_bytes_that_are_no_request_end_nothing(server: Server, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 5) as raw, contextlib.suppress(OSError):
        raw.sendall(data)
        raw.shutdown(socket.SHUT_WR)
        answer = raw.recv(65_536)
        assert b"200 OK" not in answer
        assert b"Traceback" not in answer
    assert server.outcome(server.link()) == "valid"


def test_headers_tell_nothing_about_what_serves(server: Server) -> None:
    for method, path in (("GET", "/healthz"), ("GET", "/nothing"), ("POST", "/v1/check")):
        _, _, headers = server.ask(method, path)
        assert "Server" not in headers
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_it_ends_when_asked_to_and_its_log_holds_nothing_that_was_sent(server: Server) -> None:
    """Last: everything above has been said by then, too."""
    server.ask("POST", "/v1/check", {"text": f"https://{CANARY}/v#1"})
    server.ask("POST", f"/v1/{CANARY}?{CANARY}", {CANARY: CANARY})
    server.ask("POST", "/v1/check", {"picture": base64.b64encode(b"\x89PNG" + CANARY.encode()).decode()})
    server.process.send_signal(signal.SIGINT)
    out, said = server.process.communicate(timeout=20)
    assert server.process.returncode == 0
    for secret in (CANARY, "林知远", "110460100000123", "Traceback"):
        assert secret not in out + said
    assert "refresh failed" in said


# ---------------------------------------------------------------- what keeps the lists


def test_a_refresh_that_cannot_write_is_counted_and_does_not_end_the_refreshing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk today; here the lock cannot be taken. And a folder that is none."""
    with serving() as site:
        world = World(host=site.url)
        publish(site, world, int(time.time()) - HOUR)
        folder = Folder(tmp_path / "lists")
        folder.create(world.anchor, site.url + TRUST)
        (folder.path / ".lock").unlink()
        (folder.path / ".lock").mkdir()
        keeper = Keeper(folder)
        keeper.refresh()
        keeper.refresh()
        assert keeper.failures == 2
        assert "IsADirectoryError" in caplog.text
        (folder.path / ".lock").rmdir()
        keeper.refresh()
        assert keeper.failures == 0
        keeper.close()
    (tmp_path / "file").write_bytes(b"")
    keeper = Keeper(Folder(tmp_path / "file" / "lists"))
    keeper.refresh()
    assert keeper.failures == 1
    assert keeper.checker(None) is None
    keeper.close()


def test_the_same_folder_is_loaded_once(folder: Folder) -> None:
    keeper = Keeper(folder)
    first = keeper.checker(None)
    assert first is keeper.checker(None)
    folder.put_status_list(
        World().status_token(World().trust().issued + 1), World().hainan.list_uri(1), folder.load().trust
    )
    assert first is not keeper.checker(None)
    keeper.close()


def test_an_address_in_use_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        command = ["serve", "--folder", str(tmp_path), "--port", str(held.getsockname()[1])]
        done = subprocess.run(
            [sys.executable, "-m", "verifier.cli", *command], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode == 64
    assert "cannot be listened on" in done.stderr
