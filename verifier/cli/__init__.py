"""The command line of the verifier: init, refresh, history, check, batch, bulk, may, show, wallet-identity, serve.

Exit status of `check`, `batch` and `bulk`: 0 all valid, 1 any invalid, 2 none invalid but some undetermined or not all
read, 3 nothing readable, 64 wrong usage or an unusable folder, 70 a fault of the program, 130 interrupted, 141 nobody
reads the output any more. The clock is read here and nowhere below.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from verifier.cli import asking, checking, lists
from verifier.cli import wallet as asking_wallets
from verifier.cli.common import FAULT, INTERRUPTED, USAGE, VALID, folder_option, stop
from verifier.folder import Folder


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="elicense", prog_name="elicense-verifier")
def cli() -> None:
    """Check electronic licences of physicians, nurses and medical institutions, off line too.

    Begin with `init` (once) and `refresh` (daily); then `check` a picture, a link or the digits of a code.
    """


@click.command()
@folder_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True, help="Port; 0 for a free one.")
@click.option(
    "--refresh-every", type=click.IntRange(min=0), default=900, show_default=True,
    help="Seconds between refreshes; 0 for never.",
)  # fmt: skip
@click.option("--tell-replays", is_flag=True, help="Tell a live code that was asked about before.")
@click.option(
    "--wallet", "wallet", type=click.Path(path_type=Path), metavar="DIR",
    help="Ask wallets too, as the verifier whose key and certificates are in DIR (see wallet-identity).",
)  # fmt: skip
@click.option("--base-url", help="Where wallets reach this service, if not at the address that is listened on.")
@click.option(
    "--client-id",
    "prefix",
    type=click.Choice(asking_wallets.PREFIXES),
    default=asking_wallets.PREFIXES[0],
    show_default=True,
    help="How wallets name this verifier.",
)
def serve(
    folder_path: Path, host: str, port: int, refresh_every: int, tell_replays: bool, wallet: Path | None,  # noqa: FBT001
    base_url: str | None, prefix: str,
) -> None:  # fmt: skip
    """Serve the page that codes lead to and the JSON API: POST /v1/check, /v1/batch, /v1/may; GET /openapi.json."""
    from verifier.web.serve import run  # noqa: PLC0415 - the web server is not loaded for the other commands

    asking = None if wallet is None else asking_wallets.asking(wallet, prefix, base_url)
    try:
        run(
            Folder(folder_path), host=host, port=port, refresh_every=refresh_every, announce=click.echo,
            tell_replays=tell_replays, asking=asking,
        )  # fmt: skip
    except OSError as fault:
        stop(f"{host}:{port} cannot be listened on: {fault.strerror}.")


for _command in (
    lists.init, lists.refresh, lists.history, checking.check, checking.batch, asking.bulk, asking.may, checking.show,
    asking_wallets.wallet_identity, serve,
):  # fmt: skip
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, by default that of the process.

    Wrong usage is exit status 64, as sysexits has it; no fault of ours looks like 0 or 1.
    """
    try:
        code = cli.main(arguments, standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(USAGE)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except Exception as fault:  # noqa: BLE001 - the last resort: Python's own exit status for this would mean "invalid"
        click.echo(f"The verifier failed ({type(fault).__name__}); there is no answer. Nothing is valid.", err=True)
        sys.exit(FAULT)
    sys.exit(code if isinstance(code, int) else VALID)
