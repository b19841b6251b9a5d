"""Values as JSON, field by field: what is not named here is not shown. Restricted parts have no way in."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from issuer.domain.account import Account
from issuer.domain.application import Application, Step
from issuer.domain.licence_copy import LicenceCopy
from issuer.domain.licence_record import LicenceRecord
from issuer.domain.officer_key import ElectronicKey
from issuer.domain.organisation import Organisation
from issuer.domain.registration import Registration, StandingChange
from issuer.services.query import CaseView, PublicAnswer


def application(value: Application) -> dict[str, Any]:
    """An application for those who may see it: applicant, confirming institution, competent officers."""
    return {
        "id": value.id,
        "kind": value.kind,
        "action": value.action,
        "stage": value.stage,
        "revision": value.revision,
        "applicant": value.applicant,
        "registration": value.registration,
        "institution": value.institution,
        "authority": value.authority,
        "content": json.loads(value.content),
        "content_version": value.content_version,
        "has_restricted": value.sealed is not None,
        "opened_at": value.opened_at,
        "received_on": _day(value.received_on),
        "accepted_on": _day(value.accepted_on),
        "decided_on": _day(value.decided_on),
        "delivered_on": _day(value.delivered_on),
        "due_on": _day(value.due_on),
        "steps": [_step(step) for step in value.steps],
    }


def case(view: CaseView) -> dict[str, Any]:
    """An application with its clock and its history in words."""
    return {
        **application(view.application),
        "stage_zh": view.stage_zh,
        "stage_en": view.stage_en,
        "final": view.final,
        "limit": view.limit,
        "last_day": _day(view.last_day),
        "days_left": view.days_left,
        "basis": view.basis,
        "history": [
            {
                "step": step.step,
                "at": step.at,
                "stage": step.stage,
                "zh": step.zh,
                "en": step.en,
                "by": step.by,
                "reason": step.reason,
                "grounds": [{"code": g.code, "zh": g.zh, "en": g.en, "basis": g.basis} for g in step.grounds],
            }
            for step in view.history
        ],
    }


def registration(value: Registration) -> dict[str, Any]:
    """A register entry for its holder and for competent officers."""
    return {
        "id": value.id,
        "kind": value.kind,
        "number": value.number,
        "name": value.name,
        "authority": value.authority,
        "state": value.state,
        "version": value.version,
        "revision": value.revision,
        "content": json.loads(value.content),
        "registered_on": _day(value.registered_on),
        "valid_from": _day(value.valid_from),
        "valid_until": _day(value.valid_until),
        "verify_by": _day(value.verify_by),
        "until": _day(value.until),
        "frozen": value.frozen,
    }


def change(value: StandingChange) -> dict[str, Any]:
    """One line of a register entry's history."""
    return {
        "revision": value.revision,
        "at": value.at,
        "action": value.action,
        "from": value.source,
        "to": value.target,
        "version": value.version,
        "reason": value.reason,
        "basis": value.basis,
        "grounds": list(value.grounds),
        "until": _day(value.until),
    }


def public(answer: PublicAnswer) -> dict[str, Any]:
    """What anybody may know."""
    return {
        "kind": answer.kind,
        "number": answer.number,
        "name": answer.name,
        "authority": answer.authority,
        "state": answer.standing.state,
        "permits_practice": answer.standing.permits_practice,
        "version": answer.version,
        "valid_from": _day(answer.valid_from),
        "valid_until": _day(answer.valid_until),
        "verify_by": _day(answer.verify_by),
        "fields": json.loads(answer.public),
    }


def account(value: Account) -> dict[str, Any]:
    """An account without its identity."""
    return {
        "id": value.id,
        "kind": value.kind,
        "state": value.state,
        "revision": value.revision,
        "organisation": value.organisation,
        "roles": sorted(value.roles),
        "name": value.name,
        "proof": value.proof,
    }


def organisation(value: Organisation) -> dict[str, Any]:
    """An authority or an institution."""
    return {
        "id": value.id,
        "kind": value.kind,
        "name": value.name,
        "division": value.division,
        "parent": value.parent,
        "level": value.level,
        "branch": value.branch,
        "uscc": value.uscc,
        "number": value.number,
        "trust_number": value.trust_number,
        "open": value.open,
        "revision": value.revision,
    }


def key(value: ElectronicKey) -> dict[str, Any]:
    """An electronic key and where it stands."""
    return {
        "id": value.id,
        "account": value.account,
        "organisation": value.organisation,
        "state": value.state,
        "revision": value.revision,
        "kid": value.kid,
    }


def licence(value: LicenceRecord) -> dict[str, Any]:
    """A minted licence without its token (the token has an address of its own)."""
    return {"id": value.id, "version": value.version, "state": value.state, "issued_at": value.issued_at}


def _step(step: Step) -> dict[str, Any]:
    return {
        "number": step.number,
        "step": step.step,
        "from": step.source,
        "to": step.target,
        "at": step.at,
        "finding": step.finding,
        "reason": step.reason,
        "grounds": list(step.grounds),
    }


def _day(value: dt.date | None) -> str | None:
    return None if value is None else value.isoformat()


def copy(value: LicenceCopy) -> dict[str, Any]:
    """A copy for a device: what a holder may see of it. The token itself is handed out apart."""
    return {
        "id": value.id,
        "registration": value.registration,
        "device": value.device,
        "state": value.state.value,
        "issued_at": value.issued_at,
    }
