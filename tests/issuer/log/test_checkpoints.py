"""The log over a real database: signed, published, never against what was signed before."""

from __future__ import annotations

import dataclasses
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from issuer.domain import merkle, tiles
from issuer.domain.checkpoint import read_checkpoint
from issuer.domain.licence_record import LicenceId, LicenceState
from issuer.domain.note import KeyType
from issuer.domain.refusal import Refusal
from issuer.domain.tiles import TileBad
from issuer.services import checkpoints, logbook, minting, publishing, recovery, witnessed
from issuer.services.desk import Desk
from issuer.storage import StorageFailed, Store, audit
from issuer.storage import checkpoints as stored
from issuer.vault import MemoryVault
from tests.issuer.log.looking import alarms, copied, file_of, refusal, rewrite, whole
from tests.issuer.log.parts import (
    ORIGIN,
    START,
    Running,
    happen,
    watched,
)
from tests.issuer.services.mint_world import MintWorld


def root_in_rows(held: Desk) -> bytes:
    with held.store.reading() as tx:
        return merkle.root_of(merkle.leaf_hash(row.hash) for row in audit.read(tx))


# --- without witnesses -----------------------------------------------------------------------------------------


def test_the_published_log_is_the_trail_however_it_grows(held: Desk) -> None:
    for count in (1, 1, 253, 1, 1, 300):
        happen(held.store, count)
        checkpoints.advance(held, START)
        assert read_checkpoint(file_of(held).text).root == root_in_rows(held)
        whole(held)
    assert whole(held) == 557


def test_nothing_is_signed_or_written_where_nothing_happened(lone: Desk) -> None:
    happen(lone.store, 3)
    checkpoints.advance(lone, START)
    before = {path: path.stat().st_mtime_ns for path in logbook.folder(lone).rglob("*") if path.is_file()}
    checkpoints.advance(lone, START + 100)
    assert {path: path.stat().st_mtime_ns for path in logbook.folder(lone).rglob("*") if path.is_file()} == before
    assert (logbook.folder(lone) / tiles.CHECKPOINT).stat().st_mode & 0o777 == 0o644


def test_a_service_without_a_key_for_the_log_goes_on_without_one(lone: Desk) -> None:
    without = dataclasses.replace(lone, vault=MemoryVault({}))
    happen(lone.store)
    assert checkpoints.advance(without, START) is None
    assert witnessed.health(without, START + 10_000) is None
    recovery.require_current(without)


def test_tiles_that_were_lost_or_cut_are_made_anew(lone: Desk) -> None:
    happen(lone.store, 300)
    checkpoints.advance(lone, START)
    (logbook.folder(lone) / "tile/1/000.p/1").unlink()
    happen(lone.store)
    checkpoints.advance(lone, START)
    assert whole(lone) == 301
    (logbook.folder(lone) / "tile/0/000").write_bytes(b"cut")  # the root needs it no more
    with pytest.raises(TileBad, match="tile-differs tile/0/000"):
        whole(lone)
    checkpoints.advance(lone, START, anew=True)
    assert whole(lone) == 301
    assert alarms(lone) == []


def test_the_time_of_a_checkpoint_never_goes_back(lone: Desk) -> None:
    happen(lone.store)
    checkpoints.advance(lone, START)
    happen(lone.store)
    done = checkpoints.advance(lone, START - 1)
    assert done is not None
    assert (done.signed, done.failed) == (1, (("log", "clock-behind"),))


def test_several_services_on_one_register_make_one_log(held: Desk) -> None:
    """Signing and writing at once, while events come: one checkpoint of a size, and the file never goes back."""
    sizes: list[int] = []

    def serve(number: int) -> None:
        for turn in range(6):
            happen(held.store, 40 + number)
            done = checkpoints.advance(held, START + turn)
            assert done is not None
            assert {code for _, code in done.failed} <= {"clock-behind"}, "the clocks of the threads differ on purpose"
            sizes.append(read_checkpoint(file_of(held).text).size)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(serve, range(3)))
    checkpoints.advance(held, START + 100)
    assert whole(held) == 6 * (40 + 41 + 42)
    assert read_checkpoint(file_of(held).text).root == root_in_rows(held)
    assert alarms(held) == []


def test_a_checkpoint_is_never_changed_or_removed(held: Desk) -> None:
    happen(held.store)
    checkpoints.advance(held, START)
    for statement in (sa.delete(stored.checkpoint), sa.update(stored.checkpoint).values(at=0)):
        with pytest.raises(StorageFailed, match="forbidden"), held.store.transaction() as tx:
            tx.run(statement)
    with held.store.reading() as tx:
        known = stored.newest(tx, ORIGIN)
    assert known is not None
    with pytest.raises(StorageFailed, match="conflict"), held.store.transaction() as tx:
        stored.add(tx, dataclasses.replace(known, root=bytes(32)))


@pytest.mark.parametrize(("events", "code"), [(5, "log-forked"), (7, "log-forked"), (4, "register-behind")])
def test_a_trail_that_was_chained_anew_is_not_signed(lone: Desk, sqlite_url: str, events: int, code: str) -> None:
    happen(lone.store, 5)
    checkpoints.advance(lone, START)
    before = file_of(lone)
    lone.store.close()
    rewrite(Path(sqlite_url.removeprefix("sqlite:///")), events=events)
    done = checkpoints.advance(lone, START + 1)
    assert done is not None
    assert done.failed == (("log", code),)
    assert file_of(lone) == before
    assert refusal(lone, START) == code
    found = witnessed.health(lone, START)
    assert found is not None
    assert not found.ok


def test_a_row_that_was_taken_out_is_a_fork(lone: Desk, sqlite_url: str) -> None:
    happen(lone.store, 5)
    checkpoints.advance(lone, START)
    happen(lone.store, 5)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as database:
        database.execute("DROP TRIGGER audit_removed")
        database.execute("DELETE FROM audit WHERE seq = 7")
    database.close()
    done = checkpoints.advance(lone, START + 1)
    assert done is not None
    assert (done.published, done.failed) == (5, (("log", "log-forked"),))


def test_a_checkpoint_whose_row_was_forged_too_is_found_by_what_is_published(lone: Desk, sqlite_url: str) -> None:
    happen(lone.store, 5)
    checkpoints.advance(lone, START)
    lone.store.close()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    rewrite(path, events=5)
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM checkpoint")
    database.close()
    done = checkpoints.advance(lone, START + 1)
    assert done is not None
    assert done.failed == (("log", "log-forked"),)


def test_a_file_that_is_not_by_this_log_gives_way(lone: Desk) -> None:
    happen(lone.store)
    logbook.folder(lone).mkdir(parents=True)
    (logbook.folder(lone) / tiles.CHECKPOINT).write_bytes(b"whatever lies here")
    checkpoints.advance(lone, START)
    assert whole(lone) == 1


def test_under_another_address_the_log_that_lies_there_is_not_written_over(lone: Desk) -> None:
    happen(lone.store, 3)
    checkpoints.advance(lone, START)
    moved = dataclasses.replace(lone, config=dataclasses.replace(lone.config, base_url="https://other.example"))
    with pytest.raises(Refusal, match="log-renamed"):
        checkpoints.advance(moved, START)
    with pytest.raises(Refusal, match="log-renamed"):
        recovery.require_current(moved)
    assert whole(lone) == 3
    anew = dataclasses.replace(moved, config=dataclasses.replace(moved.config, log_name="log-2"))
    checkpoints.advance(anew, START)
    assert (whole(anew), file_of(anew).text.splitlines()[0]) == (3, "other.example/log-2")


# --- a restored backup -------------------------------------------------------------------------------------------


def test_a_restored_register_does_not_start_while_the_published_log_is_ahead(
    lone: Desk, sqlite_url: str, tmp_path: Path
) -> None:
    happen(lone.store, 3)
    checkpoints.advance(lone, START)
    backup = copied(sqlite_url, tmp_path / "backup.db")
    happen(lone.store, 2)
    checkpoints.advance(lone, START)
    recovery.require_current(lone)
    old = dataclasses.replace(lone, store=Store(backup))
    with pytest.raises(Refusal, match="register-behind"):
        recovery.require_current(old)
    happen(old.store, 9, START + 1)  # it went on by itself past the size: another history of the same length and more
    with pytest.raises(Refusal, match="register-behind"):
        recovery.require_current(old)
    checkpoints.advance(old, START)
    assert whole(lone) == 5
    anew = dataclasses.replace(old, config=dataclasses.replace(old.config, log_name="log-2"))
    recovery.require_current(anew)
    checkpoints.advance(anew, START)
    assert (whole(anew), whole(lone), refusal(anew, START)) == (12, 5, None)
    old.store.close()


def test_a_restored_register_does_not_start_while_a_witness_is_ahead(
    lone: Desk, two: tuple[Running, Running], sqlite_url: str, tmp_path: Path
) -> None:
    seen = watched(lone, two[0].pair, quorum=1)
    happen(lone.store, 3)
    checkpoints.advance(seen, START)
    backup = copied(sqlite_url, tmp_path / "backup.db")
    recovery.require_current(seen)
    happen(lone.store, 2)
    checkpoints.advance(seen, START)
    shutil.rmtree(logbook.folder(lone))  # the published files were restored, or lost, as well
    old = dataclasses.replace(seen, store=Store(backup))
    with pytest.raises(Refusal, match="register-behind"):
        recovery.require_current(old)
    told = checkpoints.advance(old, START)
    assert told is not None
    assert (told.published, told.failed) == (0, (("witness witness.example/w1", "register-behind"),)), "not put back"
    happen(old.store, 1)
    checkpoints.advance(old, START)
    assert alarms(old) == [("witness.example/w1", "register-behind")]
    assert refusal(old, START) == "register-behind"
    old.store.close()


# --- what stops and what goes on -----------------------------------------------------------------------------------


def unwitnessed(world: MintWorld) -> Desk:
    """The desk of a world whose only witness has never answered, eleven minutes later."""
    [key] = logbook.keys(dataclasses.replace(world.desk, vault=MemoryVault.generate()))
    nobody = dataclasses.replace(key, name="witness.example/none", type=KeyType.WITNESS)
    world.at += witnessed.WINDOW + 60
    return watched(world.desk, (nobody, "http://127.0.0.1:9"), quorum=1)


def test_minting_stops_and_status_lists_go_on(mint_world: MintWorld) -> None:
    granted = mint_world.granted()
    stopped = unwitnessed(mint_world)
    with pytest.raises(Refusal, match="log-not-witnessed"):
        minting.mint(stopped, granted.id)
    with pytest.raises(Refusal, match="log-not-witnessed"), mint_world.store.transaction() as tx:
        publishing.take_index(stopped, tx, LicenceId("lic-x"), 0, mint_world.at)
    assert minting.resume(stopped).failed == ((granted.id, "log-not-witnessed"),)
    done = publishing.publish_due(stopped, mint_world.at)
    assert (done.failed, bool(done.lists)) == ((), True)
    assert minting.mint(mint_world.desk, granted.id).state is LicenceState.ACTIVE, "issued afterwards"


def test_what_was_recorded_before_is_not_signed_without_witnesses(mint_world: MintWorld) -> None:
    granted = mint_world.granted()
    record = minting._record(mint_world.desk, granted.id, again=False)  # noqa: SLF001 - the process died here
    with pytest.raises(Refusal, match="log-not-witnessed"):
        minting.mint(unwitnessed(mint_world), granted.id)
    done = minting.mint(mint_world.desk, granted.id)
    assert (done.id, done.index, done.state) == (record.id, record.index, LicenceState.ACTIVE)
