"""The page that any phone opens: HTML, its modules, and the signed lists it judges by. Nothing is judged here.

    /v                    the page; the licence stands after `#` and never reaches this server
    /v/NAME               its modules, style, icons, texts, manifest, service worker
    /v/lists/index.json   root keys, and the SHA-256 of each signed list
    /v/lists/SHA-256      a signed list, exactly as it lies in the folder
    /v/lists/on/DAY.json  the SHA-256 of the status lists that were in force at the end of that day

Every answer carries a strict Content-Security-Policy with Trusted Types: nothing comes from or goes to another host.
Only the module that decodes pictures may compile WebAssembly.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, abort, redirect, render_template, request

from elicense import period
from verifier.folder import Folder, FolderBad
from verifier.texts import LANGS, TEXTS
from verifier.web import icons

HOME: Final = "/v"
DECODER: Final = "vendor/zxing/reader.wasm"
_STATIC: Final = Path(__file__).parent / "static"
_TEXTS: Final = Path(__file__).parent.parent / "texts"
_WORKER: Final = "sw.js"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'{more}; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types elicense"
)
_PERMISSIONS: Final = "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()"
_WITH_WASM: Final = "page/decoder-worker.js"
_PARTS: Final = ("page", "may", "wallet")
_DAYS_KEPT: Final = 32
_MODULES: Final = ("judge/", "made/", "page/")
_LATER: Final = {_WITH_WASM, "made/rules.js"}
"""What the first answer does not wait for: the decoder, and the rules for who asks for more (`scope/`, `may/`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file of the page, in memory: plain, compressed, and its entity tag."""

    name: str
    data: bytes
    squeezed: bytes
    tag: str


def texts() -> dict[str, Any]:
    """The sentences of both languages: those of the verifier, and those of each page below its name."""
    parts = {
        lang: {part: json.loads((_TEXTS / f"{part}.{lang}.json").read_bytes()) for part in _PARTS} for lang in LANGS
    }
    return {lang: {**TEXTS[lang], **parts[lang]} for lang in LANGS}


def assets() -> dict[str, Asset]:
    """Every file of the page by its name below `/v/`; the service worker knows the others and their version."""
    found = {
        path.relative_to(_STATIC).as_posix(): path.read_bytes()
        for path in sorted(_STATIC.rglob("*"))
        if path.suffix in _TYPES and path.name != "package.json"
    }
    found |= {f"icon-{size}.png": icons.png(size) for size in icons.SIZES}
    found["texts.json"] = json.dumps(texts(), ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    worker = found.pop(_WORKER)
    digest = hashlib.sha256()
    drawn = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "templates").glob("*.html"))}
    for name, data in [*drawn.items(), *found.items()]:
        digest.update(name.encode("utf-8") + b"\0" + hashlib.sha256(data).digest())
    build = {"version": digest.hexdigest()[:16], "home": HOME, "files": sorted(found)}
    found[_WORKER] = b"const BUILD = " + json.dumps(build).encode("utf-8") + b";\n" + worker
    return {name: _asset(name, data) for name, data in found.items()}


class Shelf:
    """The signed lists of a folder by their SHA-256, read again when the folder changed."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self._index: dict[str, Any] | None = None
        self._held: Mapping[str, bytes] = {}
        self._days: dict[str, dict[str, tuple[str, bytes]]] = {}

    def index(self) -> dict[str, Any] | None:
        """Root keys and the SHA-256 of each list; None if the folder cannot be used."""
        self._look()
        return self._index

    def get(self, digest: str) -> bytes | None:
        """The bytes of a list that the index, or that of a day asked about just now, names."""
        self._look()
        with self._lock:
            of_days = (held[digest][1] for held in self._days.values() if digest in held)
            return self._held.get(digest) or next(of_days, None)

    def on(self, day: str) -> dict[str, Any] | None:
        """The SHA-256 of each status list as of the end of a civil day; None if the folder cannot be used."""
        self._look()
        with self._lock:
            if day not in self._days:
                try:
                    signed = self._folder.signed(period.day_ends(dt.date.fromisoformat(day)) - 1)
                except (FolderBad, ValueError, OverflowError):
                    return None
                if len(self._days) >= _DAYS_KEPT:
                    del self._days[next(iter(self._days))]
                self._days[day] = {_sha256(data): (uri, data) for uri, data in signed.status_lists.items()}
            return {"status_lists": {uri: digest for digest, (uri, _) in self._days[day].items()}}

    def _look(self) -> None:
        with self._lock:
            stamp = self._folder.stamp()
            if stamp == self._seen:
                return
            self._days.clear()
            try:
                signed = self._folder.signed()
            except FolderBad:
                self._seen, self._index, self._held = stamp, None, {}
                return
            lists = {uri: _sha256(data) for uri, data in signed.status_lists.items()}
            trust = signed.trust_list
            self._index = {
                "anchor": signed.anchor.to_json(),
                "trust_list": None if trust is None else _sha256(trust),
                "status_lists": lists,
            }
            every = [*signed.status_lists.values(), *([] if trust is None else [trust])]
            self._seen, self._held = stamp, {_sha256(data): data for data in every}


def blueprint(folder: Folder, *, wallet: bool = False) -> Blueprint:
    """The pages over a folder, to be registered with the application of `verifier.web.app`.

    With `wallet` the page leads to the one that asks wallets (`verifier.web.wallet`).
    """
    pages = Blueprint("pages", __name__, template_folder="templates")
    held = assets()
    words = texts()["zh"]
    modules = [name for name in held if name.startswith(_MODULES) and name not in _LATER]

    @pages.get("/")
    def front() -> Any:  # noqa: ANN401 - Flask's redirect
        return redirect(HOME)

    @pages.get(HOME)
    def page() -> str:
        return render_template(
            "page.html", t=words["page"], headings=words["heading"], home=HOME, decoder=DECODER in held,
            modules=modules, wallet=wallet,
        )  # fmt: skip

    @pages.get(f"{HOME}/<path:name>")
    def asset(name: str) -> Response:
        if name not in held:
            abort(404)
        return _answer(held[name])

    _lists(pages, Shelf(folder))

    @pages.after_request
    def guard(response: Response) -> Response:
        return guarded(response, " 'wasm-unsafe-eval'" if request.path == f"{HOME}/{_WITH_WASM}" else "")

    return pages


def _lists(pages: Blueprint, shelf: Shelf) -> None:
    """The routes of signed lists."""

    @pages.get(f"{HOME}/lists/index.json")
    def index() -> Response:
        found = shelf.index()
        if found is None:
            abort(404)
        data = json.dumps(found, separators=(",", ":")).encode("utf-8")
        return _answer(_asset("lists/index.json", data))

    @pages.get(f"{HOME}/lists/on/<day>.json")
    def of_day(day: str) -> Response:
        found = shelf.on(day)
        if found is None:
            abort(404)
        return _answer(_asset("lists/on.json", json.dumps(found, separators=(",", ":")).encode("utf-8")))

    @pages.get(f"{HOME}/lists/<digest>")
    def signed(digest: str) -> Response:
        data = shelf.get(digest)
        if data is None:
            abort(404)
        response = Response(data, mimetype="application/octet-stream")
        response.headers["Cache-Control"] = "public, max-age=86400, immutable"
        return response


def guarded(response: Response, more: str = "") -> Response:
    """An answer of a page with the headers that every page carries; `more` is what its scripts may besides."""
    response.headers["Content-Security-Policy"] = _POLICY.format(more=more)
    response.headers["Permissions-Policy"] = _PERMISSIONS
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response


def _answer(asset: Asset) -> Response:
    squeeze = len(asset.squeezed) < len(asset.data) and request.accept_encodings["gzip"] > 0
    response = Response(asset.squeezed if squeeze else asset.data, content_type=_TYPES[Path(asset.name).suffix])
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    if squeeze:
        response.headers["Content-Encoding"] = "gzip"
    if asset.name == _WORKER:
        response.headers["Service-Worker-Allowed"] = HOME
    response.set_etag(f"{asset.tag}{'-gz' if squeeze else ''}")
    response.make_conditional(request)
    return response


def _asset(name: str, data: bytes) -> Asset:
    return Asset(name=name, data=data, squeezed=gzip.compress(data, 6, mtime=0), tag=_sha256(data)[:20])


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
