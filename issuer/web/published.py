"""What everybody may fetch: trust list, status lists, the list of all lists. Plain files, cacheable, from any origin.

Media types are negotiated (draft-ietf-oauth-status-list section 8): a status list is a JWT or a CWT by the Accept
header; `?time=` (Unix seconds) gives the list as it stood then. Serving needs no database for the newest lists: the
files of `published/` can lie behind any web server.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Response, request

from elicense import status, trust
from issuer.domain.refusal import Refusal
from issuer.services import publishing
from issuer.services.desk import Desk

_DIGITS = 20


def blueprint(desk: Desk) -> Blueprint:
    """The routes of published files."""
    made = Blueprint("published", __name__)
    folder = desk.config.published

    @made.get("/.well-known/elicense/trust-list")
    def trust_list() -> Response:
        return _answer(_file(folder / publishing.TRUST_FILE), trust.MEDIA_TYPE, desk.config.status_ttl)

    @made.get("/.well-known/elicense/anchor.json")
    def anchor() -> Response:
        return _answer(_file(desk.config.anchor), "application/json", desk.config.status_ttl)

    @made.get("/status")
    def lists() -> Response:
        return _answer(publishing.list_of_lists(desk), "application/json", desk.config.status_ttl)

    @made.get("/status/<int:number>")
    def status_list(number: int) -> Response:
        media = request.accept_mimetypes.best_match(list(publishing.ENDINGS), status.JWT_MEDIA_TYPE)
        time = request.args.get("time")
        if time is None:
            path = folder / publishing.STATUS_FOLDER / f"{number}.{publishing.ENDINGS[str(media)]}"
            return _answer(_file(path), str(media), desk.config.status_ttl)
        if not (time.isascii() and time.isdecimal() and len(time) <= _DIGITS):
            raise Refusal("time-malformed", "Unix seconds are needed")
        found = publishing.status_token(desk, number, str(media), time=int(time))
        if found is None:
            raise Refusal("list-unknown")
        return _answer(found.token, str(media), desk.config.status_ttl)

    @made.after_request
    def open_to_all(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Vary"] = "Accept"
        return response

    return made


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Refusal("list-unknown") from None


def _answer(data: bytes, media: str, ttl: int) -> Response:
    """The bytes with their tag; 304 without a body where the reader has them already."""
    response = Response(data, mimetype=media)
    response.set_etag(hashlib.sha256(data).hexdigest()[:32])
    response.cache_control.public = True
    response.cache_control.max_age = ttl
    response.make_conditional(request)
    return response
