"""The API attacked by its own description: 120 requests of the schema, and 120 that are not, for each operation."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from tests.world import T0, World
from verifier import Checker, Lists
from verifier.scan import Reader
from verifier.web.app import Source, create_app

WORLD = World()
LISTS = Lists(trust=WORLD.opened(), statuses=WORLD.statuses(), newest=T0)
OPERATIONS = [("/v1/check", "POST"), ("/v1/batch", "POST"), ("/healthz", "GET"), ("/openapi.json", "GET")]
MANY = settings(
    max_examples=120,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def api() -> Any:
    """The schema as the application itself serves it, bound to the application."""
    reader = Reader()
    checker = Checker(LISTS, reader=reader)
    app = create_app(Source(checker=lambda _: checker, clock=lambda: T0))
    yield schemathesis.openapi.from_wsgi("/openapi.json", app)
    reader.close()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_what_fits_the_schema_is_answered_as_the_schema_says(api: Any, path: str, method: str) -> None:
    count = 0

    @MANY
    @given(case=api[path][method].as_strategy(generation_mode=GenerationMode.POSITIVE))
    def attack(case: Case[Any]) -> None:
        nonlocal count
        body = case.body if isinstance(case.body, dict) else {}
        assume(not isinstance(body.get("at"), float))  # 1.0 is an integer for JSON Schema, and none for strict JSON
        count += 1
        answer = case.call_and_validate()
        assert answer.status_code == 200

    attack()
    assert count >= (110 if method == "POST" else 1)


@pytest.mark.parametrize("path", ["/v1/check", "/v1/batch"])
def test_what_does_not_fit_is_refused_as_the_schema_says(api: Any, path: str) -> None:
    statuses: dict[int, int] = {}

    @MANY
    @given(case=api[path]["POST"].as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def attack(case: Case[Any]) -> None:
        answer = case.call_and_validate()
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1

    attack()
    assert sum(statuses.values()) >= 120
    assert statuses.keys() <= {400, 413, 415, 422}
    assert statuses[422] > 30


@MANY
@given(st.binary(max_size=200), st.sampled_from(["application/json", "text/plain", "", "application/json; charset=x"]))
def test_any_body_is_refused_or_answered(api: Any, body: bytes, kind: str) -> None:
    answer = api.app.test_client().post("/v1/check", data=body, content_type=kind)
    assert answer.status_code in (200, 400, 415, 422)
    assert b"Traceback" not in answer.data
