"""What the commands share: options, the desk of the settings, how a refusal is told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from issuer.app import open_desk
from issuer.client import Refused
from issuer.domain.refusal import Refusal
from issuer.services import rules
from issuer.services.desk import Desk

REFUSED: Final = 1
LATER: Final = 2
USAGE: Final = 64

settings_option = click.option(
    "--settings",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=Path("issuer.toml"),
    envvar="ELICENSE_ISSUER_SETTINGS",
    show_default=True,
    help="The settings file that `init` wrote.",
)


def desk(settings: Path) -> Desk:
    """The desk of a settings file and the environment."""
    return open_desk(settings, os.environ)


def told(refused: Exception) -> str:
    """A refusal in both languages, with its code, its grounds and no personal data."""
    if isinstance(refused, Refused):
        grounds = "".join(f"\n  {g['code']}: {g['zh']} · {g['en']}" for g in refused.problem.get("grounds", ()))
        return f"{refused}{grounds}"
    if isinstance(refused, Refusal):
        zh, en = rules.refusals().get(refused.code, ("", ""))
        grounds = "".join(f"\n  {g.code}: {g.zh} · {g.en} ({g.basis})" for g in refused.grounds)
        return f"{refused} {zh} {en}{grounds}".strip()
    return f"{type(refused).__name__}: {refused}"
