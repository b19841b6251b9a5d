"""A file of many rows beside bare signature checks: one process, two, a Dask cluster; and a hundred in one request.

Each goes from a file (or a request) to answers in a file (or a response), with everything: reading, workers that start,
lists that are opened, answers that are written. The bare check is the loop of `cryptography` over prepared signatures,
in one process and in two at the same time, so that what this machine does not give two processes is not laid at the
door of the job. Wall clock, medians of rounds in which all are measured in turn.
"""

from __future__ import annotations

import contextlib
import csv
import http.client
import json
import multiprocessing
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import distributed

from benchmarks import pool
from benchmarks.pool import AT
from benchmarks.result import Result, Row, Table, Target, at_least
from benchmarks.timing import Disagreement, Effort
from elicense import Algorithm, Kind
from tests import world as worlds
from verifier import Folder
from verifier.bulk import Job, engines
from verifier.bulk.judging import Question
from verifier.bulk.sources import open_source

ROWS = 40_000
REQUESTS = 40
_AT_ONCE = 100
_QUESTION = Question(at=AT, as_of=False)


def run(effort: Effort) -> Result:
    """All ways in turn, some times."""
    rows, rounds = (200, 1) if effort.quick else (ROWS, 3)
    with tempfile.TemporaryDirectory() as folder_name:
        place = Path(folder_name)
        held = pool.make(Kind.PHYSICIAN, Algorithm.ES256, effort.pool)
        folder = _folder(place / "lists")
        source = place / "rows.csv"
        with source.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["code"])
            out.writerows([held.texts[number % len(held.texts)]] for number in range(rows))
        ways = _ways(place, folder, source, rows, list(held.texts), effort)
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                rates[name].append(way())
        memory = _memory(folder, source, rows)
    return _told(rates, rows, memory)


def _ways(
    place: Path, folder: Path, source: Path, rows: int, texts: list[str], effort: Effort
) -> dict[str, Callable[[], float]]:
    turn = iter(range(1_000_000))

    def job(engine: Callable[[], engines.Engine]) -> Callable[[], float]:
        def way() -> float:
            begun = time.perf_counter()
            done = Job(
                place=place / f"job-{next(turn)}", path=source, source=open_source(source, "code", ""), lists=folder,
                question=_QUESTION,
            ).run(engine(), lambda _: None)  # fmt: skip
            if done.counts != {"valid": rows}:
                raise Disagreement(f"the job says {done.counts}")
            return rows / (time.perf_counter() - begun)

        return way

    def dask() -> float:
        with distributed.LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster:
            return job(
                lambda: engines.Cluster(folder=folder, question=_QUESTION, scheduler=cluster.scheduler_address)
            )()

    return {
        "bare checks, one process": lambda: _bare(1, rows, effort.pool),
        "bare checks, two processes": lambda: _bare(2, rows, effort.pool),
        "bulk, one process": job(lambda: engines.Processes(folder=folder, question=_QUESTION, workers=1)),
        "bulk, two processes": job(lambda: engines.Processes(folder=folder, question=_QUESTION, workers=2)),
        "Dask, two workers": dask,
        "100 in one request": lambda: _requests(folder, texts, 1 if effort.quick else REQUESTS),
    }


def _folder(path: Path) -> Path:
    world = worlds.World()
    made = Folder(path)
    made.create(world.anchor, f"{world.host}/trust")
    trust = made.put_trust_list(world.signed_trust())
    made.put_status_list(world.status_token(worlds.T0), world.hainan.list_uri(1), trust)
    return path


def _bare(processes: int, rows: int, size: int) -> float:
    """Checks a second of so many processes at the same time; what they need is made before."""
    each = rows // processes
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as workers:
        list(workers.map(_loop, [size] * processes * 2, [1] * processes * 2))  # started, and the pool is made
        spans = list(workers.map(_loop, [size] * processes, [each] * processes))
    return each * processes / (max(end for _, end in spans) - min(begun for begun, _ in spans))


def _loop(size: int, count: int) -> tuple[float, float]:
    """When so many checks began and ended, by the clock that all processes share."""
    calls = [pool.bare_call(one) for one in pool.make(Kind.PHYSICIAN, Algorithm.ES256, size).bare]
    begun = time.monotonic()
    for number in range(count):
        calls[number % len(calls)]()
    return begun, time.monotonic()


def _requests(folder: Path, texts: list[str], requests: int) -> float:
    """Licences a second through the real service, asked a hundred at a time over one connection."""
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "verifier.cli",
        "serve",
        "--folder",
        folder,
        "--port",
        "0",
        "--refresh-every",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            where = urlsplit(server.stdout.readline().split()[0] if server.stdout else "")
            body = json.dumps({"texts": [texts[number % len(texts)] for number in range(_AT_ONCE)], "at": AT})
            with contextlib.closing(http.client.HTTPConnection(where.netloc)) as link:
                _ask(link, body)
                begun = time.perf_counter()
                for _ in range(requests):
                    _ask(link, body)
                return requests * _AT_ONCE / (time.perf_counter() - begun)
        finally:
            server.terminate()


def _ask(link: http.client.HTTPConnection, body: str) -> None:
    link.request("POST", "/v1/batch", body, {"Content-Type": "application/json"})
    answer = json.loads(link.getresponse().read())
    if {one["outcome"] for one in answer["reports"]} != {"valid"}:
        raise Disagreement("the service does not say valid")


def _memory(folder: Path, source: Path, rows: int) -> list[Row]:
    """The largest process of a job over a tenth of the file, then over all of it."""
    few = source.with_name("few.csv")
    with source.open(encoding="utf-8") as whole, few.open("w", encoding="utf-8") as part:
        for _ in range(rows // 10 + 1):
            part.write(whole.readline())
    found: list[Row] = []
    for path, count in ((few, rows // 10), (source, rows)):
        command: list[str | Path] = [sys.executable, "-m", "verifier.cli", "bulk", "--folder", folder, "--workers", "1"]
        command += ["--at", "2026-11-23T17:00:00+08:00", "--job", source.with_name(f"memory-{count}"), path]
        subprocess.run(command, check=False, capture_output=True)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        found.append({"rows": count, "peak MiB": round(peak / 1024)})
    return found


def _told(rates: dict[str, list[float]], rows: int, memory: list[Row]) -> Result:
    def ratio(name: str, other: str) -> float:
        return statistics.median(one / two for one, two in zip(rates[name], rates[other], strict=True))

    one, two = "bare checks, one process", "bare checks, two processes"
    table: list[Row] = [
        {
            "way": name,
            "a second": round(statistics.median(found)),
            "to one bare process": round(ratio(name, one), 2),
            "to as many bare processes": round(ratio(name, two if "two" in name else one), 2),
        }
        for name, found in rates.items()
    ]
    scaling = ratio("bulk, two processes", "bulk, one process")
    targets: list[Target] = [
        at_least("bulk per core, to the bare check", 0.85, ratio("bulk, one process", one)),
        at_least("bulk, two processes to one", 1.80, scaling),
        at_least("Dask to two processes", 0.90, ratio("Dask, two workers", "bulk, two processes")),
        at_least("100 licences in a request, to the bare check", 0.70, ratio("100 in one request", one)),
    ]
    return Result(
        name="batch",
        tables=(
            Table(
                title=f"{rows} physicians from a CSV file to answers in a file, and through the API",
                rows=table,
                note=f"Two bare processes do {ratio(two, one):.2f} of one on this machine.",
            ),
            Table(
                title="The largest process of a job", rows=memory, note="One that holds the file would grow with it."
            ),
        ),
        targets=targets,
    )
