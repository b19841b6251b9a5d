"""The command line of the issuer. Exit status: 0 done, 1 refused, 2 failed and repeated later, 64 usage."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from issuer.cli import acting, ceremony, operate
from issuer.cli.common import REFUSED, USAGE, told
from issuer.client import Refused
from issuer.config import ConfigBad
from issuer.domain.refusal import Refusal
from issuer.storage import StorageFailed
from issuer.vault import VaultError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="elicense", prog_name="elicense-issuer")
def cli() -> None:
    """Keep the register of licences: set up, hold the key ceremony, serve, act, audit.

    Begin with `init`, then the `ceremony`, then `bootstrap`, then `serve`. Secrets are never given on the command
    line, only where they are: env:NAME or file:PATH.
    """


cli.add_command(operate.init)
cli.add_command(ceremony.ceremony)
cli.add_command(operate.bootstrap)
cli.add_command(operate.serve)
cli.add_command(operate.resume)
cli.add_command(operate.publish)
cli.add_command(operate.sweep)
cli.add_command(operate.health)
cli.add_command(operate.audit)
cli.add_command(acting.keygen)
cli.add_command(acting.act)
cli.add_command(acting.get)


def main() -> NoReturn:
    """Run the command line."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(USAGE)
    except click.Abort:
        sys.exit(130)
    except (Refusal, Refused, StorageFailed, VaultError, ConfigBad, OSError) as refused:
        click.echo(told(refused), err=True)
        sys.exit(REFUSED)
    sys.exit(code if isinstance(code, int) else 0)
