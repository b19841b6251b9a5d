"""Proposals on both databases, and what the database itself keeps of them; entries by what ends and what they name."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
import sqlalchemy as sa

from issuer.domain.account import AccountId
from issuer.domain.kind import Kind
from issuer.domain.organisation import Level, Organisation, OrganisationId, OrganisationKind
from issuer.domain.proposal import Proposal, ProposalId, ProposalState, Source
from issuer.domain.registration import Registration, RegistrationId
from issuer.storage import ChangedMeanwhile, StorageFailed, Store, organisations, proposals, registrations
from tests.issuer.conftest import by_hand, written

DAY = datetime.date(2026, 3, 2)
HAIKOU = OrganisationId("haikou")
ENTRY = Registration(
    id=RegistrationId("reg-1"),
    kind=Kind.PHYSICIAN,
    number="110460100000001",
    holder="h-1",
    name="林知远",
    authority=HAIKOU,
    institution="MBT10001246010011A1001",
    state="registered",
    version=1,
    revision=0,
    content='{"filings":[{"number":"MBT10002046900217D1521"}],"institution":{"number":"MBT10001246010011A1001"}}',
    sealed=None,
    registered_on=DAY,
)
PROPOSAL = Proposal(
    id=ProposalId("prop-1"),
    registration=ENTRY.id,
    authority=HAIKOU,
    source=Source.INSPECTION,
    action="suspend",
    grounds=("penalty_57", "penalty_56"),
    evidence="现场检查笔录",
    happened_on=DAY,
    state=ProposalState.OPEN,
    revision=0,
    filed_by=AccountId("o-1"),
    filed_at=1_772_416_800,
)
CLOSED = dataclasses.replace(
    PROPOSAL,
    state=ProposalState.TAKEN,
    revision=1,
    closed_by=AccountId("o-2"),
    closed_at=1_772_416_900,
    reason="属实",
)


@pytest.fixture
def filled(store: Store) -> Store:
    place = Organisation(
        id=HAIKOU, kind=OrganisationKind.AUTHORITY, name="示例", division="460100", parent=None, level=Level.PREFECTURE
    )
    with written(store) as tx:
        organisations.add(tx, place)
        registrations.add(tx, ENTRY)
        proposals.add(tx, PROPOSAL)
    return store


def test_a_proposal_comes_back_as_it_went_in_and_is_closed_once(filled: Store) -> None:
    with written(filled) as tx:
        assert proposals.get(tx, PROPOSAL.id) == PROPOSAL
        assert proposals.find(tx, authority=(HAIKOU,), state=ProposalState.OPEN) == (PROPOSAL,)
        assert proposals.find(tx, authority=()) == ()
        proposals.put(tx, CLOSED, 0)
    with filled.reading() as tx:
        assert proposals.get(tx, PROPOSAL.id) == CLOSED
        assert proposals.find(tx, state=ProposalState.OPEN) == ()
        assert proposals.get(tx, ProposalId("prop-2")) is None
    with pytest.raises(ChangedMeanwhile), written(filled) as tx:
        proposals.put(tx, CLOSED, 0)


@pytest.mark.parametrize(
    "change",
    ["evidence = 'nothing'", "filed_by = 'o-2'", "action = 'resume'", "registration = 'reg-2'", "state = 'taken'"],
)
def test_what_was_filed_is_not_rewritten(filled: Store, change: str) -> None:
    with pytest.raises(StorageFailed), written(filled) as tx:
        tx.run(sa.text(f"UPDATE proposal SET {change}"))  # noqa: S608 - our own words


def test_no_proposal_vanishes_and_none_is_opened_again(filled: Store) -> None:
    with pytest.raises(StorageFailed, match="storage-forbidden"), written(filled) as tx:
        by_hand(tx, sa.delete(proposals.proposal))
    with written(filled) as tx:
        proposals.put(tx, CLOSED, 0)
    with pytest.raises(StorageFailed, match="storage-forbidden"), written(filled) as tx:
        proposals.put(tx, dataclasses.replace(PROPOSAL, revision=2), 1)


def test_entries_are_found_by_what_ends(filled: Store) -> None:
    ends = dataclasses.replace(
        ENTRY, id=RegistrationId("reg-2"), number="2", holder="h-2", until=DAY, state="suspended", content="{}"
    )
    with written(filled) as tx:
        registrations.add(tx, ends)
        live, inside = ("registered", "suspended"), (HAIKOU,)
        before = DAY - datetime.timedelta(days=1)

        def ending(last_day: datetime.date, state: tuple[str, ...] = live, column: str = "until") -> list[str]:
            found = registrations.ending(
                tx, column, last_day, kind=Kind.PHYSICIAN, state=state, authority=inside, limit=9
            )
            return [one.id for one in found]

        assert ending(DAY) == ["reg-2"]
        assert ending(before) == ending(DAY, ("registered",)) == ending(DAY, column="verify_by") == []


def test_entries_are_found_by_the_institution_that_a_filing_names(filled: Store) -> None:
    with filled.reading() as tx:
        assert registrations.filed_at(tx, "MBT10002046900217D1521", 9) == (ENTRY,)
        assert registrations.filed_at(tx, "MBT%", 9) == registrations.filed_at(tx, "MBT1000204690021_D1521", 9) == ()
        assert registrations.count(tx, institution="MBT10001246010011A1001", kind=Kind.PHYSICIAN) == 1
        assert registrations.count(tx, institution="MBT10001246010011A1001", kind=Kind.NURSE) == 0
