"""The front page, as whoever comes by sees it."""

from __future__ import annotations

import re
import urllib.request
from urllib.parse import urljoin

from tests.issuer.pages.conftest import Site


def test_every_link_of_the_front_page_leads_to_a_page(site: Site) -> None:
    """Each is followed as a stranger: a desk asks to sign in, nothing is a dead end."""
    with urllib.request.urlopen(site.url) as front:  # noqa: S310 - our own server
        targets = set(re.findall(r'href="(/[^"]*)"', front.read().decode("utf-8")))
    assert {"/me", "/institution", "/desk", "/sign-in"} <= targets
    for target in targets:
        with urllib.request.urlopen(urljoin(site.url, target)) as page:  # noqa: S310
            assert page.status == 200
            assert page.read()
