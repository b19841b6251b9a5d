"""The key ceremony on the command line: root keys, drafts of the trust list, signing by holders, publishing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from elicense.fields import BadValue
from elicense.licence import Kind
from elicense.trust import Authority, Issuer, TrustList
from elicense.trust import Purpose as TrustPurpose
from issuer.app import now, open_vault
from issuer.cli.common import desk, settings_option
from issuer.config import load
from issuer.domain.refusal import Refusal
from issuer.services import keys, trusting
from issuer.vault import Purpose, keyfile

_file = click.Path(path_type=Path, exists=True, dir_okay=False)
_out = click.option("--out", type=click.Path(path_type=Path), required=True, help="Where the draft goes.")
_PURPOSES = {purpose.value: purpose for purpose in TrustPurpose}


@click.group()
def ceremony() -> None:
    """Root keys, keys of this issuer, and the trust list that names them."""


@ceremony.command("root")
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="The holder's own folder.")
@click.option("--passphrase", required=True, help="Where the holder's passphrase is: env:NAME or file:PATH.")
def root(folder: Path, passphrase: str) -> None:
    """Make the root key of one holder. Three holders, three folders, three passphrases."""
    path, public = keys.create_root_key(folder, passphrase, now())
    click.echo(f"{path}: root key {public.kid.hex()}")


@ceremony.command("anchor")
@click.option("--threshold", default=keys.THRESHOLD, show_default=True, help="How many holders must sign.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file that verifiers pin.")
@click.argument("root_keys", nargs=-1, required=True, type=_file)
def anchor(threshold: int, out: Path, root_keys: tuple[Path, ...]) -> None:
    """Write the public root keys and their threshold: what verifiers and this issuer pin."""
    heads = [keyfile.read_head(path) for path in root_keys]
    publics = [head.public for head in heads if head.public is not None and head.purpose is Purpose.ROOT]
    made = keys.make_anchor(publics, threshold)
    keys.write_anchor(out, made)
    click.echo(f"{out}: {len(made.keys)} root keys, {made.threshold} must sign")


@ceremony.command("first")
@settings_option
@click.option("--issuer", "issuer_file", type=_file, required=True, help="The issuer's entry without keys (JSON).")
@_out
def first(settings: Path, issuer_file: Path, out: Path) -> None:
    """Make the keys of this issuer and draft the first trust list."""
    config = load(settings, {})
    at = now()
    vault = open_vault(config)
    made = keys.create_service_keys(vault, at)
    entry = read_issuer(json.loads(issuer_file.read_text("utf-8")), f"{config.base_url}/status/{{list}}")
    for mine, theirs in ((Purpose.LICENCE, TrustPurpose.LICENCE), (Purpose.STATUS, TrustPurpose.STATUS)):
        public = next(head.public for head in vault.heads(mine) if head.kid == made[mine])
        if public is not None:
            entry = keys.with_key(entry, public, theirs, at)
    pinned = trusting.read_anchor(config.anchor.read_bytes())
    _write(out, keys.first_list(pinned, [entry], at))


@ceremony.command("rotate")
@settings_option
@click.argument("purpose", type=click.Choice(sorted(_PURPOSES)))
@click.option("--lead", default=keys.LEAD_SECONDS, show_default=True, help="Seconds before the new key's first use.")
@click.option("--overlap", default=0, show_default=True, help="Seconds for which the old key stays usable after that.")
@_out
def rotate(settings: Path, purpose: str, lead: int, overlap: int, out: Path) -> None:
    """Make a new key and draft the list in which it follows the present one."""
    held, at = desk(settings), now()
    trust = trusting.published(held)
    head = open_vault(held.config).create(Purpose(purpose), at)
    if head.public is None:
        raise Refusal("key-unknown")
    entry = keys.rotated(trusting.own(held, trust), head.public, _PURPOSES[purpose], at, lead=lead, overlap=overlap)
    _write(out, _following(trust, entry, at))


@ceremony.command("retire")
@settings_option
@click.argument("kid")
@_out
def retire(settings: Path, kid: str, out: Path) -> None:
    """Draft the list in which a key ends now; what it signed before stays good."""
    held, at = desk(settings), now()
    trust = trusting.published(held)
    _write(out, _following(trust, keys.retired(trusting.own(held, trust), kid, at), at))


@ceremony.command("compromise")
@settings_option
@click.option("--since", type=int, help="Unix seconds; now if absent.")
@click.argument("kid")
@_out
def compromise(settings: Path, since: int | None, kid: str, out: Path) -> None:
    """Draft the list that marks a key as compromised: nothing it ever signed is believed any more."""
    held, at = desk(settings), now()
    trust = trusting.published(held)
    entry = keys.compromised(trusting.own(held, trust), kid, at if since is None else since)
    _write(out, _following(trust, entry, at))


@ceremony.command("renew")
@settings_option
@_out
def renew(settings: Path, out: Path) -> None:
    """Draft the same list anew, before its next update is due."""
    held, at = desk(settings), now()
    _write(out, keys.next_list(trusting.published(held), at))


@ceremony.command("show")
@click.argument("draft", type=_file)
def show(draft: Path) -> None:
    """Show what a draft says, for a holder to read before signing."""
    said = keys.shown(draft.read_bytes())
    click.echo(f"sequence {said.sequence}, issued {said.issued}, next update {said.next_update}")
    click.echo(f"root keys {', '.join(key.kid.hex() for key in said.anchor.keys)}; {said.anchor.threshold} must sign")
    for issuer in said.issuers:
        kinds = ", ".join(sorted(kind.text for kind in issuer.kinds))
        click.echo(f"issuer {issuer.id} {issuer.name}: {kinds}; divisions {', '.join(map(str, issuer.divisions))}")
        for key in issuer.keys:
            mark = "" if key.compromised_from is None else f", COMPROMISED from {key.compromised_from}"
            click.echo(f"  {key.purpose.value} key {key.key.kid.hex()} from {key.since} until {key.until}{mark}")


@ceremony.command("sign")
@click.option("--key", "key_file", type=_file, required=True, help="The holder's key file.")
@click.option("--passphrase", required=True, help="Where the holder's passphrase is: env:NAME or file:PATH.")
@click.argument("draft", type=_file)
def sign(key_file: Path, passphrase: str, draft: Path) -> None:
    """Add one holder's signature to a draft. Read it first with `ceremony show`."""
    draft.write_bytes(keys.sign_draft(draft.read_bytes(), key_file, passphrase))
    signed, needed = keys.signed_by(draft.read_bytes(), keys.shown(draft.read_bytes()).anchor)
    click.echo(f"{draft}: {signed} of {needed} signatures")


@ceremony.command("publish")
@settings_option
@click.argument("signed", type=_file)
def publish(settings: Path, signed: Path) -> None:
    """Publish a list that enough holders signed."""
    new = keys.publish_trust_list(desk(settings), signed.read_bytes(), now())
    click.echo(f"trust list {new.sequence} published")


def read_issuer(value: dict[str, Any], status_uri: str) -> Issuer:
    """The entry of an issuer without keys. Raises click's usage error, naming the member."""
    kinds = {kind.text: kind for kind in Kind}
    try:
        return Issuer(
            id=value["id"],
            name=value["name"],
            kinds=frozenset(kinds[kind] for kind in value["kinds"]),
            divisions=tuple(value["divisions"]),
            type_codes={kinds[kind]: code for kind, code in value["type_codes"].items()},
            authorities=tuple(Authority(**each) for each in value["authorities"]),
            status_uri=status_uri,
            keys=(),
        )
    except (KeyError, TypeError, AttributeError, BadValue) as wrong:
        raise click.UsageError(f"the issuer's entry lacks or misnames a member: {wrong}") from None


def _following(trust: TrustList, entry: Issuer, at: int) -> TrustList:
    issuers = [entry if one.id == entry.id else one for one in trust.issuers]
    return keys.next_list(trust, at, issuers=issuers)


def _write(out: Path, new: TrustList) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(keys.draft(new))
    click.echo(f"{out}: draft of trust list {new.sequence}; have it signed by {new.anchor.threshold} holders")
