"""The example's wallet answers our verifier, and shows nothing to one that it does not trust."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from elicense.licence import Licence
from elicense.sdjwt import vct
from examples.wallet import presenting
from examples.wallet.held import Held
from examples.wallet.presenting import NotShown
from tests.elicense.sdjwt.made import copy
from tests.verifier.openid4vp.asking import Asking, asking
from tests.verifier.openid4vp.test_wallets import KEY
from tests.world import T0, institution, nurse, physician
from verifier.openid4vp import identity


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Asking]:
    with asking(tmp_path) as made:
        yield made


def held(service: Asking, licence: Licence) -> Held:
    return Held(
        issuer=service.world.host, configuration="x", vct=vct(service.world.host, licence.kind),
        sdjwt=copy(service.world, licence), key=KEY,
    )  # fmt: skip


def root(service: Asking) -> x509.Certificate:
    return x509.load_pem_x509_certificate(service.root.encode())


@pytest.mark.parametrize("encrypted", [True, False])
def test_it_shows_what_is_asked_for_and_goes_on_where_it_is_told(service: Asking, encrypted: bool) -> None:
    asked = service.ask("hiring-institution", encrypted=encrypted, same_device=True)
    request = presenting.open_request(asked["link"], root(service), T0)
    assert request.verifier == "localhost"
    chosen = presenting.choose(request, [held(service, made()) for made in (nurse, physician, institution)])
    assert set(chosen) == {"physician", "institution"}
    where = presenting.present(request, chosen, lambda: T0)
    assert where is not None
    result = service.result(asked, where.partition("#response_code=")[2])
    assert [one["outcome"] for one in result["credentials"]] == ["valid", "valid"]
    with pytest.raises(NotShown, match="answered"):
        presenting.present(request, chosen, lambda: T0)


def test_it_shows_nothing_to_a_verifier_that_it_does_not_trust(service: Asking, tmp_path: Path) -> None:
    asked = service.ask("patient")
    identity.make_demonstration(tmp_path / "other", "localhost", dt.datetime.fromtimestamp(T0, dt.UTC))
    other = x509.load_pem_x509_certificate((tmp_path / "other" / identity.ROOT).read_bytes())
    with pytest.raises(NotShown, match="trusts"):
        presenting.open_request(asked["link"], other, T0)
    with pytest.raises(NotShown, match="another's"):
        presenting.open_request(asked["link"].replace("x509_hash%3A", "x509_hash%3Aa"), root(service), T0)
    with pytest.raises(NotShown, match="an old one"):
        presenting.open_request(asked["link"], root(service), T0 + 301)


@pytest.mark.parametrize(
    "link", ["", "openid4vp://", "openid4vp://?request_uri=http://elsewhere.example/x&client_id=y"]
)
def test_a_link_that_is_none(service: Asking, link: str) -> None:
    with pytest.raises(NotShown):
        presenting.open_request(link, root(service), T0)


def test_it_has_nothing_that_fits(service: Asking) -> None:
    request = presenting.open_request(service.ask("telemedicine-nurse")["link"], root(service), T0)
    with pytest.raises(NotShown, match="nothing here"):
        presenting.choose(request, [held(service, physician())])
