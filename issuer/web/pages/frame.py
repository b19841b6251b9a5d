"""What every page carries: who is signed in, the way around, the headers, and how a refusal looks to a person.

Scripts, styles and pictures come from here and nowhere else; the policy says so to the browser, with Trusted Types.
"""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    g,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from elicense.tables import LICENCE_KINDS
from issuer.domain.account import AccountKind, Role
from issuer.domain.refusal import Refusal
from issuer.services import area, rules, sessions
from issuer.services.desk import Desk
from issuer.services.sessions import SignedIn
from issuer.web import problems
from issuer.web.pages import language

COOKIE: Final = "elicense_session"
MACHINE: Final = "elicense_machine"
DONE: Final = "elicense_done"
"""How many acts were just done: shown once on the page that follows."""
DONE_SECONDS: Final = 60
STATIC: Final = Path(__file__).parents[1] / "static"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types elicense"
)
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
_PAGES: Final = "text/html"
_OK: Final = 200


def register(app: Flask, desk: Desk) -> None:
    """Prepare an application for pages: templates, catalogue, headers, static files."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext, language.ngettext, newstyle=True
    )
    app.jinja_env.filters.update(brief=language.brief, day=language.day, moment=language.moment)
    app.jinja_env.globals.update(two=language.two, **_names(desk))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: _context(desk))

    @app.get("/static/<path:name>")
    def static_file(name: str) -> Response:
        answer = send_from_directory(STATIC, name, conditional=True)
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    @app.after_request
    def dress(response: Response) -> Response:
        if response.mimetype == _PAGES:
            for name, value in _HEADERS.items():
                response.headers[name] = value
            if request.args.get("lang") in language.LANGUAGES:
                keep(response, language.COOKIE, language.current(), desk, seconds=365 * 86_400)
            if DONE in request.cookies and response.status_code == _OK:
                response.delete_cookie(DONE, path="/")
        return response


def signed_in(desk: Desk) -> SignedIn | None:
    """Who is signed in, asked of the register once for each request."""
    if "signed_in" not in g:
        cookie = request.cookies.get(COOKIE, "")
        g.signed_in = sessions.current(desk, cookie) if cookie else None
    found: SignedIn | None = g.signed_in
    return found


def require(desk: Desk, kind: AccountKind, *roles: Role) -> SignedIn:
    """Who is signed in, of this kind and with one of the roles; others are sent to sign in, or told it is not theirs.

    Raises what ends the request: a redirection to the sign-in page, or Refusal("role-missing").
    """
    found = signed_in(desk)
    if found is None:
        raise NotSignedIn
    if found.account.kind is not kind or (roles and not found.account.roles & set(roles)):
        raise Refusal("role-missing")
    return found


class NotSignedIn(Exception):
    """Nobody is signed in, and the page is for somebody."""


def to_sign_in(_: NotSignedIn) -> AnyResponse:
    """Send to the sign-in page and, after it, back."""
    return redirect(url_for("account.sign_in", next=request.full_path.rstrip("?") if request.method == "GET" else "/"))


def check_csrf(found: SignedIn) -> None:
    """End the request (403) unless the form is ours: the session's token, and no foreign origin."""
    given = request.form.get("csrf", "")
    if not hmac.compare_digest(given.encode("utf-8"), found.session.csrf.encode("utf-8")):
        abort(403)
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)


def pages(name: str) -> Blueprint:
    """A blueprint of pages: its refusals are pages too, and who is not signed in is sent to sign in."""
    made = Blueprint(name, f"{__name__}.{name}")
    made.register_error_handler(Refusal, refused)
    made.register_error_handler(NotSignedIn, to_sign_in)
    return made


def refused(refusal: Refusal, back: str = "/") -> Response:
    """A refusal as a page: what, why in law, what to do, and the way back. A script that asked by JSON gets JSON."""
    if request.is_json:
        return problems.problem(refusal.code, refusal.detail, refusal.grounds)
    zh, en = sentence(refusal)
    return make_response(
        render_template("refused.html", zh=zh, en=en, refusal=refusal, back=back), problems.status_of(refusal.code)
    )


def sentence(refusal: Refusal) -> tuple[str, str]:
    """The sentence of a refusal in both languages."""
    return rules.refusals().get(refusal.code, (refusal.code, refusal.code.replace("-", " ")))


def local(path: str) -> str:
    """A path of this site, or the front page: nobody is sent elsewhere by an address they clicked on."""
    parts = urlsplit(path)
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return path if inside and path.isprintable() else "/"


def keep(response: AnyResponse, name: str, value: str, desk: Desk, *, seconds: int | None = None) -> None:
    """Set a cookie that scripts cannot read and other sites do not send."""
    secure = desk.config.base_url.startswith("https://")
    response.set_cookie(name, value, max_age=seconds, httponly=True, secure=secure, samesite="Strict", path="/")


def _context(desk: Desk) -> dict[str, Any]:
    found = signed_in(desk)
    return {
        "lang": language.current(),
        "who": found,
        "csrf": "" if found is None else found.session.csrf,
        "csrf_field": ""
        if found is None
        else Markup('<input type="hidden" name="csrf" value="{}">').format(found.session.csrf),
        "done": _done(),
        "ways": _public_ways() if found is None else _ways(found),
        "public_ways": _public_ways(),
        "other_language": _other_language(),
    }


def _done() -> str:
    count = request.cookies.get(DONE, "")
    if not (count.isascii() and count.isdigit() and len(count) < 3):
        return ""
    return language.ngettext("已签名并办理 %(n)d 项。", "已签名并办理 %(n)d 项。", int(count)) % {"n": int(count)}


def _names(desk: Desk) -> dict[str, Any]:
    """What templates call to name a kind, an action, a state in the reader's language."""

    def kind_name(kind: str) -> str:
        row = next((one for one in LICENCE_KINDS if one.code == kind), None)
        return kind if row is None else language.two(row.zh, row.en)

    def action_name(kind: str, action: str) -> str:
        rows = [one for one in desk.rules.actions if one.kind == kind and one.action == action]
        return language.two(rows[-1].zh, rows[-1].en) if rows else action

    def state_name(kind: str, state: str) -> str:
        rows = [one for one in desk.rules.states if one.kind == kind and one.state == state]
        return language.two(rows[0].zh, rows[0].en) if rows else state

    return {"kind_name": kind_name, "action_name": action_name, "state_name": state_name}


def _public_ways() -> tuple[tuple[str, str], ...]:
    """What is there for everybody, without signing in."""
    _ = language.gettext
    return (("/query", _("公众查询")), ("/guide", _("办事指南")), ("/statistics", _("统计")))


def _ways(found: SignedIn) -> tuple[tuple[str, str], ...]:
    """The way around: addresses and words, for each kind of account."""
    _ = language.gettext
    if found.account.kind is AccountKind.APPLICANT:
        return (("/me", _("我的证照")), ("/cases", _("办理进度")), ("/cases/new", _("我要办")))
    if found.account.kind is AccountKind.INSTITUTION:
        return (
            ("/institution", _("本机构")),
            ("/institution/inbox", _("待确认")),
            ("/institution/people", _("人员")),
            ("/cases", _("办理进度")),
            ("/cases/new", _("我要办")),
        )
    ways: list[tuple[str, str]] = []
    roles = found.account.roles if found.account.kind is AccountKind.OFFICER else frozenset()
    if roles & area.SEE:
        ways += [
            ("/desk", _("待办")),
            ("/desk/register", _("登记簿")),
            ("/desk/due", _("到期提醒")),
            ("/desk/proposals", _("处理建议")),
            ("/desk/appeals", _("诉求")),
        ]
    if Role.AUDITOR in roles:
        ways.append(("/audit", _("全部记录")))
    if Role.KEY_MANAGER in roles:
        ways += [("/admin/keys", _("电子密钥")), ("/admin/watch", _("异常预警"))]
    if roles & {Role.KEY_MANAGER, Role.ACCEPTANCE}:
        ways.append(("/admin/organisations", _("机构和账号")))
    return tuple(ways)


def _other_language() -> tuple[str, str]:
    """The address of this page in the other language, and its name."""
    code, name = ("zh", "中文") if language.current() == "en" else ("en", "English")
    kept = {key: value for key, value in request.args.items() if key != "lang"} if request.method == "GET" else {}
    try:
        values: dict[str, Any] = {**(request.view_args or {}), **kept, "lang": code}
        address = url_for(request.endpoint or "home.front", **values)
    except Exception:  # noqa: BLE001 - an address that cannot be built (an error page) leads to the front page
        address = f"/?lang={code}"
    return address, name
