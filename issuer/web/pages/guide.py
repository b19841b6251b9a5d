"""The guide 办事指南 for whoever wants to apply: what for, with what, how long, a filled-in sample, where to complain.

For anybody, without signing in; reads no register. What it says comes from `issuer.services.guide`.
"""

from __future__ import annotations

from flask import Blueprint, render_template

from issuer.domain.act import civil_day
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.domain.rulebook import LimitRow, held
from issuer.services import guide as guides
from issuer.services.desk import Desk
from issuer.web.pages import changes, forms, frame, language


def blueprint(desk: Desk) -> Blueprint:
    """The pages of the guide. Raises ValueError if an action that is offered has none."""
    guides.check(desk.rules, civil_day(desk.clock()))
    made = frame.pages("guide")

    @made.get("/guide")
    def index() -> str:
        on = civil_day(desk.clock())
        library, rows = guides.load(), guides.offered(desk.rules, on)
        return render_template(
            "guide.html",
            kinds=[
                (name, [row for row in rows if row.kind == kind], guides.laws(Kind(kind), on))
                for kind, name in forms.kinds(list(Kind))
            ],
            channels=held(library.channels, on),
            questions=held(library.questions, on),
        )

    @made.get("/guide/<kind>/<action>")
    def one(kind: str, action: str) -> str:
        if kind not in set(Kind):
            raise Refusal("action-unknown")
        found = guides.guide(desk.rules, Kind(kind), action, civil_day(desk.clock()))
        return render_template(
            "guide_action.html",
            guide=found,
            by=_by(),
            sample=[(row, language.two(row.zh, row.en), _said(row.part, row.field, found)) for row in found.fields],
            limit=limit,
            competent=competent(found.row.competent),
            channels=guides.load().channels,
        )

    return made


def limit(row: LimitRow | None) -> str:
    """A time limit in words."""
    _ = language.gettext
    if row is None:
        return _("法律没有规定期限")
    starts = {
        "acceptance": _("自受理之日起"),
        "receipt": _("自收到申请之日起"),
        "decision": _("自作出决定之日起"),
    }
    units = {"working_day": _("%(n)d 个工作日内"), "day": _("%(n)d 日内"), "month": _("%(n)d 个月内")}
    start, within = starts[row.start], units[row.unit] % {"n": row.value}
    return language.two(f"{start} {within}", f"{within} {start}")


def competent(code: str) -> str:
    """Whose matter an action is, in words."""
    _ = language.gettext
    return {
        "institution": _("批准所在医疗机构执业的卫生健康主管部门"),
        "further": _("批准拟执业的另一机构的卫生健康主管部门"),
        "registering": _("原注册（登记）的卫生健康主管部门"),
        "own": _("有批准权的县级以上卫生健康主管部门"),
    }[code]


def _by() -> dict[str, str]:
    _ = language.gettext
    return {
        "form": _("网上填写"),
        "applicant": _("申请人提交"),
        "institution": _("机构网上确认，不用另交"),
        "system": _("主管部门核对，不用提交"),
    }


def _said(part: str, field: str, found: guides.Guide) -> str:
    value = found.sample.get(field)
    if value is None:
        return "—"
    return changes.restricted_text(field, value) if part == "restricted" else forms.text(field, value)
