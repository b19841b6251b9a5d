"""Every aggregate comes back from both databases as it went in, with all its history."""

import dataclasses
import datetime

import pytest

from issuer.domain.account import Account, AccountId, AccountKind, AccountState
from issuer.domain.application import Application, ApplicationId, Pause, Stage, Step
from issuer.domain.kind import Kind
from issuer.domain.licence_record import LicenceId, LicenceRecord, LicenceState
from issuer.domain.officer_key import ElectronicKey, KeyChange, KeyId, KeyState
from issuer.domain.organisation import Level, Organisation, OrganisationId, OrganisationKind
from issuer.domain.registration import Bar, BarId, Registration, RegistrationId, StandingChange
from issuer.storage import (
    ChangedMeanwhile,
    StorageFailed,
    Store,
    accounts,
    applications,
    keys,
    licences,
    organisations,
    registrations,
    statuses,
)
from tests.issuer.conftest import written

DAY = datetime.date(2026, 11, 23)
HERE = OrganisationId("org-1")
APPLICANT = AccountId("acc-1")
APPLICATION = Application(
    id=ApplicationId("app-1"),
    kind=Kind.NURSE,
    action="first_registration",
    stage=Stage.UNDER_REVIEW,
    revision=4,
    applicant=APPLICANT,
    holder=APPLICANT,
    institution=HERE,
    authority=HERE,
    content='{"name":"苏予安"}',
    sealed=b"\x00sealed",
    opened_at=1_772_416_800,
    received_on=DAY,
    due_on=DAY + datetime.timedelta(days=20),
    pauses=(Pause(start=DAY, end=None, cause="听证"), Pause(start=DAY, end=DAY, cause="x")),
    steps=(
        Step(number=1, step="submit", source=Stage.DRAFT, target=Stage.SUBMITTED, at=1, actor=APPLICANT, act=b"a" * 32),
        Step(
            number=2,
            step="deem_accepted",
            source=Stage.SUBMITTED,
            target=Stage.ACCEPTED,
            at=2,
            actor=None,
            act=None,
            finding="favourable",
            reason="期满",
            grounds=("a", "b"),
        ),
    ),
)
REGISTRATION = Registration(
    id=RegistrationId("reg-1"),
    kind=Kind.NURSE,
    number="202646000001",
    holder=APPLICANT,
    name="苏予安",
    authority=HERE,
    institution="MBT10001246010011A1001",
    state="registered",
    version=1,
    revision=0,
    content='{"name":"苏予安"}',
    sealed=None,
    registered_on=DAY,
    valid_from=DAY,
    valid_until=DAY,
)


@pytest.fixture
def filled(store: Store) -> Store:
    with written(store) as tx:
        organisations.add(
            tx,
            Organisation(
                id=HERE,
                kind=OrganisationKind.AUTHORITY,
                name="示例",
                division="460000",
                parent=None,
                level=Level.COUNTY,
            ),
        )
        accounts.add(
            tx,
            Account(
                id=APPLICANT,
                kind=AccountKind.APPLICANT,
                state=AccountState.ACTIVE,
                revision=0,
                identity=b"i" * 32,
                created_at=1,
            ),
        )
        applications.add(tx, APPLICATION)
        registrations.add(tx, REGISTRATION)
    return store


def test_an_application_with_its_steps_and_pauses(filled: Store) -> None:
    more = dataclasses.replace(
        APPLICATION,
        revision=5,
        stage=Stage.REFUSED,
        decided_on=DAY,
        pauses=(),
        steps=(*APPLICATION.steps, dataclasses.replace(APPLICATION.steps[1], number=3, grounds=())),
    )
    with written(filled) as tx:
        assert applications.get(tx, APPLICATION.id) == APPLICATION
        assert applications.open_of(tx, APPLICANT, Kind.NURSE) == (APPLICATION,)
        applications.put(tx, more, 4)
    with filled.reading() as tx:
        assert applications.get(tx, APPLICATION.id) == more
        assert applications.open_of(tx, APPLICANT, Kind.NURSE) == ()
        assert applications.find(tx, stage=(Stage.REFUSED, Stage.DRAFT), authority=HERE) == (more,)
        assert applications.find(tx, due_until=DAY) == ()
        assert applications.find(tx, received_until=DAY, kind=Kind.NURSE, limit=1) == (more,)
        assert applications.find(tx, offset=1) == ()
        assert applications.of_applicant(tx, APPLICANT) == applications.of_holder(tx, APPLICANT) == (more,)
        assert applications.get(tx, ApplicationId("none")) is None


def test_one_open_application_of_a_holder_for_a_kind(filled: Store) -> None:
    second = dataclasses.replace(APPLICATION, id=ApplicationId("app-2"), steps=())
    with pytest.raises(StorageFailed, match="storage-conflict"), written(filled) as tx:
        applications.add(tx, second)
    with written(filled) as tx:
        applications.put(tx, dataclasses.replace(APPLICATION, stage=Stage.WITHDRAWN, revision=5), 4)
        applications.add(tx, second)


def test_a_registration_with_its_history_and_bars(filled: Store) -> None:
    change = StandingChange(
        registration=REGISTRATION.id,
        revision=0,
        at=5,
        action="first_registration",
        source="none",
        target="registered",
        version=1,
        application=APPLICATION.id,
        act=b"a" * 32,
        actor=APPLICANT,
        grounds=("g",),
        until=DAY,
    )
    bar = Bar(
        id=BarId("bar-1"),
        kind=None,
        holder=APPLICANT,
        cause="c",
        basis="医师法",
        first_day=DAY,
        last_day=None,
        act=b"x",
    )
    after = dataclasses.replace(REGISTRATION, state="suspended", until=DAY, revision=1, frozen=True)
    with written(filled) as tx:
        registrations.add_change(tx, change)
        registrations.add_bar(tx, bar)
        registrations.put(tx, after, 0)
    with filled.reading() as tx:
        assert registrations.get(tx, REGISTRATION.id) == after
        assert registrations.changes(tx, REGISTRATION.id) == (change,)
        assert registrations.change_by(tx, APPLICATION.id) == change
        assert registrations.bars_of(tx, APPLICANT) == (bar,)
        assert registrations.by_number(tx, Kind.NURSE, REGISTRATION.number) == after
        assert registrations.by_number(tx, Kind.PHYSICIAN, REGISTRATION.number) is None
        assert registrations.of_holder(tx, APPLICANT, Kind.NURSE) == after
        assert registrations.named(tx, Kind.NURSE, "苏予安", 5) == (after,)
        assert registrations.until_before(tx, DAY) == ()
        assert registrations.until_before(tx, DAY + datetime.timedelta(days=1)) == (after,)
    with pytest.raises(ChangedMeanwhile), written(filled) as tx:
        registrations.put(tx, after, 0)


def test_a_key_with_its_history(filled: Store) -> None:
    change = KeyChange(at=1, event="request", state=KeyState.REQUESTED, by=APPLICANT, reason="r")
    key = ElectronicKey(
        id=KeyId("key-1"),
        account=APPLICANT,
        organisation=None,
        state=KeyState.REQUESTED,
        revision=0,
        requested_by=APPLICANT,
        history=(change,),
    )
    active = dataclasses.replace(
        key,
        state=KeyState.ACTIVE,
        revision=1,
        kid="0" * 16,
        jwk="{}",
        history=(change, dataclasses.replace(change, at=2, state=KeyState.ACTIVE)),
    )
    with written(filled) as tx:
        keys.add(tx, key)
        assert keys.get(tx, key.id) == key
        keys.put(tx, active, 0)
    with filled.reading() as tx:
        assert keys.by_kid(tx, "0" * 16) == active
        assert keys.of_account(tx, APPLICANT) == keys.find(tx, state=KeyState.ACTIVE) == (active,)
        assert keys.by_kid(tx, "1" * 16) is None
    second = dataclasses.replace(active, id=KeyId("key-2"), kid="1" * 16, revision=0)
    with pytest.raises(StorageFailed, match="storage-conflict"), written(filled) as tx:
        keys.add(tx, second)  # one active key an account


def test_a_licence_keeps_what_it_was_made_from(filled: Store) -> None:
    with written(filled) as tx:
        row = statuses.open_list(tx, size=64, at=1)
        first = statuses.allocate(tx, row, lambda _: 1, licence_id=LicenceId("lic-1"), value=0, at=1)
        record = LicenceRecord(
            id=LicenceId("lic-1"),
            registration=REGISTRATION.id,
            version=1,
            application=APPLICATION.id,
            list=1,
            index=first.index,
            tbs=b"bytes",
            token=None,
            state=LicenceState.INTENDED,
            kid="0" * 16,
            intended_at=1,
        )
        licences.add(tx, record)
    intended, active, retired, spoiled = LicenceState
    for source, target in ((active, retired), (retired, active)):
        with pytest.raises(ChangedMeanwhile), written(filled) as tx:
            licences.move(tx, record.id, source, target)
    with pytest.raises(StorageFailed), written(filled) as tx:
        licences.move(tx, record.id, intended, active)  # without a token
    with pytest.raises(StorageFailed, match="storage-forbidden"), written(filled) as tx:
        licences.move(tx, record.id, intended, retired, token=b"t", issued_at=2)
    with written(filled) as tx:
        licences.move(tx, record.id, intended, active, token=b"t", issued_at=2)
    with pytest.raises(StorageFailed, match="storage-forbidden"), written(filled) as tx:
        licences.move(tx, record.id, active, spoiled)
    with written(filled) as tx:
        released = licences.get(tx, record.id)
        assert released == dataclasses.replace(record, state=active, token=b"t", issued_at=2)
        assert licences.current(tx, REGISTRATION.id) == released == licences.of_application(tx, APPLICATION.id)
        assert licences.of_registration(tx, REGISTRATION.id) == licences.find(tx, kid="0" * 16) == (released,)
    second = dataclasses.replace(record, id=LicenceId("lic-2"), index=2, version=2)
    with written(filled) as tx:
        statuses.allocate(tx, row, lambda _: 2, licence_id=second.id, value=0, at=1)
    with pytest.raises(StorageFailed, match="storage-conflict"), written(filled) as tx:
        licences.add(tx, second)  # a second one for the same application
