"""One place per fact: the page's library is made from the Python one and never drifts from it."""

from __future__ import annotations

import pytest

from verifier.web import made


@pytest.mark.parametrize("name", sorted(made.modules()))
def test_made_modules_are_as_the_code_makes_them(name: str) -> None:
    """If this fails: `python -m verifier.web.made`, then look at the change."""
    assert (made.FOLDER / name).read_text("utf-8") == made.modules()[name]


def test_nothing_else_lies_among_them() -> None:
    assert {path.name for path in made.FOLDER.iterdir()} == set(made.modules())
