"""What the commands share: options, settings, files of JSON, how a refusal is told and what to do next."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import click

from elicense import strictjson
from elicense.errors import ElicenseError, Rejected
from issuer.client import Refused
from issuer.config import Config, ConfigBad, load
from issuer.domain.refusal import Refusal
from issuer.opening import open_desk
from issuer.services import rules
from issuer.services.desk import Desk
from issuer.storage import StorageFailed
from issuer.vault import VaultError

REFUSED: Final = 1
LATER: Final = 2
USAGE: Final = 64
DEFECT: Final = 70

TOLD: Final = (Refusal, Refused, StorageFailed, VaultError, ConfigBad, ElicenseError, OSError)
"""What a command may end with: each is told in a line, none with a traceback."""

_NEXT: Final = {
    "account-inactive": "Recover the account (account.recover), or ask the key managers.",
    "act-not-in-time": "Set this machine's clock and repeat the act.",
    "act-replayed": "It was done; read what it is about instead of repeating it.",
    "already-begun": "Enter further officers by acts: elicense-issuer act account.create_officer.",
    "authority-not-in-trust-list": "The issuer's entry must list the authority: elicense-issuer ceremony amend.",
    "changed-meanwhile": "Read it again with `get` and repeat with its revision.",
    "config": "The settings are explained in docs/operations.md.",
    "clock-behind": "Set this machine's clock.",
    "issuer-not-in-trust-list": "The setting `issuer` must be an id in the trust list: elicense-issuer ceremony show.",
    "key-refused": "Look at the passphrase_* settings, and at the modes of the files (0600).",
    "key-unavailable": "Look at the settings vault and passphrase_*, and at the trust list: ceremony show.",
    "log-forked": "Find out why before anything else: docs/audit.md, A fork.",
    "log-not-witnessed": "Do the witnesses answer? elicense-issuer health, and docs/operations.md, Witnesses.",
    "log-renamed": "Set base_url back, or log_name to a new name such as log-2: docs/audit.md, When a log ends.",
    "minting-spoiled": "Find out why (audit, log), then: elicense-issuer resume --again APPLICATION.",
    "no-answer": "Is it serving, and is --url its address?",
    "number-taken": "Choose another number.",
    "signer-unknown": "Look at --account and --key.",
    "register-behind": "It was restored from a backup: elicense-issuer recover; docs/operations.md, Restoring.",
    "storage-busy": "Try again.",
    "storage-full": "Make room on the disk.",
    "storage-lost": "Is the database running, and is the setting `database` its address?",
    "storage-schema": "Bring it up to date: elicense-issuer upgrade.",
    "storage-weak": "Change the database's own settings as docs/operations.md says.",
    "trust-bad": "Look at it with `ceremony show`; enough holders must have signed exactly this draft.",
    "trust-cuts-off": "Draft it anew, with a longer --overlap, or an end that is still to come.",
    "trust-missing": "Draft, sign and publish one: elicense-issuer ceremony --help.",
    "trust-rolled-back": "Draft it anew from the list in force: ceremony renew, rotate, retire or compromise.",
    "trust-stale": "Draft, sign and publish it anew: elicense-issuer ceremony renew.",
}  # fmt: skip

settings_option = click.option(
    "--settings",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=Path("issuer.toml"),
    envvar="ELICENSE_SETTINGS",
    show_default=True,
    help="The settings file that `init` wrote.",
)


def config(settings: Path) -> Config:
    """The settings of a file and the environment. Raises ConfigBad."""
    return load(settings, os.environ)


def desk(settings: Path) -> Desk:
    """The desk of a settings file and the environment; its connections are given back when the command ends."""
    held = open_desk(settings, os.environ)
    click.get_current_context().call_on_close(held.store.close)
    return held


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises click's usage error, naming the file."""
    try:
        value = strictjson.loads(path.read_bytes())
    except Rejected:
        raise click.UsageError(f"{path} is not JSON (RFC 7493, without floats)") from None
    if not isinstance(value, dict):
        raise click.UsageError(f"{path} holds no JSON object")
    return value


def show(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def told(refused: Exception) -> str:
    """A refusal: code, both languages, what to do next; its grounds below. No personal data."""
    code, detail, grounds = _parts(refused)
    zh, en = rules.refusals().get(code, ("", ""))
    sentence = f"{zh} · {en}." if en else ""
    said = " ".join(part for part in (f"{code}:", sentence, f"({detail})" if detail else "", _NEXT.get(code)) if part)
    return said + "".join(f"\n  {line}" for line in grounds)


def _parts(refused: Exception) -> tuple[str, str, list[str]]:
    """Code, detail and the lines of the grounds."""
    code, detail, lines = "refused", str(refused), []
    match refused:
        case Refused():
            code, detail = refused.code, str(refused.problem.get("detail", ""))
            listed = refused.problem.get("grounds", ())
            lines = [f"{g['code']}: {g['zh']} · {g['en']} ({g['basis']})" for g in listed]
        case Refusal():
            code, detail = refused.code, refused.detail
            lines = [f"{g.code}: {g.zh} · {g.en} ({g.basis})" for g in refused.grounds]
        case StorageFailed() | VaultError():
            code, detail = refused.code, refused.detail
        case ConfigBad():
            code = "config"
        case ConnectionError() | TimeoutError():
            code, detail = "no-answer", refused.strerror or str(refused) or type(refused).__name__
        case OSError():
            code, detail = "file", ": ".join(str(part) for part in (refused.filename, refused.strerror) if part)
    return code, detail, lines
