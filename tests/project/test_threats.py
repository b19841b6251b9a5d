"""Each threat in docs/threats.md names a test, and that test is there."""

import re
from pathlib import Path

import pytest

from tests.project.tree import ROOT, read

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
ROWS = [line for line in read(Path("docs/threats.md")).splitlines() if line.startswith("| ") and "---" not in line]
TESTS = sorted(set(NAMED.findall(read(Path("docs/threats.md")))))


def test_every_threat_names_what_stands_in_the_way_and_a_test() -> None:
    """A threat without a test is a wish."""
    lacking = [row for row in ROWS if not row.startswith("| threat ") and not NAMED.search(row)]
    assert ROWS
    assert not lacking


@pytest.mark.parametrize(("file", "name"), TESTS, ids=[f"{file}::{name}" for file, name in TESTS])
def test_the_test_is_there(file: str, name: str) -> None:
    """A renamed test would leave a threat alone."""
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
