"""What keys do, alerts and announcements on both databases, and what the database itself keeps of them."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
import sqlalchemy as sa

from issuer.domain.account import Account, AccountId, AccountKind, AccountState
from issuer.domain.alert import Alert, AlertId, AlertState, Announced, Announcement
from issuer.domain.anomaly import KeyEvent
from issuer.domain.officer_key import ElectronicKey, KeyId, KeyState
from issuer.storage import ChangedMeanwhile, StorageFailed, Store, accounts, keys, watch
from tests.issuer.conftest import by_hand, written

DAY = datetime.date(2026, 3, 2)
AT = 1_772_416_800
KEY = KeyId("key-1")
ALERT = Alert(
    id=AlertId("alert-1"),
    key=KEY,
    organisation=None,
    rule="AN-03",
    version=1,
    blocking=False,
    figures=(("n", "31"), ("most", "30")),
    since=AT - 60,
    at=AT,
)
CLEARED = dataclasses.replace(
    ALERT, state=AlertState.CLEARED, revision=1, closed_by=AccountId("o-1"), closed_at=AT + 60, reason="年度集中换证"
)


@pytest.fixture
def filled(store: Store) -> Store:
    holder = Account(
        id=AccountId("acc-1"), kind=AccountKind.OFFICER, state=AccountState.ACTIVE, revision=0, created_at=AT
    )
    key = ElectronicKey(
        id=KEY, account=holder.id, organisation=None, state=KeyState.ACTIVE, revision=0, requested_by=holder.id
    )
    with written(store) as tx:
        accounts.add(tx, holder)
        keys.add(tx, key)
        watch.add(tx, ALERT)
    return store


def event(at: int, outcome: str = "", **facts: int) -> KeyEvent:
    return KeyEvent(
        at=at, act="application.approve", target="case-1", machine="m", outcome=outcome, facts=tuple(facts.items())
    )


def test_events_are_read_by_day_and_counted_by_day_without_what_was_refused(filled: Store) -> None:
    yesterday, long_ago = DAY - datetime.timedelta(days=1), DAY - datetime.timedelta(days=90)
    with written(filled) as tx:
        for day, at, outcome in (
            (long_ago, AT - 90 * 86_400, ""),
            (yesterday, AT - 86_400, ""),
            (yesterday, AT - 86_390, ""),
            (yesterday, AT - 86_380, "four-eyes"),
            (DAY, AT, ""),
        ):
            watch.note(tx, KEY, day, event(at, outcome, since_accepted=7))
    with filled.reading() as tx:
        assert watch.events_on(tx, KEY, DAY) == (event(AT, since_accepted=7),)
        assert watch.counts(tx, KEY, DAY - datetime.timedelta(days=60), DAY) == (2,)
        assert watch.last_before(tx, KEY) == AT
        assert watch.last_before(tx, KeyId("key-2")) is None
        assert watch.events_on(tx, KeyId("key-2"), DAY) == ()


def test_one_alert_of_a_rule_is_open_at_a_time_and_is_closed_once(filled: Store) -> None:
    with written(filled) as tx:
        assert not watch.add(tx, dataclasses.replace(ALERT, id=AlertId("alert-2")))
        assert watch.add(tx, dataclasses.replace(ALERT, id=AlertId("alert-3"), rule="AN-07", blocking=True))
        assert [one.id for one in watch.find(tx, state=AlertState.OPEN)] == ["alert-3", "alert-1"]
        assert watch.get(tx, ALERT.id) == ALERT
        watch.put(tx, CLEARED, 0)
        assert watch.add(tx, dataclasses.replace(ALERT, id=AlertId("alert-4")))
    with pytest.raises(ChangedMeanwhile), written(filled) as tx:
        watch.put(tx, CLEARED, 0)
    with pytest.raises(StorageFailed, match="storage-forbidden"), written(filled) as tx:
        watch.put(tx, dataclasses.replace(ALERT, revision=2), 1)


@pytest.mark.parametrize("change", ["rule = 'AN-01'", "figures = '[]'", "since = 0", "blocking = NOT blocking"])
def test_what_an_alert_found_is_not_rewritten(filled: Store, change: str) -> None:
    with pytest.raises(StorageFailed), written(filled) as tx:
        tx.run(sa.text(f"UPDATE key_alert SET {change}"))  # noqa: S608 - our own words


def test_nothing_of_it_vanishes_or_changes(filled: Store) -> None:
    announced = Announcement(
        id="ann-1",
        key=KEY,
        what=Announced.HOURS,
        first_day=DAY,
        last_day=DAY,
        by=AccountId("o-1"),
        at=AT,
        reason="加班",
    )
    with written(filled) as tx:
        watch.announce(tx, announced)
        watch.note(tx, KEY, DAY, event(AT))
        assert watch.announced(tx, KEY) == (announced,)
    for table in (watch.key_event, watch.key_alert, watch.key_announcement):
        with pytest.raises(StorageFailed, match="storage-forbidden"), written(filled) as tx:
            by_hand(tx, sa.delete(table))
    for table in (watch.key_event, watch.key_announcement):
        with pytest.raises(StorageFailed, match="storage-forbidden"), written(filled) as tx:
            by_hand(tx, sa.update(table).values(at=0))
