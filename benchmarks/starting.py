"""How long it takes until something can be done: importing the core, starting the command lines.

Each start is a process of its own, measured as the CPU time of that process; compiled files are there, as after an
installation. The bare interpreter is the baseline, since nothing can start sooner.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

from benchmarks.result import Result, Row, Table
from benchmarks.timing import Disagreement, Effort

_STARTS: Final[dict[str, tuple[str, ...]]] = {
    "bare interpreter": ("-c", "pass"),
    "import cryptography's signatures": (
        "-c", "import cryptography.hazmat.primitives.asymmetric.ec, cryptography.hazmat.primitives.asymmetric.ed25519",
    ),
    "import elicense": ("-c", "import elicense"),
    "import elicense.card": ("-c", "import elicense.card"),
    "elicense-verifier --help": ("-c", "from verifier.cli import main; main()", "--help"),
    "elicense-verifier check --help": ("-c", "from verifier.cli import main; main()", "check", "--help"),
    "elicense-issuer --help": ("-c", "from issuer.cli import main; main()", "--help"),
}  # fmt: skip


def run(effort: Effort) -> Result:
    """Each start in turn, round by round."""
    warm_up = 0 if effort.quick else 1  # a round that fills the caches of the disk
    rounds = max(effort.rounds, 9) if warm_up else 1
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in _STARTS}
    for number in range(warm_up + rounds):
        for name, words in _STARTS.items():
            one = _start(words)
            if number >= warm_up:
                spent[name].append(one)
    base = statistics.median(cpu for cpu, _ in spent["bare interpreter"])
    rows: list[Row] = []
    for name, taken in spent.items():
        cpu = statistics.median(spent_cpu for spent_cpu, _ in taken)
        wall = statistics.median(spent_wall for _, spent_wall in taken)
        more = {"cpu ms": round(cpu), "wall ms": round(wall), "times the bare": round(cpu / base, 1)}
        rows.append({"start": name, **more})
    return Result(name="starting", tables=(Table(title="A process from start to end", rows=rows),))


def _start(words: Sequence[str]) -> tuple[float, float]:
    """CPU and wall time of one process in milliseconds."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words], env={**os.environ, "COLUMNS": "100"}, capture_output=True, check=False
    )
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise Disagreement(f"{words} does not start: {done.stderr.decode(errors='replace')[-300:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu * 1e3, wall * 1e3
