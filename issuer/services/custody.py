"""The desk of key managers as its pages show it: who works where, every key with its holder and its use.

The province must see the issue and the use of every electronic key (国卫办医函〔2019〕735号, three; SR-21, SR-22). What
a key did is told by the trail: what was signed, about what, when, never the bytes, in which personal data may stand.
`may` says what a reader could sign now, so that a page offers nothing that the desk would refuse. Reads only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from issuer.domain import act as acts
from issuer.domain import officer_key
from issuer.domain.account import Account, AccountId, AccountKind, AccountState, Role, same_person
from issuer.domain.audit import AuditRow
from issuer.domain.officer_key import ElectronicKey, KeyState
from issuer.domain.organisation import Organisation, OrganisationId, OrganisationKind, Tree
from issuer.domain.refusal import Refusal
from issuer.domain.session import Session
from issuer.services import fetch
from issuer.services.desk import Desk, tree
from issuer.services.organisations import province_manager
from issuer.storage import Transaction, accounts, audit, keys, sessions
from issuer.storage import organisations as stored
from issuer.storage.keys import KeyUse

LOG_MOST = 300
"""The newest signatures of a key that are listed."""
SIGN_INS_MOST = 20
"""The newest sign-ins that a holder is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """A key with who holds it, where they work and when it signed last."""

    key: ElectronicKey
    holder: Account
    office: str
    use: KeyUse | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One thing that a key signed. `about` is the id of what it was about."""

    seq: int
    at: int
    act: str
    about: str
    detail: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A key with its log, newest first, and the events that the reader may sign now.

    `names` are the people of its history, `signed` how much there is in the log in all.
    """

    line: KeyLine
    log: tuple[Signed, ...]
    signed: int
    names: dict[str, str]
    may: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An authority in its place: `depth` below the reader's own, how many people work there, what it approved."""

    organisation: Organisation
    depth: int
    officers: int
    institutions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account with its keys, newest first; `key` is the one that counts, if there is one."""

    account: Account
    office: Organisation
    keys: tuple[ElectronicKey, ...]
    may: frozenset[str]

    @property
    def key(self) -> ElectronicKey | None:
        """The key in use, else the one on its way, else one that is suspended or lost."""
        order = (KeyState.ACTIVE, KeyState.APPROVED, KeyState.REQUESTED, KeyState.SUSPENDED, KeyState.LOST)
        return next((one for state in order for one in self.keys if one.state is state), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFile:
    """One organisation with its people and what hangs on it. `may`: authority, officer, institution, close."""

    organisation: Organisation
    above: Organisation | None
    people: tuple[Person, ...]
    below: tuple[Organisation, ...]
    institutions: tuple[Organisation, ...]
    may: frozenset[str]


def places(desk: Desk, reader: Account) -> tuple[Place, ...]:
    """Return the authorities of an officer's area, each below the one above it. Raises Refusal("role-missing")."""
    _reader(reader)
    with desk.store.reading() as tx:
        all_ = tree(tx)
        officers = Counter(one.organisation for one in accounts.find(tx, kind=AccountKind.OFFICER) if _active(one))
        approved = Counter(one.parent for one in stored.find(tx, kind=OrganisationKind.INSTITUTION))
        return tuple(
            Place(
                organisation=one,
                depth=depth,
                officers=officers[one.id],
                institutions=approved[one.id],
            )
            for one, depth in _branch(all_, all_.get(reader.organisation), 0)
        )


def place(desk: Desk, reader: Account, id_: str) -> PlaceFile:
    """Return an organisation of the reader's area. Raises Refusal: role-missing, organisation-unknown."""
    _reader(reader)
    with desk.store.reading() as tx:
        found = fetch.organisation(tx, id_)
        all_ = tree(tx, found.id)
        if reader.organisation is None or not all_.above_or_self(reader.organisation, found.id):
            raise Refusal("organisation-unknown")
        members = sorted(accounts.find(tx, organisation=found.id), key=lambda one: (one.state.value, one.created_at))
        below = [one for one in all_ if one.parent == found.id and one.kind is OrganisationKind.AUTHORITY]
        institutions = [one for one in stored.find(tx, kind=OrganisationKind.INSTITUTION) if one.parent == found.id]
        return PlaceFile(
            organisation=found,
            above=None if found.parent is None else all_.get(found.parent),
            people=tuple(_person(tx, all_, reader, one) for one in members if _listed(reader, one)),
            below=tuple(below),
            institutions=tuple(institutions) if Role.ACCEPTANCE in reader.roles else (),
            may=_place_may(all_, reader, found),
        )


def person(desk: Desk, reader: Account, id_: str) -> Person:
    """Return an officer, or an administrator of an institution, of the reader's area. Refuses: account-unknown."""
    _reader(reader)
    with desk.store.reading() as tx:
        found = fetch.account(tx, id_)
        if found.organisation is None or reader.organisation is None or not _listed(reader, found):
            raise Refusal("account-unknown")
        all_ = tree(tx, found.organisation)
        if not all_.above_or_self(reader.organisation, found.organisation):
            raise Refusal("account-unknown")
        return _person(tx, all_, reader, found)


def key_list(desk: Desk, reader: Account, state: KeyState | None = None) -> tuple[KeyLine, ...]:
    """Return every key of the officers below a key manager, those that wait for somebody first, then by last use."""
    _manager(reader)
    with desk.store.reading() as tx:
        below = area(tx, reader)
        found = [one for one in keys.find(tx, state=state) if one.organisation in below]
        people = {one.id: one for one in accounts.all_of(tx, {one.account for one in found})}
        uses = keys.uses(tx)
        lines = [
            KeyLine(
                key=one,
                holder=people[one.account],
                office=below.get(one.organisation, "") if one.organisation is not None else "",
                use=uses.get(one.id),
            )
            for one in found
        ]
        waits = (KeyState.REQUESTED, KeyState.APPROVED, KeyState.SUSPENDED)
        return tuple(sorted(lines, key=lambda one: (one.key.state not in waits, -(one.use.used_at if one.use else 0))))


def key_file(desk: Desk, reader: Account, id_: str) -> KeyFile:
    """Return one key with everything it signed. Raises Refusal: role-missing, key-unknown."""
    _manager(reader)
    with desk.store.reading() as tx:
        key = fetch.key(tx, id_)
        holder = fetch.account(tx, key.account)
        all_ = tree(tx)
        if key.organisation is None or reader.organisation is None:
            raise Refusal("key-unknown")
        if not all_.above_or_self(reader.organisation, key.organisation):
            raise Refusal("key-unknown")
        rows = () if key.kid is None else audit.find(tx, key=key.kid)
        line = KeyLine(key=key, holder=holder, office=all_.get(key.organisation).name, use=keys.uses(tx).get(key.id))
        people = {AccountId(one) for one in (key.requested_by, *(change.by for change in key.history))}
        return KeyFile(
            line=line,
            log=tuple(signed(row) for row in reversed(rows[-LOG_MOST:])),
            signed=len(rows),
            names={str(one.id): one.name for one in accounts.all_of(tx, people)},
            may=_key_may(tx, all_, reader, key, holder),
        )


def own_keys(desk: Desk, account: Account) -> tuple[ElectronicKey, ...]:
    """Return an account's own keys, newest first."""
    with desk.store.reading() as tx:
        return _newest(keys.of_account(tx, account.id))


def area(tx: Transaction, reader: Account) -> dict[OrganisationId, str]:
    """Return the authorities below a key manager by id, with their names. Raises Refusal("role-missing")."""
    _manager(reader)
    all_ = tree(tx)
    return {one.id: one.name for one, _ in _branch(all_, all_.get(reader.organisation), 0)}


def sign_ins(desk: Desk, account: Account) -> tuple[Session, ...]:
    """Return the newest sessions of an account, ended ones too: its holder knows which were not theirs."""
    with desk.store.reading() as tx:
        return sessions.of_account(tx, account.id, SIGN_INS_MOST)


def signed(row: AuditRow) -> Signed:
    """What the trail tells of one signature."""
    event = row.event
    name = event.tag if event.act is None else acts.parse(event.act).name
    return Signed(seq=row.seq, at=event.at, act=name, about=event.target, detail=event.detail)


def _person(tx: Transaction, all_: Tree, reader: Account, found: Account) -> Person:
    assert found.organisation is not None  # noqa: S101 - officers and administrators belong somewhere
    return Person(
        account=found,
        office=all_.get(found.organisation),
        keys=_newest(keys.of_account(tx, found.id)),
        may=_person_may(tx, all_, reader, found),
    )


def _newest(found: tuple[ElectronicKey, ...]) -> tuple[ElectronicKey, ...]:
    return tuple(sorted(found, key=lambda one: one.history[0].at if one.history else 0, reverse=True))


def _key_may(tx: Transaction, all_: Tree, reader: Account, key: ElectronicKey, holder: Account) -> frozenset[str]:
    """The events of a key that this key manager could sign now."""
    own = same_person(reader, holder)
    province = key.organisation is not None and all_.province_of(key.organisation).id == reader.organisation
    busy = any(one.state is KeyState.ACTIVE for one in keys.of_account(tx, holder.id))
    match key.state:
        case KeyState.REQUESTED:
            try:
                officer_key.may_approve(all_, key, holder, reader)
            except Refusal:
                return frozenset()
            return frozenset({"approve", "refuse"})
        case KeyState.APPROVED:
            return frozenset() if busy or not _active(holder) else frozenset({"activate"})
        case KeyState.ACTIVE:
            return frozenset({"suspend", "report_lost", "retire"} | (set() if own else {"announce"}))
        case KeyState.SUSPENDED:
            return frozenset({"clear", "confirm"}) if province and not own else frozenset()
        case _:
            return frozenset()


def _person_may(tx: Transaction, all_: Tree, reader: Account, found: Account) -> frozenset[str]:
    may: set[str] = set()
    if not _active(found) or found.organisation is None:
        return frozenset()
    if found.kind is AccountKind.OFFICER and Role.KEY_MANAGER in reader.roles:
        states = {one.state for one in keys.of_account(tx, found.id)}
        if not states & {KeyState.REQUESTED, KeyState.APPROVED}:
            may.add("request")
        if found.id != reader.id and _provinces(all_, reader, found.organisation):
            may |= {"roles", "close"}
    if found.kind is AccountKind.INSTITUTION and _approves(all_, reader, found.organisation):
        may.add("replace_key")
    return frozenset(may)


def _place_may(all_: Tree, reader: Account, found: Organisation) -> frozenset[str]:
    if not found.open:
        return frozenset()
    may: set[str] = set()
    if found.kind is OrganisationKind.AUTHORITY:
        if _provinces(all_, reader, found.id):
            may |= {"authority", "officer"} | ({"close"} if found.id != reader.organisation else set())
        if _accepts(all_, reader, found.id):
            may.add("institution")
    elif found.parent is not None and _accepts(all_, reader, found.parent):
        may.add("close")
    return frozenset(may)


def _approves(all_: Tree, reader: Account, institution: OrganisationId) -> bool:
    parent = all_.get(institution).parent
    return parent is not None and _accepts(all_, reader, parent)


def _accepts(all_: Tree, reader: Account, authority: OrganisationId) -> bool:
    return (
        Role.ACCEPTANCE in reader.roles
        and reader.organisation is not None
        and all_.jurisdiction(reader.organisation, authority)
    )


def _provinces(all_: Tree, reader: Account, below: OrganisationId) -> bool:
    """Whether the reader is a key manager of the province above."""
    try:
        province_manager(all_, reader, below)
    except Refusal:
        return False
    return True


def _listed(reader: Account, found: Account) -> bool:
    if found.kind is AccountKind.OFFICER:
        return Role.KEY_MANAGER in reader.roles
    return found.kind is AccountKind.INSTITUTION and Role.ACCEPTANCE in reader.roles


def _reader(reader: Account) -> None:
    if reader.kind is not AccountKind.OFFICER or not reader.roles & {Role.KEY_MANAGER, Role.ACCEPTANCE}:
        raise Refusal("role-missing", Role.KEY_MANAGER)


def _manager(reader: Account) -> None:
    if reader.kind is not AccountKind.OFFICER or Role.KEY_MANAGER not in reader.roles:
        raise Refusal("role-missing", Role.KEY_MANAGER)


def _branch(all_: Tree, top: Organisation, depth: int) -> list[tuple[Organisation, int]]:
    below = sorted((one for one in all_ if one.parent == top.id), key=lambda one: (one.division, one.branch, one.id))
    return [(top, depth), *(found for one in below for found in _branch(all_, one, depth + 1))]


def _active(account: Account) -> bool:
    return account.state is not AccountState.CLOSED
