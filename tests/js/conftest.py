"""One Node process for all tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.js.node import MISSING, NODE, Node


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    if NODE is None:
        pytest.skip(MISSING)
    with Node() as held:
        yield held
