"""The process dies at each step of the log, again and again: one root for a size, and in the end all is published."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from issuer.domain.checkpoint import read_checkpoint
from issuer.services import checkpoints
from issuer.services.desk import Desk
from issuer.storage import checkpoints as stored
from issuer.storage import failpoints
from tests.issuer.log.looking import alarms, file_of, whole
from tests.issuer.log.parts import ORIGIN, START, Running, happen, keep_key, watched

POINTS = [name for name in failpoints.NAMES if name.startswith("log.")]


def killed_at(point: str, folder: Path, url: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.issuer.log.parts", str(folder), url],
        env={**os.environ, failpoints.VARIABLE: point},
        timeout=60,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, f"{point} was not reached"


@pytest.mark.parametrize("point", [*POINTS, "log.tile:3"])
def test_whatever_dies_the_next_turn_goes_on(
    lone: Desk, two: tuple[Running, Running], sqlite_url: str, tmp_path: Path, point: str
) -> None:
    held = watched(lone, *(one.pair for one in two), quorum=2)
    keep_key(tmp_path, held)
    happen(lone.store, 3)
    checkpoints.advance(held, START)
    for count in (300, 1):
        happen(lone.store, count)
        killed_at(point if count == 300 else point.partition(":")[0], tmp_path, sqlite_url)
        assert read_checkpoint(file_of(held).text).size in {3, 303, 304}
        assert whole(held) in {3, 303, 304}, "what is published is whole, whenever the process died"
    done = checkpoints.advance(held, START)
    assert done is not None
    assert (done.signed, done.published, done.failed) == (304, 304, ())
    assert (whole(held), alarms(held)) == (304, [])
    with lone.store.reading() as tx:
        assert (known := stored.newest(tx, ORIGIN)) is not None
        assert known.size == 304
