"""The OpenAPI 3.1 document of the API, made from the table of acts and the models of the envelope."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from issuer.web.catalogue import ACTS, ActKind
from issuer.web.envelope import Envelope, Proof

_REF = "#/components/schemas/{model}"
_OBJECT = {"type": "object"}
_READS = {
    "/api/v1/me": ("me", "The account that reads", "Account"),
    "/api/v1/applications": ("applications", "Own applications", "Applications"),
    "/api/v1/applications/{id}": ("application", "One application with its clock and history", "Case"),
    "/api/v1/applications/{id}/restricted": (
        "restricted",
        "The restricted part, with a purpose; leaves a trace",
        "Any",
    ),
    "/api/v1/confirmations": ("confirmations", "What waits for the institution", "Applications"),
    "/api/v1/queue": ("queue", "An officer's queue, the most urgent first", "Applications"),
    "/api/v1/registrations": ("registrations", "Own register entries", "Registrations"),
    "/api/v1/registrations/{id}": ("registration", "A register entry with its history", "Registration"),
    "/api/v1/registrations/{id}/licence": ("licence", "The licence in force: token and link", "Licence"),
    "/api/v1/registrations/{id}/copy": ("copy", "The copy for the holder's device: token and link", "Copy"),
}


def document() -> dict[str, Any]:
    """The whole document as JSON values."""
    _, made = models_json_schema([(Envelope, "validation"), (Proof, "validation")], ref_template=_REF)
    paths: dict[str, Any] = {f"/api/v1/acts/{kind.name}": {"post": _act(kind)} for kind in ACTS.values()}
    paths |= {path: {"get": _read(path, *row)} for path, row in _READS.items()}
    paths["/api/v1/public/registrations"] = {"get": _public()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "elicense issuer",
            "version": "1",
            "description": "The register of licences. A demonstration; not connected to any national system.",
        },
        "paths": paths,
        "components": {
            "schemas": {**made["$defs"], **_shapes(), **{_body_name(kind): _body(kind) for kind in ACTS.values()}},
            "securitySchemes": {"access": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _body_name(kind: ActKind) -> str:
    return "Body." + kind.name


def _body(kind: ActKind) -> dict[str, Any]:
    """The body inside the act's bytes: documentation, since the bytes travel encoded."""
    return {
        "type": "object",
        "description": f"{kind.zh} · {kind.en}. Target: {kind.target}.",
        "properties": dict(kind.body),
        "required": list(kind.required),
        "additionalProperties": False,
    }


def _shapes() -> dict[str, Any]:
    named = dict.fromkeys(
        ("Account", "Application", "Applications", "Case", "Registration", "Registrations", "Licence", "Copy",
         "Any", "PublicRegistrations"),
        _OBJECT,
    )  # fmt: skip
    problem = {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "title_zh": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string"},
            "detail": {"type": "string"},
            "grounds": {"type": "array", "items": _OBJECT},
        },
        "required": ["type", "title", "status", "code"],
    }
    return {**named, "Problem": problem}


def _act(kind: ActKind) -> dict[str, Any]:
    extra = f" Attachment: {kind.attachment}." if kind.attachment else ""
    done = {
        "type": "object",
        "properties": {"act": {"type": "string"}, "result": _OBJECT},
        "required": ["act", "result"],
    }
    statuses = ("400", "401", "403", "404", "409", "413", "415", "422", "503")
    return {
        "operationId": kind.name,
        "summary": f"{kind.zh} · {kind.en}",
        "description": f"Target of the act: {kind.target}. Body inside the act: see Body.{kind.name}.{extra}",
        "requestBody": {"required": True, "content": {"application/json": {"schema": _model("Envelope")}}},
        "responses": {"200": _answer("Done", done), **{status: _problem() for status in statuses}},
    }


def _read(path: str, name: str, summary: str, shape: str) -> dict[str, Any]:
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 64}}
    ]
    return {
        "operationId": name,
        "summary": summary,
        "security": [{"access": []}],
        "parameters": parameters if "{id}" in path else [],
        "responses": {
            "200": _answer("Found", _model(shape)),
            **{status: _problem() for status in ("400", "401", "403", "404", "422", "503")},
        },
    }


def _public() -> dict[str, Any]:
    facts = (("kind", True), ("name", True), ("number", False), ("institution", False))
    return {
        "operationId": "lookup",
        "summary": "Look a registration up by name and one more fact; only public fields",
        "parameters": [
            {"name": name, "in": "query", "required": needed, "schema": {"type": "string", "maxLength": 64}}
            for name, needed in facts
        ],
        "responses": {
            "200": _answer("What was found", _model("PublicRegistrations")),
            **{status: _problem() for status in ("422", "429", "503")},
        },
    }


def _model(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(model=name)}


def _answer(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _problem() -> dict[str, Any]:
    return {"description": "Refused", "content": {"application/problem+json": {"schema": _model("Problem")}}}
