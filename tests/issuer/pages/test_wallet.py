"""Into a wallet, in a real browser: the offer, its QR code as a camera reads it, the transaction code apart from it."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from issuer.services import minting
from tests.browser import DESK, PHONE, sideways, violations
from tests.issuer.pages.office import Office, sign
from tests.issuer.wallets.wallet import GRANT, TYP, jwt, key


def nurse_page(office: Office) -> str:
    """Mint a nurse's licence; the address of her page about wallets."""
    held = minting.mint(office.world.desk, office.world.granted().id)
    return f"/me/registrations/{held.registration}/wallet"


def make_offer(page: Page) -> None:
    """Press the button, read what will be signed, sign it."""
    page.click("text=/^(生成领取码|Make an offer)$/")
    sign(page)


def scanned(page: Page) -> str:
    """What a camera reads from the screen."""
    picture = Image.open(io.BytesIO(page.locator(".code").screenshot()))
    [found] = zxingcpp.read_barcodes(picture)
    return str(found.text)


def redeem(page: Page, code: str, tx_code: str) -> int:
    """Ask for a token as a wallet does; the status of the answer."""
    form: dict[str, str | float | bool] = {"grant_type": GRANT, "pre-authorized_code": code, "tx_code": tx_code}
    return page.request.post("/wallet/token", form=form).status


def code_of(page: Page, link: str) -> str:
    """Fetch the offer behind a link; its pre-authorized code."""
    [reference] = parse_qs(urlsplit(link).query)["credential_offer_uri"]
    return str(page.request.get(reference).json()["grants"][GRANT]["pre-authorized_code"])


def test_a_nurse_makes_an_offer_that_a_camera_reads_and_keeps_the_code_to_herself(office: Office) -> None:
    path = nurse_page(office)
    with office.enter("nurse", path, phone=True) as page:
        make_offer(page)
        page.wait_for_url(f"**{path}")
        link = scanned(page)
        assert page.get_attribute("text=钱包就在这台设备上：直接打开", "href") == link
        expect(page.locator(".txcode")).to_be_hidden()
        page.click("text=显示交易码")
        tx_code = page.inner_text(".txcode code")
        assert tx_code not in link
        code = code_of(page, link)
        wrong = "000000" if tx_code != "000000" else "000001"
        assert redeem(page, code, wrong) == 400
        page.reload()
        expect(page.locator("main")).to_contain_text("还可以试 4 次")
        assert redeem(page, code, tx_code) == 200
        page.reload()
        expect(page.locator(".code")).to_have_count(0)


def test_five_wrong_codes_and_the_page_says_that_the_offer_is_dead(office: Office) -> None:
    path = nurse_page(office)
    with office.enter("nurse", path, locale="en-GB") as page:
        make_offer(page)
        tx_code = page.locator(".txcode code").text_content()
        code = code_of(page, scanned(page))
        for number in range(5):
            assert redeem(page, code, f"x{number}") == 400
        assert redeem(page, code, str(tx_code)) == 400
        page.reload()
        expect(page.locator(".refused")).to_contain_text("wrong 5 times")


def test_what_a_wallet_holds_is_shown_and_can_be_taken_back(office: Office, tmp_path: Path) -> None:
    path = nurse_page(office)
    with office.enter("nurse", path) as page:
        make_offer(page)
        tx_code, code = page.locator(".txcode code").text_content(), code_of(page, scanned(page))
        form: dict[str, str | float | bool] = {
            "grant_type": GRANT,
            "pre-authorized_code": code,
            "tx_code": str(tx_code),
        }
        access = page.request.post("/wallet/token", form=form).json()["access_token"]
        nonce = page.request.post("/wallet/nonce").json()["c_nonce"]
        claims = {"aud": office.site.url, "iat": office.world.at, "nonce": nonce}
        mine = [key() for _ in range(3)]
        proofs = [jwt({"alg": "ES256", "typ": TYP, "jwk": one.public_key.to_jwk()}, claims, one) for one in mine]
        asked = {"credential_configuration_id": "nurse_licence", "proofs": {"jwt": proofs}}
        given = page.request.post("/wallet/credential", data=asked, headers={"Authorization": f"Bearer {access}"})
        assert len(given.json()["credentials"]) == 3
        page.click("text=已经领取，刷新")
        expect(page.locator("main dl")).to_contain_text("3")
        assert violations(page) == []
        page.screenshot(path=tmp_path / "held.png", full_page=True)
        page.click("button:text('从钱包收回')")
        sign(page)
        expect(page.locator("main")).to_contain_text("现在没有钱包持有这张证照")


def test_the_administrator_of_an_institution_adds_its_licence_and_a_stranger_sees_none_of_it(office: Office) -> None:
    path = nurse_page(office)
    with office.enter("hospital", "/institution") as page:
        page.click("text=放进钱包")
        make_offer(page)
        assert scanned(page).startswith("openid-credential-offer://?credential_offer_uri=http")
        assert page.goto(path).status == 403  # type: ignore[union-attr]
    with office.stranger() as page:
        page.goto("/institution/wallet")
        page.wait_for_url("**/sign-in?**")


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_has_no_fault_that_axe_finds_and_does_not_run_sideways(
    office: Office, locale: str, size: dict[str, int], tmp_path: Path
) -> None:
    with office.enter("nurse", nurse_page(office), phone=size == PHONE, locale=locale) as page:
        for state in ("before", "offered"):
            if state == "offered":
                make_offer(page)
                page.evaluate("document.querySelector('details').open = true")
            assert violations(page) == []
            assert not sideways(page)
            page.screenshot(path=tmp_path / f"{state}.png", full_page=True)
