"""The front page, as whoever comes by sees it."""

from __future__ import annotations

import re
import urllib.request
from urllib.parse import urljoin

from tests.issuer.pages.conftest import Site
from tests.issuer.pages.office import Office


def test_every_link_of_the_front_page_leads_to_a_page(site: Site) -> None:
    """Each is followed as a stranger: a desk asks to sign in, nothing is a dead end."""
    with urllib.request.urlopen(site.url) as front:  # noqa: S310 - our own server
        targets = set(re.findall(r'href="(/[^"]*)"', front.read().decode("utf-8")))
    assert {"/query", "/guide", "/statistics", "/me", "/institution", "/desk", "/sign-in"} <= targets
    for target in targets:
        with urllib.request.urlopen(urljoin(site.url, target)) as page:  # noqa: S310
            assert page.status == 200
            assert page.read()


def test_everybody_lands_where_there_is_work(office: Office) -> None:
    """Nobody lands on a refusal, or on a page that has nothing for them."""
    office.world.nurse_draft()
    for who, path in (("keys-1", "/admin/keys"), ("decide", "/desk"), ("hospital", "/institution"), ("nurse", "/me")):
        with office.enter(who) as page:
            page.wait_for_url(f"**{path}")
            assert page.url.removeprefix(office.site.url) == path
            assert page.locator("nav[aria-label] a").count() > 0
