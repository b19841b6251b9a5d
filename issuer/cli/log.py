"""The published log on the command line: its keys, and the check that anybody can make without the issuer."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from issuer.cli.common import REFUSED, desk, read_json, settings_option
from issuer.domain import log_check
from issuer.domain import receipt as receipts
from issuer.domain.audit import AuditRow
from issuer.domain.checkpoint import Checkpoint
from issuer.domain.note import KeyType, NoteBad, Signed, VerifierKey, read_key
from issuer.domain.tiles import TileBad
from issuer.domain.trail_proof import ProofBad
from issuer.services import logbook

_FILE_MAX: Final = 1 << 20
_SECONDS: Final = 20.0


@click.group()
def log() -> None:
    """The published log of the audit trail: signed, witnessed, and checked by anybody."""


@log.command("key")
@settings_option
def key(settings: Path) -> None:
    """Print the keys of the log, the newest last: what witnesses and checkers are given, by a way that they trust."""
    for one in logbook.keys(desk(settings)):
        click.echo(one.text)


@log.command("check")
@click.argument("source")
@click.option("--key", "keys", multiple=True, required=True, help="A key of the log, from a way that you trust.")
@click.option("--witness", "witnesses", multiple=True, help="The key of a witness that you trust.")
@click.option("--quorum", default=None, type=click.IntRange(min=0), help="How many of them must have signed; all.")
@click.option(
    "--proof",
    "proofs",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What `audit prove` printed: that event must be in this log.",
)
def check(
    source: str, keys: tuple[str, ...], witnesses: tuple[str, ...], quorum: int | None, proofs: tuple[Path, ...]
) -> int:
    """Check a published log, SOURCE being its address or a copy of its folder. Needs nothing else of the issuer.

    The checkpoint must be signed by the log and by enough witnesses, and every tile and every bundle must be what its
    root says. Exit status 1 if anything is not so.
    """
    known, seen = _keys(keys, KeyType.LOG), _keys(witnesses, KeyType.WITNESS)
    try:
        return _check(source, known, seen, len(seen) if quorum is None else quorum, proofs)
    except (NoteBad, TileBad, ProofBad) as bad:
        click.echo(str(bad), err=True)
        return REFUSED


def _check(
    source: str, keys: list[VerifierKey], witnesses: list[VerifierKey], quorum: int, proofs: tuple[Path, ...]
) -> int:
    with _reader(source) as read:
        found = log_check.check(read, keys, witnesses, quorum)
        _tell(found.checkpoint, found.witnessed)
        for path in proofs:
            _tell_event(found.event(read_json(path)))
    return 0


@log.command("receipt")
@click.argument("receipt", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--key", "keys", multiple=True, required=True, help="A key of the log, from a way that you trust.")
@click.option("--witness", "witnesses", multiple=True, help="The key of a witness that you trust.")
@click.option("--quorum", default=None, type=click.IntRange(min=0), help="How many of them must have signed; all.")
def check_receipt(receipt: Path, keys: tuple[str, ...], witnesses: tuple[str, ...], quorum: int | None) -> int:
    """Check a receipt that somebody was given for an event. Needs no network; exit status 1 if it does not hold."""
    known, seen = _keys(keys, KeyType.LOG), _keys(witnesses, KeyType.WITNESS)
    try:
        found = receipts.check(read_json(receipt), known, seen, len(seen) if quorum is None else quorum)
    except (NoteBad, ProofBad) as bad:
        click.echo(str(bad), err=True)
        return REFUSED
    _tell(found.checkpoint, found.witnessed)
    _tell_event(found.row)
    return 0


def _keys(given: tuple[str, ...], kind: KeyType) -> list[VerifierKey]:
    try:
        return [read_key(one, kind) for one in given]
    except NoteBad:
        raise click.UsageError("a key looks like name+12345678+base64") from None


def _tell(said: Checkpoint, witnessed: Sequence[Signed]) -> None:
    click.echo(f"{said.origin}: {said.size} events, root {said.root.hex()}")
    for one in witnessed:
        click.echo(f"  witnessed by {one.key.name} at {one.at}")


def _tell_event(row: AuditRow) -> None:
    click.echo(f"event {row.seq} is in the log: {row.event.tag} {row.event.target} at {row.event.at}")


@contextmanager
def _reader(source: str) -> Iterator[Callable[[str], bytes]]:
    """What reads the files of a log, from a folder or over one connection."""
    if not source.startswith(("http://", "https://")):
        yield lambda path: _limited((Path(source) / path).read_bytes())
        return
    parts = urlsplit(source)
    made = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = made(parts.hostname or "", parts.port, timeout=_SECONDS)

    def read(path: str) -> bytes:
        try:
            connection.request("GET", f"{parts.path.rstrip('/')}/{path}")
            answer = connection.getresponse()
            data = answer.read(_FILE_MAX + 1)
        except http.client.HTTPException:
            raise ConnectionError("what came is no answer") from None
        if answer.status != http.client.OK:
            raise TileBad(f"not-there {path}")
        return _limited(data)

    try:
        yield read
    finally:
        connection.close()


def _limited(data: bytes) -> bytes:
    if len(data) > _FILE_MAX:
        raise TileBad("too-large")
    return data
