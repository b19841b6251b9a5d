"""Sixty strings that mean something to some program, in every field of the commands and the API.

Nothing crashes, nothing is valid or yes, and nothing that rules a terminal or a browser comes back as it went in.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from elicense.scope.question import FACTS, REQUEST
from tests.hostile import HOSTILE
from tests.verifier.page.site import filled
from tests.world import T0, World, physician
from verifier import Checker, Folder
from verifier.cli import cli
from verifier.web import pages
from verifier.web.app import Source, create_app

_RULING: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
LONG: Final = 12
"""Shorter strings stand in answers by chance."""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return filled(tmp_path / "lists", World())


@pytest.fixture
def client(folder: Folder) -> FlaskClient:
    app = create_app(Source(checker=lambda at: Checker(folder.load(at)), clock=lambda: T0))
    app.register_blueprint(pages.blueprint(folder))
    return app.test_client()


def ran(*words: str, stdin: str | None = None) -> Result:
    """A command that ended in a way it promises, and whose words are safe on a terminal."""
    done = CliRunner().invoke(cli, words, input=stdin)
    assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
    assert done.exit_code in {1, 2, 3, 64}, (words, done.output)
    assert _RULING.search(done.output.replace("\r", "")) is None, (words, done.output)
    return done


def _on_a_command_line() -> Iterator[str]:
    yield from (text for text in HOSTILE if "\x00" not in text)


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["words", "json"])
def test_what_is_checked(folder: Folder, form: tuple[str, ...]) -> None:
    for text in _on_a_command_line():
        ran("check", "--folder", str(folder.path), *form, "--", text)
        ran("check", "--folder", str(folder.path), *form, "-", stdin=text)


def test_other_arguments(folder: Folder, tmp_path: Path) -> None:
    where = ["--folder", str(folder.path)]
    for text in _on_a_command_line():
        ran("check", *where, f"--at={text}", "123")
        ran("show", "--", text)
        ran("may", *where, f"--profile={text}", f"--person={text}", f"--on={text}")
        ran("may", *where, f"--profile={text}")
        ran("may", *where, "--profile=patient", f"--fact={text}")
        ran("batch", *where, f"--column={text}", str(_rows(tmp_path, [text])))


def test_every_fact(folder: Folder) -> None:
    where = ["may", "--folder", str(folder.path), "--lang", "en", "--profile", "patient"]
    for name in FACTS:
        for text in _on_a_command_line():
            done = ran(*where, f"--fact={name}={text}")
            assert "✔" not in done.output


def _rows(path: Path, texts: list[str]) -> Path:
    source = path / "rows.csv"
    with source.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("code", "note"), *((text, text) for text in texts)])
    return source


def test_rows_of_a_batch(folder: Folder, tmp_path: Path) -> None:
    done = ran("batch", "--folder", str(folder.path), str(_rows(tmp_path, list(HOSTILE))))
    rows = [json.loads(line) for line in done.output.splitlines() if line.startswith("{")]
    assert len(rows) >= 60
    assert not [row for row in rows if row["outcome"] == "valid"]


def test_names_of_files(folder: Folder, tmp_path: Path) -> None:
    """A file's name is told to the reader, letter by letter or replaced; what is in it is judged all the same."""
    names = [text for text in _on_a_command_line() if "/" not in text and text not in {".", ".."}]
    place = tmp_path / "shown"
    place.mkdir()
    for name in names:
        (place / name).write_text("1234", encoding="utf-8")
        done = ran("check", "--folder", str(folder.path), "--json", "--", str(place / name))
        assert json.loads(done.output)["outcome"] == "invalid"
    done = ran("batch", "--folder", str(folder.path), str(place))
    assert len(names) > 45


def post(client: FlaskClient, path: str, body: Any, text: str) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code in {200, 413, 422}, (path, text, answer.status_code)
    said = answer.get_data(as_text=True)
    assert len(text) < LONG or text not in json.dumps(json.loads(said), ensure_ascii=False), "repeated"
    return json.loads(said)


def test_every_member_of_a_request(client: FlaskClient) -> None:
    code = World().link(physician())
    for text in HOSTILE:
        bodies: list[Any] = [
            {"text": text}, {"text": code, "lang": text}, {"text": code, "at": text}, {"picture": text}, {text: text},
        ]  # fmt: skip
        for body in bodies:
            found = post(client, "/v1/check", body, text)
            assert all(one["outcome"] != "valid" for one in found.get("reports", []))
        found = post(client, "/v1/batch", {"texts": [text, text]}, text)
        assert {one["outcome"] for one in found["reports"]} == {"invalid"}
        for name in REQUEST:
            request = {"profile": "patient", "person": code, name: text}
            assert post(client, "/v1/may", request, text).get("decision") != "yes"
        for name in FACTS:
            asked: dict[str, Any] = {"profile": "patient", "person": code, "facts": {name: text}}
            assert post(client, "/v1/may", asked, text).get("decision") != "yes"


def test_addresses_and_their_questions(client: FlaskClient) -> None:
    """Paths, query parameters and headers: found or not found, never a fault, nothing repeated."""
    for text in HOSTILE:
        for path in ("/v/{}", "/v/lists/{}", "/v/lists/on/{}.json", "/{}", "/v1/{}"):
            answer = client.get(path.format(text.replace("%", "%25").replace("?", "%3F").replace("#", "%23")))
            assert answer.status_code in {200, 302, 308, 404, 405}, (path, text)
        answer = client.get("/v", query_string={"q": text, text: text}, headers={"Accept-Language": _header(text)})
        assert answer.status_code == 200
        assert len(text) < LONG or text not in answer.get_data(as_text=True)


def _header(text: str) -> str:
    return text.encode("ascii", "ignore").decode().replace("\n", "").replace("\x00", "")
