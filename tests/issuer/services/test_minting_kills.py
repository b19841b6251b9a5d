"""The mint is killed at every step, in another process, on both databases; then everything is finished, once."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from issuer.domain.application import Application
from issuer.domain.licence_record import LicenceRecord, LicenceState
from issuer.services import minting
from issuer.storage import Store, failpoints, licences
from tests.issuer.services.mint_world import MintWorld, faults

ROOT = Path(__file__).parents[3]
MINT_POINTS = [name for name in failpoints.NAMES if name.startswith(("mint.", "transaction."))]
KILLS = [name for name in MINT_POINTS if name.startswith("mint.")] + [
    f"transaction.{point}:{turn}" for point in ("written", "committed") for turn in (1, 2)
]


def of(store: Store, case: Application) -> LicenceRecord:
    with store.reading() as tx:
        found = licences.of_application(tx, case.id)
    assert found is not None
    return found


def run(mint_world: MintWorld, url: str, what: str, point: str = "") -> int:
    """Let a child do one thing in this mint_world, perhaps to die on the way."""
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.issuer.services.mint_world",
            str(mint_world.folder),
            url,
            str(mint_world.at),
            what,
        ],
        env={**os.environ, failpoints.VARIABLE: point, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        check=False,
        timeout=60,
        capture_output=True,
    ).returncode


@pytest.mark.parametrize("point", KILLS)
def test_a_death_on_the_way_leaves_one_licence(mint_world: MintWorld, mint_url: str, point: str) -> None:
    case = mint_world.granted()
    assert run(mint_world, mint_url, "resume", point) == -signal.SIGKILL
    before = None
    with mint_world.store.reading() as tx:
        assert faults(tx) == []
        before = licences.of_application(tx, case.id)
    resumed = minting.resume(mint_world.desk)
    assert resumed.failed == ()
    after = of(mint_world.store, case)
    assert after.state is LicenceState.ACTIVE
    assert before is None or (before.tbs, before.index) == (after.tbs, after.index)
    assert minting.resume(mint_world.desk) == minting.Resumed(released=(), failed=())


@pytest.mark.parametrize(("twin", "point"), [("sign-first", "mint.signed"), ("index-first", "mint.recorded")])
def test_a_mint_built_wrongly_is_caught(broken_world: MintWorld, mint_url: str, twin: str, point: str) -> None:
    """If the checker found nothing here, its silence elsewhere would mean nothing."""
    broken_world.granted()
    assert run(broken_world, mint_url, twin, point) == -signal.SIGKILL
    minting.resume(broken_world.desk)
    with broken_world.store.reading() as tx:
        assert faults(tx)


def test_two_processes_at_once_mint_one_licence(mint_world: MintWorld, mint_url: str) -> None:
    case = mint_world.granted()
    ends: list[int] = []
    workers = [threading.Thread(target=lambda: ends.append(run(mint_world, mint_url, "resume"))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert ends == [0, 0, 0]
    assert of(mint_world.store, case).state is LicenceState.ACTIVE


def test_every_kill_point_of_the_mint_is_in_the_code() -> None:
    """A name that nobody reaches would be a test that tests nothing."""
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "issuer").rglob("*.py"))
    for name in failpoints.NAMES:
        assert f'reach("{name}")' in text, name
