"""Running the service: serve, and what an operator does by hand."""

from __future__ import annotations

import logging
import signal
from pathlib import Path
from typing import Final

import click

from issuer.cli.common import LATER, desk, settings_option
from issuer.domain.application import ApplicationId
from issuer.opening import now
from issuer.services import checkpoints, deadlines, minting, publishing, recovery, witnessed
from issuer.services.timer import Timer

_SWEEP_SECONDS: Final = 3_600


@click.command()
@settings_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, help="Port to listen on; 0 for a free one.")
def serve(settings: Path, host: str, port: int) -> None:
    """Serve the API and the published files; mint, publish and sweep on timers. End it with Ctrl-C or SIGTERM.

    For the world outside put a web server with TLS in front, and name its address in the setting trusted_proxy.
    """
    from issuer.app import create_app, follow  # noqa: PLC0415 - the web is loaded by this command alone
    from issuer.cli.serving import Server  # noqa: PLC0415

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    held = desk(settings)
    recovery.require_current(held)
    server = Server(create_app(held), host=host, port=port, trusted_proxy=held.config.trusted_proxy)
    log = Timer(lambda: checkpoints.advance(held, now()), held.config.publish_every, "log")
    timers = (
        Timer(lambda: follow(held), held.config.publish_every, "publishing"),
        log,
        Timer(lambda: deadlines.sweep(held, now()), _SWEEP_SECONDS, "deadlines"),
    )
    signal.signal(signal.SIGTERM, lambda _number, _frame: server.stop())
    log.turn()  # what happened long before the start is in the log before anybody asks how it stands
    for timer in timers:
        timer.start()
    logging.getLogger("waitress").setLevel(logging.WARNING)
    click.echo(f"serving on http://{host}:{server.port}", err=True)
    try:
        server.run()
    finally:
        for timer in timers:
            timer.stop()
        held.store.close()


@click.command()
@settings_option
@click.option("--again", metavar="APPLICATION", help="Mint this one anew, after its licence was spoiled.")
def resume(settings: Path, again: str | None) -> int:
    """Finish the minting of everything that was granted and not released."""
    held = desk(settings)
    recovery.require_current(held)
    if again is not None:
        minted = minting.mint_again(held, ApplicationId(again))
        click.echo(f"{minted.id}: {minted.state}")
        return 0
    done = minting.resume(held)
    click.echo(f"{len(done.released)} released, {len(done.failed)} failed")
    for application, code in done.failed:
        click.echo(f"  {application}: {code}", err=True)
    return LATER if done.failed else 0


@click.command()
@settings_option
@click.option("--rewrite-log", is_flag=True, help="Make every file of the log anew, after some were lost or damaged.")
def publish(settings: Path, *, rewrite_log: bool) -> int:
    """Publish every status list that is due, now, and the log of the audit trail."""
    held = desk(settings)
    done = publishing.publish_due(held, now())
    click.echo(f"{len(done.lists)} lists published, {len(done.failed)} failed")
    for number, code in done.failed:
        click.echo(f"  list {number}: {code}", err=True)
    log = checkpoints.advance(held, now(), anew=rewrite_log)
    if log is not None:
        click.echo(f"log: {log.signed} events signed, {log.published} published")
        for who, code in log.failed:
            click.echo(f"  {who}: {code}", err=True)
    return LATER if done.failed or (log is not None and log.failed) else 0


@click.command()
@settings_option
def sweep(settings: Path) -> int:
    """Apply the legal effects of silence, and list what is late."""
    found = deadlines.sweep(desk(settings), now())
    click.echo(f"{len(found.deemed)} count as accepted, {len(found.overdue)} overdue")
    for one in found.overdue:
        click.echo(f"  {one.application}: {one.limit}, {one.days} working days ({one.basis})")
    for application, code in found.unknown:
        click.echo(f"  {application}: last day unknown: {code}", err=True)
    for registration in found.ended:
        click.echo(f"  {registration}: the time of a suspension, deferral or pause is over and waits for an act")
    return 0


@click.command()
@settings_option
def health(settings: Path) -> int:
    """Show how publishing stands. Exit status 2 if something fails or waits too long."""
    held, at = desk(settings), now()
    found, log = publishing.publishing_health(held, at), witnessed.health(held, at)
    ok = found.ok and (log is None or log.ok)
    click.echo("ok" if ok else "failing")
    if found.trust_sequence is None:
        click.echo("  no trust list is published", err=True)
    else:
        click.echo(f"  trust list {found.trust_sequence}: next update due {found.trust_next_update}")
    for one in found.lists:
        click.echo(f"  list {one.number}: issued {one.issued_at}, ends {one.expires_at}{', late' if one.late else ''}")
    for failure in found.failures:
        where = "other files" if failure.list is None else f"list {failure.list}"
        click.echo(f"  failed: {where}: {failure.code} since {failure.at}", err=True)
    if found.waiting_since is not None:
        click.echo(f"  a change waits since {found.waiting_since}")
    if log is not None:
        click.echo(
            f"  log {log.origin}: {log.events} events, {log.signed} signed, {log.witnessed} with {log.quorum} witnesses"
        )
        for alarm in log.alarms:
            who = alarm.witness.partition("+")[0] or "the issuer itself"
            click.echo(f"  ALARM: {alarm.code}, found by {who} at {alarm.at}", err=True)
    return 0 if ok else LATER
