"""Publishing: what was decided is in the lists, lists only go forward, a failure is seen and repeated."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from elicense.status import CWT_MEDIA_TYPE, JWT_MEDIA_TYPE, StatusList, open_status_list
from issuer.domain.licence_record import LicenceRecord
from issuer.domain.refusal import Refusal
from issuer.services import minting, publishing, trusting
from issuer.services.timer import Timer
from issuer.storage import Store, audit, failpoints, publications, statuses
from issuer.vault import MemoryVault
from tests.issuer.conftest import written
from tests.issuer.services.mint_world import URI, MintWorld
from tests.issuer.services.world import DAY, START

ROOT = Path(__file__).parents[3]
LIST_1 = URI.replace("{list}", "1")
POINTS = [name for name in failpoints.NAMES if name.startswith(("publish.", "trust."))]


def shown(mint_world: MintWorld, ending: str, number: int = 1) -> StatusList:
    """What a stranger reads in the published file."""
    path = mint_world.desk.config.published / "status" / f"{number}.{ending}"
    return open_status_list(path.read_bytes(), URI.replace("{list}", str(number)), trusting.published(mint_world.desk))


def suspend(mint_world: MintWorld, record: LicenceRecord, value: int = 2) -> None:
    with written(mint_world.store, "system.recovered") as tx:
        statuses.set_current(tx, record.registration, value, mint_world.at)


@pytest.fixture
def record(mint_world: MintWorld) -> LicenceRecord:
    """One nurse's licence, published."""
    made = minting.mint(mint_world.desk, mint_world.granted().id)
    assert publishing.publish_due(mint_world.desk, mint_world.at) == publishing.Published(lists=(1,), failed=())
    return made


def test_both_tokens_say_the_same_and_the_list_of_lists_names_them(
    mint_world: MintWorld, record: LicenceRecord
) -> None:
    jwt, cwt = shown(mint_world, "jwt"), shown(mint_world, "cwt")
    assert jwt == cwt
    assert (jwt.issued_at, jwt.expires_at, jwt.ttl) == (START, START + 3 * DAY, 3600)
    assert jwt.entries.get(record.index) == 0
    listed = json.loads((mint_world.desk.config.published / "status-lists.json").read_bytes())
    assert listed == {"status_lists": [LIST_1]} == json.loads(publishing.list_of_lists(mint_world.desk))
    for media, ending in ((JWT_MEDIA_TYPE, "jwt"), (CWT_MEDIA_TYPE, "cwt")):
        held = publishing.status_token(mint_world.desk, 1, media)
        assert held is not None
        assert held.token == (mint_world.desk.config.published / "status" / f"1.{ending}").read_bytes()
    assert publishing.status_token(mint_world.desk, 2, JWT_MEDIA_TYPE) is None


def test_nothing_due_nothing_done(mint_world: MintWorld, record: LicenceRecord) -> None:
    before = shown(mint_world, "jwt")
    mint_world.later(seconds=DAY - 1)
    assert publishing.publish_due(mint_world.desk, mint_world.at) == publishing.Published(lists=(), failed=())
    assert shown(mint_world, "jwt") == before
    mint_world.later(seconds=1)
    assert publishing.publish_due(mint_world.desk, mint_world.at).lists == (1,)
    assert shown(mint_world, "jwt").entries.get(record.index) == 0


def test_a_change_is_in_the_next_list(mint_world: MintWorld, record: LicenceRecord) -> None:
    suspend(mint_world, record)
    assert publishing.publishing_health(mint_world.desk, mint_world.at).waiting_since == mint_world.at
    assert publishing.publish_due(mint_world.desk, mint_world.at).lists == (1,)
    assert shown(mint_world, "cwt").entries.get(record.index) == 2
    assert shown(mint_world, "cwt").issued_at == START + 1  # in the same second, and yet later
    assert publishing.publishing_health(mint_world.desk, mint_world.at).waiting_since is None


def test_the_time_of_issue_never_goes_back(mint_world: MintWorld, record: LicenceRecord) -> None:
    """The clock falls back by an hour: nothing is signed, the failure is seen, and it heals with the clock."""
    suspend(mint_world, record)
    mint_world.at -= 3600
    assert publishing.publish_due(mint_world.desk, mint_world.at).failed == ((1, "clock-behind"),)
    assert shown(mint_world, "jwt").issued_at == START
    health = publishing.publishing_health(mint_world.desk, mint_world.at)
    assert not health.ok
    assert [(one.list, one.code) for one in health.failures] == [(1, "clock-behind")]
    mint_world.at += 3600
    assert publishing.publish_due(mint_world.desk, mint_world.at).lists == (1,)
    assert shown(mint_world, "jwt").entries.get(record.index) == 2
    health = publishing.publishing_health(mint_world.desk, mint_world.at)
    assert (health.ok, health.failures) == (True, ())
    with mint_world.store.reading() as tx:
        [over] = publications.failures(tx, only_open=False)
    assert over.over_at == mint_world.at


def test_many_lists_in_one_second_wait_before_they_run_too_far_ahead(
    mint_world: MintWorld, record: LicenceRecord
) -> None:
    failed: list[tuple[int, str]] = []
    for turn in range(publishing.AHEAD_MAX + 1):
        suspend(mint_world, record, 2 if turn % 2 == 0 else 0)
        failed += publishing.publish_due(mint_world.desk, mint_world.at).failed
    assert failed == [(1, "clock-behind")]
    assert shown(mint_world, "jwt").issued_at == START + publishing.AHEAD_MAX


def test_the_status_as_of_a_time(mint_world: MintWorld, record: LicenceRecord) -> None:
    mint_world.later(seconds=100)
    suspend(mint_world, record)
    publishing.publish_due(mint_world.desk, mint_world.at)
    values = []
    for time in (START - 1, START, START + 99, START + 100, START + DAY):
        held = publishing.status_token(mint_world.desk, 1, CWT_MEDIA_TYPE, time=time)
        opened = held and open_status_list(held.token, LIST_1, trusting.published(mint_world.desk))
        values.append(opened and opened.entries.get(record.index))
    assert values == [None, 0, 0, 2, 2]


def test_an_ending_stays_in_every_later_list(mint_world: MintWorld, record: LicenceRecord) -> None:
    suspend(mint_world, record, 1)
    for value in (0, 2, 1, 0):
        mint_world.later()
        suspend(mint_world, record, value)
        publishing.publish_due(mint_world.desk, mint_world.at)
        with mint_world.store.transaction() as tx:
            statuses.note(tx, 1, mint_world.at)
        publishing.publish_due(mint_world.desk, mint_world.at)
        assert shown(mint_world, "jwt").entries.get(record.index) == 1


def test_decoys_move_and_licences_do_not(mint_world: MintWorld, record: LicenceRecord) -> None:
    seen = set()
    for _ in range(12):
        mint_world.later()
        with mint_world.store.transaction() as tx:
            statuses.note(tx, 1, mint_world.at)
        publishing.publish_due(mint_world.desk, mint_world.at)
        seen.add(shown(mint_world, "jwt").entries.data)
        assert shown(mint_world, "jwt").entries.get(record.index) == 0
    assert len(seen) > 1
    with mint_world.store.reading() as tx:
        assert all(entry.licence is None for entry in statuses.decoys(tx, 1))
        row = statuses.get_list(tx, 1)
    assert row is not None
    assert row.used * 2 <= row.size


def test_a_key_that_is_away_is_seen_and_repeated(mint_world: MintWorld, record: LicenceRecord) -> None:
    good = mint_world.desk
    suspend(mint_world, record)
    mint_world.desk = dataclasses.replace(good, vault=MemoryVault({}))
    for _ in range(3):
        assert publishing.publish_due(mint_world.desk, mint_world.at).failed == ((1, "key-unavailable"),)
    assert len(publishing.publishing_health(mint_world.desk, mint_world.at).failures) == 1
    mint_world.desk = good
    assert publishing.publish_due(mint_world.desk, mint_world.at).lists == (1,)


def test_a_folder_that_cannot_be_written_is_seen_and_repeated(mint_world: MintWorld, record: LicenceRecord) -> None:
    suspend(mint_world, record)
    good = mint_world.desk
    in_the_way = mint_world.folder / "in-the-way"
    in_the_way.write_text("a file where a folder should be", encoding="ascii")
    config = dataclasses.replace(good.config, published=in_the_way)
    mint_world.desk = dataclasses.replace(good, config=config)
    assert publishing.publish_due(mint_world.desk, mint_world.at).failed == ((1, "file-not-written"),)
    mint_world.desk = good
    assert publishing.publish_due(mint_world.desk, mint_world.at).lists == (1,)
    assert shown(mint_world, "jwt").entries.get(record.index) == 2
    assert publishing.publish_due(mint_world.desk, mint_world.at).lists == ()


def test_a_dead_publisher_is_late_before_half_of_the_life_of_a_list(
    mint_world: MintWorld, record: LicenceRecord
) -> None:
    assert record.token is not None
    life = mint_world.desk.config.status_lifetime
    assert publishing.publishing_health(mint_world.desk, mint_world.at + life * 4 // 10).ok
    health = publishing.publishing_health(mint_world.desk, mint_world.at + life * 46 // 100)
    assert not health.ok
    assert [one.late for one in health.lists] == [True]
    assert (health.trust_sequence, health.trust_next_update) == (1, START - DAY + 3650 * DAY)


def test_a_bad_status_signature_is_not_published(mint_world: MintWorld, record: LicenceRecord) -> None:
    from issuer.vault import Purpose  # noqa: PLC0415

    class Bad:
        public_key = mint_world.desk.vault.signer(Purpose.STATUS).public_key

        def sign(self, data: bytes) -> bytes:
            return bytes(64) if data else b""

    suspend(mint_world, record)
    mint_world.desk = dataclasses.replace(mint_world.desk, vault=MemoryVault({Purpose.STATUS: [Bad()]}))
    assert publishing.publish_due(mint_world.desk, mint_world.at).failed == ((1, "list-not-believed"),)
    assert shown(mint_world, "jwt").entries.get(record.index) == 0


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("publish.")])
def test_a_death_while_publishing(mint_world: MintWorld, mint_url: str, record: LicenceRecord, point: str) -> None:
    """Files are whole at any time and never older; what was begun is finished by the next call."""
    suspend(mint_world, record)
    died = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.issuer.services.mint_world",
            str(mint_world.folder),
            mint_url,
            str(START),
            "publish",
        ],
        env={**os.environ, failpoints.VARIABLE: point, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        check=False,
        timeout=60,
        capture_output=True,
    )
    assert died.returncode == -signal.SIGKILL
    between = [shown(mint_world, ending) for ending in ("jwt", "cwt")]
    assert all(one.issued_at in {START, START + 1} for one in between)
    assert publishing.publish_due(mint_world.desk, mint_world.at).failed == ()
    after = [shown(mint_world, ending) for ending in ("jwt", "cwt")]
    assert after[0] == after[1]
    assert after[0].entries.get(record.index) == 2
    assert all(one.issued_at <= two.issued_at for one, two in zip(between, after, strict=True))
    assert publishing.publish_due(mint_world.desk, mint_world.at).lists == ()
    with mint_world.store.reading() as tx:
        iats = [one.iat for one in publications.all_of(tx, publications.STATUS) if one.media == JWT_MEDIA_TYPE]
        told = [dict(row.event.detail)["iat"] for row in audit.find(tx, tag="status.published")]
    assert iats == sorted(set(iats))
    assert told == [str(iat) for iat in iats]
    assert not [path for path in mint_world.desk.config.published.rglob(".*") if point != "publish.file"]


def test_two_publishers_at_once(mint_world: MintWorld, mint_url: str, record: LicenceRecord) -> None:
    suspend(mint_world, record)
    stores = [Store(mint_url) for _ in range(3)]
    done: list[publishing.Published] = []

    def work(store: Store) -> None:
        done.append(publishing.publish_due(dataclasses.replace(mint_world.desk, store=store), mint_world.at))

    workers = [threading.Thread(target=work, args=(store,)) for store in stores]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for store in stores:
        store.close()
    assert [one.failed for one in done] == [(), (), ()]
    assert shown(mint_world, "jwt") == shown(mint_world, "cwt")
    assert shown(mint_world, "jwt").issued_at == START + 1
    assert publishing.publish_due(mint_world.desk, mint_world.at).lists == ()


def test_without_a_trust_list_nothing_is_published(mint_world: MintWorld) -> None:
    config = dataclasses.replace(mint_world.desk.config, issuer="11000000000000000X")
    desk = dataclasses.replace(mint_world.desk, config=config)
    assert publishing.publish_due(desk, mint_world.at).failed == ((1, "issuer-not-in-trust-list"),)
    with pytest.raises(Refusal, match="issuer-not-in-trust-list"):
        publishing.list_of_lists(desk)


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    publishing.write_file(path, b"first")
    publishing.write_file(path, b"second")
    assert path.read_bytes() == b"second"
    assert [one.name for one in path.parent.iterdir()] == ["b"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_timer_outlives_a_failing_turn() -> None:
    turns: list[int] = []
    third = threading.Event()

    def work() -> None:
        turns.append(1)
        if len(turns) == 3:
            third.set()
        raise RuntimeError

    timer = Timer(work, 0.01, "test")
    timer.start()
    assert third.wait(5)
    timer.stop()
    after = len(turns)
    threading.Event().wait(0.05)
    assert len(turns) == after
