"""The pages for people, on the same desks as the API: server-rendered, plain forms, small modules for signing.

`frame` says who is signed in and what every page carries; `language` which language; `signing` is the one way by which
a page changes anything: a proposed act is shown in words, signed in the browser, and done. The other modules are the
audiences, one each.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from issuer.services.accounts import IdentityProof
from issuer.services.desk import Desk
from issuer.web.limit import Limit
from issuer.web.pages import (
    account,
    accounts_admin,
    audit,
    board,
    cases,
    frame,
    guide,
    holder,
    home,
    institution,
    keys_admin,
    live,
    papers,
    query_page,
    signing,
    standing,
    statistics_page,
    trail,
    voice,
    wallet,
    watch,
)
from issuer.web.pages import (
    desk as desk_pages,
)


def register(app: Flask, desk: Desk, follow: Callable[[], None], proof: IdentityProof, questions: Limit) -> None:
    """Add all pages to the application. `follow` mints and publishes what an act has made due; it never raises.

    `questions` counts what strangers ask of the register, here and by the API.
    """
    frame.register(app, desk)
    app.register_blueprint(home.blueprint())
    app.register_blueprint(guide.blueprint(desk))
    app.register_blueprint(query_page.blueprint(desk, questions))
    app.register_blueprint(board.blueprint(desk, questions))
    app.register_blueprint(statistics_page.blueprint(desk))
    app.register_blueprint(account.blueprint(desk))
    app.register_blueprint(cases.blueprint(desk))
    app.register_blueprint(holder.blueprint(desk))
    app.register_blueprint(papers.blueprint(desk))
    app.register_blueprint(live.blueprint())
    app.register_blueprint(desk_pages.blueprint(desk))
    app.register_blueprint(standing.blueprint(desk))
    app.register_blueprint(institution.blueprint(desk))
    app.register_blueprint(trail.blueprint(desk))
    app.register_blueprint(audit.blueprint(desk))
    app.register_blueprint(voice.blueprint(desk))
    app.register_blueprint(wallet.blueprint(desk))
    app.register_blueprint(accounts_admin.blueprint(desk))
    app.register_blueprint(keys_admin.blueprint(desk))
    app.register_blueprint(watch.blueprint(desk))
    app.register_blueprint(signing.blueprint(desk, follow, proof))
