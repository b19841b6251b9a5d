"""The path of an application at the desks: who may, in which order, with which words, and what is left behind."""

from __future__ import annotations

import datetime

from tests.issuer.services.world import World


def test_a_nurse_is_registered(world: World) -> None:
    held = world.nurse()
    assert (held.state, held.version, held.number) == ("registered", 1, "202646000001")
    assert (held.valid_from, held.valid_until) == (datetime.date(2026, 3, 2), datetime.date(2031, 3, 2))
