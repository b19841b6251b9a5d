"""The guide is complete, and what it shows filled in is what the desk would take."""

from __future__ import annotations

import dataclasses
import datetime
import re
from typing import Final

import pytest

from issuer.domain import content
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.domain.rulebook import ActionRow
from issuer.services import guide, rules
from tests.issuer.services.world import SALT

ON: Final = datetime.date(2026, 3, 2)
RULES: Final = rules.load()
HAN: Final = re.compile("[\u4e00-\u9fff]")
OFFERED: Final = guide.offered(RULES, ON)


def named(row: ActionRow) -> str:
    return f"{row.kind}-{row.action}"


@pytest.mark.parametrize("row", OFFERED, ids=named)
def test_a_filled_in_sample_is_one_that_the_desk_takes(row: ActionRow) -> None:
    """Every member has the form the desk asks for, none that the action requires is missing."""
    kind = Kind(row.kind)
    found = guide.guide(RULES, kind, row.action, ON)
    parts = {one.field: one.part for one in found.fields}
    public = {name: value for name, value in found.sample.items() if parts[name] == "public"}
    restricted = {name: value for name, value in found.sample.items() if parts[name] == "restricted"}
    content.check_public(RULES, kind, row.action, public, ON)
    content.check_restricted(RULES, kind, row.action, {**restricted, "salt": SALT}, ON)
    assert content.missing(RULES, kind, row.action, public, restricted, ON) == ()


def test_an_action_without_a_guide_is_not_opened() -> None:
    """SR-49: guides and forms are published, else the service does not start."""
    guide.check(RULES, ON)
    new = dataclasses.replace(OFFERED[0], action="teleportation", zh="瞬移", en="teleportation")
    with pytest.raises(ValueError, match="physician teleportation"):
        guide.check(dataclasses.replace(RULES, actions=(*RULES.actions, new)), ON)
    field = dataclasses.replace(RULES.requirements[0], field="shoe_size", mode="required")
    with pytest.raises(ValueError, match="first_registration shoe_size"):
        guide.check(dataclasses.replace(RULES, requirements=(*RULES.requirements, field)), ON)


def test_no_guide_is_about_an_action_or_a_field_that_is_not_there() -> None:
    library = guide.load()
    texts: list[guide.Text] = [*library.conditions, *library.papers]
    actions = {(row.kind, row.action) for row in OFFERED} | {(row.kind, "*") for row in OFFERED} | {("*", "*")}
    assert {(one.kind, one.action) for one in texts} <= actions
    assert {(one.kind, one.action) for one in library.samples} <= actions
    fields = {(row.kind, row.field) for row in RULES.requirements}
    assert {(one.kind, one.field) for one in library.samples if one.kind != "*"} <= fields


def test_every_text_has_both_languages_and_says_where_it_comes_from() -> None:
    library = guide.load()
    for rows in (
        library.conditions,
        library.papers,
        library.laws,
        library.channels,
        library.questions,
    ):
        assert rows
        for one in rows:
            assert one.basis
            assert one.source
            assert one.confidence in {"found", "high", "medium", "low"}
            values = {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
            assert all(value for name, value in values.items() if name in {"zh", "what_zh", "when_zh", "answer_zh"})
            for name, value in values.items():
                assert not name.endswith("en") or (value and not HAN.search(value)), value


def test_the_complaint_channels_that_the_notices_name_are_there() -> None:
    assert {"12320", "12345"} <= {one.contact for one in guide.load().channels}


def test_what_an_officer_does_by_himself_has_no_guide() -> None:
    for kind, action in ((Kind.PHYSICIAN, "suspend"), (Kind.INSTITUTION, "clinic_filing"), (Kind.NURSE, "x")):
        with pytest.raises(Refusal, match="action-unknown"):
            guide.guide(RULES, kind, action, ON)
