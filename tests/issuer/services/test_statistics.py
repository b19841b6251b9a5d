"""Published statistics: every number that is shown is the right one, every small one is hidden, on both databases."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elicense import tables
from issuer.domain.account import AccountId
from issuer.domain.application import Application, ApplicationId, Pause, Stage
from issuer.domain.kind import Kind
from issuer.domain.organisation import Branch, Level, Organisation, OrganisationId, OrganisationKind
from issuer.domain.registration import Registration, RegistrationId
from issuer.domain.suppression import THRESHOLD, TOTAL
from issuer.domain.voice import Rating
from issuer.services import rules, statistics
from issuer.services.statistics import EARLIER, Statistics, Table
from issuer.storage import Store, Transaction, applications, organisations, registrations, voice
from tests.issuer.conftest import rolled_back
from tests.issuer.services.world import START, World

RULES: Final = rules.load()
TODAY: Final = datetime.date(2026, 3, 2)
DIVISIONS: Final = ("460100", "460200", "469002")


@dataclass(frozen=True)
class Entry:
    """What of an entry is counted."""

    kind: Kind
    division: str
    state: str
    registered_on: datetime.date
    valid_until: datetime.date | None
    category: int
    scopes: tuple[int, ...]
    type: int

    @property
    def present(self) -> bool:
        row = RULES.state(self.kind, self.state)
        return row.live and (self.valid_until is None or self.valid_until >= TODAY)

    @property
    def told(self) -> str:
        """The state with lapse of time."""
        live = RULES.state(self.kind, self.state).live
        return "expired" if live and not self.present else self.state

    @property
    def month(self) -> str:
        months = TODAY.year * 12 + TODAY.month - (self.registered_on.year * 12 + self.registered_on.month)
        return f"{self.registered_on:%Y-%m}" if months < statistics.MONTHS else EARLIER


SCOPES: Final = {
    row.wire: tuple(one.wire for one in tables.SCOPES if one.parent == row.code)[:4] for row in tables.CATEGORIES
}


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    kind = draw(st.sampled_from(list(Kind)))
    states = [row.state for row in RULES.states if row.kind == kind and not row.derived]
    category = draw(st.sampled_from(sorted(SCOPES)))
    return Entry(
        kind=kind,
        division=draw(st.sampled_from(DIVISIONS)),
        state=draw(st.sampled_from([*states[:1] * 6, *states])),
        registered_on=draw(st.dates(datetime.date(2024, 11, 1), TODAY)),
        valid_until=draw(st.none() | st.dates(TODAY - datetime.timedelta(3), TODAY + datetime.timedelta(3))),
        category=category,
        scopes=tuple(draw(st.lists(st.sampled_from(SCOPES[category] or (99,)), max_size=2, unique=True))),
        type=draw(st.sampled_from([row.wire for row in tables.INSTITUTION_TYPES][:3])),
    )


def registers() -> st.SearchStrategy[list[tuple[Entry, int]]]:
    """Entries with how many there are of each, so that some counts are large."""
    return st.lists(st.tuples(entries(), st.integers(1, 9)), max_size=25)


def fill(tx: Transaction, register: list[tuple[Entry, int]]) -> None:
    for number, division in enumerate(DIVISIONS):
        organisations.add(tx, office(division, number))
    for number, entry in enumerate(one for one, times in register for _ in range(times)):
        content: dict[str, object] = {"name": "甲", "sex": 1}
        if entry.kind is Kind.PHYSICIAN:
            content |= {"category": entry.category} | ({"scopes": list(entry.scopes)} if entry.scopes else {})
        if entry.kind is Kind.INSTITUTION:
            content |= {"statutory_type": entry.type}
        registrations.add(
            tx,
            Registration(
                id=RegistrationId(f"reg-{number}"),
                kind=entry.kind,
                number=f"{number:015d}",
                holder=f"holder-{number}",
                name="甲",
                authority=OrganisationId(f"org-{entry.division}"),
                institution=None,
                state=entry.state,
                version=1,
                revision=0,
                content=json.dumps(content),
                sealed=None,
                registered_on=entry.registered_on,
                valid_from=entry.registered_on,
                valid_until=entry.valid_until,
                verify_by=None,
                until=None,
                frozen=False,
            ),
        )


def office(division: str, number: int) -> Organisation:
    return Organisation(
        id=OrganisationId(f"org-{division}"),
        kind=OrganisationKind.AUTHORITY,
        name=f"示例机关{division}",
        division=division,
        parent=None,
        level=Level.PREFECTURE,
        branch=Branch.HEALTH,
        uscc=f"{number:018d}",
        trust_number=number,
    )


def right(table: Table, members: list[Entry]) -> None:
    """Every shown cell is the count by hand; every small one is hidden."""
    key: dict[str, Callable[[Entry], str]] = {
        "state": lambda one: one.told,
        "month": lambda one: one.month,
        "division": lambda one: one.division,
        "category": lambda one: str(one.category),
        "type": lambda one: str(one.type),
    }
    by = [key[name] for name in table.by]
    expected: Counter[tuple[str, str]] = Counter()
    for one in members:
        place = [read(one) for read in by]
        for row in {place[0], TOTAL}:
            for column in {place[1] if len(place) > 1 else TOTAL, TOTAL}:
                expected[(row, column)] += 1
    assert table.withheld or set(expected) <= set(table.cells)
    for cell, value in table.cells.items():
        assert value is None or value == expected[cell], (table.name, cell)
        assert value is None or not 0 < value < THRESHOLD


@given(register=registers())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_number_that_is_shown_is_the_count_by_hand(store: Store, register: list[tuple[Entry, int]]) -> None:
    found: list[Statistics] = []

    def count(tx: Transaction) -> None:
        fill(tx, register)
        found.append(statistics.counted(RULES, tx, START))

    rolled_back(store, count)
    every = [one for one, times in register for _ in range(times)]
    for table in found[0].tables:
        own = [one for one in every if one.kind is table.kind]
        present = [one for one in own if one.present]
        if table.name == "scope":
            numbers = Counter(str(scope) for one in present for scope in one.scopes)
            assert set(table.rows) == set(numbers) or table.withheld
            for (scope, _), value in table.cells.items():
                assert value is None or value == numbers[scope] >= THRESHOLD
            continue
        right(table, [one for one in own if not one.present] if table.name == "ended" else present)
    assert {(table.name, table.kind) for table in found[0].tables} >= {("division", kind) for kind in Kind}


def test_a_hidden_category_is_not_given_back_by_its_scopes(store: Store) -> None:
    """Three in one category, ten in the next: the ten are hidden to protect the three, and so are their scopes."""
    first, second, third = sorted(SCOPES)[:3]
    plain = Entry(Kind.PHYSICIAN, DIVISIONS[0], "registered", TODAY, None, first, SCOPES[first][:1], 0)
    register = [(plain, 3)]
    for category, times in ((second, 10), (third, 40)):
        one = Entry(Kind.PHYSICIAN, DIVISIONS[0], "registered", TODAY, None, category, SCOPES[category][:1], 0)
        register.append((one, times))
    found: list[Statistics] = []

    def count(tx: Transaction) -> None:
        fill(tx, register)
        found.append(statistics.counted(RULES, tx, START))

    rolled_back(store, count)
    by_name = {(table.name, table.kind): table for table in found[0].tables}
    crossed = by_name["division", Kind.PHYSICIAN]
    totals = [crossed.cells[TOTAL, str(category)] for category in (first, second, third)]
    assert totals == [None, None, 40]
    scopes = by_name["scope", Kind.PHYSICIAN].cells
    shown = [scopes[str(SCOPES[category][0]), TOTAL] for category in (first, second, third)]
    assert shown == [None, None, 40]


BEGUN: Final = datetime.date(2026, 1, 5)
"""A Monday."""


def decide(tx: Transaction, place: str, days: int, *pauses: Pause) -> None:
    """An application accepted on that Monday and decided so many days later."""
    number = len(applications.in_stages(tx, (Stage.APPROVED,)))
    case = Application(
        id=ApplicationId(f"app-{number}"),
        kind=Kind.PHYSICIAN,
        action="first_registration",
        stage=Stage.APPROVED,
        revision=0,
        applicant=AccountId(f"acc-{number}"),
        holder=f"h-{number}",
        opened_at=START,
        authority=OrganisationId(f"org-{place}"),
        received_on=BEGUN,
        accepted_on=BEGUN,
        decided_on=BEGUN + datetime.timedelta(days),
        pauses=pauses,
    )
    applications.add(tx, case)


def test_how_long_an_office_took_is_counted_in_working_days_without_excluded_time(store: Store) -> None:
    """Seven decided after 1, 2, 3, 4, 28, 28 and 28 days, of which the clock stood still in one."""
    pause = Pause(start=BEGUN + datetime.timedelta(7), end=BEGUN + datetime.timedelta(21), cause="hearing")
    found: list[Statistics] = []

    def count(tx: Transaction) -> None:
        fill(tx, [])
        for days in (1, 2, 3, 4, 28, 28):
            decide(tx, DIVISIONS[0], days)
        decide(tx, DIVISIONS[0], 28, pause)
        for _ in range(4):
            decide(tx, DIVISIONS[1], 1)
        for _ in range(20):
            decide(tx, DIVISIONS[2], 2)
        found.append(statistics.counted(RULES, tx, START))
        decide(tx, DIVISIONS[1], 1)
        found.append(statistics.counted(RULES, tx, START))

    rolled_back(store, count)
    first, few, many = found[0].offices
    assert (few.decided, few.median, few.overdue) == (None, None, None), "four are too few to tell"
    assert (first.decided, first.median) == (None, None), "hidden with them, so that the sum gives nothing back"
    assert (many.decided, many.median, many.ninth, many.overdue) == (20, 2, 2, 0)
    first, few, _ = found[1].offices
    assert (few.decided, few.median) == (5, 1)
    working = [RULES.calendar.is_working(BEGUN + datetime.timedelta(day)) for day in range(1, 29)]
    assert (first.decided, first.median, first.ninth) == (7, 4, sum(working))
    assert first.overdue == (29 if sum(working) > 20 else 0)


def test_an_average_of_ratings_is_told_from_five_on(store: Store) -> None:
    found: list[Statistics] = []

    def count(tx: Transaction) -> None:
        fill(tx, [])
        for number, stars in enumerate((5, 4, 4, 3, 1)):
            decide(tx, DIVISIONS[0], 1)
            given = Rating(
                application=ApplicationId(f"app-{number}"),
                authority=OrganisationId(f"org-{DIVISIONS[0]}"),
                stars=stars,
                text="",
                rated_by=AccountId("acc"),
                rated_at=START,
            )
            voice.add_rating(tx, given)
            found.append(statistics.counted(RULES, tx, START))

    rolled_back(store, count)
    assert [one.offices[0].stars for one in found] == [None, None, None, None, "3.4"]


def test_the_published_statistics_of_a_world_hide_its_few_people(world: World) -> None:
    world.nurse()
    made = statistics.publish(world.desk)
    assert made.at == world.at
    withheld = {table.kind for table in made.tables if table.name == "division" and table.withheld}
    assert withheld == {Kind.NURSE, Kind.INSTITUTION}, "one nurse, one hospital; there is no physician to hide"
    assert [office.decided for office in made.offices] == [None]
