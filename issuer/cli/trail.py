"""The audit trail on the command line: check it, and keep its newest hash where nobody here can change it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from issuer.cli.common import REFUSED, desk, read_json, settings_option, show
from issuer.domain.audit import AuditRow, verify_chain
from issuer.services import trail_check
from issuer.storage import StorageFailed
from issuer.storage import audit as trail


@click.group()
def audit() -> None:
    """The audit trail: check it, or print its newest hash to be kept elsewhere."""


@audit.command("verify")
@settings_option
@click.option(
    "--kept",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What `audit head` printed earlier: the trail must still contain it.",
)
def verify(settings: Path, kept: Path | None) -> int:
    """Check the hash chain from the first event to the last, and every signature of an act kept in it.

    A changed, added, removed or reordered event is found. A trail whose end was cut off, or that was written anew as
    a whole, is found only against an earlier head that was kept elsewhere: --kept. Exit status 1 if anything is wrong.
    """
    rows: list[AuditRow] = []
    found: list[str] = []
    earlier = None if kept is None else read_json(kept)
    with desk(settings).store.reading() as tx:
        try:
            rows.extend(trail.read(tx))
        except StorageFailed:
            found.append(f"event {len(rows) + 1}: unreadable, and so nothing after it was checked")
        found += [f"event {each.seq}: {each.code}" for each in verify_chain(rows)]
        wrong, signatures = trail_check.signatures(tx, rows)
    found += wrong
    if earlier is not None:
        found += _missing(rows, earlier)
    click.echo(f"{len(rows)} events, {signatures} signed acts, {len(found)} findings")
    for finding in found:
        click.echo(f"  {finding}", err=True)
    return REFUSED if found else 0


@audit.command("head")
@settings_option
def head(settings: Path) -> None:
    """Print number and hash of the newest event, as JSON. Keep it on another machine; daily is good."""
    with desk(settings).store.reading() as tx:
        last = trail.head(tx)
    show({"seq": last.seq if last else 0, "hash": last.hash.hex() if last else ""})


def _missing(rows: Sequence[AuditRow], kept: dict[str, object]) -> list[str]:
    """What an earlier head says that this trail does not."""
    match kept:
        case {"seq": int() as seq, "hash": str() as digest}:
            pass
        case _:
            raise click.UsageError("--kept names no file that `audit head` made")
    known = rows[seq - 1].hash.hex() if 0 < seq <= len(rows) else ""
    return [] if known == digest else [f"event {seq}: head-missing"]
