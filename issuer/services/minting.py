"""The mint: record, sign, check, release. Safe against the death of the process at any point.

1 record   index, licence id and the exact bytes to be signed are stored, `intended`, with an audit event
2 sign     the vault signs the stored bytes
3 check    the token is sealed and judged by `elicense.verify` with the published trust list, as a stranger would
4 release  token stored, `active`; the version before retired and superseded; the case delivered; audit events

`resume` finishes whatever was granted and not released, from wherever it stopped; running it twice or in two processes
does nothing more. A bad signature spoils the row: an alarm is written, nothing is freed, and only a person starts
again (`mint_again`). Who may be granted what was decided before; here nothing is decided.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from elicense.issue import SealRefused, prepare, seal
from elicense.licence import Licence, StatusRef
from elicense.status import StatusValue
from elicense.trust import Issuer, TrustList
from elicense.trust import Purpose as TrustPurpose
from issuer.domain import content
from issuer.domain.act import civil_day
from issuer.domain.application import Application, ApplicationId, Stage
from issuer.domain.audit import Event
from issuer.domain.licence_record import LicenceId, LicenceRecord, LicenceState
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.domain.standing import standing
from issuer.services import applications, casework, copies, fetch, publishing, tokens, trusting, wallets, witnessed
from issuer.services.desk import Desk, writing
from issuer.storage import StorageFailed, Transaction, audit, failpoints, licences, registrations, statuses
from issuer.vault import Purpose, VaultError

_LOG = logging.getLogger("issuer.minting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """What `resume` did: licences released, and (application, code) of those that could not be."""

    released: tuple[LicenceRecord, ...]
    failed: tuple[tuple[ApplicationId, str], ...]


def mint(desk: Desk, id_: ApplicationId) -> LicenceRecord:
    """Bring a granted application to its released licence, from wherever it stands; a second call changes nothing.

    Raises Refusal: application-unknown, not-granted, action-does-not-mint, minting-spoiled, minting-out-of-order,
    authority-not-in-trust-list, issuer-not-in-trust-list, trust-missing, trust-stale, clock-behind,
    content-malformed, licence-too-large, log-forked, register-behind, log-not-witnessed.
    Raises KeyUnavailable, KeyRefused, StorageFailed: then a later call goes on.
    """
    return _finish(desk, _record(desk, id_, again=False))


def mint_again(desk: Desk, id_: ApplicationId) -> LicenceRecord:
    """Mint after a spoiled attempt, with a new index. The spoiled row and its index stay. Raises what `mint` does."""
    return _finish(desk, _record(desk, id_, again=True))


def resume(desk: Desk) -> Resumed:
    """Finish everything that was granted and not released. Spoiled ones are left to a person."""
    actions = {(row.kind, row.action) for row in desk.rules.actions if row.mints}
    with desk.store.reading() as tx:
        waiting = licences.wanting(tx, sorted(actions))
    released: list[LicenceRecord] = []
    failed: list[tuple[ApplicationId, str]] = []
    for id_ in waiting:
        try:
            released.append(mint(desk, id_))
        except (Refusal, VaultError, StorageFailed) as stopped:
            _LOG.warning("application %s not minted: %s", id_, stopped.code)
            failed.append((id_, stopped.code))
    return Resumed(released=tuple(released), failed=tuple(failed))


def _record(desk: Desk, id_: ApplicationId, *, again: bool) -> LicenceRecord:
    """Step 1."""
    at = desk.clock()
    trust = trusting.published(desk)
    if trust.stale(at):
        raise Refusal("trust-stale")
    issuer = trusting.own(desk, trust)
    with writing(desk) as tx:
        application = fetch.application(tx, id_)
        known = licences.of_application(tx, id_)
        if known is not None and known.state is not LicenceState.SPOILED:
            return known
        if known is not None and not again:
            raise Refusal("minting-spoiled", "a person must look at it first")
        registration = _granted(desk, tx, application)
        key, _ = trusting.usable(desk, issuer, TrustPurpose.LICENCE, at)
        licence_id = LicenceId(desk.ids("lic"))
        pending = casework.renewal_pending(desk, tx, registration)
        value = standing(desk.rules, registration, civil_day(at), renewal_pending=pending).status_value
        entry = publishing.take_index(desk, tx, licence_id, value, at)
        licence = _licence(tx, registration, issuer, StatusRef(list=entry.list, index=entry.index), at)
        try:
            prepared = prepare(licence, key.key)
        except ValueError:
            raise Refusal("licence-too-large") from None
        record = LicenceRecord(
            id=licence_id,
            registration=registration.id,
            version=registration.version,
            application=id_,
            list=entry.list,
            index=entry.index,
            tbs=prepared.tbs,
            token=None,
            state=LicenceState.INTENDED,
            kid=key.key.kid.hex(),
            intended_at=at,
        )
        licences.add(tx, record)
        _event(tx, record, "licence.intended", at)
    failpoints.reach("mint.recorded")
    return record


def _finish(desk: Desk, record: LicenceRecord) -> LicenceRecord:
    """Steps 2 to 4."""
    if record.state is not LicenceState.INTENDED:
        return record
    at = desk.clock()
    trust = trusting.published(desk)
    issuer = trusting.own(desk, trust)
    with desk.store.reading() as tx:
        witnessed.require(desk, tx, at)
    signature = desk.vault.signer(Purpose.LICENCE, record.kid).sign(record.tbs)
    failpoints.reach("mint.signed")
    prepared = tokens.stored(record.tbs, record.kid, issuer)
    if prepared is None:
        return _spoil(desk, record, "bytes-differ", at)
    try:
        token = seal(prepared, signature)
    except SealRefused:
        return _spoil(desk, record, "signature-bad", at)
    fault = _fault(desk, record, token, trust, issuer, at)
    if fault is not None:
        return _spoil(desk, record, fault, at)
    failpoints.reach("mint.checked")
    released = _release(desk, record, token, at)
    failpoints.reach("mint.released")
    return released


def _granted(desk: Desk, tx: Transaction, application: Application) -> Registration:
    """Return the register entry as this application made it. Raises Refusal."""
    if application.stage is not Stage.APPROVED or application.registration is None:
        raise Refusal("not-granted", application.stage.value)
    decided = application.decided_on or civil_day(desk.clock())
    if not desk.rules.action(application.kind, application.action, decided).mints:
        raise Refusal("action-does-not-mint", application.action)
    registration = fetch.registration(tx, application.registration)
    change = registrations.change_by(tx, application.id)
    if change is None or change.version != registration.version:
        raise Refusal("minting-out-of-order", "the register has another version")
    return registration


def _licence(tx: Transaction, registration: Registration, issuer: Issuer, status: StatusRef, at: int) -> Licence:
    """Return what the licence says, from the register. Raises Refusal."""
    number = fetch.organisation(tx, registration.authority).trust_number
    if number is None or number not in issuer.by_number:
        raise Refusal("authority-not-in-trust-list")
    return content.licence_of(registration, authority=number, status=status, issued_at=at)


def _fault(desk: Desk, record: LicenceRecord, token: bytes, trust: TrustList, issuer: Issuer, at: int) -> str | None:
    """Step 3: judge the token as a stranger would. None if it is good; Refusal if it cannot be judged now."""
    with desk.store.reading() as tx:
        registration = fetch.registration(tx, record.registration)
        where = StatusRef(list=record.list, index=record.index)
        expected = _licence(tx, registration, issuer, where, record.intended_at)
        entry = statuses.entry_of(tx, record.id)
        row = statuses.get_list(tx, record.list)
    if entry is None or row is None:
        return "status-missing"
    verdict = tokens.judged(token, entry, row, trust, issuer, at)
    found = tokens.fault(verdict, entry)
    return "licence-differs" if found is None and verdict.licence != expected else found


def _release(desk: Desk, record: LicenceRecord, token: bytes, at: int) -> LicenceRecord:
    """Step 4. Whoever comes second finds it done."""
    with writing(desk) as tx:
        application = fetch.application(tx, record.application)
        present = licences.get(tx, record.id)
        if present is None or present.state is not LicenceState.INTENDED:
            _raise_if_spoiled(present)
            return present or record
        before = licences.current(tx, record.registration)
        if before is not None:
            licences.move(tx, before.id, LicenceState.ACTIVE, LicenceState.RETIRED)
            entry = statuses.entry_of(tx, before.id)
            if entry is not None:
                statuses.set_value(tx, entry, StatusValue.SUPERSEDED, at)
            _event(tx, before, "licence.superseded", at)
        copies.let_go(tx, record.registration, at)
        wallets.let_go(tx, record.registration, at)
        licences.move(tx, record.id, LicenceState.INTENDED, LicenceState.ACTIVE, token=token, issued_at=at)
        _event(tx, record, "licence.released", at)
        if application.stage is Stage.APPROVED:
            applications.delivered(desk, tx, record.application, at)
        released = licences.get(tx, record.id)
    return released or record


def _raise_if_spoiled(record: LicenceRecord | None) -> None:
    """Raise Refusal("minting-spoiled") for a spoiled row, Refusal("licence-unknown") for none."""
    if record is None:
        raise Refusal("licence-unknown")
    if record.state is LicenceState.SPOILED:
        raise Refusal("minting-spoiled")


def _spoil(desk: Desk, record: LicenceRecord, fault: str, at: int) -> LicenceRecord:
    """Mark a row whose check failed, for ever, and raise the alarm. Always raises Refusal("minting-spoiled")."""
    with writing(desk) as tx:
        present = licences.get(tx, record.id)
        if present is not None and present.state is LicenceState.INTENDED:
            licences.move(tx, record.id, LicenceState.INTENDED, LicenceState.SPOILED)
            entry = statuses.entry_of(tx, record.id)
            if entry is not None:
                statuses.set_value(tx, entry, StatusValue.INVALID, at)
            _event(tx, record, "licence.spoiled", at, ("fault", fault))
    _LOG.critical("licence %s spoiled: %s; key %s", record.id, fault, record.kid)
    raise Refusal("minting-spoiled", fault)


def _event(tx: Transaction, record: LicenceRecord, tag: str, at: int, *more: tuple[str, str]) -> None:
    detail = (
        ("registration", record.registration),
        ("version", str(record.version)),
        ("application", record.application),
        ("list", str(record.list)),
        ("index", str(record.index)),
        *more,
    )
    audit.append(tx, Event(at=at, tag=tag, target=record.id, key=record.kid, detail=detail))
