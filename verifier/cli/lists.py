"""The folder of lists: init, refresh, history. The only commands that use the network."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, NoReturn

import click

from elicense import strictjson
from elicense.errors import ElicenseError, Rejected
from elicense.trust import Anchor
from verifier.cli.common import UNDETERMINED, VALID, folder_option, now, stop
from verifier.folder import Folder, FolderBad
from verifier.report import clean


@click.command()
@folder_option
@click.option("--anchor", "anchor_file", type=click.File("rb"), required=True, help="File with the root keys (JSON).")
@click.option("--trust", "trust_uri", required=True, help="Address of the trust list.")
def init(folder_path: Path, anchor_file: IO[bytes], trust_uri: str) -> None:
    """Pin the root keys, got from a source you trust, and the address of the trust list."""
    from verifier.fetch import FetchFailed, require_address  # noqa: PLC0415 - `check` needs no network code

    try:
        require_address(trust_uri)
        Folder(folder_path).create(Anchor.from_json(strictjson.loads(anchor_file.read())), trust_uri)
    except FetchFailed as bad:
        stop(f"--trust: {bad}.")
    except FileExistsError:
        stop(f"{folder_path} is in use already; choose another folder with --folder.")
    except Rejected:
        stop("The anchor file does not hold root keys and a threshold.")
    except OSError as fault:
        stop(f"{folder_path} cannot be written to: {fault.strerror}.")
    click.echo(f"{folder_path}: root keys pinned. Next: elicense-verifier refresh --folder {folder_path}")


@click.command()
@folder_option
def refresh(folder_path: Path) -> None:
    """Fetch the trust list and all status lists into the folder. With history the only command that uses the network.

    Exit status 0 if everything was fetched, 2 if something was not (what was there before stays in use).
    """
    from verifier.refresh import refresh as fill  # noqa: PLC0415 - as above

    try:
        done = fill(Folder(folder_path), time.monotonic, now())
    except FolderBad as bad:
        stop(f"{folder_path}: {bad.detail}.")
    except ElicenseError as fault:
        stop(f"Nothing could be fetched: {fault}. Check the network and the address given to init.", UNDETERMINED)
    except OSError as fault:
        stop(f"{folder_path} cannot be written to: {fault.strerror}.")
    _end(f"trust list {done.sequence}, {len(done.fetched)} status lists", done.failed)


@click.command()
@folder_option
@click.option("--from", "first", required=True, metavar="ISO-DATE", help="The first civil day (UTC+8).")
@click.option("--to", "last", required=True, metavar="ISO-DATE", help="The last civil day; at most yesterday.")
def history(folder_path: Path, first: str, last: str) -> None:
    """Fetch the status lists as they stood at the end of each day, for questions about those days (--at, bulk, may).

    Exit status 0 if every list of every day was had, 2 if something was not.
    """
    from verifier.history import HistoryBad, days  # noqa: PLC0415 - `check` needs no network code
    from verifier.history import fill as fetch_days  # noqa: PLC0415

    try:
        asked = days(first, last, now())
        with click.progressbar(asked, label="days", file=sys.stderr) as each:
            done = fetch_days(Folder(folder_path), each, time.monotonic)
    except HistoryBad as bad:
        stop(f"{bad}.")
    except FolderBad as bad:
        stop(f"{folder_path}: {bad.detail}.")
    except OSError as fault:
        stop(f"{folder_path} cannot be written to: {fault.strerror}.")
    _end(f"{done.days} days, {done.kept} lists kept", done.failed)


def _end(what: str, failed: Iterable[tuple[str, str]]) -> NoReturn:
    """Say what came and what did not."""
    click.echo(what)
    status = VALID
    for uri, why in failed:
        click.echo(f"failed: {clean(uri)}: {why}", err=True)
        status = UNDETERMINED
    sys.exit(status)
