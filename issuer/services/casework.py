"""What several desks need to know about a case: its register entry, its institutions, its findings, its bars.

Reads only; nothing here changes a row. The restricted part of a case is opened here and nowhere else, and goes no
further than the pre-checks and the sealed blob of the register.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import TYPE_CHECKING, cast

from issuer import vault
from issuer.domain import canonical, path, prechecks
from issuer.domain.account import Account, AccountId, AccountKind, Role
from issuer.domain.application import Application, ApplicationId
from issuer.domain.content import Public, Restricted
from issuer.domain.kind import Kind
from issuer.domain.organisation import Organisation, OrganisationId
from issuer.domain.prechecks import Finding
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.domain.rulebook import ActionRow, Row, TransitionRow
from issuer.domain.standing import barred, origin_state, standing, timely_renewal
from issuer.services import fetch
from issuer.services.desk import Desk, tree
from issuer.storage import Transaction, accounts, applications, organisations, registrations

if TYPE_CHECKING:
    from issuer.domain.canonical import Json


def visible(tx: Transaction, account: Account, id_: ApplicationId) -> Application:
    """Return an application that this account may see; Refusal("application-unknown") for any other (SR-30)."""
    found = fetch.application(tx, id_)
    own = account.id == found.applicant or (
        account.kind is AccountKind.INSTITUTION and account.organisation in {found.holder, found.institution}
    )
    if not own:
        inside = (
            account.kind is AccountKind.OFFICER
            and bool(account.roles & {Role.ACCEPTANCE, Role.REVIEW, Role.DECISION, Role.AUDITOR})
            and account.organisation is not None
            and found.authority is not None
            and tree(tx).jurisdiction(account.organisation, found.authority)
        )
        if not inside:
            raise Refusal("application-unknown")
    return found


def registration_for(tx: Transaction, row: ActionRow, kind: Kind, holder: str) -> Registration | None:
    """Return the register entry an action is about, None if it opens one.

    Raises Refusal("registration-exists") or Refusal("registration-missing").
    """
    found = registrations.of_holder(tx, holder, kind)
    if row.opens and found is not None:
        raise Refusal("registration-exists")
    if not row.opens and found is None:
        raise Refusal("registration-missing")
    return found


def renewal_pending(desk: Desk, tx: Transaction, registration: Registration | None) -> bool:
    """Say whether a timely renewal of this registration waits for its decision (行政许可法 50)."""
    if registration is None:
        return False
    return timely_renewal(desk.rules, registration, applications.open_of(tx, registration.holder, registration.kind))


def transition_of(desk: Desk, tx: Transaction, case: Application, on: datetime.date) -> TransitionRow:
    """Return the arrow that the case asks for, from how the register stands on that day."""
    registration = current_of(tx, case)
    pending = renewal_pending(desk, tx, registration)
    origin = origin_state(desk.rules, registration, on, renewal_pending=pending)
    return desk.rules.transition(case.kind, origin, case.action, on)


def current_of(tx: Transaction, case: Application) -> Registration | None:
    """Return the register entry of the case's holder as it is now. Raises Refusal("registration-frozen")."""
    found = registrations.of_holder(tx, case.holder, case.kind)
    if found is not None and found.frozen:
        raise Refusal("registration-frozen")
    return found


def refuse_if_barred(desk: Desk, tx: Transaction, kind: Kind, holder: str, on: datetime.date) -> None:
    """Raise Refusal("barred") with the grounds of every bar in force."""
    grounds = barred(desk.rules, registrations.bars_of(tx, holder), kind, on)
    if grounds:
        raise Refusal("barred", "", grounds)


def refuse_if_blocked(findings: tuple[Finding, ...]) -> None:
    """Raise Refusal("precheck-failed") with every blocking finding; the detail names codes and entries."""
    blocking = [finding for finding in findings if finding.blocking]
    if blocking:
        raise Refusal(
            "precheck-failed",
            "; ".join(f"{finding.code} ({finding.field})" for finding in blocking),
            tuple(finding.told() for finding in blocking),
        )


def warned(findings: tuple[Finding, ...]) -> tuple[tuple[str, str], ...]:
    """Return the warnings as audit detail: codes only."""
    codes = sorted({finding.code for finding in findings if not finding.blocking})
    return (("warnings", " ".join(codes)),) if codes else ()


def weak(row: Row) -> tuple[tuple[str, str], ...]:
    """Return, as audit detail, that an act rests on a row that is not firm: allowed, but somebody should look."""
    return () if row.firm else (("confidence", row.confidence),)


def routed(
    desk: Desk, tx: Transaction, case: Application, on: datetime.date
) -> tuple[Application, tuple[Finding, ...]]:
    """Return the case with its confirming institution and competent authority, and what the pre-checks find."""
    action = desk.rules.action(case.kind, case.action, on)
    registration = registrations.of_holder(tx, case.holder, case.kind)
    submitted = public_of(case.content)
    standing_content: Public = {} if registration is None else public_of(registration.content)
    named = {
        part: _institution(tx, submitted.get(part) or (standing_content.get(part) if part == "institution" else None))
        for part in ("institution", "filing", "filing_end")
    }
    findings = prechecks.check(
        desk.rules, _case(desk, tx, case, named, on), submitted, standing_content, opened(desk, case.sealed, case.id)
    )
    deciding = OrganisationId(case.holder) if case.kind is Kind.INSTITUTION else _id(named["institution"])
    if action.competent == "further":
        deciding = _id(named["filing"] or named["filing_end"])
    if deciding is None and action.competent != "registering":
        refuse_if_blocked(findings)
    authority = path.competent(
        desk.rules,
        tree(tx, deciding),
        action,
        kind=case.kind,
        category=str({**standing_content, **submitted}.get("category", "")),
        institution=deciding,
        registration=registration,
        on=on,
    )
    confirming = _id(named["institution"]) if action.confirm else None
    return dataclasses.replace(case, authority=authority.id, institution=confirming), findings


def _case(
    desk: Desk, tx: Transaction, case: Application, named: dict[str, Organisation | None], on: datetime.date
) -> prechecks.Case:
    holder = accounts.get(tx, AccountId(case.holder)) if case.kind.is_person else None
    own = organisations.get(tx, OrganisationId(case.holder)) if case.kind is Kind.INSTITUTION else None
    number = opened(desk, case.sealed, case.id).get("id_number")
    proven = None
    if isinstance(number, str) and holder is not None:
        proven = holder.identity == identity_digest(desk, number)
    return prechecks.Case(
        kind=case.kind,
        action=case.action,
        on=on,
        holder_name="" if holder is None else holder.name,
        identity_proven=proven,
        institutions=tuple(found for found in named.values() if found is not None and _practises(desk, tx, found, on)),
        applicant_organisation=own,
    )


def public_of(text: str) -> Public:
    """Return the public content kept as canonical JSON."""
    return cast("Public", canonical.loads(text.encode("utf-8")))


def seal(desk: Desk, restricted: Restricted, context: str) -> bytes:
    """Return the restricted part as one sealed blob, bound to the row it belongs to."""
    return desk.vault.seal(canonical.dumps(cast("Json", restricted)), where(context))


def opened(desk: Desk, sealed: bytes | None, context: str) -> Restricted:
    """Return the restricted part of a row, empty if it has none."""
    if sealed is None:
        return {}
    return cast("Restricted", canonical.loads(desk.vault.unseal(sealed, where(context))))


def where(context: str) -> str:
    """Return the vault's context of the restricted part of a row; the id says which table it is in."""
    return vault.context("restricted", context)


def identity_digest(desk: Desk, number: str) -> bytes:
    """Return the keyed digest by which one person is found again."""
    return desk.vault.digest(number.strip().upper().encode("utf-8"), "account/identity")


def _practises(desk: Desk, tx: Transaction, institution: Organisation, on: datetime.date) -> bool:
    """Say whether an institution's registration has not ended: nobody is registered at one that is no more."""
    held = registrations.of_holder(tx, institution.id, Kind.INSTITUTION)
    pending = renewal_pending(desk, tx, held)
    return held is not None and standing(desk.rules, held, on, renewal_pending=pending).live


def _institution(tx: Transaction, value: object) -> Organisation | None:
    number = value.get("number") if isinstance(value, dict) else None
    return organisations.by_number(tx, number) if isinstance(number, str) else None


def _id(organisation: Organisation | None) -> OrganisationId | None:
    return None if organisation is None else organisation.id
