"""Alerts about keys 异常预警: the inbox of the province, one alert with all that the key did since, and the rules.

Who is watched may read by which rules: they and their thresholds stand on a page for every officer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from flask import Blueprint, render_template, request, url_for

from issuer.domain.account import AccountKind
from issuer.domain.act import civil_day
from issuer.domain.alert import AlertState, Announced
from issuer.domain.anomaly import AnomalyRow
from issuer.domain.refusal import Refusal
from issuer.services import alerts, custody, rules
from issuer.services.alerts import AlertFile
from issuer.services.desk import Desk
from issuer.web.pages import admin_words, frame, keys_admin, language, signing
from issuer.web.pages.language import marked
from issuer.web.pages.signing import Proposal

STATES: Final = {
    AlertState.OPEN: (marked("待处理"), "mid"),
    AlertState.CLEARED: (marked("核实无异常"), "good"),
    AlertState.CONFIRMED: (marked("确认异常"), "bad"),
}
SEVERITIES: Final = {
    "medium": (marked("一般"), "none"),
    "high": (marked("严重"), "mid"),
    "blocking": (marked("立即停用"), "bad"),
}
_PLACE: Final = re.compile(r"\{\w+\}")
SPANS: Final = {"day": marked("一天内"), "hour": marked("一小时内")}
"""Figures of sentences that are words."""


def blueprint(desk: Desk) -> Blueprint:
    """The pages of alerts."""
    made = frame.pages("watch")
    _read(made, desk)
    _write(made, desk)
    return made


def sentence(rule: AnomalyRow, figures: tuple[tuple[str, str], ...]) -> str:
    """The sentence of a rule with its figures; an act among them is called by its name."""
    told: dict[str, Callable[[str], str]] = {
        "act": admin_words.act,
        "span": lambda value: language.gettext(SPANS[value]),
    }
    values = {name: told[name](value) if name in told else value for name, value in figures}
    return language.two(rule.zh_sentence, rule.en_sentence).format(**values)


def _read(made: Blueprint, desk: Desk) -> None:
    @made.get("/admin/watch")
    def inbox() -> str:
        who = keys_admin.manager(desk)
        closed = bool(request.args.get("closed"))
        return render_template(
            "watch.html", found=alerts.inbox(desk, who.account, closed=closed), closed=closed, **_words()
        )

    @made.get("/admin/watch/rules")
    def all_rules() -> str:
        frame.require(desk, AccountKind.OFFICER)
        watch = rules.watch()
        bounds = watch.bounds(civil_day(desk.clock()))
        limits = {row.rule: [one for one in watch.limits if one.rule == row.rule] for row in bounds.rows}
        return render_template("watch_rules.html", rows=bounds.rows, limits=limits, **_words())

    @made.get("/admin/watch/<id_>")
    def alert(id_: str) -> str:
        file = alerts.one(desk, keys_admin.manager(desk).account, id_)
        return render_template("watch_alert.html", file=file, view=file.view, after=keys_admin.AFTER, **_words())


def _write(made: Blueprint, desk: Desk) -> None:
    @made.post("/admin/watch/<id_>/dismiss")
    def dismiss(id_: str) -> str:
        who = keys_admin.manager(desk)
        frame.check_csrf(who)
        file = alerts.one(desk, who.account, id_)
        if "dismiss" not in file.may:
            raise Refusal("alert-closed")
        return signing.propose(desk, who, [_dismissal(file)], url_for("watch.inbox"))

    @made.post("/admin/keys/<id_>/announce")
    def announce(id_: str) -> str:
        who = keys_admin.manager(desk)
        frame.check_csrf(who)
        file = custody.key_file(desk, who.account, id_)
        if "announce" not in file.may:
            raise Refusal("own-case")
        _ = language.gettext
        body = {name: request.form.get(name, "").strip() for name in ("what", "first_day", "last_day", "reason")}
        what = next((one for one in Announced if one == body["what"]), None)
        proposal = Proposal(
            name="key.announce",
            title=_("事先报备：%(name)s", name=file.line.holder.name),
            target=file.line.key.id,
            revision=file.line.key.revision,
            body=body,
            says=[
                (_("持有人"), file.line.holder.name),
                (_("报备事项"), "—" if what is None else language.gettext(keys_admin.WHAT[what])),
                (_("日期"), f"{body['first_day']} — {body['last_day']}"),
                (_("理由"), body["reason"]),
            ],
        )
        return signing.propose(desk, who, [proposal], url_for("keys_admin.key", id_=id_))


def _dismissal(file: AlertFile) -> Proposal:
    _ = language.gettext
    view, reason = file.view, request.form.get("reason", "").strip().replace("\r\n", "\n")
    return Proposal(
        name="key.dismiss_alert",
        title=f"{admin_words.act('dismiss_alert')}：{view.holder.name}",
        target=view.key.id,
        revision=view.key.revision,
        body={"alert": view.alert.id, "reason": reason},
        says=[
            (_("持有人"), view.holder.name),
            (_("预警"), f"{view.alert.rule} {sentence(view.rule, view.alert.figures)}"),
            (_("理由"), reason),
        ],
    )


def _words() -> dict[str, object]:
    return {
        "sentence": sentence,
        "words": admin_words,
        "state": lambda alert: (language.gettext(STATES[alert.state][0]), STATES[alert.state][1]),
        "severity": lambda rule: (language.gettext(SEVERITIES[rule.severity][0]), SEVERITIES[rule.severity][1]),
        "plain": lambda rule: _PLACE.sub("…", language.two(rule.zh_sentence, rule.en_sentence)),
        "refusal": lambda code: language.two(*frame.sentence(Refusal(code))),
    }
