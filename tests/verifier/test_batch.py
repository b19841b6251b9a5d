"""Many codes: rows that are broken in every way, files without end, and an end in the middle."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import json
import os
import select
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verifier.pictures import code, saved, sheet
from tests.world import T0, World
from verifier import Checker, Folder
from verifier.batch import BatchBad, Row, csv_rows, json_rows, picture_rows, reports
from verifier.limits import BATCH_LINE_CHARS_MAX

ROOT = Path(__file__).parents[2]
LINK = World().link()


def rows(text: str, column: str = "code", name: str = "x.csv") -> list[Row]:
    read = csv_rows if name.endswith(".csv") else json_rows
    return list(read(io.StringIO(text, newline=""), column))


def seen(found: list[Row]) -> list[tuple[int, str | None, bool]]:
    return [(row.number, row.text, row.fault is not None) for row in found]


# ---------------------------------------------------------------- CSV


@pytest.mark.parametrize(
    "text",
    [
        f"code\n{LINK}\n", f"code\r\n{LINK}\r\n", f"code\r{LINK}\r", f"code\n{LINK}", f'"code"\n"{LINK}"\n',
        f"name,code,more\nx,{LINK},y\n", f"code,name\n{LINK}\n", f"code\n\n\n{LINK}\n\n",
        f'name,code\n"a ""quoted"", name\nof two lines",{LINK}\n',
    ],
)  # fmt: skip
def test_ordinary_files_are_read(text: str) -> None:
    assert seen(rows(text)) == [(1, LINK, False)]


@pytest.mark.parametrize("text", ["", "\n", "name\nx\n", "code,code\nx,y\n", " code\nx\n", "CODE\nx\n", "a" * 100_000])
def test_a_file_without_the_column_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(BatchBad, match="the column 'code' once"):
        rows(text)


def test_broken_rows_are_rows_with_a_number_and_a_reason() -> None:
    text = f'name,code\na\nb,\nc,  \nd,{LINK}\ne,=HYPERLINK("x")\n"f{"f" * 140_000}\ng,{LINK}'
    found = rows(text)
    assert [row.number for row in found] == list(range(1, len(found) + 1))
    assert [row.fault for row in found[:3]] == ["the row has no such cell", "the cell is empty", "the cell is empty"]
    assert found[3].text == LINK
    assert found[4].text == '=HYPERLINK("x")'
    assert found[5].fault == f"a line is longer than {BATCH_LINE_CHARS_MAX} characters"
    assert found[6].text == LINK


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_file() -> None:
    """A cell may be 128 KiB long; the rows that went into it are named, those behind it are read."""
    many = f'code\n"{LINK}\n' + f"{LINK}\n" * 400
    found = rows(many)
    assert found[0].fault is not None
    assert "lines 2 to " in found[0].fault
    assert "quotation mark" in found[0].fault
    swallowed = int(found[0].fault.split(" to ")[1].split(" ")[0])
    assert [row.text for row in found[1:]] == [LINK] * (402 - swallowed)


def test_a_formula_goes_nowhere(checker: Checker) -> None:
    """Answers are JSON; nothing of a row's text is repeated in them."""
    for evil in ("=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", '"; DROP TABLE x', "<script>"):
        ((row, report),) = reports(checker, iter([Row(number=1, source="row 1", text=evil)]), at=T0)
        assert report.word == "invalid"
        assert evil not in report.to_line("zh")
        assert row.number == 1


# ---------------------------------------------------------------- JSON lines


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (json.dumps(LINK), LINK),
        (json.dumps({"code": LINK, "more": [1]}), LINK),
        ("{}", None), ("[]", None), ("1", None), ("null", None), ("{", None), ("\ufeff{}", None), ('{"code": 1}', None),
        ("[" * 50_000, None), ("1" * 6_000, None), ("nan", None), ("\x00", None), ("\ud800", None),
    ],
    ids=range(14),
)  # fmt: skip
def test_a_line_is_a_text_or_says_why_not(line: str, text: str | None) -> None:
    (row,) = rows(line + "\n", name="x.jsonl")
    assert (row.text, row.fault is None) == (text, text is not None)


def test_lines_keep_their_numbers_whatever_stands_between_them() -> None:
    """Empty lines are no rows, but an editor counts them."""
    text = f"\n{json.dumps(LINK)}\r\n  \n{'x' * (3 * BATCH_LINE_CHARS_MAX)}\n{json.dumps(LINK)}"
    assert seen(rows(text, name="x.jsonl")) == [(2, LINK, False), (4, None, True), (5, LINK, False)]


@given(st.text(max_size=300), st.sampled_from(["x.csv", "x.jsonl"]))
@settings(max_examples=150)
def test_any_text_is_read_as_rows(text: str, name: str) -> None:
    found = rows(f"code\n{text}" if name == "x.csv" else text, name=name)
    assert all((row.text is None) == (row.fault is not None) for row in found)
    numbers = [row.number for row in found]
    assert numbers == sorted(set(numbers))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20)


@given(st.lists(st.tuples(CELLS, CELLS)))
def test_what_a_spreadsheet_writes_is_read_back(cells: list[tuple[str, str]]) -> None:
    held = io.StringIO()
    csv.writer(held, lineterminator="\n").writerows([["name", "code"], *cells])
    texts = [row.text for row in rows(held.getvalue())]
    assert texts == [cell if cell.strip() else None for _, cell in cells]


# ---------------------------------------------------------------- without end


class Endless:
    """A file whose lines are made when they are read; a number stands for so many letters on one line."""

    def __init__(self, lines: Iterator[str | int]) -> None:
        self._lines, self._left = lines, 0

    def readline(self, size: int) -> str:
        if not self._left:
            line = next(self._lines, "")
            if isinstance(line, str):
                return line
            self._left = line
        taken = min(size, self._left)
        self._left -= taken
        return "y" * taken + ("" if self._left else "\n")


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_memory_does_not_grow_with_the_file(checker: Checker, name: str) -> None:
    """Ten times as many rows take the same memory; one line of 30 MB takes none."""

    def lines(count: int) -> Iterator[str | int]:
        yield "code\n"
        yield from itertools.repeat('"x"\n', count)
        yield 30_000_000 if count > 1_000 else 10
        yield '"x"\n'

    def peak(count: int) -> int:
        file: Any = Endless(lines(count))
        found = csv_rows(file, "code") if name == "x.csv" else json_rows(file, "code")
        tracemalloc.start()
        judged = sum(1 for _ in reports(checker, found, at=T0))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert judged >= count
        return most

    peak(10)
    small, large = peak(1_000), peak(10_000)
    assert large < small + 2_000_000


# ---------------------------------------------------------------- folders of pictures


def test_pictures_come_by_name_and_odd_files_are_rows_too(tmp_path: Path, checker: Checker) -> None:
    (tmp_path / "b.PNG").write_bytes(saved(sheet([code(LINK), code("x")], 1)))
    (tmp_path / "a.jpg").write_bytes(saved(code(LINK), "JPEG"))
    (tmp_path / "c.png").write_bytes(b"")
    (tmp_path / "d.png").mkdir()
    (tmp_path / "e.png").symlink_to(tmp_path / "gone")
    (tmp_path / "f\x1b[2J\n.gif").write_bytes(b"GIF8")
    os.mkfifo(tmp_path / "g.png")  # nobody ever writes to it
    (tmp_path / "notes.txt").write_text(LINK, "utf-8")
    found = [
        (row.number, report.word, report.problem) for row, report in reports(checker, picture_rows(tmp_path), at=T0)
    ]
    assert found == [
        (1, "valid", None),
        (2, "valid", None),
        (2, "invalid", None),
        (3, "unreadable", "not-a-picture"),
        (4, "unreadable", "no-file"),
        (5, "unreadable", "no-file"),
        (6, "unreadable", "damaged"),
        (7, "unreadable", "no-file"),
    ]


# ---------------------------------------------------------------- the command


def batch(folder: Folder, *arguments: object, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "verifier.cli", "batch", "--folder", str(folder.path), "--at", "2026-11-23"]
    return subprocess.run([*command, *map(str, arguments)], cwd=ROOT, input=given, capture_output=True, check=False)


def answers(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode("utf-8").splitlines()]


def test_a_batch_answers_every_row_and_writes_the_others_apart(folder: Folder, tmp_path: Path) -> None:
    """A byte order mark, another encoding in a name, an empty cell: all in one file."""
    source, errors, out = tmp_path / "in.csv", tmp_path / "errors.jsonl", tmp_path / "out.jsonl"
    head = b"\xef\xbb\xbfname,code\r\n"
    source.write_bytes(head + b"\xc1\xd6,%b\r\nx,\r\ny,hello\r\nz,%b\r\n" % (LINK.encode(), LINK.encode()))
    done = batch(folder, "--lang", "en", "--errors", errors, "--out", out, source)
    assert done.returncode == 1
    assert done.stdout == b""
    found = answers(out.read_bytes())
    assert [(one["row"], one["outcome"]) for one in found] == [
        (1, "valid"), (2, "unreadable"), (3, "invalid"), (4, "valid"),
    ]  # fmt: skip
    assert found[1]["problem"] == "row-broken"
    assert found[1]["fault"] == "the cell is empty"
    assert answers(errors.read_bytes()) == [one for one in found if one["outcome"] != "valid"]
    assert "4: " in done.stderr.decode("utf-8")
    assert "Traceback" not in done.stderr.decode("utf-8")


def test_a_batch_takes_lines_from_standard_input(folder: Folder) -> None:
    given = b"\xef\xbb\xbf" + json.dumps(LINK).encode() + b"\n\xff\xfe\n" + json.dumps({"link": LINK}).encode()
    done = batch(folder, "--column", "link", "-", given=given)
    assert [(one["row"], one["outcome"]) for one in answers(done.stdout)] == [
        (1, "valid"), (2, "unreadable"), (3, "valid"),
    ]  # fmt: skip
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--column", "x", "in.csv"], "--column"),
        (["--out", "in.csv", "in.csv"], "is the input"),
        (["--errors", "in.csv", "in.csv"], "is the input"),
        (["--out", "a", "--errors", "a", "in.csv"], "two different files"),
        (["--out", "no/such/folder", "in.csv"], "cannot be written"),
        (["missing.csv"], "does not exist"),
    ],
    ids=["column", "out", "errors", "both", "folder", "missing"],
)
def test_a_batch_that_cannot_begin_says_so_and_spoils_nothing(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text(f"code\n{LINK}\n", "utf-8")
    full = [str(tmp_path / one) if "in.csv" in one or one in ("a", "no/such/folder") else one for one in arguments]
    done = batch(folder, *full)
    assert done.returncode == 64
    assert said in done.stderr.decode("utf-8")
    assert (tmp_path / "in.csv").read_text("utf-8") == f"code\n{LINK}\n"


@pytest.mark.parametrize(("lines", "status"), [("", 3), ("code\n", 3)])
def test_nothing_to_check_is_nothing_readable(folder: Folder, tmp_path: Path, lines: str, status: int) -> None:
    (tmp_path / "in.jsonl").write_text(lines, "utf-8")
    assert batch(folder, tmp_path / "in.jsonl").returncode == status


def running(folder: Folder, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "verifier.cli", "batch", "--folder", str(folder.path), "--at", "2026-11-23"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.Popen(
        [*command, *arguments, "-"], cwd=ROOT, env=buffered,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def fed(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None
    return process.stdin


@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)], ids=["Ctrl-C", "killed"])
def test_an_end_in_the_middle_leaves_whole_lines(folder: Folder, tmp_path: Path, how: int, status: int) -> None:
    out = tmp_path / "out.jsonl"
    process = running(folder, "--out", str(out))
    for _ in range(300):
        fed(process).write(json.dumps(LINK).encode() + b"\n")
    fed(process).flush()
    until = time.monotonic() + 20
    while (not out.exists() or out.stat().st_size < 5_000) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(how)
    _, said = process.communicate(timeout=20)
    assert process.returncode == status
    data = out.read_bytes()
    assert data.endswith(b"\n")
    assert {one["outcome"] for one in answers(data)} == {"valid"}
    assert b"Traceback" not in said


def test_a_reader_that_goes_away_is_no_verdict(folder: Folder) -> None:
    """As in `batch ... | head`: neither 0 nor 1, and no noise."""
    process = running(folder)
    assert process.stdout is not None
    fed(process).write(json.dumps(LINK).encode() + b"\n")
    fed(process).flush()
    assert select.select([process.stdout], [], [], 20)[0], "the answer waits in a buffer"
    assert json.loads(process.stdout.readline())["outcome"] == "valid"
    process.stdout.close()
    with contextlib.suppress(BrokenPipeError):
        for _ in range(2_000):
            fed(process).write(json.dumps(LINK).encode() + b"\n")
    with contextlib.suppress(BrokenPipeError):
        fed(process).close()
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(20) == 141
    assert said == b""
