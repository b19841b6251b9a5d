"""A job of many rows: the same answers whoever judges, after whatever death; nothing lost, nothing doubled."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import distributed
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from elicense import StatusRef
from tests import world as worlds
from tests.world import DAY, T0, World
from verifier import Folder
from verifier.batch import BatchBad
from verifier.bulk import ANSWERS, OTHERS, Job, JobBad, Progress, engines, question
from verifier.bulk.judging import Asked, Judges, Question, end_of
from verifier.bulk.sources import open_source

ROWS = 11_000
ENDED = 666
NOW = Question(at=T0 + 3_600, as_of=False)


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two lists of one address: the licence at 666 ended on the second day."""
    world = World()
    folder = Folder(tmp_path_factory.mktemp("bulk") / "lists")
    folder.create(world.anchor, f"{world.host}/trust")
    trust = folder.put_trust_list(world.signed_trust(world.trust(issued=T0 - 3 * DAY)))
    folder.put_status_list(world.status_token(T0 - 2 * DAY, seconds=30 * DAY), world.hainan.list_uri(1), trust)
    world.values[ENDED] = 1
    folder.put_status_list(world.status_token(T0, seconds=30 * DAY), world.hainan.list_uri(1), trust)
    return folder.path


def texts(count: int) -> Iterator[tuple[str, str, str]]:
    """Code, day and expected outcome of many rows, the same each time: good, ended, forged, and no codes at all."""
    world = World()
    issued = T0 - 2 * DAY
    good = [world.link(worlds.physician(issued_at=issued, number=f"11046010{number:07d}")) for number in range(40)]
    ended = world.link(worlds.physician(issued_at=issued, status=StatusRef(list=1, index=ENDED)))
    forged = good[0][:-1] + str((int(good[0][-1]) + 1) % 10)
    for number in range(count):
        kind = number % 10
        if kind == 7:
            yield ended, "2026-11-24", "invalid"
        elif kind == 8:
            yield ended, "2026-11-22", "valid"
        elif kind == 9:
            yield (forged if number % 3 else "no code"), "2026-11-24", "invalid"
        else:
            yield good[number % 40], "2026-11-24", "valid"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same rows as CSV, JSON lines and Parquet."""
    folder = tmp_path_factory.mktemp("rows")
    rows = list(texts(ROWS))
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["claim", "code", "day"])
        out.writerows([f"c{number}", code, day] for number, (code, day, _) in enumerate(rows))
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"code": code}) + "\n" for code, _, _ in rows)
    table = pa.table({"code": [code for code, _, _ in rows], "day": [day for _, day, _ in rows]})
    pq.write_table(table, folder / "rows.parquet", row_group_size=2_000)
    return {suffix: folder / f"rows.{suffix}" for suffix in ("csv", "jsonl", "parquet")}


def job(place: Path, path: Path, lists: Path, on: str = "", asked: Question = NOW) -> Job:
    return Job(place=place, path=path, source=open_source(path, "code", on), lists=lists, question=asked)


def run(made: Job, workers: int = 2) -> tuple[Progress, list[dict[str, Any]]]:
    """Run a job on processes; its last progress and its answers."""
    engine = engines.Processes(folder=made.lists, question=made.question, workers=workers)
    done = made.run(engine, lambda _: None)
    return done, answers(made.place)


def answers(place: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (place / ANSWERS).read_text(encoding="utf-8").splitlines()]


def outcomes(rows: list[dict[str, Any]]) -> list[str]:
    assert [row["row"] for row in rows] == list(range(1, ROWS + 1))
    return [row["outcome"] for row in rows]


EXPECTED = [outcome for _, _, outcome in texts(ROWS)]
EXPECTED_NOW = ["invalid" if number % 10 == 8 else outcome for number, outcome in enumerate(EXPECTED)]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_every_row_has_its_answer_in_its_place(
    tmp_path: Path, files: dict[str, Path], lists: Path, suffix: str
) -> None:
    done, rows = run(job(tmp_path / "job", files[suffix], lists))
    assert outcomes(rows) == EXPECTED_NOW
    assert done.rows == ROWS
    others = (tmp_path / "job" / OTHERS).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in others] == [row for row in rows if row["outcome"] != "valid"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_each_row_is_judged_by_the_list_of_its_day(
    tmp_path: Path, files: dict[str, Path], lists: Path, suffix: str
) -> None:
    _, rows = run(job(tmp_path / "job", files[suffix], lists, on="day"))
    assert outcomes(rows) == EXPECTED
    assert {row["list_issued_at"] for row in rows if row["outcome"] == "valid"} == {T0 - 2 * DAY, T0}
    assert rows[8]["at"] == end_of("2026-11-22")


def test_killed_anywhere_it_goes_on_and_gives_the_same(tmp_path: Path, files: dict[str, Path], lists: Path) -> None:
    """The whole program and its workers are killed, four times, while pieces are under way."""
    place = tmp_path / "job"
    words = ["bulk", "--folder", str(lists), "--job", str(place), "--workers", "2", "--at", "2026-11-23T17:00:00+08:00"]
    command = [sys.executable, "-m", "verifier.cli", *words, str(files["csv"])]
    for wanted in (1, 2, 3, 4):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
        ends = time.monotonic() + 120
        while len(list((place / "pieces").glob("*.jsonl"))) < wanted and process.poll() is None:
            assert time.monotonic() < ends
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    before = {path.name: path.read_bytes() for path in (place / "pieces").glob("*.jsonl")}
    assert len(before) >= 4
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert all((place / "pieces" / name).read_bytes() == data for name, data in before.items())
    asked = Question(at=T0 + 3_600, as_of=True)
    _, rows = run(job(tmp_path / "whole", files["csv"], lists, asked=asked))
    assert answers(place) == rows
    assert len(rows) == ROWS


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path, files: dict[str, Path], lists: Path) -> None:
    made = job(tmp_path / "job", files["csv"], lists)
    engine = engines.Processes(folder=made.lists, question=made.question, workers=2)
    killed: list[int] = []

    def tell(progress: Progress) -> None:
        if progress.pieces == 2 and not killed:
            for child in _children():
                killed.append(child)
                os.kill(child, signal.SIGKILL)

    made.run(engine, tell)
    assert killed
    assert outcomes(answers(made.place)) == EXPECTED_NOW


def _children() -> list[int]:
    """The worker processes of this process (not its resource tracker)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and b"spawn_main" in command:
            found.append(int(path.parent.name))
    return found


def test_workers_that_always_die_end_the_job_and_keep_what_is_written(
    tmp_path: Path, files: dict[str, Path], lists: Path
) -> None:
    made = job(tmp_path / "job", files["jsonl"], lists)
    engine = engines.Processes(folder=tmp_path / "no lists", question=NOW, workers=1)
    with pytest.raises(engines.WorkersDied):
        made.run(engine, lambda _: None)
    assert run(made)[0].rows == ROWS


def test_a_folder_is_never_continued_with_something_else(tmp_path: Path, files: dict[str, Path], lists: Path) -> None:
    place = tmp_path / "job"
    run(job(place, files["csv"], lists))
    for other in (
        job(place, files["jsonl"], lists),
        job(place, files["csv"], lists, on="day"),
        job(place, files["csv"], lists, asked=Question(at=T0, as_of=True)),
    ):
        with pytest.raises(JobBad):
            run(other)
    assert question(place, 5, as_of=False) == NOW


def test_two_at_once_in_one_folder_are_told(tmp_path: Path, files: dict[str, Path], lists: Path) -> None:
    made = job(tmp_path / "job", files["csv"], lists)

    def tell(_: Progress) -> None:
        with pytest.raises(JobBad, match="Another process"):
            run(made)

    engine = engines.Processes(folder=lists, question=NOW, workers=2)
    made.run(engine, tell)


def test_odd_rows_are_rows_of_their_own(lists: Path) -> None:
    """A missing text, a day that is none, and what fails inside: never valid."""
    code = next(texts(1))[0]
    judges = Judges(lists, NOW)
    asked = [
        Asked(number=1, text=None, fault='a "fault"'),
        Asked(number=2, text=code, on="2026-13-01"),
        Asked(number=3, text=code, on="20261124"),
        Asked(number=4, text=""),
        Asked(number=5, text=code),
    ]
    rows = [json.loads(line) for line in judges.piece(asked).lines.splitlines()]
    assert [row["outcome"] for row in rows] == ["unreadable", "unreadable", "unreadable", "invalid", "valid"]
    assert rows[0]["fault"] == 'a "fault"'
    assert judges.piece(asked).counts == {"unreadable": 3, "invalid": 1, "valid": 1}


def test_parquet_with_other_types_and_without_the_column(tmp_path: Path, lists: Path) -> None:
    code = next(texts(1))[0]
    path = tmp_path / "odd.parquet"
    pq.write_table(pa.table({"code": pa.array([code, None, ""]), "n": [1, 2, 3]}), path)
    _, rows = run(job(tmp_path / "job", path, lists), workers=1)
    assert [row["outcome"] for row in rows] == ["valid", "unreadable", "unreadable"]
    with pytest.raises(BatchBad):
        run(Job(place=tmp_path / "x", path=path, source=open_source(path, "nothing"), lists=lists, question=NOW))
    (tmp_path / "no.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(BatchBad, match="not Parquet"):
        run(job(tmp_path / "y", tmp_path / "no.parquet", lists))


@pytest.mark.slow
def test_a_cluster_gives_the_same_with_a_worker_killed_on_the_way(
    tmp_path: Path, files: dict[str, Path], lists: Path
) -> None:
    """Dask: three worker processes on this machine, one of them killed while it judges."""
    made = job(tmp_path / "job", files["parquet"], lists, on="day")
    with distributed.LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=3,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        local_directory=str(tmp_path / "dask"),
    ) as cluster:
        engine = engines.Cluster(folder=lists, question=NOW, scheduler=cluster.scheduler_address)
        killed: list[int] = []

        def tell(progress: Progress) -> None:
            if progress.pieces == 1 and not killed:
                first = next(iter(cluster.workers.values()))
                killed.append(first.pid)
                os.kill(first.pid, signal.SIGKILL)

        made.run(engine, tell)
    assert killed
    assert outcomes(answers(made.place)) == EXPECTED
