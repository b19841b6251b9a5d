"""The store: transactions that hold or leave nothing, settings that lose nothing, errors without a driver's words."""

import datetime
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from issuer.domain.account import Account, AccountId, AccountKind, AccountState, Role
from issuer.domain.licence_record import StatusEntry
from issuer.domain.organisation import Level, Organisation, OrganisationId, OrganisationKind
from issuer.storage import (
    ChangedMeanwhile,
    StorageFailed,
    Store,
    accounts,
    organisations,
    schema,
    serials,
    statuses,
    tables,
)
from issuer.storage.store import make_engine
from tests.issuer.conftest import Server, rolled_back, written


def authority(id_: str = "hainan") -> Organisation:
    return Organisation(
        id=OrganisationId(id_),
        kind=OrganisationKind.AUTHORITY,
        name="海南省卫生健康委员会",
        division="460000",
        parent=None,
        level=Level.PROVINCE,
    )


def officer(id_: str = "o-1") -> Account:
    return Account(
        id=AccountId(id_),
        kind=AccountKind.OFFICER,
        state=AccountState.ACTIVE,
        revision=0,
        organisation=OrganisationId("hainan"),
        roles=frozenset({Role.REVIEW, Role.AUDITOR}),
        created_at=1_700_000_000,
    )


def test_the_tables_are_what_the_migrations_make(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
    engine.dispose()


def test_the_comparison_can_fail(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE bar ADD COLUMN surprise TEXT"))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata)
    engine.dispose()


def test_head_is_the_newest_migration() -> None:
    assert schema.newest() == tables.HEAD


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    schema.migrate(database_url)
    Store(database_url).close()


def test_an_old_schema_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    with pytest.raises(StorageFailed, match="storage-schema"):
        Store(url)
    schema.migrate(url, "0001")
    with pytest.raises(StorageFailed, match="storage-schema"):
        Store(url)


def test_values_come_back_as_they_went_in(store: Store) -> None:
    with written(store) as tx:
        organisations.add(tx, authority())
        accounts.add(tx, officer())
    with store.reading() as tx:
        assert organisations.get(tx, OrganisationId("hainan")) == authority()
        assert accounts.get(tx, AccountId("o-1")) == officer()
        assert accounts.get(tx, AccountId("nobody")) is None


def test_an_exception_leaves_nothing_behind(store: Store) -> None:
    rolled_back(store, lambda tx: organisations.add(tx, authority()))
    with store.reading() as tx:
        assert organisations.all_of(tx) == ()


def test_the_second_of_two_changes_is_told(store: Store) -> None:
    with written(store) as tx:
        organisations.add(tx, authority())
        accounts.add(tx, officer())
    closed = Account(id=AccountId("o-1"), kind=AccountKind.OFFICER, state=AccountState.CLOSED, revision=1, created_at=0)
    with written(store) as tx:
        accounts.put(tx, closed, 0)
    with pytest.raises(ChangedMeanwhile), written(store) as tx:
        accounts.put(tx, closed, 0)


def test_a_revision_never_jumps_or_stays(store: Store) -> None:
    with written(store) as tx:
        organisations.add(tx, authority())
    for revision in (0, 2):
        changed = Organisation(**{**_fields(authority()), "revision": revision})  # type: ignore[arg-type]
        with pytest.raises(StorageFailed, match="storage-forbidden"), written(store) as tx:
            organisations.put(tx, changed, 0)


def _fields(value: Organisation) -> dict[str, object]:
    return {name: getattr(value, name) for name in Organisation.__dataclass_fields__}


def test_a_reader_writes_nothing(store: Store) -> None:
    with pytest.raises(StorageFailed, match="storage-forbidden"), store.reading() as tx:
        organisations.add(tx, authority())


def test_a_reader_sees_one_picture(store: Store) -> None:
    with store.reading() as tx:
        assert organisations.all_of(tx) == ()
        with written(store) as other:
            organisations.add(other, authority())
        assert organisations.all_of(tx) == ()


def test_references_are_kept(store: Store) -> None:
    with pytest.raises(StorageFailed, match="storage-failed"), written(store) as tx:
        accounts.add(tx, officer())


def test_the_order_of_writing_inside_a_transaction_is_free(store: Store) -> None:
    with written(store) as tx:
        accounts.add(tx, officer())
        organisations.add(tx, authority())


def test_an_error_tells_no_value(store: Store) -> None:
    with written(store) as tx:
        organisations.add(tx, authority())
    with pytest.raises(StorageFailed) as caught, written(store) as tx:
        organisations.add(tx, authority())
    assert caught.value.code == "storage-conflict"
    assert "hainan" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_serials_that_were_passed_over_are_never_given(store: Store) -> None:
    """Of a series that was there, and of one that begins later."""
    with written(store) as tx:
        assert [serials.next_of(tx, "nurse") for _ in range(2)] == [1, 2]
        serials.skip(tx, 1_000)
        assert (serials.next_of(tx, "nurse"), serials.next_of(tx, "physician")) == (1_003, 1_001)
        serials.skip(tx, 10)
        assert (serials.next_of(tx, "physician"), serials.next_of(tx, "later")) == (1_012, 1_011)


def test_a_closed_list_gives_out_no_index_and_a_taken_index_is_gone(store: Store) -> None:
    with written(store) as tx:
        row = statuses.add_list(tx, 7, size=64, at=1)
        statuses.take(tx, row, 5, 1, 1)
        assert statuses.entry_at(tx, 7, 5) == StatusEntry(list=7, index=5, value=1, licence=None, changed_at=1)
        assert statuses.entry_at(tx, 7, 6) is None
        statuses.close_all(tx)
        opened, new = statuses.list_with_room(tx, size=64, at=2)
        assert (opened.number, new) == (8, True)


def test_serials_are_given_once_and_roll_back(store: Store) -> None:
    got: list[int] = []
    lock = threading.Lock()

    def take() -> None:
        for _ in range(10):
            with written(store) as tx:
                number = serials.next_of(tx, "nurse")
            with lock:
                got.append(number)

    workers = [threading.Thread(target=take) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(got) == list(range(1, 41))
    rolled_back(store, lambda tx: serials.next_of(tx, "nurse"))
    with store.reading() as tx:
        assert serials.current(tx, "nurse") == 40


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////nowhere-at-all/x.db",
        "mysql://localhost/x",
        "not a url",
        "sqlite:///x.db?synchronous=OFF",
        "sqlite:///file:x.db?uri=true",
    ],
)
def test_what_could_lose_an_act_is_refused(url: str) -> None:
    with pytest.raises(StorageFailed, match="storage-weak"):
        Store(url)


def test_sqlite_runs_with_the_settings_it_claims(sqlite_url: str) -> None:
    with Store(sqlite_url).reading() as tx:
        found = {
            name: tx.run(sa.select(sa.column(name)).select_from(sa.text(f"pragma_{name}"))).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_postgresql_that_could_lose_a_commit_is_refused(
    postgresql_server: Server, postgresql_url: str, setting: str
) -> None:
    postgresql_server.run(f"ALTER SYSTEM SET {setting} = off")
    postgresql_server.run("SELECT pg_reload_conf()")

    def start() -> None:
        for _ in range(50):  # the reload reaches new connections a moment later
            Store(postgresql_url).close()
            threading.Event().wait(0.02)

    try:
        with pytest.raises(StorageFailed, match=f"storage-weak: the database runs with a weak {setting}"):
            start()
    finally:
        postgresql_server.run(f"ALTER SYSTEM RESET {setting}")
        postgresql_server.run("SELECT pg_reload_conf()")


def test_a_full_disk_is_a_typed_answer_and_leaves_nothing_half(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    with written(store) as tx:
        pages = tx.run(sa.select(sa.column("page_count")).select_from(sa.text("pragma_page_count"))).scalar_one()
        tx.run(sa.text(f"PRAGMA max_page_count = {pages + 2}"))
    made = 0

    def fill() -> None:
        nonlocal made
        for number in range(1000):
            with written(store) as tx:
                organisations.add(tx, authority(f"a-{number}"))
            made += 1

    with pytest.raises(StorageFailed, match="storage-full"):
        fill()
    with store.reading() as tx:
        assert len(organisations.all_of(tx)) == made
    store.close()


def test_a_vanished_database_is_a_typed_answer(postgresql_server: Server, postgresql_url: str) -> None:
    store = Store(postgresql_url)
    name = sa.make_url(postgresql_url).database

    def act() -> None:
        with written(store) as tx:
            organisations.add(tx, authority())
            postgresql_server.run(
                f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608
            )
            organisations.add(tx, authority("b"))

    with pytest.raises(StorageFailed, match="storage-lost"):
        act()
    with store.reading() as tx:  # and the next one finds a connection again
        assert organisations.all_of(tx) == ()
    store.close()


def test_days_are_days(store: Store) -> None:
    """SQLite has no type for dates; what comes back must be one all the same."""
    with written(store) as tx:
        tx.insert(
            tables.bar,
            {
                "id": "b",
                "holder": "h",
                "cause": "c",
                "basis": "x",
                "first_day": datetime.date(2026, 11, 23),
                "last_day": None,
            },
        )
    with store.reading() as tx:
        row = tx.one(sa.select(tables.bar.c.first_day))
    assert row is not None
    assert row.first_day == datetime.date(2026, 11, 23)
