"""Acting from the command line: key files of accounts, signed acts and reads over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO

import click

from issuer.app import now
from issuer.client import NEW, Client, load_key, make_key
from issuer.vault import passphrase

_url = click.option("--url", envvar="ELICENSE_URL", default="http://127.0.0.1:8080", show_default=True, help="Issuer.")
_account = click.option("--account", envvar="ELICENSE_ACCOUNT", default=NEW, show_default=True, help="Acting account.")
_key = click.option(
    "--key", "key_file", envvar="ELICENSE_KEY", type=click.Path(path_type=Path), required=True, help="Its key file."
)
_phrase = click.option(
    "--passphrase",
    "source",
    envvar="ELICENSE_KEY_PASSPHRASE",
    required=True,
    help="Where the key's passphrase is: env:NAME or file:PATH.",
)


@click.command()
@_phrase
@click.argument("path", type=click.Path(path_type=Path))
def keygen(source: str, path: Path) -> None:
    """Make an account's key file (P-256, encrypted PKCS#8) and print its public key."""
    click.echo(json.dumps(make_key(path, passphrase.read(source)).public_key.to_jwk()))


@click.command()
@_url
@_account
@_key
@_phrase
@click.option("--target", default=NEW, show_default=True, help="What the act is about.")
@click.option("--revision", type=int, help="Its revision as last read.")
@click.option("--body", default="{}", help="The body as JSON.")
@click.option("--attachment", type=click.File("rb"), help="A file that the act names or that proves an identity.")
@click.argument("name")
def act(  # noqa: PLR0917 - click passes them by name
    url: str,
    account: str,
    key_file: Path,
    source: str,
    target: str,
    revision: int | None,
    body: str,
    attachment: IO[bytes] | None,
    name: str,
) -> None:
    """Sign one act with the account's key and send it.

    For example: act application.accept --target app-… --revision 3
    """
    try:
        said = json.loads(body)
    except ValueError:
        raise click.UsageError("--body is not JSON") from None
    client = _client(url, account, key_file, source)
    data = None if attachment is None else attachment.read()
    click.echo(json.dumps(client.act(name, target, revision, said, attachment=data), ensure_ascii=False, indent=1))


@click.command()
@_url
@_account
@_key
@_phrase
@click.argument("path")
def get(url: str, account: str, key_file: Path, source: str, path: str) -> None:
    """Read something below /api/v1, for example `get queue` or `get applications/app-…`."""
    click.echo(json.dumps(_client(url, account, key_file, source).get(path), ensure_ascii=False, indent=1))


def _client(url: str, account: str, key_file: Path, source: str) -> Client:
    signer = load_key(key_file, passphrase.read(source))
    return Client(base_url=url.rstrip("/"), signer=signer, clock=now, account=account)
