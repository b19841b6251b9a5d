"""The command line, as a process of its own and inside this one: what it is given, what it says, how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from elicense import present, qr
from tests.verifier import pictures
from tests.verifier.pictures import code, pdf, saved, sheet
from tests.verifier.site import TRUST, publish, serving
from tests.world import BASE, DAY, HOUR, T0, World, nurse, physician, signer
from verifier import Folder
from verifier.cli import cli, main

ROOT = Path(__file__).parents[2]
WORLD = World()
LINK = WORLD.link()
FORGED = BASE + qr.to_digits(WORLD.token()[:-1] + b"x")
UNKNOWN = WORLD.link(physician(status=physician().status.__class__(list=9, index=1)))
NOW = ("--at", "2026-11-23T16:00:00+08:00")


def check(folder: Folder, *what: object, at: tuple[str, ...] = NOW, given: bytes | None = None) -> Result:
    """`check` in this process; JSON."""
    arguments = ["check", "--folder", str(folder.path), "--json", *at, *map(str, what)]
    return CliRunner().invoke(cli, arguments, input=given, catch_exceptions=False)


def reports(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def words(result: Result) -> list[str]:
    return [report["outcome"] for report in reports(result)]


def run(*arguments: object, given: bytes = b"", cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[bytes]:
    """The program as a process, from the checkout or from elsewhere."""
    return subprocess.run(
        [sys.executable, "-m", "verifier.cli", *map(str, arguments)], cwd=cwd, input=given, capture_output=True,
        check=False, env={**os.environ, "PYTHONPATH": str(ROOT), **env}, timeout=60,
    )  # fmt: skip


Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> Program:
    """The same program in this process, which is quicker: status, output, errors."""

    def started(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([str(one) for one in arguments])
        said = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return caught.value.code, said.out, said.err

    return started


# ---------------------------------------------------------------- exit status


def test_the_program_as_a_process_ends_as_it_does_inside(folder: Folder) -> None:
    """Its status is what a shell sees; nothing but answers is on standard output."""
    for what, status in ((LINK, 0), (FORGED, 1), (UNKNOWN, 2), ("missing.png", 3)):
        done = run("check", "--folder", folder.path, *NOW, what)
        assert (done.returncode, done.stderr) == (status, b"")
    assert run("check").returncode == 64


@pytest.mark.parametrize(
    ("what", "status", "said"),
    [
        ([LINK], 0, ["valid"]),
        ([LINK, LINK], 0, ["valid", "valid"]),
        ([FORGED], 1, ["invalid"]),
        ([LINK, FORGED, UNKNOWN], 1, ["valid", "invalid", "undetermined"]),
        ([UNKNOWN], 2, ["undetermined"]),
        ([LINK, UNKNOWN], 2, ["valid", "undetermined"]),
        ([LINK, "missing.png"], 2, ["valid", "unreadable"]),
        (["missing.png"], 3, ["unreadable"]),
        (["missing.png", "also.pdf"], 3, ["unreadable", "unreadable"]),
    ],
)
def test_the_status_says_what_the_answers_say(folder: Folder, what: list[str], status: int, said: list[str]) -> None:
    result = check(folder, *what)
    assert (result.exit_code, words(result)) == (status, said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Usage"),
        (["check"], "Missing argument"),
        (["check", "--nonsense", "x"], "No such option"),
        (["check", "--lang", "fr", "x"], "fr"),
        (["check", "--at", "yesterday", "x"], "--at yesterday"),
        (["check", "--at", "2026-13-01", "x"], "--at"),
        (["check", "--at", "0001-01-01T00:00:00+14:00", "x"], "--at"),
        (["check", "--at", "9999-12-31", "x"], "--at"),
        (["check", "--folder", "nowhere", "x"], "run init first"),
        (["init", "--trust", "https://h/"], "--anchor"),
        (["serve", "--port", "99999"], "--port"),
        (["fly"], "No such command"),
    ],
)
def test_wrong_usage_is_64_and_no_traceback(program: Program, arguments: list[str], said: str) -> None:
    status, out, errors = program(*arguments)
    assert status == 64
    assert said in errors
    assert out == ""


FAULT = """
import verifier.folder
def load(self, at=None):
    raise ZeroDivisionError("secret")
verifier.folder.Folder.load = load
"""


def test_a_fault_of_the_program_is_neither_valid_nor_invalid(folder: Folder, tmp_path: Path) -> None:
    """Something inside is broken: the process says that there is no answer. Python alone would have ended with 1."""
    (tmp_path / "sitecustomize.py").write_text(FAULT, "utf-8")
    done = run("check", "--folder", folder.path, LINK, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert done.returncode == 70
    assert done.stdout == b""
    assert b"ZeroDivisionError" in done.stderr
    assert b"secret" not in done.stderr


# ---------------------------------------------------------------- what can be given


def test_pictures_texts_links_and_standard_input_are_all_taken(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(saved(code(LINK)))
    (tmp_path / "b.jpg").write_bytes(saved(sheet([code(LINK), code(FORGED)], 1), "JPEG"))
    (tmp_path / "c.pdf").write_bytes(pdf([code(LINK), code(UNKNOWN)]))
    (tmp_path / "d.txt").write_text(f"\ufeff{LINK}\r\n{FORGED}\r\n", "utf-8")
    files = [tmp_path / name for name in ("a.png", "b.jpg", "c.pdf", "d.txt")]
    result = check(folder, *files, LINK.rpartition("#")[2], "-", given=saved(code(LINK)))
    assert words(result) == [
        "valid", "valid", "invalid", "valid", "undetermined", "valid", "invalid", "valid", "valid",
    ]  # fmt: skip
    assert [report.get("source") for report in reports(result)][:3] == [str(files[0]), str(files[1]), str(files[1])]
    assert "source" not in reports(result)[-1]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (saved(pictures.labyrinth(9)), "no-code"),
        (pictures.png_of(100_000, 100_000), "too-large"),
        (saved(code(LINK), "JPEG")[:900], "damaged"),
        (pictures.locked_pdf(), "locked"),
        (b"\xff\xfe\x00\x01", "not-a-picture"),
        (b"\x89PNG" + bytes(21 * 1024 * 1024), "too-large"),
    ],
    ids=["nothing", "blank", "no code", "bomb", "truncated", "encrypted", "bytes", "huge"],
)
def test_what_cannot_be_read_is_3_with_its_reason(folder: Folder, tmp_path: Path, given: bytes, problem: str) -> None:
    result = check(folder, "-", given=given)
    (tmp_path / "file").write_bytes(given)
    again = check(folder, tmp_path / "file")
    assert [result.exit_code, again.exit_code] == [3, 3]
    assert [report["problem"] for report in reports(result) + reports(again)] == [problem, problem]


def test_names_of_files_and_links_are_told_apart(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link is never looked for on the disk; a name is never decoded."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo#20261123").write_bytes(saved(code(LINK)))
    (tmp_path / "12345").write_text(FORGED, "utf-8")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    link, digits = f"https://h/v#{'1' * 120}", "1" * 120
    Path(link).parent.mkdir(parents=True)
    for name in (link, digits):  # "https:/h/v#11..." is a path as well
        Path(name).write_text(LINK, "utf-8")
    found = check(folder, "photo#20261123", "12345", link, digits)
    assert words(found) == ["valid", "invalid", "invalid", "invalid"]
    missing = check(folder, "folder", "pipe.png", "hello", "54321", "", "a\0b", "x" * 5_000, "photo\udcff.png")
    assert missing.exit_code == 3
    assert {report["problem"] for report in reports(missing)} == {"no-file"}
    odd = check(folder, "photo#1", "HTTPS://ELICENSE.EXAMPLE/V#1", "http://x", " " + LINK + "\n")
    assert words(odd) == ["invalid", "invalid", "invalid", "valid"]


def test_a_thousand_pages_are_not_called_read(folder: Folder, tmp_path: Path) -> None:
    blank = Image.new("L", (9, 9), 255)
    (tmp_path / "many.pdf").write_bytes(pdf([code(LINK, 3), *[blank] * 40]))
    result = check(folder, tmp_path / "many.pdf")
    assert (result.exit_code, words(result)) == (2, ["valid", "unreadable"])
    assert reports(result)[1]["problem"] == "incomplete"


# ---------------------------------------------------------------- what is said


def test_a_person_reads_it_in_their_language(folder: Folder) -> None:
    zh = run("check", "--folder", folder.path, *NOW, LINK)
    en = run("check", *NOW, LINK, ELICENSE_FOLDER=str(folder.path), ELICENSE_LANG="en")
    assert zh.returncode == en.returncode == 0
    assert "✔ 证书有效" in zh.stdout.decode("utf-8")
    assert "林知远" in zh.stdout.decode("utf-8")
    assert "✔ Licence valid" in en.stdout.decode("utf-8")
    assert zh.stderr == en.stderr == b""


def test_a_terminal_without_utf8_is_no_reason_to_fail(folder: Folder) -> None:
    """Status and JSON are there whatever the locale."""
    done = run("check", "--folder", folder.path, "--json", *NOW, LINK, PYTHONIOENCODING="ascii:replace", LC_ALL="C")
    assert done.returncode == 0
    assert b'"outcome":"valid"' in done.stdout


def test_a_name_of_a_file_cannot_rule_the_terminal(
    folder: Folder, tmp_path: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "\x1b[2J\x1b[1;1H\u202e✔ valid\n✔ 证书有效.png"
    (tmp_path / name).write_bytes(b"\x89PNG")
    for extra in ([], ["--json"]):
        status, text, _ = program("check", "--folder", folder.path, *extra, *NOW, name, name + "x")
        assert status == 3
        assert not {"\x1b", "\u202e"} & set(text)
        assert not [line for line in text.splitlines() if line.startswith("✔")]


def test_several_answers_are_apart(folder: Folder, program: Program) -> None:
    _, out, _ = program("check", "--folder", folder.path, "--lang", "en", *NOW, LINK, FORGED)
    first, second = out.split("\n\n✘ ")
    assert first.startswith("✔ Licence valid")
    assert second.startswith("Not a genuine licence")
    assert "林知远" not in second


@pytest.mark.parametrize(
    ("at", "word"),
    [
        ("2026-11-23", "valid"),
        ("2026-11-22", "undetermined"),
        ("2026-11-23T08:00:00Z", "valid"),
        ("2026-11-23T16:00:00", "valid"),
        ("2026-11-23T15:57:00", "undetermined"),
        ("2026-11-25", "undetermined"),
    ],
)
def test_another_time_is_written_as_people_write_it(folder: Folder, at: str, word: str) -> None:
    """A day is its last second, and a time without a zone is civil, at UTC+8."""
    assert words(check(folder, LINK, at=("--at", at))) == [word]


def test_history_answers_for_its_day(folder: Folder) -> None:
    world = World(values={102: 1})
    folder.put_status_list(world.status_token(T0 + DAY), world.hainan.list_uri(1), folder.load().trust)
    link = WORLD.link(nurse())
    assert words(check(folder, link, at=("--at", "2026-11-23"))) == ["valid"]
    assert words(check(folder, link, at=("--at", "2026-11-25T09:00"))) == ["invalid"]


def test_now_is_the_time_of_the_clock(tmp_path: Path) -> None:
    """Without `--at` the program asks the clock: lists of 2026 that were never renewed are stale by then or now."""
    now = int(time.time())
    world, folder = World(), Folder(tmp_path / "now")
    folder.create(world.anchor, "https://elicense.example/trust")
    fresh = world.trust(issued=now - HOUR, next_update=now + DAY)
    trust = folder.put_trust_list(world.signed_trust(fresh))
    folder.put_status_list(world.status_token(now - HOUR), world.hainan.list_uri(1), trust)
    link = world.link(physician(issued_at=now - HOUR))
    assert words(check(folder, link, at=())) == ["valid"]


# ---------------------------------------------------------------- init, show, start


def test_init_pins_once_and_checks_what_it_is_given(tmp_path: Path, program: Program) -> None:
    anchor, path, other = tmp_path / "anchor.json", tmp_path / "lists", tmp_path / "other"
    anchor.write_text(json.dumps(WORLD.anchor.to_json()), "utf-8")
    uri = "https://elicense.example/trust"

    def init(where: Path = path, trust: str = uri) -> tuple[int, str]:
        status, _, errors = program("init", "--folder", where, "--anchor", anchor, "--trust", trust)
        return status, errors

    assert init() == (0, "")
    assert Folder(path).anchor() == (WORLD.anchor, uri)
    status, errors = init()
    assert (status, "in use already" in errors) == (64, True)
    for wrong in ("http://elicense.example/trust", "ftp://h/", "trust"):
        status, errors = init(other, wrong)
        assert (status, "--trust" in errors) == (64, True)
    status, errors = init(anchor / "below")
    assert (status, "cannot be written to" in errors) == (64, True)
    anchor.write_text("{}", "utf-8")
    status, errors = init(other)
    assert (status, "root keys" in errors) == (64, True)
    assert not other.exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_show_believes_nothing_and_says_so_on_every_line(tmp_path: Path, program: Program, lang: str) -> None:
    """Of a forged licence too; the words of a verdict do not appear."""
    stranger = WORLD.link(None, signer("stranger"))
    (tmp_path / "x.png").write_bytes(saved(sheet([code(stranger), code("other")], 1)))
    for what in (stranger, tmp_path / "x.png"):
        status, out, _ = program("show", "--lang", lang, what)
        lines = out.splitlines()
        assert status == 0
        assert len(lines) > 10
        mark = "未核验: " if lang == "zh" else "UNVERIFIED: "
        assert all(line.startswith(mark) for line in lines)
        assert any("林知远" in line for line in lines)
        assert not any("证书有效" in line or "Licence valid" in line or "✔" in line for line in lines)


@pytest.mark.parametrize("what", ["hello", "https://elicense.example/v#1", FORGED[:90], "x.png"])
def test_show_of_nothing_is_3(what: str, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n")
    status, out, _ = program("show", "--lang", "en", what)
    assert status == 3
    assert len(out.splitlines()) > 1
    assert all(line.startswith("UNVERIFIED: ") for line in out.splitlines())


def test_a_live_code_is_shown_with_what_it_claims(program: Program) -> None:
    device = signer("device")
    shown = present(WORLD.token(physician(holder_key=device.public_key)), device, T0)
    status, out, _ = program("show", "--lang", "en", BASE + qr.to_digits(shown))
    assert status == 0
    assert "UNVERIFIED: live code: " in out
    assert "2026-11-23 16:00:00 +08:00" in out


def test_refresh_says_what_failed_and_never_ends_with_1(tmp_path: Path, program: Program) -> None:
    """From a real server; its status is 0 or 2, or 64 where the folder cannot be used."""
    with serving() as site:
        world = World(host=site.url)
        folder = Folder(tmp_path / "lists")
        folder.create(world.anchor, site.url + TRUST)
        status, _, errors = program("refresh", "--folder", folder.path)
        assert (status, "answered 404" in errors) == (2, True)
        publish(site, world, int(time.time()) - HOUR)
        assert program("refresh", "--folder", folder.path) == (0, "trust list 7, 1 status lists\n", "")
        site.behaviours.pop("/beijing/status")
        status, out, errors = program("refresh", "--folder", folder.path)
        assert (status, out) == (2, "trust list 7, 1 status lists\n")
        assert errors == f"failed: {site.url}/beijing/status/{{list}}: answered 404\n"
        status, _, errors = program("refresh", "--folder", tmp_path / "nowhere")
        assert (status, "run init first" in errors) == (64, True)
