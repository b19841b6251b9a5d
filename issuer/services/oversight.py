"""The desk of oversight: what key managers, acceptance officers and auditors see of organisations, accounts and keys.

The province must see the issue and the use of every electronic key (国卫办医函〔2019〕735号, three; SR-21, SR-22), and
its auditor the whole trail. A person's account is never listed here: whoever works on a case sees that case. Reads
only.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from elicense.period import day_begins, day_ends
from issuer.domain.account import Account, AccountKind, Role
from issuer.domain.audit import AuditRow
from issuer.domain.officer_key import ElectronicKey
from issuer.domain.organisation import Level, Organisation, OrganisationId, OrganisationKind, Tree
from issuer.domain.refusal import Refusal
from issuer.services import trails
from issuer.services.desk import Desk, tree
from issuer.services.trails import TrailLine
from issuer.storage import Transaction, accounts, audit, keys
from issuer.storage import organisations as stored

EVENTS_MOST = 500


def organisations(desk: Desk, account: Account) -> tuple[Organisation, ...]:
    """Return the authorities below an officer's own, and the institutions that these approved, by id."""
    with desk.store.reading() as tx:
        below = _below(tree(tx), account)
        approved = [one for one in stored.find(tx, kind=OrganisationKind.INSTITUTION) if one.parent in below]
        return tuple(sorted([*below.values(), *approved], key=lambda one: one.id))


def staff(desk: Desk, account: Account) -> tuple[Account, ...]:
    """Return the accounts that an officer manages.

    A key manager: the officers of the authorities below. An acceptance officer: the administrators of institutions
    that these approved. Raises Refusal("role-missing") for others.
    """
    if not account.roles & {Role.KEY_MANAGER, Role.ACCEPTANCE}:
        raise Refusal("role-missing", Role.KEY_MANAGER)
    with desk.store.reading() as tx:
        below = _below(tree(tx), account)
        found: list[Account] = []
        if Role.KEY_MANAGER in account.roles:
            found += [one for one in accounts.find(tx, kind=AccountKind.OFFICER) if one.organisation in below]
        if Role.ACCEPTANCE in account.roles:
            approved = {one.id for one in stored.find(tx, kind=OrganisationKind.INSTITUTION) if one.parent in below}
            found += [one for one in accounts.find(tx, kind=AccountKind.INSTITUTION) if one.organisation in approved]
        return tuple(found)


def electronic_keys(desk: Desk, account: Account) -> tuple[ElectronicKey, ...]:
    """Return an account's own keys; to a key manager every key of the officers below."""
    with desk.store.reading() as tx:
        if account.kind is AccountKind.OFFICER and Role.KEY_MANAGER in account.roles:
            below = _below(tree(tx), account)
            return tuple(one for one in keys.find(tx) if one.organisation in below)
        return keys.of_account(tx, account.id)


def trail(desk: Desk, account: Account, after: int, limit: int) -> tuple[AuditRow, ...]:
    """Return events of the audit trail in ascending order, from the one after `after`, at most `limit`.

    For an auditor of the province: the trail is one for all. Raises Refusal: role-missing, out-of-jurisdiction.
    """
    with desk.store.reading() as tx:
        _require_auditor(tx, account)
        return tuple(audit.read(tx, after=after, limit=min(limit, EVENTS_MOST)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events an auditor looks for; empty or None: all. `before` is the number of the event to go back from."""

    area: str = ""
    about: str = ""
    day: datetime.date | None = None
    before: int | None = None


def events(desk: Desk, account: Account, wanted: Wanted, limit: int) -> tuple[tuple[TrailLine, ...], AuditRow | None]:
    """Return events, newest first, at most `limit`, and the newest of all.

    For an auditor of the province. Raises Refusal: role-missing, out-of-jurisdiction.
    """
    with desk.store.reading() as tx:
        _require_auditor(tx, account)
        found = audit.newest(
            tx,
            min(limit, EVENTS_MOST),
            before=wanted.before,
            area=wanted.area,
            about=wanted.about,
            since=None if wanted.day is None else day_begins(wanted.day),
            until=None if wanted.day is None else day_ends(wanted.day),
        )
        return trails.told(tx, account, found), audit.head(tx)


def _require_auditor(tx: Transaction, account: Account) -> None:
    if account.kind is not AccountKind.OFFICER or Role.AUDITOR not in account.roles:
        raise Refusal("role-missing", Role.AUDITOR)
    if account.organisation is None or tree(tx).get(account.organisation).level is not Level.PROVINCE:
        raise Refusal("out-of-jurisdiction")


def _below(all_: Tree, account: Account) -> dict[OrganisationId, Organisation]:
    """The authorities that are an officer's own or stand below it. Raises Refusal("role-missing") for anybody else."""
    if account.kind is not AccountKind.OFFICER or account.organisation is None:
        raise Refusal("role-missing")
    own = account.organisation
    return {one.id: one for one in all_ if all_.above_or_self(own, one.id)}
