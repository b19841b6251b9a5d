"""The OpenAPI document: complete, valid, closed, and the only description of what is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from issuer.app import create_app
from issuer.services.acts import ACTS
from issuer.services.desk import Desk
from issuer.web import catalogue, openapi, problems
from tests.issuer.web.api.api import Api

DOCUMENT: Final = openapi.document()
SCHEMAS: Final = DOCUMENT["components"]["schemas"]
HOMONYMS: Final = {"uscc", "title"}
"""The code of an organisation is public, and a problem has a title that is not a professional one."""


def objects(value: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of an object in a schema, with the way to it."""
    if isinstance(value, dict):
        if value.get("type") == "object":
            yield where, value
        for name, part in value.items():
            yield from objects(part, f"{where}/{name}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from objects(part, f"{where}/{number}")


def routes(desk: Desk) -> set[tuple[str, str]]:
    """What the application answers below /api, and the published files."""
    rules = create_app(desk).url_map.iter_rules()
    ours = [rule for rule in rules if rule.endpoint.partition(".")[0] in APIS]
    return {(method, rule.rule) for rule in ours for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}


APIS: Final = {"published", "public", "reads", "office", "acts", "service"}


def test_the_document_names_what_is_served_and_nothing_else(shared: Api) -> None:
    described = {
        (method.upper(), path.replace("{id}", "<id_>").replace("{number}", "<number>").replace("{path}", "<path:path>"))
        for path, operations in DOCUMENT["paths"].items()
        for method in operations
    }
    acts = {("POST", f"/api/v1/acts/{name}") for name in ACTS}
    assert acts <= described
    served = routes(shared.world.desk) - {("POST", "/api/v1/acts/<name>"), ("GET", "/api/v1/openapi.json")}
    assert described - acts == served


def test_it_is_served_as_it_is_made(shared: Api) -> None:
    answer = shared.ask("GET", "/api/v1/openapi.json")
    assert (answer.status, answer.media, answer.json) == (200, "application/json", DOCUMENT)


def test_the_catalogue_names_the_acts_that_exist() -> None:
    assert set(catalogue.ACTS) == set(ACTS)
    for kind in catalogue.ACTS.values():
        assert kind.zh
        assert kind.en
        assert set(kind.required) <= set(kind.body)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_valid_and_closed(name: str) -> None:
    """An open object is one in which anything can be shown."""
    Draft202012Validator.check_schema(SCHEMAS[name])
    public_keys = {"kty", "crv", "x", "y"}  # others may say more about a key than we read
    unclosed = [
        where
        for where, schema in objects(SCHEMAS[name])
        if schema.get("additionalProperties") is not False
        and set(schema.get("properties", ())) != public_keys
        and schema.get("additionalProperties") != {"type": "string"}
    ]
    assert unclosed == []
    assert "description" in SCHEMAS[name] or "enum" in SCHEMAS[name]


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    text = json.dumps(DOCUMENT)
    for name in SCHEMAS:
        used = f'"#/components/schemas/{name}"' in text or f"see {name}." in text
        assert used, name
    for reference in set(text.split('"$ref": "')[1:]):
        path = reference.partition('"')[0].removeprefix("#/").split("/")
        found: Any = DOCUMENT
        for part in path:
            found = found[part]
        assert found


def test_every_operation_is_named_described_and_may_be_refused() -> None:
    operations = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    for operation in operations:
        assert "·" in operation["summary"], "in both languages"
        assert operation["tags"]
        if operation["operationId"] != "health":
            assert "500" in operation["responses"]
            assert "503" in operation["responses"]


def test_every_code_is_in_the_document_under_its_status() -> None:
    assert SCHEMAS["Problem"]["properties"]["code"]["enum"] == sorted(problems.STATUS)
    responses = DOCUMENT["components"]["responses"]
    for code, status in problems.STATUS.items():
        if status == 405:
            continue  # of no operation: an address that is there, and a method that is not
        assert code in responses[f"Refused{status}"]["description"]


def test_restricted_members_have_one_shape_of_their_own() -> None:
    """What is restricted has no way into any other answer."""
    restricted = set(SCHEMAS["Restricted"]["properties"])
    assert {"id_number", "qualification_number", "birth_date", "phone", "health"} <= restricted
    for name, schema in SCHEMAS.items():
        if name == "Restricted":
            continue
        shown = {member for _, one in objects(schema) for member in one.get("properties", ())}
        assert not shown & (restricted - HOMONYMS), name
