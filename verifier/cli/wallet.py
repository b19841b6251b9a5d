"""Who this verifier is to wallets: wallet-identity, and what serve needs of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from verifier.cli.common import now, stop

if TYPE_CHECKING:
    from verifier.web.serve import Asking

PREFIXES: Final = ("x509_hash", "x509_san_dns")


@click.command("wallet-identity")
@click.option("--host", required=True, help="The DNS name under which wallets reach this verifier.")
@click.argument("folder", type=click.Path(path_type=Path))
def wallet_identity(host: str, folder: Path) -> None:
    """Make a key and a demonstration certificate in FOLDER, for asking wallets with serve --wallet FOLDER.

    Wallets trust it only if they are told to trust the root beside it. A real verifier brings a certificate of an
    authority that wallets know, under the same two names.
    """
    from verifier.openid4vp import identity  # noqa: PLC0415 - for those who ask wallets

    try:
        made = identity.make_demonstration(folder, host, dt.datetime.fromtimestamp(now(), dt.UTC))
    except identity.IdentityBad as bad:
        stop(f"{folder}: {bad}.")
    except ValueError:
        stop(f"{host}: not a DNS name; write one as verifier.example.")
    except OSError as fault:
        stop(f"{folder} cannot be written to: {fault.strerror}.")
    click.echo(f"{made.client_id}\nWallets have to trust {folder / identity.ROOT}")


def asking(folder: Path, prefix: str, base_url: str | None) -> Asking:
    """What `serve --wallet` needs; ends with a message if the folder cannot be used."""
    from verifier.openid4vp import identity  # noqa: PLC0415 - as above
    from verifier.web.serve import Asking  # noqa: PLC0415 - as above

    try:
        held = identity.load(folder, identity.Prefix(prefix))
    except identity.IdentityBad as bad:
        stop(f"{folder}: {bad}. Make one with: elicense-verifier wallet-identity --host NAME {folder}")
    return Asking(identity=held, folder=folder, base_url=base_url)
