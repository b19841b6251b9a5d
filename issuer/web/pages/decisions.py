"""What an officer decides on a case: the forms of the steps, and the acts that they propose.

Which steps there are for this officer comes from the case's file; here a form is read into the body of an act and the
lines that are read before it is signed. A step that the file does not offer is not proposed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from issuer.domain.kind import Kind
from issuer.domain.path import FAVOURABLE, UNFAVOURABLE
from issuer.domain.refusal import Refusal
from issuer.domain.rulebook import StepRow
from issuer.services.casefile import CaseFile, Offer
from issuer.services.desk import Desk
from issuer.web.catalogue import ACTS
from issuer.web.pages import changes, language
from issuer.web.pages.language import marked
from issuer.web.pages.signing import Proposal

Form = MultiDict[str, str]
TOLD: Final = frozenset(
    {"four-eyes", "own-case", "review-incomplete", "review-not-favourable", "clock-paused", "correction-too-late",
     "precheck-failed"}
)  # fmt: skip
"""What is worth telling of a step that cannot be taken; who has not the role for a step does not see it."""
FINDINGS: Final = {FAVOURABLE: marked("同意"), UNFAVOURABLE: marked("不同意")}
_ENDING: Final = frozenset({"refuse", "not_accept"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StepForm:
    """One step as the page draws it. `prepared` is what stands in the reason already; `ends` asks for a valid-until."""

    offer: Offer
    step: str
    title: str
    prepared: str
    ends: bool
    stops: bool


def step_forms(file: CaseFile) -> list[StepForm]:
    """The steps of a file that this reader may take, or is told why not."""
    return [
        StepForm(
            offer=offer,
            step=offer.row.step,
            title=step_title(offer.row.step),
            prepared=_complaints(file) if offer.row.step == "ask_correction" else "",
            ends=offer.row.step == "approve" and file.view.application.kind is Kind.INSTITUTION and file.row.renews,
            stops=offer.row.step in _ENDING,
        )
        for offer in file.offers
        if offer.against is None or offer.against.code in TOLD
    ]


def step_title(step: str) -> str:
    """What a step is called."""
    act = ACTS[f"application.{step}"]
    return language.two(act.zh, act.en)


def in_one_go(row: StepRow) -> bool:
    """Whether a step can be taken for many cases at once: it asks for nothing, or for a finding (then: favourable)."""
    return row.needs in {"", "finding"}


def proposed(desk: Desk, file: CaseFile, step: str, form: Form, title: str) -> Proposal:
    """The act that a filled-in form asks for. Raises Refusal: what stands against the step, stage-order, changed-…."""
    case = file.view.application
    offer = next((one for one in file.offers if one.row.step == step), None)
    if form.get("revision") != str(case.revision):
        raise Refusal("changed-meanwhile")
    if offer is None:
        raise Refusal("stage-order", step)
    if offer.against is not None:
        raise offer.against
    body = _body(offer.row, form)
    return Proposal(
        name=f"application.{step}",
        title=f"{step_title(step)}：{title}",
        target=case.id,
        revision=case.revision,
        body=body,
        says=_says(desk, file, offer, body),
    )


def _body(row: StepRow, form: Form) -> dict[str, Any]:
    body: dict[str, Any] = {}
    reason = form.get("reason", "").strip().replace("\r\n", "\n")
    if reason:
        body["reason"] = reason
    if row.needs == "grounds":
        body["grounds"] = form.getlist("grounds")
    if row.needs == "finding":
        body["finding"] = form.get("finding", FAVOURABLE)
    if row.step == "approve" and form.get("valid_until"):
        body["valid_until"] = form["valid_until"]
    return body


def _says(desk: Desk, file: CaseFile, offer: Offer, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    _ = language.gettext
    says = [(_("申请人"), file.name), *changes.told(changes.rows(desk.rules, file.view.application.kind, file.lines))]
    says += [(_("预审提示"), f"{language.two(one.zh, one.en)}（{one.code}）") for one in file.findings]
    if "finding" in body:
        word = FINDINGS.get(body["finding"], "—")
        says.append((_("审核意见"), language.gettext(word)))
    by_code = {ground.code: ground for ground in offer.grounds}
    for code in body.get("grounds", ()):
        ground = by_code.get(code)
        if ground is not None:
            says.append((_("法定理由"), f"{language.two(ground.zh, ground.en)}（{ground.basis}）"))
    if "valid_until" in body:
        says.append((_("有效期至"), body["valid_until"]))
    if "reason" in body:
        says.append((_("理由"), body["reason"]))
    says.append((_("依据"), offer.row.basis))
    return says


def _complaints(file: CaseFile) -> str:
    """Every paper that is missing and all that the checks found, one line each: so that it is asked for at once."""
    lacks = language.gettext("缺少材料")
    lacking = [f"{lacks}: {language.two(row.zh, row.en)}" for row in file.missing]
    return "\n".join([*lacking, *(f"{language.two(one.zh, one.en)}（{one.field}）" for one in file.findings)])
