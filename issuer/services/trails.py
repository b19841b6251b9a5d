"""The trail of a case or a register entry 全过程记录: each step with who, when, with which key, and whether it holds.

Everybody who may see the case sees that each step was signed, and its number and hash in the trail, by which it is
found again there. Which officer it was, and with which key, is told to officers and auditors; the applicant and the
institution are told the side, and nothing of what an inspection proposes before it is decided. The bytes of an act, in
which personal data may stand, are told to nobody here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from issuer.domain import act as acts
from issuer.domain.account import Account, AccountId, AccountKind
from issuer.domain.application import ApplicationId
from issuer.domain.audit import AuditRow, row_hash
from issuer.domain.noted import commitment
from issuer.domain.registration import RegistrationId
from issuer.services import casework, query
from issuer.services.desk import Desk
from issuer.storage import Transaction, accounts, audit, licences, organisations, wallets

SIDES = {
    AccountKind.APPLICANT: "applicant",
    AccountKind.INSTITUTION: "institution",
    AccountKind.OFFICER: "officer",
    AccountKind.OPERATOR: "operator",
}

_INSIDE = "proposal."
"""Events of the office alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """One event. `act` is the name of the signed act, empty for what the law or the system did.

    `side` is applicant, institution, officer or system; `name`, `office` and `key` may be withheld (empty).
    `mine`: the reader did it, and gets a receipt for it. `whole` says that the row's own hash holds; the chain over all
    rows is checked by `trail_check`.
    """

    seq: int
    at: int
    tag: str
    act: str
    target: str
    side: str
    name: str
    office: str
    key: str
    signed: bool
    detail: tuple[tuple[str, str], ...]
    hash: str
    whole: bool
    mine: bool


def of_case(desk: Desk, account: Account, id_: ApplicationId) -> tuple[TrailLine, ...]:
    """Return the trail of an application with that of its licence. Raises Refusal("application-unknown")."""
    with desk.store.reading() as tx:
        case = casework.visible(tx, account, id_)
        made = licences.of_application(tx, case.id)
        targets = [str(case.id)] if made is None else [str(case.id), str(made.id)]
        return _lines(tx, account, targets)


def of_registration(desk: Desk, account: Account, id_: RegistrationId) -> tuple[TrailLine, ...]:
    """Return the trail of a register entry, its licences and its wallets. Raises Refusal("registration-unknown")."""
    query.registration(desk, account, id_)
    with desk.store.reading() as tx:
        made = (str(one.id) for one in licences.of_registration(tx, id_))
        return _lines(tx, account, [str(id_), *made, *map(str, wallets.offers_of(tx, id_))])


def _lines(tx: Transaction, account: Account, targets: list[str]) -> tuple[TrailLine, ...]:
    found = sorted((row for target in targets for row in audit.find(tx, target=target)), key=lambda row: row.seq)
    return told(tx, account, [row for row in found if _may_know(account, row)])


def told(tx: Transaction, account: Account, rows: Sequence[AuditRow]) -> tuple[TrailLine, ...]:
    """Return events as they are told to a reader, who may know of all of them."""
    actors = {row.event.actor for row in rows if row.event.actor is not None}
    people = {one.id: one for one in accounts.all_of(tx, actors)}
    offices = {one.organisation for one in people.values() if one.organisation is not None}
    places = {id_: place.name for id_ in offices if (place := organisations.get(tx, id_)) is not None}
    return tuple(_line(row, account, people, {str(id_): name for id_, name in places.items()}) for row in rows)


def _may_know(reader: Account, row: AuditRow) -> bool:
    own = row.event.actor == reader.id
    return own or reader.kind is AccountKind.OFFICER or not row.event.tag.startswith(_INSIDE)


def _line(row: AuditRow, reader: Account, people: dict[AccountId, Account], places: dict[str, str]) -> TrailLine:
    event = row.event
    actor = None if event.actor is None else people.get(event.actor)
    told = reader.kind is AccountKind.OFFICER or (actor is not None and actor.id == reader.id)
    return TrailLine(
        seq=row.seq,
        at=event.at,
        tag=event.tag,
        act="" if event.act is None else acts.parse(event.act).name,
        target=event.target,
        side="system" if actor is None else SIDES[actor.kind],
        name=actor.name if told and actor is not None else "",
        office=places.get(str(actor.organisation), "") if actor is not None else "",
        key=(event.key or "") if told else "",
        signed=event.act is not None,
        detail=event.detail,
        hash=row.hash.hex(),
        mine=event.actor == reader.id,
        whole=row.hash == row_hash(row.seq, event, row.prev, commitment(row.note)),
    )
