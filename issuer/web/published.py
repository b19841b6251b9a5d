"""What everybody may fetch: trust list, status lists, the list of all lists, the log of the audit trail.

Plain files, cacheable, from any origin.

A status list is a JWT or a CWT by the Accept header, a JWT where nothing is asked for; `?time=` (Unix seconds) gives
the list that was in force then (draft-ietf-oauth-status-list, sections on the request, the response, historical
resolution and aggregation). The newest lists come from the folder `published` and need no database: the same files
can lie behind any web server.
"""

from __future__ import annotations

import hashlib
import re
from functools import partial
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from elicense import status, trust
from issuer.domain.refusal import Refusal
from issuer.services import publishing
from issuer.services.desk import Desk

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_INSTANT: Final = re.compile(r"0|[1-9][0-9]{0,11}")
_DAY: Final = 86_400
_YEAR: Final = 365 * _DAY
_FRESH: Final = 5
"""Seconds for which a checkpoint may be kept."""
_LOG: Final = re.compile(r"log(-[0-9a-z]{1,32})?")
_LOG_FILE: Final = re.compile(
    r"checkpoint|keys|tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/(x[0-9]{3}/){0,6}[0-9]{3}(\.p/[1-9][0-9]{0,2})?"
)
_JSON: Final = "application/json"
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Accept, If-None-Match",
    "Access-Control-Expose-Headers": "ETag",
    "Access-Control-Max-Age": "86400",
}


def blueprint(desk: Desk) -> Blueprint:
    """The routes of published files."""
    made = Blueprint("published", __name__)
    folder, ttl = desk.config.published, desk.config.status_ttl

    @made.get("/.well-known/elicense/trust-list")
    def trust_list() -> Response:
        return _answer(_file(folder / publishing.TRUST_FILE), trust.MEDIA_TYPE, ttl)

    @made.get("/.well-known/elicense/anchor.json")
    def anchor() -> Response:
        return _answer(_file(desk.config.anchor), _JSON, ttl)

    @made.get("/status")
    def lists() -> Response:
        path = folder / publishing.LISTS_FILE
        return _answer(_file(path) if path.exists() else publishing.list_of_lists(desk), _JSON, ttl)

    @made.get("/status/<number>")
    def status_list(number: str) -> Response:
        if _NUMBER.fullmatch(number) is None:
            raise Refusal("list-unknown")
        media = _media()
        time = request.args.get("time")
        if time is None:
            data = _file(folder / publishing.STATUS_FOLDER / f"{number}.{publishing.ENDINGS[media]}")
        else:
            data = _past(desk, int(number), media, time)
        response = _answer(data, media, ttl)
        response.vary.add("Accept")
        return response

    for log in {desk.config.log_name, *_ended_logs(folder)}:
        made.add_url_rule(f"/{log}/<path:path>", f"log:{log}", partial(_log_file, folder / log))

    @made.after_request
    def open_to_all(response: Response) -> Response:
        response.headers.update(_CORS)
        return response

    return made


def _ended_logs(folder: Path) -> list[str]:
    """Logs that were published and ended: they stay, so that what was said can be held against what is said."""
    return [path.name for path in folder.glob("log*") if _LOG.fullmatch(path.name) and path.is_dir()]


def _log_file(log: Path, path: str) -> Response:
    if not _LOG_FILE.fullmatch(path):
        raise NotFound
    tile = path.startswith("tile/")
    response = _answer(
        _file(log / path), "application/octet-stream" if tile else "text/plain", _YEAR if tile else _FRESH
    )
    response.cache_control.immutable = tile
    return response


def _media() -> str:
    """The media type that the reader likes best. Raises Refusal("not-acceptable")."""
    asked = request.accept_mimetypes
    if not asked:
        return status.JWT_MEDIA_TYPE
    best: str = max(publishing.ENDINGS, key=asked.quality)  # of equals the first, the JWT
    if asked.quality(best) <= 0:
        raise Refusal("not-acceptable", " ".join(publishing.ENDINGS))
    return best


def _past(desk: Desk, number: int, media: str, text: str) -> bytes:
    """The list as it stood. Raises Refusal: history-off, query-malformed, list-unknown."""
    if not desk.config.history_days:
        raise Refusal("history-off")
    if _INSTANT.fullmatch(text) is None:
        raise Refusal("query-malformed", "time: Unix seconds are needed")
    time, now = int(text), desk.clock()
    inside = now - desk.config.history_days * _DAY <= time <= now + publishing.AHEAD_MAX
    found = publishing.status_token(desk, number, media, time=time) if inside else None
    if found is None:
        raise Refusal("list-unknown")
    return found.token


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Refusal("list-unknown") from None
    except OSError:
        raise Refusal("unavailable", "a published file cannot be read") from None


def _answer(data: bytes, media: str, ttl: int) -> Response:
    """The bytes with their tag; 304 without a body where the reader has them already."""
    response = Response(data, mimetype=media)
    response.set_etag(hashlib.sha256(data).hexdigest()[:32])
    response.cache_control.public = True
    response.cache_control.max_age = ttl
    response.make_conditional(request)
    return response
