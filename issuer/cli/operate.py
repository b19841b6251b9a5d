"""Setting up and running the service: init, bootstrap, serve, and what an operator does by hand."""

from __future__ import annotations

import json
import logging
import secrets
from pathlib import Path
from typing import Any, Final

import click
import waitress

from issuer.app import create_app, follow, now
from issuer.cli.common import LATER, desk, settings_option
from issuer.config import Config, load
from issuer.domain import canonical
from issuer.domain.account import Role
from issuer.domain.audit import verify_chain
from issuer.domain.organisation import Branch, Level, Organisation, OrganisationId, OrganisationKind
from issuer.services import accounts, deadlines, minting, publishing
from issuer.services.desk import Desk, random_id
from issuer.services.timer import Timer
from issuer.storage import audit as trail
from issuer.storage import schema

_DEFAULTS: Final = Config()
_SWEEP_SECONDS: Final = 3_600
_SECRETS: Final = ("licence", "status", "record", "lookup")


@click.command()
@click.option("--base-url", default=_DEFAULTS.base_url, show_default=True, help="Where this service is reached.")
@click.option("--scan-url", default=_DEFAULTS.scan_url, show_default=True, help="The link that QR codes begin with.")
@click.option("--database", default=_DEFAULTS.database, show_default=True, help="SQLite or PostgreSQL, as a URL.")
@click.option("--issuer", "issuer_id", required=True, help="This issuer's id in the trust list (its credit code).")
@click.argument("folder", type=click.Path(path_type=Path))
def init(base_url: str, scan_url: str, database: str, issuer_id: str, folder: Path) -> None:
    """Set a service up in FOLDER: settings, passphrase files, database.

    The passphrases lie in files of their own under FOLDER/secrets: keep them apart from the key files in production.
    """
    settings = folder / "issuer.toml"
    if settings.exists():
        raise click.UsageError(f"{settings} exists already")
    hidden = folder / "secrets"
    hidden.mkdir(parents=True, exist_ok=True)
    hidden.chmod(0o700)
    lines = ['vault = "vault"', 'published = "published"', 'anchor = "anchor.json"']
    lines += [f'base_url = "{base_url}"', f'scan_url = "{scan_url}"', f'issuer = "{issuer_id}"']
    if database == _DEFAULTS.database:
        database = f"sqlite:///{(folder / 'issuer.db').resolve()}"
    lines.append(f'database = "{database}"')
    for name in _SECRETS:
        path = hidden / name
        path.touch(0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="ascii")
        lines.append(f'passphrase_{name} = "file:{path.resolve()}"')
    settings.write_text("\n".join(lines) + "\n", encoding="utf-8")
    schema.migrate(load(settings, {}).database)
    click.echo(f"{settings}: written. Next: elicense-issuer ceremony --help")


@click.command()
@settings_option
@click.argument("first", type=click.File("rb"))
def bootstrap(settings: Path, first: Any) -> None:  # noqa: ANN401 - click's file
    """Enter the province and its first officers from a JSON file, once, before any act exists.

    FIRST holds {"province": {name, division, uscc, trust_number}, "officers": [{name, roles, jwk}, ...]}. At least
    two officers must be key managers. Prints the ids of the accounts.
    """
    value = json.loads(first.read())
    try:
        province = Organisation(
            id=OrganisationId(random_id("org")),
            kind=OrganisationKind.AUTHORITY,
            level=Level.PROVINCE,
            branch=Branch.HEALTH,
            parent=None,
            **value["province"],
        )
        officers = [
            accounts.FirstOfficer(
                name=one["name"],
                roles=frozenset(map(Role, one["roles"])),
                jwk=canonical.dumps(one["jwk"]).decode("utf-8"),
            )
            for one in value["officers"]
        ]
    except (KeyError, TypeError, ValueError) as wrong:
        raise click.UsageError(f"the file lacks or misnames a member: {wrong}") from None
    place, made = accounts.bootstrap(desk(settings), province, officers)
    answer = {"province": place.id, "accounts": [account.id for account in made]}
    click.echo(json.dumps(answer))


@click.command()
@settings_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True)
def serve(settings: Path, host: str, port: int) -> None:
    """Serve the API and the published files; mint, publish and sweep on timers."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    held = desk(settings)
    timers = (
        Timer(lambda: follow(held), held.config.publish_every, "publishing"),
        Timer(lambda: deadlines.sweep(held, now()), _SWEEP_SECONDS, "deadlines"),
    )
    for timer in timers:
        timer.start()
    try:
        waitress.serve(create_app(held), host=host, port=port, threads=8, ident=None)
    finally:
        for timer in timers:
            timer.stop()


@click.command()
@settings_option
def resume(settings: Path) -> int:
    """Finish the minting of everything that was granted and not released."""
    done = minting.resume(desk(settings))
    click.echo(f"{len(done.released)} released, {len(done.failed)} failed")
    for application, code in done.failed:
        click.echo(f"  {application}: {code}", err=True)
    return LATER if done.failed else 0


@click.command()
@settings_option
def publish(settings: Path) -> int:
    """Publish every status list that is due, now."""
    done = publishing.publish_due(desk(settings), now())
    click.echo(f"{len(done.lists)} lists published, {len(done.failed)} failed")
    for number, code in done.failed:
        click.echo(f"  list {number}: {code}", err=True)
    return LATER if done.failed else 0


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
    found = publishing.publishing_health(desk(settings), now())
    click.echo("ok" if found.ok else "failing")
    for one in found.lists:
        click.echo(f"  list {one.number}: issued {one.issued_at}, ends {one.expires_at}{', late' if one.late else ''}")
    for failure in found.failures:
        click.echo(f"  failed: list {failure.list}: {failure.code} at {failure.at}", err=True)
    return 0 if found.ok else LATER


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command("verify")
@settings_option
def verify(settings: Path) -> int:
    """Check the hash chain from the first event to the last, and every signature of an act kept in it."""
    found, events, signatures = _verified(desk(settings))
    click.echo(f"{events} events, {signatures} signed acts, {len(found)} findings")
    for finding in found:
        click.echo(f"  {finding}", err=True)
    return 1 if found else 0


def _verified(held: Desk) -> tuple[list[str], int, int]:
    from issuer.services import trail_check  # noqa: PLC0415 - only this command needs it

    with held.store.reading() as tx:
        rows = tuple(trail.read(tx))
        found = [f"event {each.seq}: {each.code}" for each in verify_chain(rows)]
        wrong, signatures = trail_check.signatures(tx, rows)
    return [*found, *wrong], len(rows), signatures
