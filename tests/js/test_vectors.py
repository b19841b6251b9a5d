"""The vectors of all verifiers, answered by the page's library in Node; tests/verifier/page runs them in a browser."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.js import vectors
from tests.js.node import MISSING, NODE


@pytest.mark.skipif(NODE is None, reason=MISSING)
def test_every_vector_gives_the_same_answer_in_node() -> None:
    done = subprocess.run(
        [NODE or "node", str(vectors.RUNNER.with_name("vectors.mjs"))],
        input=json.dumps(vectors.files()), capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    vectors.require_all(json.loads(done.stdout))
