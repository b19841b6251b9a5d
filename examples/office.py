"""An office in a folder: sets up an issuer as an operator would, with its commands, and acts through its API."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from elicense.keys import SoftwareSigner, b64url
from examples import world
from issuer.client import Client, make_key
from issuer.domain import canonical
from issuer.opening import now

VERIFIER_PORT = 8090
"""Where `examples.serve` puts the page that the codes lead to."""
_WAIT_SECONDS = 30
_HOLDERS = ("a", "b", "c")
_PERSONS = {"physician": world.PHYSICIAN, "nurse": world.NURSE, "colleague": world.COLLEAGUE}


class Office:
    """One issuer, its people and a verifier's folder, all below one folder. `close` ends the server."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.lists = folder / "lists"
        self.clients: dict[str, Client] = {}
        self._settings = folder / "issuer" / "issuer.toml"
        self._port = port or _free_port()
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the issuer is reached."""
        return f"http://localhost:{self._port}"

    def open(self, say: Callable[[str], None]) -> None:
        """Set up, hold the ceremony, start serving, enter people and pin the verifier's folder."""
        issuer = self.folder / "issuer"
        scan = f"http://localhost:{VERIFIER_PORT}/v"
        self._issuer("init", "--issuer", world.ISSUER["id"], "--base-url", self.url, "--scan-url", scan, str(issuer))
        say("初始化 settings, database, passphrase files")
        self._ceremony()
        say("三把根密钥 three root keys; two of three signed the trust list")
        self._bootstrap()
        self.serve()
        self._people()
        say("机关、工作人员、电子密钥、机构与个人账户 authorities, officers with electronic keys, institution, persons")
        anchor, trust = issuer / "anchor.json", f"{self.url}/.well-known/elicense/trust-list"
        self._verifier("init", "--folder", str(self.lists), "--anchor", str(anchor), "--trust", trust)
        self.refresh()
        say(f"核验端 verifier pinned the root keys and fetched the lists into {self.lists}")

    def serve(self) -> None:
        """Start the issuer and wait until it answers."""
        log = (self.folder / "issuer" / "serve.log").open("ab")
        command = [sys.executable, "-m", "issuer.cli", "serve", "--settings", str(self._settings)]
        self._server = subprocess.Popen([*command, "--port", str(self._port)], stdout=log, stderr=log)
        ends = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < ends:
            if self._server.poll() is not None:
                raise RuntimeError(f"the issuer ended: see {log.name}")
            try:
                connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=2)
                connection.request("GET", "/.well-known/elicense/trust-list")
                if connection.getresponse().status == http.client.OK:
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the issuer does not answer: see {log.name}")

    def close(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(_WAIT_SECONDS)

    def refresh(self) -> None:
        """Let the verifier fetch the newest lists."""
        self._verifier("refresh", "--folder", str(self.lists))

    def check(self, picture: Path) -> tuple[int, dict[str, Any]]:
        """Let the verifier judge a picture: its exit status and its report."""
        command = ["check", "--json", "--folder", str(self.lists), str(picture)]
        done = subprocess.run([sys.executable, "-m", "verifier.cli", *command], capture_output=True, check=False)
        report: dict[str, Any] = json.loads(done.stdout)
        return done.returncode, report

    def audit(self) -> str:
        """Check the trail: chain and signatures."""
        return self._issuer("audit", "verify", "--settings", str(self._settings)).strip()

    def log(self) -> str:
        """Publish the trail as a log, and check its files as a stranger who was given its key."""
        settings = ("--settings", str(self._settings))
        self._issuer("publish", *settings)
        key = self._issuer("log", "key", *settings).strip()
        return self._issuer("log", "check", str(self.folder / "issuer" / "published" / "log"), "--key", key).strip()

    def _ceremony(self) -> None:
        """Three holders, each with a folder and a passphrase; two sign the first trust list."""
        issuer = self.folder / "issuer"
        for holder in _HOLDERS:
            phrase = self.folder / "holders" / holder / "passphrase"
            phrase.parent.mkdir(parents=True)
            phrase.touch(0o600)
            phrase.write_text(secrets.token_urlsafe(32))
            self._issuer("ceremony", "root", "--folder", str(phrase.parent), "--passphrase", f"file:{phrase.resolve()}")
        keys = [self._root_key(holder) for holder in _HOLDERS]
        self._issuer("ceremony", "anchor", "--out", str(issuer / "anchor.json"), *map(str, keys))
        entry, draft = issuer / "issuer-entry.json", issuer / "trust-list-1.draft"
        entry.write_text(json.dumps(world.ISSUER, ensure_ascii=False), encoding="utf-8")
        settings = ("--settings", str(self._settings))
        self._issuer("ceremony", "first", *settings, "--issuer", str(entry), "--out", str(draft))
        for holder in _HOLDERS[:2]:
            phrase = self.folder / "holders" / holder / "passphrase"
            key = ("--key", str(self._root_key(holder)), "--passphrase", f"file:{phrase.resolve()}")
            self._issuer("ceremony", "sign", *key, str(draft))
        self._issuer("ceremony", "publish", *settings, str(draft))

    def _root_key(self, holder: str) -> Path:
        return next(path for path in (self.folder / "holders" / holder).rglob("*.json"))

    def _client(self, who: str, account: str = "new") -> Client:
        """A client with a new key file of its own."""
        key = make_key(self.folder / "keys" / f"{who}.pem", secrets.token_urlsafe(16).encode())
        self._for_browsers(who, key)
        self.clients[who] = Client(base_url=self.url, signer=key, clock=now, account=account)
        return self.clients[who]

    def _for_browsers(self, who: str, key: SoftwareSigner) -> None:
        """Leave the key where somebody who tries the pages can choose it: for demonstrations, nothing more."""
        native = serialization.load_der_private_key(key.to_pkcs8(), None)
        if not isinstance(native, ec.EllipticCurvePrivateKey):
            raise TypeError("a P-256 key is expected")
        private = b64url(native.private_numbers().private_value.to_bytes(32, "big"))
        path = self.folder / "keys" / f"{who}.jwk.json"
        path.touch(0o600)
        path.write_text(json.dumps({**key.public_key.to_jwk(), "d": private}), encoding="ascii")

    def _become(self, who: str, account: str) -> None:
        held = self.clients[who]
        self.clients[who] = Client(base_url=held.base_url, signer=held.signer, clock=now, account=account)

    def _bootstrap(self) -> None:
        managers = {f"keys{number}": name for number, name in enumerate(world.KEY_MANAGERS, 1)}
        officers = [
            {"name": name, "roles": ["key_manager"], "jwk": self._client(who).signer.public_key.to_jwk()}
            for who, name in managers.items()
        ]
        first = self.folder / "issuer" / "first-officers.json"
        first.write_text(json.dumps({"province": world.PROVINCE, "officers": officers}, ensure_ascii=False))
        made = json.loads(self._issuer("bootstrap", "--settings", str(self._settings), str(first)))
        self.province = made["province"]
        for who, account in zip(managers, made["accounts"], strict=True):
            self._become(who, account)

    def _people(self) -> None:
        keys1, keys2 = self.clients["keys1"], self.clients["keys2"]
        city = keys1.act("organisation.create_authority", body={**world.CITY, "parent": self.province})
        for who, (name, roles) in world.OFFICERS.items():
            body = {"organisation": city["id"], "name": name, "roles": roles}
            account = keys1.act("account.create_officer", body=body)
            key = keys1.act("key.request", account["id"], None, {"reason": "新任"})
            key = keys2.act("key.approve", key["id"], key["revision"])
            jwk = self._client(who, account["id"]).signer.public_key.to_jwk()
            keys1.act("key.activate", key["id"], key["revision"], {"jwk": jwk})
        administrator = {"name": "机构管理员(示例)", "jwk": self._client("hospital").signer.public_key.to_jwk()}
        body = {
            "name": world.HOSPITAL["name"],
            "division": world.HOSPITAL_DIVISION,
            "uscc": world.HOSPITAL_USCC,
            "authority": city["id"],
            "administrator": administrator,
        }
        made = self.clients["accept"].act("organisation.create_institution", body=body)
        self._become("hospital", made["account"]["id"])
        for who, person in _PERSONS.items():
            client = self._client(who)
            jwk = client.signer.public_key.to_jwk()
            account = client.act("account.activate", body={"jwk": jwk}, attachment=canonical.dumps(dict(person)))
            self._become(who, account["id"])

    def _issuer(self, *arguments: str) -> str:
        return _run("issuer.cli", arguments)

    def _verifier(self, *arguments: str) -> str:
        return _run("verifier.cli", arguments)


def _run(module: str, arguments: tuple[str, ...]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False, env=os.environ
    )
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
