"""The wallet as a page: a little server on this machine that serves it and does what no page can.

    python -m examples.wallet serve --trust wallet-root.pem

Copies, keys and the choice are the page's; keys are WebCrypto keys that cannot be exported, in the browser's own store.
The server passes requests on, since issuers and verifiers need not answer to pages of other origins, checks who asks by
the certificate (`presenting`), reads codes in pictures, and has the words for what a licence says. It listens on this
machine alone, keeps nothing, and answers its own page only: another site in the same browser has another Origin, and a
name that was turned to this machine has another Host. Whoever runs programs on this machine is not kept out.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from flask import Flask, Response, jsonify, request, send_from_directory
from waitress.server import create_server
from werkzeug.exceptions import HTTPException, abort

from elicense import face, strictjson
from elicense.errors import Rejected
from elicense.licence import Kind
from examples.wallet import presenting
from examples.wallet.connection import Unsafe, exchange
from examples.wallet.presenting import NotShown
from verifier.openid4vp.judging import in_words
from verifier.scan import Reader, Unreadable

PAGE: Final = Path(__file__).parent / "page"
_LARGEST: Final = 8_000_000
_PASSED: Final = frozenset({"Authorization", "Content-Type"})
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class _Refused(Exception):
    """What the page is told instead of an answer."""


def create_app(root: x509.Certificate, clock: Callable[[], float] = time.time) -> Flask:
    """The page and what it asks for. `root` vouches for verifiers; `clock` gives Unix seconds."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST
    _guard(app)
    _for_the_page(app, root, clock)
    return app


def _guard(app: Flask) -> None:
    """Who is answered, with which headers, and how what failed is told."""

    @app.before_request
    def own_page_only() -> None:
        here = request.host.partition(":")[0] in {"127.0.0.1", "localhost"}
        if not here or (request.method == "POST" and request.headers.get("Origin") != request.host_url.rstrip("/")):
            abort(403)

    @app.after_request
    def guarded(response: Response) -> Response:
        response.headers.update(_HEADERS)
        return response

    for kind in (_Refused, NotShown, Unsafe, OSError, Unreadable):
        app.register_error_handler(kind, lambda failed: (jsonify({"error": str(failed)}), 400))
    app.register_error_handler(HTTPException, lambda failed: (jsonify({"error": failed.name}), failed.code or 500))


def _for_the_page(app: Flask, root: x509.Certificate, clock: Callable[[], float]) -> None:
    reader = Reader(patience=5)

    @app.get("/")
    def page() -> Response:
        return send_from_directory(PAGE, "index.html")

    @app.get("/<name>")
    def part(name: str) -> Response:
        return send_from_directory(PAGE, name)

    @app.post("/forward")
    def forward() -> Response:
        return jsonify(passed_on(_json()))

    @app.post("/request")
    def asked() -> Response:
        found = presenting.open_request(_text(_json(), "link"), root, clock())
        return jsonify({**dataclasses.asdict(found), "required": sorted(found.required), "wanted": {
            name: {"types": types, "items": items} for name, (types, items) in found.wanted.items()
        }})  # fmt: skip

    @app.post("/words")
    def words() -> Response:
        return jsonify(in_words_of(_json()))

    @app.post("/picture")
    def picture() -> Response:
        found = reader.read(request.get_data(cache=False))
        wanted = (one for one in found.texts if one.startswith(("openid-credential-offer://", "openid4vp://")))
        return jsonify({"text": next(wanted, found.texts[0])})


def serve(root: x509.Certificate, port: int) -> None:
    """Serve until interrupted; 0 for any free port. The address is printed."""
    server = create_server(create_app(root), host="127.0.0.1", port=port)
    print(f"http://127.0.0.1:{server.effective_port}/", flush=True)
    server.run()


def passed_on(asked: dict[str, Any]) -> dict[str, Any]:
    """Send one request and tell its answer. Raises what `exchange` raises, _Refused for anything but GET and POST."""
    headers = asked.get("headers")
    if not isinstance(headers, dict) or not headers.keys() <= _PASSED or not all(map(_printable, headers.values())):
        raise _Refused("headers that are not passed on")
    method, address, body = (_text(asked, name) for name in ("method", "address", "body"))
    if method not in {"GET", "POST"} or not _printable(address):
        raise _Refused("not a request that is passed on")
    sent = body.encode("utf-8") if method == "POST" else None
    status, data = exchange(method, address, {"Accept": "application/json", **headers}, sent)
    return {"status": status, "text": data.decode("utf-8", "replace")}


def in_words_of(asked: dict[str, Any]) -> dict[str, Any]:
    """The title of a kind of licence, and the value of each of its items as people say it, in both languages."""
    kind = next((one for one in Kind if one.text == asked.get("kind")), None)
    claims = asked.get("claims")
    if kind is None or not isinstance(claims, dict):
        raise _Refused("not a kind of licence that is known here")
    values = {}
    for name, value in claims.items():
        rows = in_words(kind, {name: value})
        values[name] = {lang: " · ".join(say["value"](lang) for _, say in rows) for lang in ("zh", "en")}
    return {"title": {lang: face.title(kind, lang) for lang in ("zh", "en")}, "values": values}


def _json() -> dict[str, Any]:
    try:
        value = strictjson.loads(request.get_data(cache=False)) if request.mimetype == "application/json" else None
    except Rejected:
        value = None
    if not isinstance(value, dict):
        raise _Refused("not a JSON object")
    return value


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str):
        raise _Refused(f"{name} is missing")
    return found


def _printable(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()
