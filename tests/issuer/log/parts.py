"""Logs, witnesses and their wire for tests: a desk with its log, witnesses as processes, one that misbehaves."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from elicense.keys import Algorithm, SoftwareSigner
from issuer.config import Config
from issuer.domain import merkle, note
from issuer.domain.audit import Event
from issuer.domain.checkpoint import Checkpoint, Submission
from issuer.domain.note import KeyType, Note, VerifierKey
from issuer.services import checkpoints, rules
from issuer.services.desk import Desk
from issuer.storage import Store, audit
from issuer.vault import MemoryVault, Purpose
from issuer.witness import folder as folders

START = 1_780_000_000
ORIGIN = "licence.example/log"
SECRET = "示例口令 of a witness"


@dataclass
class Clock:
    """A clock that a test sets."""

    at: int = START

    def __call__(self) -> int:
        return self.at


def desk(store: Store, folder: Path, vault: MemoryVault | None = None, **settings: object) -> Desk:
    """A desk with a log, over a fresh database."""
    config = Config(
        published=folder / "published",
        anchor=folder / "anchor.json",
        base_url="https://licence.example",
        **settings,  # type: ignore[arg-type]
    )
    return Desk(store=store, vault=vault or MemoryVault.generate(), clock=Clock(), rules=rules.load(), config=config)


def watched(held: Desk, *pairs: tuple[VerifierKey, str], quorum: int) -> Desk:
    """The same desk with these witnesses."""
    text = " ".join(f"{key.text} {url}" for key, url in pairs)
    return dataclasses.replace(held, config=dataclasses.replace(held.config, witnesses=text, witness_quorum=quorum))


def happen(store: Store, count: int = 1, at: int = START) -> None:
    """Write events."""
    with store.transaction() as tx:
        for number in range(count):
            audit.append(tx, Event(at=at, tag="test.happened", target=f"t-{number}"))


# --- a log without a database ----------------------------------------------------------------------------------


@dataclass
class PlainLog:
    """A log in memory that signs whatever it is told to."""

    signer: SoftwareSigner
    leaves: list[bytes]
    origin: str = ORIGIN

    @property
    def key(self) -> VerifierKey:
        return VerifierKey(name=self.origin, type=KeyType.LOG, key=self.signer.public_key)

    def said(self, size: int) -> Checkpoint:
        return Checkpoint(origin=self.origin, size=size, root=merkle.root_of(self.leaves[:size]))

    def note(self, size: int) -> Note:
        value = self.said(size)
        return Note(text=value.text, signatures=(note.sign(value.text, self.key, self.signer),))

    def asked(self, old: int, size: int) -> bytes:
        """What a witness that knows `old` is sent for `size`."""
        proof = merkle.consistency(merkle.nodes(self.leaves[:size]), old, size)
        return Submission(old=old, proof=proof, note=self.note(size), checkpoint=self.said(size)).to_bytes()


def plain(count: int, mark: bytes = b"", signer: SoftwareSigner | None = None) -> PlainLog:
    """A log with so many leaves; another `mark` gives another history."""
    leaves = [merkle.leaf_hash(mark + b"%d" % number) for number in range(count)]
    return PlainLog(signer or SoftwareSigner.generate(Algorithm.EDDSA), leaves)


def log_signer(vault: MemoryVault) -> SoftwareSigner:
    """The raw key of a vault's log, for a test in which it falls into wrong hands."""
    held = vault.signer(Purpose.LOG)._signer  # type: ignore[attr-defined]  # noqa: SLF001 - stolen on purpose
    assert isinstance(held, SoftwareSigner)
    return held


# --- witnesses -------------------------------------------------------------------------------------------------


@dataclass
class Running:
    """A witness as a process."""

    key: VerifierKey
    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pair(self) -> tuple[VerifierKey, str]:
        return self.key, self.url


def made(folder: Path, *logs: VerifierKey, name: str = "witness.example/w1") -> VerifierKey:
    """Make a witness in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secret").write_text(SECRET, encoding="utf-8")
    (folder / "secret").chmod(0o600)
    return folders.make(folder, name, "file:secret", [one.text for one in logs], START)


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Serve the witness of a folder in a process of its own, as an operator does."""
    command = [sys.executable, "-m", "issuer.cli", "witness", "serve", "--port", "0", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert process.stderr is not None
    said = process.stderr.readline().decode()
    drain = threading.Thread(target=process.stderr.read, daemon=True)
    drain.start()
    try:
        yield Running(folders.public_key(folder), folder, int(said.rsplit(":", 1)[1]), process)
    finally:
        process.terminate()
        process.wait(20)
        drain.join(20)
        process.stderr.close()


@contextmanager
def answering(answer: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    """A witness whose answers a test decides; the address of it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the library
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


# --- a child that may be killed on the way -----------------------------------------------------------------------


def keep_key(folder: Path, held: Desk) -> None:
    """Leave the log's key and the witnesses where a child finds them."""
    assert isinstance(held.vault, MemoryVault)
    kept = {
        "key": log_signer(held.vault).to_pkcs8().hex(),
        "witnesses": held.config.witnesses,
        "quorum": held.config.witness_quorum,
    }
    (folder / "kept.json").write_text(json.dumps(kept), encoding="ascii")


def main(folder: str, url: str) -> None:
    """Advance the log of a folder; a kill point may end it."""
    kept = json.loads((Path(folder) / "kept.json").read_text(encoding="ascii"))
    vault = MemoryVault({Purpose.LOG: [SoftwareSigner.from_pkcs8(bytes.fromhex(kept["key"]))]})
    opened = Store(url)
    settings = {"witnesses": kept["witnesses"], "witness_quorum": kept["quorum"]}
    checkpoints.advance(desk(opened, Path(folder), vault, **settings), START)
    opened.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
