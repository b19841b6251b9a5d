"""The command line of the issuer.

Exit status: 0 done, 1 refused, 2 failed and repeated later, 64 wrong usage, 70 a defect of ours, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from issuer.cli import acting, ceremony, log, operate, setting_up, trail, witness
from issuer.cli.common import DEFECT, REFUSED, TOLD, USAGE, told


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="elicense", prog_name="elicense-issuer")
def cli() -> None:
    """Keep the register of licences: set up, hold the key ceremony, serve, act, audit.

    Begin with `init`, then the `ceremony`, then `bootstrap`, then `serve`. Secrets are never given on the command
    line, only where they are: env:NAME or file:PATH.

    Exit status: 0 done, 1 refused, 2 failed and repeated later, 64 wrong usage.
    """


for _command in (
    setting_up.init,
    ceremony.ceremony,
    setting_up.bootstrap,
    setting_up.managers,
    operate.serve,
    operate.health,
    operate.publish,
    operate.resume,
    operate.sweep,
    trail.audit,
    log.log,
    witness.witness,
    setting_up.upgrade,
    setting_up.backup,
    setting_up.recover,
    acting.keygen,
    acting.act,
    acting.get,
):
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, with the program's arguments if none are given. Whatever goes wrong is told in a line."""
    try:
        code = cli.main(None if arguments is None else list(arguments), standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(USAGE)
    except click.Abort:
        sys.exit(130)
    except TOLD as refused:
        click.echo(told(refused), err=True)
        sys.exit(REFUSED)
    except Exception as defect:  # noqa: BLE001 - the edge: a traceback could show what must not be seen
        click.echo(f"defect: {type(defect).__name__}. Nothing more was done; please report it.", err=True)
        sys.exit(DEFECT)
    sys.exit(code if isinstance(code, int) else 0)
