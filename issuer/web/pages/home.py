"""The front page: the ways in, for each audience, and what this is not."""

from __future__ import annotations

from flask import Blueprint, render_template

from issuer.web.pages import frame


def blueprint() -> Blueprint:
    """The front page."""
    made = frame.pages("home")

    @made.get("/")
    def front() -> str:
        return render_template("front.html")

    return made
