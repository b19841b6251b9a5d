"""The OpenAPI 3.1 document of the API, made from the models of `verifier.web.schemas`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from verifier.web import schemas

_REF = "#/components/schemas/{model}"


def document() -> dict[str, Any]:
    """The whole document as JSON values."""
    models: list[type[BaseModel]] = [
        schemas.CheckText, schemas.CheckPicture, schemas.Batch, schemas.Reports, schemas.Health, schemas.Problem,
    ]  # fmt: skip
    _, made = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    either = {"oneOf": [_ref(schemas.CheckText), _ref(schemas.CheckPicture)]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "elicense verifier",
            "version": "1",
            "description": "Checks electronic licences. A demonstration; not connected to any national system.",
        },
        "paths": {
            "/v1/check": {"post": _post("check", "Check one text, or every code in one picture", either)},
            "/v1/batch": {"post": _post("batch", "Check up to 1000 texts", _ref(schemas.Batch))},
            "/healthz": {
                "get": {
                    "operationId": "health",
                    "summary": "Whether judging is possible, and how old the data is",
                    "responses": {"200": _answer("Usable", schemas.Health), "503": _answer("Unusable", schemas.Health)},
                }
            },
        },
        "components": {"schemas": made["$defs"]},
    }


def _post(name: str, summary: str, body: dict[str, Any]) -> dict[str, Any]:
    refused = {
        "400": "Not JSON",
        "413": "Too large",
        "415": "Not application/json",
        "422": "Not of the schema",
        "503": "No lists",
    }
    return {
        "operationId": name,
        "summary": summary,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": _answer("Reports", schemas.Reports),
            **{status: _problem(text) for status, text in refused.items()},
        },
    }


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _answer(text: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": _ref(model)}}}


def _problem(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/problem+json": {"schema": _ref(schemas.Problem)}}}
