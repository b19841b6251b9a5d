"""What an act can change: every act has its line, and the register changes with an act of the law only."""

from __future__ import annotations

from issuer.domain import effects
from issuer.services.acts import ACTS
from issuer.storage.noting import NOTED

REGISTER = {"registration", "registration_change", "bar", "proposal", "board", "rating", "appeal"}


def test_every_act_has_its_line() -> None:
    assert effects.EFFECTS.keys() == ACTS.keys()


def test_only_noted_tables_are_named_and_each_is() -> None:
    named = frozenset().union(*effects.EFFECTS.values(), *effects.BY_ITSELF.values())
    assert named == NOTED


def test_nothing_of_the_register_changes_without_a_signed_act() -> None:
    assert not REGISTER & frozenset().union(*effects.BY_ITSELF.values())


def test_only_acts_of_officers_and_the_institution_change_an_entry() -> None:
    changing = {name for name, tables in effects.EFFECTS.items() if "registration" in tables}
    assert {name.partition(".")[0] for name in changing} == {"registration", "application"}
    assert {name for name in changing if name.startswith("application.")} == {"application.approve"}


def test_what_is_unknown_changes_nothing() -> None:
    assert effects.allowed("registration.suspend", None) == frozenset()
    assert effects.allowed("licence.released", "nothing.known") == frozenset()
