"""Setting a service up, bringing its database up to date, backing it up."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Final

import click

from issuer.cli.common import USAGE, config, desk, read_json, settings_option, show
from issuer.config import DATABASE, Config, from_mapping
from issuer.domain import canonical
from issuer.domain.account import Role
from issuer.domain.refusal import Refusal
from issuer.opening import now
from issuer.services import accounts, lockout, organisations, recovery
from issuer.services.desk import name
from issuer.storage import Store, backups, schema
from issuer.storage import organisations as stored

_DEFAULTS: Final = Config()
_SECRETS: Final = ("licence", "status", "document", "log", "record", "lookup")
_SETTINGS: Final = "issuer.toml"


@click.command()
@click.option("--base-url", default=_DEFAULTS.base_url, show_default=True, help="Where this service is reached.")
@click.option("--scan-url", default=_DEFAULTS.scan_url, show_default=True, help="The link that QR codes begin with.")
@click.option(
    "--database",
    default=DATABASE,
    show_default=True,
    help="SQLite or PostgreSQL, as a URL. A file is taken from FOLDER; no password belongs here.",
)
@click.option("--issuer", "issuer_id", required=True, help="This issuer's id in the trust list (its credit code).")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init(base_url: str, scan_url: str, database: str, issuer_id: str, folder: Path) -> None:
    """Set a service up in FOLDER: settings, passphrase files, database. Nothing that exists is overwritten.

    The passphrases lie in files of their own under FOLDER/secrets: keep them apart from the key files in production.
    """
    for taken in (_SETTINGS, "secrets", "vault"):
        if (folder / taken).exists():
            raise click.UsageError(f"{folder / taken} exists already; a service is set up once, in a folder of its own")
    named = {
        "issuer": issuer_id, "base_url": base_url.rstrip("/"), "scan_url": scan_url, "database": database,
        "vault": "vault", "published": "published", "anchor": "anchor.json",
        **{f"passphrase_{purpose}": f"file:secrets/{purpose}" for purpose in _SECRETS},
    }  # fmt: skip
    settings = from_mapping(named, folder)
    folder.mkdir(parents=True, exist_ok=True)
    schema.migrate(settings.database)
    _refuse_if_in_use(settings.database)
    hidden = folder / "secrets"
    hidden.mkdir(mode=0o700)
    for purpose in _SECRETS:
        _write_new(hidden / purpose, secrets.token_urlsafe(32))
    _write_new(folder / _SETTINGS, "".join(f"{key} = {json.dumps(value)}\n" for key, value in named.items()))
    click.echo(f"{folder / _SETTINGS}: written. Next: elicense-issuer ceremony --help")


@click.command()
@settings_option
@click.argument("first", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def bootstrap(settings: Path, first: Path) -> None:
    """Enter the province and its first officers from a JSON file, once, before any act exists.

    FIRST holds {"province": {name, division, uscc, trust_number}, "officers": [{name, roles, jwk}, ...]}. At least
    two officers must be key managers. Prints the ids of the accounts.
    """
    value = read_json(first)
    held = desk(settings)
    try:
        province = organisations.province(held, value["province"])
        officers = [
            accounts.FirstOfficer(
                name=name(one),
                roles=frozenset(map(Role, one["roles"])),
                jwk=canonical.dumps(one["jwk"]).decode("utf-8"),
            )
            for one in value["officers"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError, Refusal) as wrong:
        raise click.UsageError(f"{first} lacks or misnames a member: {wrong}") from None
    place, made = accounts.bootstrap(held, province, officers)
    show({"province": place.id, "accounts": [account.id for account in made]})


@click.command()
@settings_option
@click.option(
    "--restore",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help='New keys: {"keys": [{"account": id, "jwk": {...}}, ...]}.',
)
@click.option(
    "--minutes",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Who was present, who decided it and why, signed by them: its SHA-256 goes on record.",
)
def managers(settings: Path, restore: Path | None, minutes: Path | None) -> None:
    """Print the key managers of the province, and whether each can act; with --restore let locked-out ones in again.

    Works only while fewer than two of them have an active key, and only for accounts that are key managers already. At
    least two must be able to act afterwards. The event of it is in the trail for ever.
    """
    held = desk(settings)
    if restore is not None:
        if minutes is None:
            raise click.UsageError("--restore needs --minutes")
        try:
            jwks = lockout.read_keys(read_json(restore).get("keys"))
        except (ValueError, Refusal) as wrong:
            raise click.UsageError(f"{restore}: {wrong}") from None
        lockout.restore(held, jwks, minutes.read_bytes())
    for account, active in lockout.managers(held):
        click.echo(f"{account.id}  {'can act' if active else 'has no active key'}  {account.name}")


@click.command()
@settings_option
def upgrade(settings: Path) -> None:
    """Bring the database to the schema of this version. Make a backup first; doing it twice does no more."""
    schema.migrate(config(settings).database)
    click.echo(f"the database has schema {schema.newest()}")


@click.command()
@settings_option
@click.argument("file", type=click.Path(path_type=Path))
def backup(settings: Path, file: Path) -> int:
    """Copy a SQLite database as a whole to FILE, while the service runs. PostgreSQL has pg_dump for this.

    Key files, passphrases and published files are files: copy them by other means and to other places.
    """
    source = backups.sqlite_file(config(settings).database)
    if source is None:
        click.echo("this database is not SQLite: use pg_dump, or a replica with its own archive", err=True)
        return USAGE
    pages = backups.copy_sqlite(source, file)
    click.echo(f"{file}: {pages} pages")
    return 0


@click.command()
@settings_option
@click.option("--skip", default=recovery.SKIP, show_default=True, help="Serial numbers to pass over in every series.")
def recover(settings: Path, skip: int) -> None:
    """After a restored backup: take over from the published files what the register forgot.

    Ended and suspended licences stay so, whatever the backup says; lists that may hold licences that the register does
    not know give out no more indexes; serial numbers go on further along. Prints the licences whose register entries
    must be looked at, since the acts after the backup are lost. Then serve as before.
    """
    found = recovery.recover(desk(settings), now(), skip=skip)
    if not found.lists:
        click.echo("the register knows everything that is published")
        return
    click.echo(f"lists {', '.join(map(str, found.lists))}: taken over and closed to new licences")
    click.echo(f"{found.forgotten} entries belong to nobody that the register knows")
    for licence in found.licences:
        click.echo(f"  look at {licence}: it ended, rests or was superseded after the backup")


def _refuse_if_in_use(database: str) -> None:
    """A register belongs to the keys that sealed it; new ones could open nothing in it."""
    store = Store(database)
    try:
        with store.reading() as tx:
            if stored.all_of(tx):
                raise click.UsageError("this database holds a register already; name another with --database")
    finally:
        store.close()


def _write_new(path: Path, text: str) -> None:
    """Write a file that must not be there yet, for its owner only. Raises FileExistsError."""
    with open(path, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
