"""The page on which a holder's device shows a licence live. Everything it needs is on the device: it works off line.

The page holds nothing of anybody; what it shows it takes from the browser it runs in. A service worker keeps its files.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, send_from_directory

from issuer.web.pages import frame, language


def blueprint() -> Blueprint:
    """The live page, its worker and its manifest."""
    made = frame.pages("live")

    @made.get("/live/")
    def page() -> str:
        return render_template("live.html")

    @made.get("/live/worker.js")
    def worker() -> Response:
        answer = send_from_directory(frame.STATIC, "live-worker.js", mimetype="text/javascript")
        answer.headers["Cache-Control"] = "no-cache"
        answer.headers["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'"
        return answer

    @made.get("/live/manifest.webmanifest")
    def manifest() -> Response:
        answer = jsonify(_manifest())
        answer.mimetype = "application/manifest+json"
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    return made


def _manifest() -> dict[str, Any]:
    _ = language.gettext
    icons = [
        {"src": f"/static/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any maskable"}
        for size in (192, 512)
    ]
    return {
        "name": _("亮证（演示）"),
        "short_name": _("亮证"),
        "start_url": "/live/",
        "scope": "/live/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b4f9e",
        "icons": icons,
    }
