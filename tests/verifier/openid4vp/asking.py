"""A verifier that asks wallets, on loopback, and a wallet of other people's parts."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from werkzeug.serving import make_server

from tests.outside.install import installed
from tests.world import T0, World
from verifier import Checker, Folder, Lists
from verifier.openid4vp import identity
from verifier.openid4vp.exchanges import FILE, Exchanges
from verifier.openid4vp.wallets import Wallets
from verifier.web import pages, wallet
from verifier.web.app import Source, create_app


@dataclass
class Asking:
    """The service over the lists of a world. Change `world.values` or `at`; the next question sees it."""

    folder: Path
    world: World = field(default_factory=World)
    at: int = T0
    listless: bool = False
    stale: bool = False
    url: str = ""

    def __post_init__(self) -> None:
        self.identity = identity.make_demonstration(
            self.folder, "localhost", dt.datetime.fromtimestamp(T0 - 86_400, dt.UTC)
        )

    @property
    def root(self) -> str:
        """What a wallet has to trust."""
        return (self.folder / identity.ROOT).read_text()

    def checker(self) -> Checker | None:
        lists = Lists(trust=self.world.opened(), statuses={} if self.stale else self.world.statuses(), newest=T0)
        return None if self.listless else Checker(lists)

    def wallets(self) -> Wallets:
        """The service, as a process that has just started has it."""
        return Wallets(
            identity=self.identity, exchanges=Exchanges(self.folder / FILE), base_url=self.url, lists=self.checker
        )

    def ask(self, query: str, **more: Any) -> dict[str, Any]:
        """Begin, over HTTP."""
        status, answer = self.post("/v1/wallet/requests", {"query": query, **more})
        assert status == 201, answer
        return answer

    def result(self, asked: dict[str, Any], code: str | None = None) -> dict[str, Any]:
        """What the page learns."""
        more = {} if code is None else {"response_code": code}
        return self.post("/v1/wallet/results", {"transaction_id": asked["transaction_id"], **more})[1]

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        request = Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
        try:
            with urlopen(request) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except HTTPError as fault:
            return fault.code, json.load(fault)

    def present(self, link: str, *held: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Let the wallet answer a link with what it holds."""
        said = {"link": link, "root": self.root, "held": list(held), "spoil": None, "now": self.at, **more}
        done = subprocess.run(
            ["node", "presenting.mjs"], cwd=installed(), input=json.dumps(said), capture_output=True, text=True,
            check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@contextlib.contextmanager
def asking(folder: Path, made: Asking | None = None) -> Iterator[Asking]:
    """The service, or one that was `made` otherwise, on a free port, until the test is over."""
    made = made or Asking(folder)
    app = create_app(Source(checker=lambda _: made.checker(), clock=lambda: made.at), wallets=True)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    made.url = f"http://localhost:{server.server_port}"
    app.register_blueprint(pages.blueprint(Folder(folder / "lists"), wallet=True))
    app.register_blueprint(wallet.blueprint(made.wallets(), lambda: made.at))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
