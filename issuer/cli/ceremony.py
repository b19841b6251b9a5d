"""The key ceremony on the command line: root keys, drafts of the trust list, signing by holders, publishing.

Every change of the trust list is a draft that is shown, signed by enough holders, and published. Root keys are opened
by `sign` alone, on whatever machine their holder trusts: neither settings nor database are needed there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from elicense.fields import BadValue
from elicense.keys import Algorithm, PublicKey
from elicense.licence import Kind
from elicense.sdjwt import base_of
from elicense.trust import Anchor, Authority, Issuer, TrustList
from elicense.trust import Purpose as TrustPurpose
from issuer.cli.common import config, desk, read_json, settings_option
from issuer.config import Config
from issuer.domain.refusal import Refusal
from issuer.opening import now, open_vault
from issuer.services import keys, trusting
from issuer.services.desk import Desk
from issuer.vault import Purpose, keyfile
from issuer.vault.certificate import demonstration_chain

_file = click.Path(path_type=Path, exists=True, dir_okay=False)
_out = click.option("--out", type=click.Path(path_type=Path), required=True, help="Where the draft goes.")
_threshold = click.option(
    "--threshold", default=keys.THRESHOLD, show_default=True, help="How many holders must sign a trust list."
)
_PURPOSES = {purpose.value: purpose for purpose in TrustPurpose}


@click.group()
def ceremony() -> None:
    """Root keys, keys of this issuer, and the trust list that names them.

    In order: `root` for each holder, `anchor`, `first`, `show` and `sign` by enough holders, `publish`. Later lists
    begin with `renew`, `amend`, `rotate`, `retire`, `compromise` or `roots`, and go the same way.
    """


@ceremony.command("root")
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="The holder's own folder.")
@click.option("--passphrase", required=True, help="Where the holder's passphrase is: env:NAME or file:PATH.")
def root(folder: Path, passphrase: str) -> None:
    """Make the root key of one holder. Three holders, three folders, three passphrases."""
    path, public = keys.create_root_key(folder, passphrase, now())
    click.echo(f"{path}: root key {public.kid.hex()}")


@ceremony.command("anchor")
@_threshold
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file that verifiers pin.")
@click.argument("root_keys", nargs=-1, required=True, type=_file)
def anchor(threshold: int, out: Path, root_keys: tuple[Path, ...]) -> None:
    """Write the public root keys and their threshold: what verifiers and this issuer pin."""
    made = _anchor(root_keys, threshold)
    keys.write_anchor(out, made)
    click.echo(f"{out}: {len(made.keys)} root keys, {made.threshold} must sign")


@ceremony.command("first")
@settings_option
@click.option("--issuer", "issuer_file", type=_file, required=True, help="The issuer's entry without keys (JSON).")
@_out
def first(settings: Path, issuer_file: Path, out: Path) -> None:
    """Make the keys of this issuer and draft the first trust list."""
    held, at = config(settings), now()
    entry = read_issuer(read_json(issuer_file), held)
    pinned = trusting.read_anchor(_bytes_of_anchor(held))
    vault = open_vault(held)
    made = keys.create_service_keys(vault, at)
    for mine, theirs in ((Purpose.LICENCE, TrustPurpose.LICENCE), (Purpose.STATUS, TrustPurpose.STATUS)):
        public = next(head.public for head in vault.heads(mine) if head.kid == made[mine])
        if public is not None:
            entry = keys.with_key(entry, public, theirs, at)
    _write(out, keys.first_list(pinned, [entry], at))


@ceremony.command("renew")
@settings_option
@_out
def renew(settings: Path, out: Path) -> None:
    """Draft the same list anew, before its next update is due."""
    trust = trusting.published(desk(settings))
    _write(out, keys.next_list(trust, _after(trust)))


@ceremony.command("amend")
@settings_option
@click.option("--issuer", "issuer_file", type=_file, required=True, help="The issuer's entry without keys (JSON).")
@_out
def amend(settings: Path, issuer_file: Path, out: Path) -> None:
    """Draft the list in which this issuer's entry says something else: a new authority, another name. Keys stay."""
    held = desk(settings)
    trust = trusting.published(held)
    own, said = trusting.own(held, trust), read_issuer(read_json(issuer_file), held.config)
    if said.id != own.id:
        raise click.UsageError("the entry is another issuer's")
    amended = Issuer(
        id=own.id,
        name=said.name,
        kinds=said.kinds,
        divisions=said.divisions,
        type_codes=said.type_codes,
        authorities=said.authorities,
        status_uri=own.status_uri,
        keys=own.keys,
    )
    _write(out, _following(trust, amended))


@ceremony.command("rotate")
@settings_option
@click.argument("purpose", type=click.Choice(sorted(_PURPOSES)))
@click.option("--lead", default=keys.LEAD_SECONDS, show_default=True, help="Seconds before the new key's first use.")
@click.option(
    "--overlap",
    default=keys.OVERLAP_SECONDS,
    show_default=True,
    help="Seconds for which the old key stays usable after that.",
)
@_out
def rotate(settings: Path, purpose: str, lead: int, overlap: int, out: Path) -> None:
    """Make a new key and draft the list in which it follows the present one. What was signed before stays good."""
    held = desk(settings)
    trust = trusting.published(held)
    at = now()
    public = _new_key(held, _PURPOSES[purpose], at)
    entry = keys.rotated(trusting.own(held, trust), public, _PURPOSES[purpose], at, lead=lead, overlap=overlap)
    _write(out, _following(trust, entry))


@ceremony.command("document")
@settings_option
def document_key(settings: Path) -> None:
    """Make a new key for the PDFs of licences, with a certificate that signs itself: for demonstrations.

    It becomes the one in use at once; it is in no trust list. What older keys signed stays as it is.
    """
    head = open_vault(config(settings)).create(Purpose.DOCUMENT, now())
    click.echo(f"document key {head.kid}")


@ceremony.command("certify")
@settings_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where the root's certificate goes (PEM).")
def certify(settings: Path, out: Path) -> None:
    """Give the licence key in use a certificate that copies for wallets carry (x5c): for demonstrations.

    A root is made for it and its key forgotten. A real certificate and what vouches for it, without the root, go into
    licence-KID.pem beside the key, the key's own first. Our own verifiers take trust from the trust list alone.
    """
    held, at = desk(settings), now()
    issuer = trusting.own(held, trusting.published(held))
    key, _ = trusting.usable(held, issuer, TrustPurpose.LICENCE, at)
    chain, root_of_it = demonstration_chain(key.key, base_of(issuer), at)
    path = open_vault(config(settings)).put_chain(key.key.kid.hex(), chain)
    out.write_bytes(root_of_it)
    click.echo(f"{path.name}: certificate of licence key {key.key.kid.hex()}; its root: {out}")


@ceremony.command("log")
@settings_option
def log_key(settings: Path) -> None:
    """Make a new key for the log of the audit trail; it signs from now on. For services older than the log.

    Hand the new line of `log key` to every witness before: they sign nothing for a key that they do not know.
    """
    head = open_vault(config(settings)).create(Purpose.LOG, now(), Algorithm.EDDSA)
    click.echo(f"log key {head.kid}")


@ceremony.command("retire")
@settings_option
@click.argument("kid")
@_out
def retire(settings: Path, kid: str, out: Path) -> None:
    """Draft the list in which the key KID ends now; what it signed before stays good."""
    held = desk(settings)
    trust = trusting.published(held)
    at = now()
    _write(out, _following(trust, keys.retired(trusting.own(held, trust), kid, at)))


@ceremony.command("compromise")
@settings_option
@click.option("--since", type=int, help="Unix seconds from which it must be assumed; now if absent.")
@click.option("--replace", is_flag=True, help="Make a new key of the same purpose too, usable at once.")
@click.argument("kid")
@_out
def compromise(settings: Path, since: int | None, kid: str, out: Path, *, replace: bool) -> None:
    """Draft the list that marks the key KID as compromised: nothing it ever signed is believed any more.

    The mark cannot be taken back. Licences that the key signed must be issued anew; see docs/operations.md.
    """
    held = desk(settings)
    trust = trusting.published(held)
    at = now()
    entry = keys.compromised(trusting.own(held, trust), kid, at if since is None else since)
    if replace:
        purpose = next(known.purpose for known in entry.keys if known.key.kid.hex() == kid)
        entry = keys.with_key(entry, _new_key(held, purpose, at), purpose, at)
    _write(out, _following(trust, entry))


@ceremony.command("roots")
@settings_option
@_threshold
@click.argument("root_keys", nargs=-1, required=True, type=_file)
@_out
def roots(settings: Path, threshold: int, root_keys: tuple[Path, ...], out: Path) -> None:
    """Draft the list that names other root keys: ROOT_KEYS are all of them, old ones that stay included.

    Enough holders of the present root keys and enough of the new ones must sign. Verifiers that pinned the old ones
    follow; new verifiers pin what `anchor` writes from the new ones.
    """
    trust = trusting.published(desk(settings))
    _write(out, keys.next_list(trust, _after(trust), anchor=_anchor(root_keys, threshold)))


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
        for authority in issuer.authorities:
            click.echo(f"  authority {authority.number} {authority.code} {authority.name}")
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


def read_issuer(value: dict[str, Any], held: Config) -> Issuer:
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
            status_uri=f"{held.base_url}/status/{{list}}",
            keys=(),
        )
    except (KeyError, TypeError, AttributeError, BadValue) as wrong:
        raise click.UsageError(f"the issuer's entry lacks or misnames a member: {wrong}") from None


def _anchor(root_keys: tuple[Path, ...], threshold: int) -> Anchor:
    heads = [keyfile.read_head(path) for path in root_keys]
    publics = [head.public for head in heads if head.public is not None and head.purpose is Purpose.ROOT]
    if len(publics) != len(root_keys):
        raise click.UsageError("not every file is a root key")
    return keys.make_anchor(publics, threshold)


def _bytes_of_anchor(held: Config) -> bytes:
    try:
        return held.anchor.read_bytes()
    except OSError:
        raise Refusal("trust-missing", f"write the root keys first: ceremony anchor --out {held.anchor.name}") from None


def _new_key(held: Desk, purpose: TrustPurpose, at: int) -> PublicKey:
    head = open_vault(held.config).create(Purpose(purpose.value), at)
    if head.public is None:
        raise Refusal("key-unknown")
    return head.public


def _after(trust: TrustList) -> int:
    """The time of issue of the list that follows: now, and later than the one in force."""
    return max(now(), trust.issued + 1)


def _following(trust: TrustList, entry: Issuer) -> TrustList:
    issuers = [entry if one.id == entry.id else one for one in trust.issuers]
    return keys.next_list(trust, _after(trust), issuers=issuers)


def _write(out: Path, new: TrustList) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(keys.draft(new))
    click.echo(f"{out}: draft of trust list {new.sequence}; have it signed by {new.anchor.threshold} holders")
