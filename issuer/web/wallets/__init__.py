"""What wallets speak: OpenID4VCI 1.0 with the pre-authorized code, on top of `services.offers` and `services.wallets`.

`metadata` are the documents that a wallet reads before, `endpoints` what it posts, `answers` how both are answered.
There is no authorization endpoint, no client authentication, no encryption beyond TLS, and no key attestation: who may
have which licence was settled when the holder signed the offer.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from issuer.services.desk import Desk
from issuer.web.wallets import endpoints
from issuer.web.wallets import metadata as documents


def register(app: Flask, desk: Desk, follow: Callable[[], None]) -> None:
    """Add the routes. `follow` publishes the lists that a copy has touched; it never raises."""
    app.register_blueprint(documents.blueprint(desk))
    app.register_blueprint(endpoints.blueprint(desk, follow))
