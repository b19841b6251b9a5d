"""The audit trail on the command line: check it, keep its head where nobody here can change it, prove from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import click

from issuer.cli.common import REFUSED, desk, read_json, settings_option, show
from issuer.domain import trail_proof
from issuer.domain.audit import AuditRow
from issuer.domain.trail_proof import ProofBad
from issuer.services import logbook, trail_check
from issuer.storage import audit as trail

_file: Final = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def audit() -> None:
    """The audit trail: check it, print its head to be kept elsewhere, prove to somebody with a head what is in it."""


@audit.command("verify")
@settings_option
@click.option(
    "--kept",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What `audit head` printed earlier: the trail must still contain it.",
)
def verify(settings: Path, kept: Path | None) -> int:
    """Check the hash chain, every signature of an act in it, and that the register is what the events made of it.

    A changed, added, removed or reordered event is found, and a row that was changed, added or removed without one.
    A trail whose end was cut off, or that was written anew as a whole, is found up to the published checkpoint of the
    log, and against an earlier head that was kept elsewhere: --kept. Exit status 1 if anything is wrong.
    """
    earlier = None if kept is None else read_json(kept)
    held = desk(settings)
    with held.store.reading() as tx:
        checked = trail_check.whole(tx)
    found = [*checked.findings, *logbook.contradictions(held, [row.hash for row in checked.trail])]
    found += [] if earlier is None else _missing(checked.trail, earlier)
    click.echo(f"{len(checked.trail)} events, {checked.signed} signed acts, {checked.rows} rows, {len(found)} findings")
    for finding in found:
        click.echo(f"  {finding}", err=True)
    return REFUSED if found else 0


@audit.command("head")
@settings_option
def head(settings: Path) -> None:
    """Print how many events there are, the hash of the newest and the Merkle root over all, as JSON.

    Keep it on another machine; daily is good. Whoever keeps one can check what `prove` and `prove-growth` print.
    """
    show(trail_proof.head_of(_rows(settings)).to_json())


@audit.command("prove")
@settings_option
@click.argument("number", type=click.IntRange(min=1))
def prove(settings: Path, number: int) -> int:
    """Print event NUMBER with the proof that it is in the trail, for somebody who holds the present head.

    The event is printed whole, with the signed act in it, which may name persons: give it to whoever may read it.
    """
    return _told(lambda: show(trail_proof.prove(_rows(settings), number)))


@audit.command("prove-growth")
@settings_option
@click.argument("earlier", type=_file)
def prove_growth(settings: Path, earlier: Path) -> int:
    """Print the proof that this trail contains the one whose head is in the file EARLIER. It holds hashes only."""
    kept = read_json(earlier)
    return _told(lambda: show(trail_proof.prove_growth(_rows(settings), trail_proof.read_head(kept).size)))


@audit.command("check-proof")
@click.argument("proof", type=_file)
@click.argument("kept", type=_file)
def check_proof(proof: Path, kept: Path) -> int:
    """Check what `prove` printed against a head that was kept. Needs nothing of the issuer; exit status 1 if not so."""
    brought, held = read_json(proof), read_json(kept)

    def checked() -> None:
        row = trail_proof.check(brought, trail_proof.read_head(held))
        click.echo(f"event {row.seq} is in the trail: {row.event.tag} {row.event.target} at {row.event.at}")

    return _told(checked)


@audit.command("check-growth")
@click.argument("proof", type=_file)
@click.argument("earlier", type=_file)
@click.argument("later", type=_file)
def check_growth(proof: Path, earlier: Path, later: Path) -> int:
    """Check what `prove-growth` printed: nothing up to the head EARLIER was changed or cut before the head LATER.

    Needs nothing of the issuer; exit status 1 if not so. From then on keep LATER.
    """
    brought, before, after = read_json(proof), read_json(earlier), read_json(later)

    def checked() -> None:
        first, last = trail_proof.read_head(before), trail_proof.read_head(after)
        trail_proof.check_growth(brought, first, last)
        click.echo(f"the trail of {last.size} events contains the one of {first.size}")

    return _told(checked)


def _rows(settings: Path) -> list[AuditRow]:
    with desk(settings).store.reading() as tx:
        return list(trail.read(tx))


def _told(work: Callable[[], None]) -> int:
    """Do it; what does not hold is told by its code. Return the exit status."""
    try:
        work()
    except ProofBad as bad:
        click.echo(str(bad), err=True)
        return REFUSED
    return 0


def _missing(rows: Sequence[AuditRow], kept: dict[str, object]) -> list[str]:
    """What an earlier head says that this trail does not."""
    match kept:
        case {"seq": int() as seq, "hash": str() as digest}:
            pass
        case _:
            raise click.UsageError("--kept names no file that `audit head` made")
    known = rows[seq - 1].hash.hex() if 0 < seq <= len(rows) else ""
    return [] if known == digest else [f"event {seq}: head-missing"]
