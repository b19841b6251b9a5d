"""That the photographs of the benchmark of decoding are what they say, and that its figures follow from its curves."""

from __future__ import annotations

import math

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageStat

from benchmarks import chart, decoding, document, photos
from benchmarks.photos import Conditions
from tests.project.tree import ROOT


def test_a_photograph_is_the_same_each_time_and_another_with_another_seed() -> None:
    """Codes are compared on the same photographs only if a seed fixes everything."""
    paper, _, text = decoding.printed(0)
    first, again, other = (photos.photograph(paper, Conditions(), seed) for seed in ("a", "a", "b"))
    assert first.tobytes() == again.tobytes() != other.tobytes()
    assert {found.text for photo in (first, other) for found in zxingcpp.read_barcodes(photo)} == {text}


@pytest.mark.parametrize("side", [220, 300])
@pytest.mark.parametrize("tilt", [0, 30])
def test_a_code_has_the_side_that_was_asked_for(side: float, tilt: float) -> None:
    """A denser code must get fewer pixels a module, not a larger picture; tilted, one side is foreshortened."""
    sides = []
    for code in (0, 3):
        photo = photos.photograph(decoding.printed(code)[0], Conditions(side=side, tilt=tilt), "x")
        (found,) = zxingcpp.read_barcodes(photo)
        one, other = found.position.top_left, found.position.bottom_right
        sides.append(math.dist((one.x, one.y), (other.x, other.y)) / 2**0.5)
    assert sides[0] == pytest.approx(sides[1], rel=0.04)
    if not tilt:
        assert sides == pytest.approx([side, side], rel=0.03)


def test_noise_and_contrast_are_those_that_were_asked_for() -> None:
    """Measured on the blank paper in a corner."""
    paper = decoding.printed(0)[0]
    for noise in (3, 20):
        corner = photos.photograph(paper, Conditions(noise=noise, contrast=100), "x").crop((0, 0, 30, 30))
        found = ImageStat.Stat(corner)
        assert found.mean[0] == pytest.approx(178, abs=2.5)
        assert found.stddev[0] == pytest.approx(noise, rel=0.15)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8), st.floats(0.1, 0.95))
def test_the_hardest_step_lies_where_the_curve_crosses(rates: list[float], wanted: float) -> None:
    """Whatever the curve: none that is not begun, the last where all is read, and in between else."""
    steps = list(range(len(rates)))
    found = decoding.hardest(steps, rates, wanted)
    assert found is None or 0 <= found <= steps[-1]
    if min(rates) >= wanted:
        assert found == steps[-1]
    if max(rates) < wanted:
        assert found is None


def test_a_falling_curve_is_read_off_between_its_steps() -> None:
    assert decoding.hardest([10, 20, 40], [1.0, 0.5, 0.0], 0.75) == 15
    assert decoding.hardest([10, 20, 40], [1.0, 0.5, 0.0], 0.5) == 20
    assert decoding.hardest([10, 20, 40], [1.0, 0.0, 1.0], 0.5) == 40  # out of order: both are a half


def test_the_chart_shows_the_reference_results() -> None:
    """Drawn anew with `python -m benchmarks.chart > docs/pictures/decoding.svg`."""
    shown = (ROOT / "docs" / "pictures" / "decoding.svg").read_text(encoding="utf-8")
    assert chart.drawn(document.reference()["decoding"]) == shown
