"""The API served on loopback over a world: real clients, raw requests, and the document that every answer must fit."""

from __future__ import annotations

import dataclasses
import http.client
import json
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from elicense.keys import Algorithm, SoftwareSigner
from issuer.app import create_app
from issuer.cli.serving import Server
from issuer.client import Client, Refused
from issuer.domain import canonical
from issuer.web import openapi
from tests.issuer.services.mint_world import MintWorld

PROBLEM: Final = "application/problem+json"


class Document:
    """The OpenAPI document as a judge of answers."""

    def __init__(self) -> None:
        self.whole = openapi.document()
        self.seen: set[tuple[str, int]] = set()
        self._made: dict[str, Draft202012Validator] = {}
        self._paths = [
            (re.compile(re.sub(r"\{\w+\}", "[^/?]+", path)), path) for path in sorted(self.whole["paths"], reverse=True)
        ]

    def answered(self, method: str, path: str, status: int, media: str, body: bytes) -> None:
        """Fail unless the document has this operation, this status and a schema that the body fits."""
        name = next(known for pattern, known in self._paths if pattern.fullmatch(path.partition("?")[0]))
        operation = self.whole["paths"][name][method.lower()]
        said = operation["responses"].get(str(status))
        assert said is not None, f"{method} {name} answers {status}, which the document does not know"
        if "$ref" in said:
            said = self.whole["components"]["responses"][said["$ref"].rpartition("/")[2]]
        assert status == http.client.NOT_MODIFIED or media in said["content"], f"{method} {name}: {media}"
        self.seen.add((operation["operationId"], status))
        if media in {"application/json", PROBLEM}:
            self.fits(said["content"][media]["schema"], json.loads(body), f"{method} {name} {status}")

    def body_fits(self, name: str, body: object) -> None:
        """Fail unless the body of an act is as the document says."""
        self.fits({"$ref": f"#/components/schemas/Body.{name}"}, body, f"body of {name}")

    def fits(self, schema: dict[str, Any], value: object, where: str) -> None:
        """Fail with the first thing that does not fit."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._made:
            whole = {**schema, "components": self.whole["components"]}
            self._made[key] = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
        wrong = best_match(self._made[key].iter_errors(value))
        assert wrong is None, f"{where}: {wrong.json_path}: {wrong.message}"


DOCUMENT: Final = Document()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched(Client):
    """A client whose every answer must fit the document; what it sends is kept for the tests of privacy."""

    heard: list[bytes] = field(default_factory=list)

    def exchange(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> tuple[int, bytes]:
        status, data = Client.exchange(self, method, path, headers, body)
        media = "application/json" if status == http.client.OK else PROBLEM
        DOCUMENT.answered(method, path, status, media, data)
        self.heard.append(data)
        return status, data

    def act_bytes(self, name: str, target: str = "new", revision: int | None = None, body: Any = None) -> bytes:
        DOCUMENT.body_fits(name, dict(body or {}))
        return Client.act_bytes(self, name, target, revision, body)

    def refused(self, function: Callable[..., object], *arguments: Any, **named: Any) -> Refused:
        """Call something that must be refused, and return the refusal."""
        try:
            function(*arguments, **named)
        except Refused as refused:
            return refused
        raise AssertionError(f"not refused: {arguments}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A raw answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def media(self) -> str:
        return self.headers.get_content_type()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem document, which it must be."""
        assert self.media == PROBLEM
        DOCUMENT.fits({"$ref": "#/components/schemas/Problem"}, self.json, "problem")
        assert self.json["status"] == self.status
        return str(self.json["code"])


class Api:
    """A server over a world; `close` ends it. The clock is the world's."""

    def __init__(self, world: MintWorld, **settings: Any) -> None:
        self.world = world
        self.server = Server(self._call, host="127.0.0.1", port=0, trusted_proxy=settings.get("trusted_proxy", ""))
        self.url = f"http://127.0.0.1:{self.server.port}"
        config = dataclasses.replace(world.desk.config, base_url=self.url, **settings)
        world.desk = dataclasses.replace(world.desk, config=config)
        self.app = create_app(world.desk)
        self._thread = threading.Thread(target=self.server.run, daemon=True)
        self._thread.start()
        self._clients: dict[str, Watched] = {}
        self._everybody: list[Watched] = []
        self.known: dict[str, Any] = {}

    def _call(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        return self.app(environ, start)

    def close(self) -> None:
        self.server.stop()
        self._thread.join(10)

    @property
    def clients(self) -> tuple[Watched, ...]:
        """Everybody who asked something so far."""
        return tuple(self._everybody)

    def client(self, who: str) -> Watched:
        """The client of somebody in the world."""
        if who not in self._clients:
            self._clients[who] = self.made(self.world.signers[who], self.world.people[who].id)
        return self._clients[who]

    def person(self, who: str, name: str, number: str) -> Watched:
        """Open an account by real-name proof."""
        signer = SoftwareSigner.generate(Algorithm.ES256)
        evidence = canonical.dumps({"id_number": number, "name": name})
        jwk = signer.public_key.to_jwk()
        account = self.made(signer, "new").act("account.activate", body={"jwk": jwk}, attachment=evidence)
        self._clients[who] = self.made(signer, account["id"])
        return self._clients[who]

    def made(self, signer: SoftwareSigner, account: str) -> Watched:
        """A client of an account."""
        made = Watched(base_url=self.url, signer=signer, clock=lambda: self.world.at, account=account)
        self._everybody.append(made)
        return made

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send a raw request; header names have underscores for hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Answer(status=answer.status, headers=answer.headers, body=answer.read())
        finally:
            connection.close()

    def accepted(self, case: dict[str, Any], who: Watched) -> dict[str, Any]:
        """Submit, confirm where needed, accept."""
        case = who.step("submit", case)
        if case["stage"] == "institution_confirm":
            case = self.client("hospital").step("confirm", case)
        return self.client("accept").step("accept", case)

    def reviewed(self, case: dict[str, Any]) -> dict[str, Any]:
        """Review as often as the kind asks for."""
        for officer in ("review", "review-2") if case["kind"] == "institution" else ("review",):
            case = self.client(officer).step("review", case, finding="favourable")
        return case

    def granted(self, case: dict[str, Any], who: Watched) -> dict[str, Any]:
        """Take a draft to its delivered licence; return the register entry."""
        case = self.client("decide").step("approve", self.reviewed(self.accepted(case, who)))
        case = who.get(f"applications/{case['id']}")
        assert case["stage"] == "delivered"
        return who.get(f"registrations/{case['registration']}")
