"""The OpenAPI 3.1 document of the API, made from the table of acts, the shapes of answers, the codes of refusals.

Nothing is described twice: bodies of acts stand in `catalogue`, answers in `shapes`, codes in `problems`. Only the
addresses of the reads and of the published files are listed here; a test compares them with the routes.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from elicense import status, trust
from issuer.domain.kind import Kind
from issuer.services import exchange, oversight
from issuer.web import health_shapes, params, problems, shapes, share_shapes
from issuer.web.catalogue import ACTS, REF, ActKind
from issuer.web.content_shapes import Content, Restricted
from issuer.web.envelope import Envelope
from issuer.web.reads import PURPOSE_MAX

Schema = dict[str, Any]
_ID: Final = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
_STATUSES: Final = {"acts": (400, 401, 403, 404, 409, 413, 415, 422, 500, 503), "reads": (400, 401, 403, 404, 500, 503)}
_WORDS: Final = {
    400: "Cannot be read",
    401: "Who signs or reads is not established",
    403: "Established, and may not",
    404: "Not there, or not for this reader",
    406: "None of the media types asked for",
    409: "Not in the state in which things are now",
    413: "Too large",
    415: "Not application/json",
    422: "Understood, and not as the rules want it",
    429: "Too many questions",
    500: "A failure of ours",
    501: "Lists of the past are not given here",
    503: "Not now, whoever asks",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One address that is read with an access token. `query` holds the schemas of its parameters."""

    path: str
    name: str
    zh: str
    en: str
    shape: type[BaseModel]
    query: Mapping[str, Schema] | None = None


def _read(path: str, name: str, zh: str, en: str, shape: type[BaseModel], **query: Schema) -> Read:
    return Read(path=f"/api/v1/{path}", name=name, zh=zh, en=en, shape=shape, query=query)


READS: Final = (
    _read("me", "me", "本人账户", "the account that reads", shapes.Account),
    _read("applications", "applications", "本人的申请", "own applications, newest first", shapes.Cases),
    _read("applications/{id}", "application", "申请", "one application with its clock and history", shapes.Case),
    _read("applications/{id}/restricted", "restricted", "非公开部分，留痕", "the restricted part; leaves a trace",
          Restricted, purpose={"type": "string", "maxLength": PURPOSE_MAX}),
    _read("confirmations", "confirmations", "待机构确认", "what waits for the institution", shapes.Cases),
    _read("queue", "queue", "待办", "an officer's queue, the most urgent first", shapes.Cases),
    _read("registrations", "registrations", "本人的注册登记", "own register entries", shapes.Registrations),
    _read("registrations/{id}", "registration", "注册登记", "a register entry with its history",
          shapes.RegistrationDetail),
    _read("registrations/{id}/licence", "licence", "电子证照", "the licence in force: token and link",
          shapes.LicenceToken),
    _read("registrations/{id}/copy", "copy", "设备副本", "the copy for the holder's device: token and link",
          shapes.CopyToken),
    _read("organisations", "organisations", "管辖内的机关和机构", "authorities and institutions of an officer's area",
          shapes.Organisations),
    _read("accounts", "accounts", "所管理的账户", "the accounts that an officer manages", shapes.Accounts),
    _read("keys", "keys", "电子密钥", "own keys; to a key manager those of the officers below", shapes.Keys),
    _read("trail", "trail", "审计记录", "the audit trail, for auditors of the province", shapes.Trail,
          after={"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
          limit={"type": "integer", "minimum": 0, "maximum": oversight.EVENTS_MOST}),
    _read("share/registrations", "share", "登记信息共享", "what changed in the register since a position, for systems",
          share_shapes.Shared,
          since={"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
          limit={"type": "integer", "minimum": 0, "maximum": exchange.MOST}),
)  # fmt: skip


@functools.cache
def document() -> dict[str, Any]:
    """The whole document as JSON values."""
    answers: set[type[BaseModel]] = {read.shape for read in READS} | {kind.result for kind in ACTS.values()}
    answers |= {shapes.PublicRegistrations, health_shapes.Health, Content}
    models: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [(Envelope, "validation")]
    models += [(shape, "serialization") for shape in sorted(answers, key=lambda one: one.__name__)]
    _, made = models_json_schema(models, ref_template=REF)
    paths: dict[str, Any] = {f"/api/v1/acts/{kind.name}": {"post": _act(kind)} for kind in ACTS.values()}
    paths |= {read.path: {"get": _operation(read)} for read in READS}
    paths |= {"/api/v1/public/registrations": {"get": _public()}, **_files()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "elicense issuer",
            "version": "1",
            "description": (
                "The register of licences 执业证照登记. Everything that changes it is a signed act; reading needs an "
                "access token, a short-lived JWS of the account's own key. A demonstration; not connected to any "
                "national system."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in ("acts", "reads", "public", "published")],
        "paths": paths,
        "components": {
            "schemas": {
                **made["$defs"],
                "Problem": _problem_schema(),
                **{_body_name(kind): _body(kind) for kind in ACTS.values()},
            },
            "responses": {_refused(status): _problem(status) for status in _WORDS},
            "securitySchemes": {
                "access": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": (
                        "Compact JWS, typ elicense-access+jwt, signed by the account's key, with sub (the account), "
                        "aud (the address of this service), iat, exp (at most five minutes later) and jti."
                    ),
                }
            },
        },
    }


def _body_name(kind: ActKind) -> str:
    return "Body." + kind.name


def _body(kind: ActKind) -> Schema:
    """The body inside the act's bytes: documentation, since the bytes travel encoded."""
    return {
        "type": "object",
        "description": f"{kind.zh} · {kind.en}. Target: {kind.target}.",
        "properties": dict(kind.body),
        "required": list(kind.required),
        "additionalProperties": False,
    }


def _problem_schema() -> Schema:
    """The problem document, with every code that there is."""
    schema = shapes.Problem.model_json_schema(mode="serialization", ref_template=REF)
    schema.pop("$defs", None)
    properties = schema["properties"]
    properties["code"] = {"enum": sorted(problems.STATUS), "description": "Stable; means one HTTP status."}
    properties["type"] = {"type": "string", "pattern": f"^{problems.URN}[a-z0-9-]+$"}
    schema["examples"] = [problems.document(409, "changed-meanwhile")]
    return schema


def _act(kind: ActKind) -> Schema:
    extra = f" Attachment: {kind.attachment}." if kind.attachment else ""
    done = {
        "type": "object",
        "properties": {
            "act": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the act's bytes."},
            "result": _model(kind.result),
        },
        "required": ["act", "result"],
        "additionalProperties": False,
    }
    return {
        "operationId": kind.name,
        "tags": ["acts"],
        "summary": f"{kind.zh} · {kind.en}",
        "description": f"Target of the act: {kind.target}. Body inside the act: see Body.{kind.name}.{extra}",
        "requestBody": {"required": True, "content": {"application/json": {"schema": _model(Envelope)}}},
        "responses": {"200": _answer("Done", done), **_problems(*_STATUSES["acts"])},
    }


def _operation(read: Read) -> Schema:
    parameters = [{"name": "id", "in": "path", "required": True, "schema": _ID}] if "{id}" in read.path else []
    parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in (read.query or {}).items()]
    return {
        "operationId": read.name,
        "tags": ["reads"],
        "summary": f"{read.zh} · {read.en}",
        "security": [{"access": []}],
        "parameters": parameters,
        "responses": {"200": _answer("Found", _model(read.shape)), **_problems(*_STATUSES["reads"])},
    }


def _public() -> Schema:
    fact = {"type": "string", "maxLength": params.TEXT_MAX}
    facts: tuple[tuple[str, bool, Schema], ...] = (
        ("kind", True, {"enum": [kind.value for kind in Kind]}),
        ("name", True, {**fact, "description": "The full name; of an institution at least four characters."}),
        ("number", False, {**fact, "description": "The number of the licence."}),
        ("institution", False, {**fact, "description": "Number or full name of the primary institution."}),
    )
    return {
        "operationId": "lookup",
        "tags": ["public"],
        "summary": "公众查询 · look a registration up by name and one more fact; only public fields",
        "parameters": [
            {"name": name, "in": "query", "required": needed, "schema": schema} for name, needed, schema in facts
        ],
        "responses": {
            "200": _answer("What was found", _model(shapes.PublicRegistrations)),
            **_problems(400, 422, 429, 500, 503),
        },
    }


def _files() -> Schema:
    """The published files and the health answer."""
    lists = {
        "type": "object",
        "properties": {"status_lists": {"type": "array", "items": {"type": "string"}}},
        "required": ["status_lists"],
        "additionalProperties": False,
    }
    tokens = {status.JWT_MEDIA_TYPE: {"schema": {"type": "string"}}, status.CWT_MEDIA_TYPE: {}}
    log = {"text/plain": {"schema": {"type": "string"}}, "application/octet-stream": {}}
    number = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
    time = {"name": "time", "in": "query", "schema": {"type": "integer", "minimum": 0}, "description": "Unix seconds."}
    health = _answer("Publishing stands well", _model(health_shapes.Health))
    return {
        "/.well-known/elicense/trust-list": {
            "get": _file(
                "trust_list", "信任名单 · the trust list", {trust.MEDIA_TYPE: {"schema": {"type": "object"}}}, 404
            )
        },
        "/.well-known/elicense/anchor.json": {
            "get": _file("anchor", "根公钥 · the root keys", {"application/json": {"schema": {"type": "object"}}}, 404)
        },
        "/status": {
            "get": _file("lists", "状态名单目录 · the list of all lists", {"application/json": {"schema": lists}})
        },
        "/status/{number}": {
            "get": {
                **_file("status_list", "状态名单 · a status list, a JWT or a CWT", tokens, 400, 404, 406, 501),
                "parameters": [number, time],
            }
        },
        "/log/{path}": {
            "get": {
                **_file("log", "审计日志 · the log of the audit trail: checkpoint, keys, tiles (C2SP)", log, 404),
                "parameters": [{"name": "path", "in": "path", "required": True, "schema": {"type": "string"}}],
            }
        },
        "/healthz": {
            "get": {
                "operationId": "health",
                "tags": ["published"],
                "summary": "运行状态 · how publishing stands",
                "responses": {"200": health, "503": {**health, "description": "Something fails or waits too long"}},
            }
        },
    }


def _file(name: str, summary: str, content: Schema, *statuses: int) -> Schema:
    return {
        "operationId": name,
        "tags": ["published"],
        "summary": summary,
        "responses": {
            "200": {"description": "The file", "content": content},
            "304": {"description": "The reader has it already"},
            **_problems(*statuses, 500, 503),
        },
    }


def _model(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}


def _answer(text: str, schema: Schema) -> Schema:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _problems(*statuses: int) -> Schema:
    return {str(status): {"$ref": f"#/components/responses/{_refused(status)}"} for status in statuses}


def _refused(status: int) -> str:
    return f"Refused{status}"


def _problem(status: int) -> Schema:
    codes = ", ".join(sorted(code for code, its in problems.STATUS.items() if its == status))
    schema = {"$ref": REF.format(model="Problem")}
    return {"description": f"{_WORDS[status]}: {codes}.", "content": {problems.MEDIA_TYPE: {"schema": schema}}}
