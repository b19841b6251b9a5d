"""Acting from the command line: key files of accounts, signed acts and reads over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any

import click

from issuer.cli.common import read_json, show
from issuer.client import NEW, Client, load_key, make_key, restricted_part
from issuer.opening import now
from issuer.vault import passphrase

_url = click.option(
    "--url", envvar="ELICENSE_URL", default="http://127.0.0.1:8080", show_default=True, help="Where the issuer serves."
)
_account = click.option("--account", envvar="ELICENSE_ACCOUNT", default=NEW, show_default=True, help="Acting account.")
_key = click.option(
    "--key",
    "key_file",
    envvar="ELICENSE_KEY",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="Its key file, made by `keygen`.",
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
    """Make an account's key file (P-256, encrypted PKCS#8) at PATH and print its public key as a JWK."""
    click.echo(json.dumps(make_key(path, passphrase.read(source)).public_key.to_jwk()))


@click.command()
@_url
@_account
@_key
@_phrase
@click.option("--target", default=NEW, show_default=True, help="What the act is about.")
@click.option("--revision", type=int, help="Its revision as last read.")
@click.option("--body", default="{}", help="The body as a JSON object.")
@click.option("--restricted", type=click.Path(path_type=Path, exists=True), help="Restricted part, a JSON file.")
@click.option("--attachment", type=click.File("rb"), help="A file that proves an identity.")
@click.argument("name")
def act(  # noqa: PLR0917 - click passes them by name
    url: str,
    account: str,
    key_file: Path,
    source: str,
    target: str,
    revision: int | None,
    body: str,
    restricted: Path | None,
    attachment: IO[bytes] | None,
    name: str,
) -> None:
    """Sign one act with the account's key and send it; prints the answer.

    The names of the acts and what their bodies hold stand in /api/v1/openapi.json of the issuer. For example:

        elicense-issuer act application.accept --target app-... --revision 3
    """
    said = _object(body)
    data = None if attachment is None else attachment.read()
    if restricted is not None:
        data, said["restricted"] = restricted_part(read_json(restricted))
    client = _client(url, account, key_file, source)
    show(client.act(name, target, revision, said, attachment=data))


@click.command()
@_url
@_account
@_key
@_phrase
@click.argument("path")
def get(url: str, account: str, key_file: Path, source: str, path: str) -> None:
    """Read something below /api/v1, for example `get queue` or `get applications/app-...`."""
    show(_client(url, account, key_file, source).get(path))


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise click.UsageError("--body is not a JSON object")
    return value


def _client(url: str, account: str, key_file: Path, source: str) -> Client:
    signer = load_key(key_file, passphrase.read(source))
    try:
        return Client(base_url=url.rstrip("/"), signer=signer, clock=now, account=account)
    except ValueError as wrong:
        raise click.UsageError(f"--url: {wrong}") from None
