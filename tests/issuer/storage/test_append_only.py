"""What the database itself keeps: the audit trail, history, used indexes, digests of acts, endings."""

import dataclasses

import pytest
import sqlalchemy as sa

from issuer.domain.account import AccountId
from issuer.domain.audit import Event, verify_chain
from issuer.domain.refusal import Refusal
from issuer.storage import StorageFailed, Store, audit, checkpoints, statuses, tables
from tests.issuer.conftest import rolled_back

APPEND_ONLY = (
    tables.audit,
    tables.application_step,
    tables.registration_change,
    tables.key_change,
    tables.signed_act,
    tables.bar,
    checkpoints.checkpoint,
    checkpoints.cosignature,
    checkpoints.log_alarm,
)
ACTOR = AccountId("o-1")


def event(number: int) -> Event:
    return Event(
        at=1_700_000_000 + number, tag="test.happened", target=f"t-{number}", detail=(("名", "值"), ("n", "1"))
    )


def fill(store: Store, table: sa.Table) -> None:
    """Put one row into an append-only table, without its relatives where the database can be told to wait for them."""
    with store.transaction() as tx:
        if table is tables.audit:
            audit.append(tx, event(1))
        elif table is tables.signed_act:
            audit.remember(tx, b"d" * 32, ACTOR, "0" * 32, 0)


@pytest.mark.parametrize("table", [tables.audit, tables.signed_act], ids=lambda table: table.name)
@pytest.mark.parametrize("act", ["change", "remove", "empty"])
def test_nothing_is_changed_or_removed(store: Store, table: sa.Table, act: str) -> None:
    fill(store, table)
    column = "at"
    statements: dict[str, sa.Executable] = {
        "change": sa.update(table).values({column: 5}),
        "remove": sa.delete(table),
        "empty": sa.text(f"TRUNCATE {table.name}"),
    }
    with store.reading() as tx:
        if act == "empty" and not tx.on_postgresql:
            return  # SQLite has no TRUNCATE; its DELETE without a condition meets the same trigger
    with pytest.raises(StorageFailed, match="storage-forbidden"), store.transaction() as tx:
        tx.run(statements[act])


def test_every_append_only_table_has_its_triggers(store: Store) -> None:
    with store.reading() as tx:
        names = (
            "SELECT tgname FROM pg_trigger"
            if tx.on_postgresql
            else "SELECT name FROM sqlite_master WHERE type='trigger'"
        )
        found = set(tx.run(sa.select(sa.literal_column("*")).select_from(sa.text(f"({names}) AS t"))).scalars())
    for table in APPEND_ONLY:
        assert {f"{table.name}_changed", f"{table.name}_removed"} <= found


def test_an_act_is_remembered_once(store: Store) -> None:
    with store.transaction() as tx:
        audit.remember(tx, b"a" * 32, ACTOR, "1" * 32, 0)
    for digest, actor, nonce in ((b"a" * 32, ACTOR, "2" * 32), (b"b" * 32, ACTOR, "1" * 32)):
        with pytest.raises(Refusal, match="act-replayed"), store.transaction() as tx:
            audit.remember(tx, digest, actor, nonce, 0)
    with store.transaction() as tx:
        audit.remember(tx, b"c" * 32, AccountId("o-2"), "1" * 32, 0)


def test_the_chain_has_no_gaps_whatever_rolls_back(store: Store) -> None:
    for number in range(6):
        if number % 2:
            rolled_back(store, lambda tx: audit.append(tx, event(5)))
            continue
        with store.transaction() as tx:
            audit.append(tx, event(number))
            audit.append(tx, event(number + 100))
    with store.reading() as tx:
        rows = tuple(audit.read(tx))
        assert [row.seq for row in rows] == [1, 2, 3, 4, 5, 6]
        assert verify_chain(rows) == ()
        assert audit.head(tx) == rows[-1]
        assert tuple(audit.read(tx, after=2, limit=2)) == rows[2:4]
        assert [row.event for row in audit.find(tx, target="t-100")] == [event(100)]


def test_the_chain_shows_what_somebody_with_all_rights_did(store: Store) -> None:
    with store.transaction() as tx:
        for number in range(5):
            audit.append(tx, event(number))
    with store.transaction() as tx:
        on = " ON audit" if tx.on_postgresql else ""
        tx.run(sa.text(f"DROP TRIGGER audit_changed{on}"))
        tx.run(sa.update(tables.audit).where(tables.audit.c.seq == 3).values(target="somebody-else"))
    with store.reading() as tx:
        assert [(found.seq, found.code) for found in verify_chain(audit.read(tx))] == [(3, "hash-differs")]


def test_an_event_keeps_all_its_fields(store: Store) -> None:
    full = Event(
        at=5, tag="a.b", target="t", actor=ACTOR, key="0" * 16, act=b"act", proof=b"proof", detail=(("a", "b"),)
    )
    with store.transaction() as tx:
        audit.append(tx, full)
        audit.append(tx, dataclasses.replace(full, actor=None, key=None, act=None, proof=None, detail=()))
    with store.reading() as tx:
        assert next(audit.read(tx)).event == full
        assert verify_chain(audit.read(tx)) == ()


def test_an_ending_is_final_and_an_index_is_never_given_back(store: Store) -> None:
    with store.transaction() as tx:
        opened = statuses.open_list(tx, size=64, at=1)
        entry = statuses.allocate(tx, opened, lambda _: 7, licence_id=None, value=0, at=1)
        assert statuses.set_value(tx, entry, 1, 2)
        assert not statuses.set_value(tx, entry, 0, 3)
        assert statuses.shown(tx, 1) == {7: 1}
    entries = tables.status_entry
    for statement in (sa.update(entries).values(value=0), sa.update(entries).values(index=8), sa.delete(entries)):
        with pytest.raises(StorageFailed, match="storage-forbidden"), store.transaction() as tx:
            tx.run(statement)


def test_a_used_index_is_drawn_again(store: Store) -> None:
    draws = iter([3, 3, 3, 5])
    with store.transaction() as tx:
        opened = statuses.open_list(tx, size=64, at=1)
        first = statuses.allocate(tx, opened, lambda _: next(draws), licence_id=None, value=0, at=1)
        second = statuses.allocate(tx, opened, lambda _: next(draws), licence_id=None, value=0, at=1)
        found = statuses.get_list(tx, 1)
    assert (first.index, second.index) == (3, 5)
    assert found is not None
    assert found.used == 2


def test_a_list_without_room_says_so(store: Store) -> None:
    with store.transaction() as tx:
        opened = statuses.open_list(tx, size=64, at=1)
        statuses.allocate(tx, opened, lambda _: 0, licence_id=None, value=0, at=1)
        with pytest.raises(StorageFailed, match="storage-full"):
            statuses.allocate(tx, opened, lambda _: 0, licence_id=None, value=0, at=1)


def test_each_change_is_noted_for_publishing_in_its_own_transaction(store: Store) -> None:
    with store.transaction() as tx:
        opened = statuses.open_list(tx, size=64, at=1)
        entry = statuses.allocate(tx, opened, lambda _: 1, licence_id=None, value=0, at=1)
        assert statuses.take_notes(tx, 1) == 1
    rolled_back(store, lambda tx: statuses.set_value(tx, entry, 2, 2))
    with store.reading() as tx:
        assert statuses.noted(tx) == {}
    with store.transaction() as tx:
        statuses.set_value(tx, entry, 2, 3)
    with store.reading() as tx:
        assert list(statuses.noted(tx)) == [1]
        assert statuses.oldest_note(tx) == 3
