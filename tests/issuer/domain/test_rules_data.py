"""The data files agree with each other, with the code that obeys them, and with the tables of the core."""

from __future__ import annotations

import csv
import datetime
import re
from pathlib import Path

import pytest

import issuer
from elicense import licence, tables
from issuer.domain.account import Role
from issuer.domain.application import Stage
from issuer.domain.content import LICENCES, coders
from issuer.domain.kind import Kind
from issuer.domain.officer_key import KeyState
from issuer.domain.organisation import Branch, Level
from issuer.domain.rulebook import ANY, LAPSE, NONE
from tests.issuer.domain.made import RULES

ON = datetime.date(2026, 11, 23)
ROOT = Path(issuer.__file__).parent


def test_the_kinds_are_those_of_the_core() -> None:
    assert {kind.value for kind in Kind} == {kind.text for kind in licence.Kind}
    assert {kind.value: cls.kind.text for kind, cls in LICENCES.items()} == {kind.value: kind.value for kind in Kind}


def test_every_stage_has_its_row_and_every_arrow_its_stages() -> None:
    assert {row.stage for row in RULES.stages} == {stage.value for stage in Stage}
    for row in RULES.steps:
        Stage(row.origin)
        Stage(row.target)
        assert row.by in {"applicant", "institution", "officer", "law"}
        assert (row.by == "officer") is bool(row.role)
        if row.role:
            Role(row.role)
    finals = {row.stage for row in RULES.stages if row.final}
    assert not finals & {row.origin for row in RULES.steps}


def test_every_transition_joins_known_states_by_a_known_action() -> None:
    states = {(row.kind, row.state) for row in RULES.states}
    actions = {(row.kind, row.action) for row in RULES.actions}
    for row in RULES.transitions:
        assert row.origin in {NONE, ANY} or (row.kind, row.origin) in states
        assert (row.kind, row.target) in states
        assert row.action == LAPSE or (row.kind, row.action) in actions
    handled = {(row.kind, row.action) for row in RULES.actions if row.channel != NONE}
    assert handled == {(row.kind, row.action) for row in RULES.transitions if row.action != LAPSE}


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        ("physician", tables.PHYSICIAN_STATES),
        ("nurse", tables.NURSE_STATES),
        ("institution", tables.INSTITUTION_STATES),
    ],
)
def test_the_states_are_those_of_the_core(kind: str, table: tables.Table) -> None:
    permits = {True: "yes", False: "no", None: "beds"}
    ours = {row.state: (row.permits_practice, row.live) for row in RULES.states if row.kind == kind}
    assert ours == {row.code: (permits[row.permits_practice], row.live) for row in table}


def test_every_act_of_an_officer_has_a_ground_and_every_ground_an_act() -> None:
    officer = {(row.kind, row.action) for row in RULES.actions if row.channel == "officer"}
    for kind, action in officer:
        assert any(row.action == action and row.kind in {kind, ANY} for row in RULES.grounds), (kind, action)
    steps = {row.step for row in RULES.steps if row.needs == "grounds"}
    for row in RULES.grounds:
        assert row.action in steps or any(row.action == action for _, action in officer)
        assert row.zh
        assert row.en
        assert row.basis
        if row.bar:
            assert RULES.bar(row.bar, Kind.PHYSICIAN if row.kind == ANY else Kind(row.kind), ON).code == row.bar
        if row.min_level:
            Level(row.min_level)


def test_every_action_of_an_applicant_names_its_fields() -> None:
    special = {"filing", "filing_end"}
    for row in RULES.actions:
        if row.channel != "application":
            continue
        fields = RULES.fields(Kind(row.kind), row.action, ON)
        assert fields or row.action in {"verification", "renewal"}
        for field in fields:
            if field.part == "public":
                assert field.field in coders(Kind(row.kind)).keys() | special


def test_every_clock_has_a_limit_and_the_law_its_numbers() -> None:
    for row in RULES.stages:
        if row.clock:
            assert RULES.limit(row.clock, Kind.PHYSICIAN, "add_scope", ON)
    numbers = {
        (Kind.PHYSICIAN, "first_registration"): (20, "working_day", "acceptance"),
        (Kind.NURSE, "first_registration"): (20, "working_day", "receipt"),
        (Kind.NURSE, "change_registration"): (7, "working_day", "receipt"),
        (Kind.INSTITUTION, "practice_registration"): (45, "day", "acceptance"),
        (Kind.INSTITUTION, "change_registration"): (30, "day", "acceptance"),
    }
    for (kind, action), expected in numbers.items():
        limit = RULES.limit("decision", kind, action, ON)
        assert limit is not None
        assert (limit.value, limit.unit, limit.start) == expected


def test_the_machine_of_keys_uses_known_states_and_never_returns() -> None:
    for row in RULES.key_transitions:
        KeyState(row.origin)
        KeyState(row.target)
    for ended in (KeyState.REVOKED, KeyState.REFUSED):
        assert not [row for row in RULES.key_transitions if row.origin == ended]
    for row in RULES.key_transitions:
        if row.target == KeyState.ACTIVE:
            assert row.origin in {KeyState.APPROVED, KeyState.SUSPENDED}


def test_routing_names_branches_and_weak_rows_are_not_firm() -> None:
    for row in RULES.routing:
        Branch(row.branch)
    assert [row.category for row in RULES.routing if row.firm] == ["4"]


def test_every_row_holds_today_and_says_where_it_comes_from() -> None:
    for rows in (
        RULES.stages,
        RULES.steps,
        RULES.states,
        RULES.transitions,
        RULES.actions,
        RULES.limits,
        RULES.grounds,
    ):
        for row in rows:
            assert row.holds(ON)
            assert row.basis
            assert row.source


def test_every_rule_that_the_code_names_is_explained() -> None:
    text = (ROOT / "data" / "notice_rules.csv").read_text(encoding="utf-8")
    known = {row["id"] for row in csv.DictReader(text.splitlines())}
    named = {row.rule for row in RULES.findings}
    for path in ROOT.rglob("*.py"):
        named |= set(re.findall(r"SR-[0-9]{2}\b", path.read_text(encoding="utf-8")))
    assert len(named) > 15
    assert not named - known
