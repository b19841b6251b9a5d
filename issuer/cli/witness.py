"""A witness on the command line: make one, serve it, show what it signed. For a machine that is not the issuer's."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from typing import Final, NoReturn

import click

from issuer.cli.common import REFUSED, show
from issuer.opening import now
from issuer.witness import folder as folders
from issuer.witness import serving
from issuer.witness.folder import FolderBad
from issuer.witness.store import WitnessStore

_folder: Final = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))


@click.group()
def witness() -> None:
    """A witness of logs: it signs what a log says of itself as long as it only grows. Run it apart from the issuer.

    Its folder goes into no backup: a witness that was restored would have forgotten what it signed.
    """


@witness.command("init")
@click.option("--name", required=True, help="Its name, an address without https://, such as witness.example/w1.")
@click.option("--passphrase", required=True, help="Where the passphrase of its key is: env:NAME or file:PATH.")
@click.option("--log", "logs", multiple=True, help="The key of a log to be witnessed; may be given again.")
@_folder
def init(folder: Path, name: str, passphrase: str, logs: tuple[str, ...]) -> None:
    """Make a witness in FOLDER and print its key, which the logs' operators need."""
    try:
        click.echo(folders.make(folder, name, passphrase, logs, now()).text)
    except FolderBad as bad:
        raise click.UsageError(str(bad)) from None


@witness.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8090, show_default=True, help="Port to listen on; 0 for a free one.")
@_folder
def serve(folder: Path, host: str, port: int) -> None:
    """Serve the witness in FOLDER: POST /add-checkpoint. End it with Ctrl-C or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("waitress").setLevel(logging.WARNING)
    try:
        held = folders.open_witness(folder)
    except FolderBad as bad:
        raise click.UsageError(str(bad)) from None
    listening = serving.server(held, now, host=host, port=port)
    signal.signal(signal.SIGTERM, _end)
    click.echo(f"witness {held.key.name} on http://{host}:{listening.effective_port}", err=True)
    listening.run()


@witness.command("show")
@_folder
def shown(folder: Path) -> int:
    """Print the key of the witness in FOLDER, and for each log what it signed last. Exit status 1 for a conflict."""
    try:
        key, said = folders.public_key(folder), folders.settings(folder)
    except FolderBad as bad:
        raise click.UsageError(str(bad)) from None
    store = WitnessStore(folder / folders.STORE)
    found = [(store.latest(one), store.conflicts(one)) for one in store.origins()]
    show(
        {
            "key": key.text,
            "logs": [one.text for one in said.logs],
            "signed": [
                {
                    "origin": one.origin,
                    "size": one.size,
                    "root": one.root.hex(),
                    "at": one.at,
                    "conflicts": len(against),
                }
                for one, against in found
            ],
            "conflicts": [
                {"refused": refused.decode(), "signed": known.decode()}
                for _, against in found
                for refused, known in against
            ],
        }
    )
    return REFUSED if any(against for _, against in found) else 0


def _end(_number: int, _frame: object) -> NoReturn:
    sys.exit(0)
