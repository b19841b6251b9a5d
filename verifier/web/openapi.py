"""The OpenAPI 3.1 document of the API, made from the models of `verifier.web.schemas` and the fields of a licence."""

from __future__ import annotations

import dataclasses
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from elicense import claims
from elicense.licence import Kind
from elicense.limits import INSTANT_MAX, INSTANT_MIN
from elicense.scope.question import FACTS, REQUEST
from verifier.web import schemas

_ASKED = schemas.REF.format(model="Asked")
_REFUSED = {
    "400": "Not strict JSON",
    "408": "Not sent in time",
    "413": "Too large",
    "415": "Not application/json",
    "422": "Not of the schema",
    "500": "The verifier failed; nothing is valid",
    "503": "No lists yet, or too many pictures at once",
}


_WALLETS = (schemas.AskWallet, schemas.AskResult, schemas.WalletAsked, schemas.WalletTold, schemas.WalletError)


def document(*, wallets: bool = False) -> dict[str, Any]:
    """The whole document as JSON values, with the routes that ask wallets if they are served."""
    models: list[type[BaseModel]] = [
        schemas.CheckText, schemas.CheckPicture, schemas.Batch, schemas.Reports, schemas.Answer, schemas.Health,
        schemas.Problem, *(_WALLETS if wallets else ()),
    ]  # fmt: skip
    _, made = models_json_schema([(model, "validation") for model in models], ref_template=schemas.REF)
    made["$defs"]["Report"]["properties"]["problem"].pop("default", None)  # absent, not empty
    either = {"oneOf": [_ref(schemas.CheckText), _ref(schemas.CheckPicture)]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "elicense verifier",
            "version": "1",
            "description": "Checks electronic licences. A demonstration; not connected to any national system.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/v1/check": {"post": _post("check", "Check one text, or every code in one picture", either)},
            "/v1/batch": {"post": _post("batch", "Check up to 1000 texts", _ref(schemas.Batch))},
            "/v1/may": {"post": _may()},
            **(_wallets() if wallets else {}),
            "/healthz": {
                "get": {
                    "operationId": "health",
                    "summary": "Whether judging is possible, and how old the data is",
                    "responses": {"200": _answer("Usable", schemas.Health), "503": _answer("Unusable", schemas.Health)},
                }
            },
            "/openapi.json": {
                "get": {
                    "operationId": "document",
                    "summary": "This document",
                    "responses": {
                        "200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": _object()}}}
                    },
                }
            },
        },
        "components": {"schemas": {**made["$defs"], **_licence(), "Asked": _asked()}},
    }


def _licence() -> dict[str, Any]:
    """The named form of a licence, one schema for each kind."""
    kinds = {f"{kind.text.capitalize()}{schemas.LICENCE}": _kind(kind) for kind in Kind}
    either = {"oneOf": [{"$ref": schemas.REF.format(model=name)} for name in kinds]}
    return {schemas.LICENCE: either, **kinds}


def _kind(kind: Kind) -> dict[str, Any]:
    members: dict[str, Any] = {
        "kind": {"const": kind.text},
        "issued_at": {"type": "integer", "minimum": INSTANT_MIN, "maximum": INSTANT_MAX},
    }
    optional = {"holder_key": _object(), "valid_until": {"type": "string", "format": "date"}}
    for _, held, default in claims.form_of(kind).fields:
        (members if default is dataclasses.MISSING else optional)[held.name] = held.coder.schema
    return {
        "type": "object",
        "properties": {**members, **optional},
        "required": sorted(members),
        "additionalProperties": False,
    }


def _object() -> dict[str, Any]:
    return {"type": "object"}


def _post(name: str, summary: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": _answer("Reports", schemas.Reports),
            **{status: _problem(text) for status, text in _REFUSED.items()},
        },
    }


def _wallets() -> dict[str, Any]:
    """The routes of OpenID4VP: two for whoever asks, two for wallets."""
    begin = _post("ask_wallet", "Begin to ask a wallet one of the ready queries", _ref(schemas.AskWallet))
    begin["responses"]["201"] = _answer("The link and the code for a wallet", schemas.WalletAsked)
    result = _post("wallet_result", "What became of a request to a wallet", _ref(schemas.AskResult))
    result["responses"]["200"] = _answer("What became of it", schemas.WalletTold)
    result["responses"]["404"] = _problem("Not known, too old, or without the code that it needs")
    del begin["responses"]["200"]
    named = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    signed = {"application/oauth-authz-req+jwt": {"schema": {"type": "string"}}}
    refused = {status: _answer("Refused", schemas.WalletError) for status in ("400", "404", "413", "415", "503")}
    given = {"200": {"description": "The signed request object", "content": signed}, **refused}

    def form(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON Schema
        held = {"type": "object", "properties": members}
        return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": held}}}

    text = {"type": "string"}
    return {
        "/v1/wallet/requests": {"post": begin},
        "/v1/wallet/results": {"post": result},
        "/v1/wallet/requests/{id}": {
            "parameters": named,
            "get": {"operationId": "request_object", "summary": "For the wallet", "responses": given},
            "post": {
                "operationId": "request_object_for", "summary": "For the wallet, with its nonce",
                "requestBody": form(wallet_nonce=text, wallet_metadata=text), "responses": given,
            },
        },
        "/v1/wallet/responses/{id}": {
            "parameters": named,
            "post": {
                "operationId": "wallet_response", "summary": "The answer of the wallet (direct_post, direct_post.jwt)",
                "requestBody": form(vp_token=text, response=text, state=text, error=text),
                "responses": {
                    "200": {"description": "Taken", "content": {"application/json": {"schema": _object()}}}, **refused,
                },
            },
        },
    }  # fmt: skip


def _may() -> dict[str, Any]:
    found = _post("may", "May this person do this, here, on this day: yes, no or ask", {"$ref": _ASKED})
    found["responses"]["200"] = _answer("The answer with every reason", schemas.Answer)
    return found


def _asked() -> dict[str, Any]:
    """A question: what is null or absent is not known, and never counts as the convenient answer."""
    facts = {name: _or_null(form.schema) for name, form in FACTS.items()}
    members = {name: form.schema if name == "profile" else _or_null(form.schema) for name, form in REQUEST.items()}
    return {
        "type": "object",
        "properties": {
            **members,
            "facts": _or_null({"type": "object", "properties": facts, "additionalProperties": False}),
        },
        "required": ["profile"],
        "additionalProperties": False,
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [{"type": "null"}, schema]}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": schemas.REF.format(model=model.__name__)}


def _answer(text: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": _ref(model)}}}


def _problem(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/problem+json": {"schema": _ref(schemas.Problem)}}}
