"""A folder that several processes use, that a process dies in, and that nobody may write to."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from elicense import Outcome
from tests.world import DAY, T0, World
from verifier import Checker, Folder

ROOT = Path(__file__).parents[2]
NOBODY = 65534


def writer(folder: Folder, first: int, step: int, count: int) -> subprocess.Popen[str]:
    """A process that has begun to write."""
    command = [sys.executable, "-m", "tests.verifier.writer", str(folder.path), *map(str, (first, step, count))]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def outcome(folder: Folder) -> Outcome | None:
    """What a clinic is told that loads the folder now."""
    return Checker(folder.load()).check_text(World().link(), at=T0 + 5_000).outcome


def temporary(folder: Folder) -> list[Path]:
    return list(folder.path.rglob(".new-*"))


def test_two_processes_may_write_while_a_third_reads(folder: Folder) -> None:
    """Each list is whole at every moment, the newest wins, and no mark is lost."""
    writers = [writer(folder, first, 2, 40) for first in (1, 2)]
    loads = 0
    while any(one.poll() is None for one in writers):
        assert outcome(folder) is Outcome.VALID
        loads += 1
    assert [one.wait() for one in writers] == [0, 0]
    for one in writers:
        assert one.stdout is not None
        one.stdout.close()
    assert loads > 2
    marks = folder.marks()
    assert marks.lists == {World().hainan.list_uri(1): T0 + 80}
    assert marks.newest == T0 + 80
    assert folder.load().trust.sequence == marks.sequence == 7 + 80
    assert outcome(folder) is Outcome.VALID
    assert temporary(folder) == []


def test_a_writer_waits_for_the_one_before_it(folder: Folder) -> None:
    """Marks are read and written under one lock: otherwise the slower of two could take a newer mark back."""
    with (folder.path / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = writer(folder, 1, 1, 3)
        time.sleep(0.5)
        assert folder.marks().newest == T0
    assert waiting.wait(20) == 0
    waiting.communicate()
    assert folder.marks().newest == T0 + 3


def test_a_process_may_die_at_any_moment(folder: Folder) -> None:
    """As in a power cut: what is there afterwards can be used, and the next writer goes on and cleans up."""
    rng = random.Random(7)
    for begin in range(5):
        process = writer(folder, 1 + begin * 100, 1, 100)
        time.sleep(rng.random() * 0.12)
        process.kill()
        process.communicate()
        assert outcome(folder) is Outcome.VALID
    (folder.path / ".new-left").write_bytes(b"half a list")
    (status,) = (folder.path / "status").iterdir()
    (status / ".new-left").write_bytes(b"half a list")
    world = World()
    folder.put_trust_list(world.signed_trust(world.trust(sequence=9_999, issued=T0 + 4_000)))
    folder.put_status_list(world.status_token(T0 + 4_000), world.hainan.list_uri(1), folder.load().trust)
    assert temporary(folder) == []
    assert outcome(folder) is Outcome.VALID


def test_every_step_of_a_refresh_can_be_the_last(folder: Folder, tmp_path: Path) -> None:
    """Files of before and of afterwards are mixed in the order in which they are written: each mixture answers."""
    before = shutil.copytree(folder.path, tmp_path / "before")
    world = World()
    folder.put_trust_list(world.signed_trust(world.trust(sequence=8, issued=T0 + 10)))
    folder.put_status_list(world.status_token(T0 + 10), world.hainan.list_uri(1), folder.load().trust)
    (newest,) = (folder.path / "status").glob(f"*/{T0 + 10}.cwt")
    steps = [folder.path / "trust-list.json", newest]  # and last of all the marks
    for done in range(len(steps) + 1):
        cut = shutil.copytree(before, tmp_path / f"cut {done}")
        for written in steps[:done]:
            shutil.copy(written, cut / written.relative_to(folder.path))
        assert outcome(Folder(cut)) is Outcome.VALID


@pytest.fixture
def readable(filled: Path) -> Iterator[Path]:
    """A folder that everybody may read and nobody but its owner may write, outside pytest's closed folders."""
    base = Path(tempfile.mkdtemp(prefix="elicense-"))
    path = shutil.copytree(filled, base / "lists")
    for each in (base, *base.rglob("*")):
        each.chmod(0o555 if each.is_dir() else 0o444)
    yield path
    for each in (base, *base.rglob("*")):
        each.chmod(0o755 if each.is_dir() else 0o644)
    shutil.rmtree(base)


def as_nobody(path: Path) -> str:
    """What a process without any rights gets: the outcome, then the error of writing. Root would be let through."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setegid(NOBODY)
                os.seteuid(NOBODY)
            said = str(outcome(Folder(path)))
            try:
                folder = Folder(path)
                folder.put_status_list(World().status_token(T0 + DAY), World().hainan.list_uri(1), folder.load().trust)
                said += " written"
            except OSError as fault:
                said += f" {type(fault).__name__}"
        except BaseException as fault:  # noqa: BLE001 - the child must say what it saw and go
            said = repr(fault)
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answered:
        said = answered.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_folder_that_may_only_be_read_is_enough_to_judge(readable: Path) -> None:
    """On a stick, or in an image: reading takes no lock and writes nothing."""
    assert as_nobody(readable) == "Outcome.VALID PermissionError"
