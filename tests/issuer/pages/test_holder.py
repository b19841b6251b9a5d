"""A person's pages in a real browser: activate, apply, hand in, bind the device, show the licence, off line too."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from elicense.reason import Outcome, Reason, Shown
from elicense.status import open_status_list
from elicense.trust import open_trust_list
from elicense.verdict import Verdict
from elicense.verify import check_text
from issuer.domain.application import Stage
from issuer.services import applications, minting, publishing
from issuer.storage import applications as stored
from tests.browser import DESK, PHONE, sideways, violations
from tests.issuer.pages.conftest import Site
from tests.issuer.services.mint_world import URI
from tests.issuer.services.world import HOSPITAL, NURSE, NURSE_2

NEW = ("韩晓白", "46000019900307001X")


def enter(page: Page, name: str, id_number: str, act: str = "account.activate") -> None:
    """Prove an identity and land on the own page."""
    page.goto("/activate")
    page.fill("#name", name)
    page.fill("#id_number", id_number)
    page.click(f'button[value="{act}"]')
    page.wait_for_url("**/me")


def bound(page: Page) -> Page:
    """Bind the device and stand on the live page."""
    page.goto("/me")
    page.click("text=亮证")
    page.click("text=绑定这台设备并亮证")
    page.wait_for_url("**/live/**")
    page.wait_for_selector("#qr[data-at]")
    return page


def judged(site: Site, page: Page, later: int = 0) -> Verdict:
    """Read the code from a picture of the screen and judge it as a stranger does."""
    picture = Image.open(io.BytesIO(page.locator("#qr").screenshot()))
    [found] = zxingcpp.read_barcodes(picture)
    folder = site.world.desk.config.published
    trust = open_trust_list((folder / publishing.TRUST_FILE).read_bytes(), site.world.anchor)
    lists = {}
    for path in (folder / publishing.STATUS_FOLDER).glob("*.cwt"):
        uri = URI.replace("{list}", path.stem)
        lists[uri] = open_status_list(path.read_bytes(), uri, trust)
    return check_text(found.text, trust, lists, site.world.at + later)


def test_somebody_proves_an_identity_once_and_signs_in_again_by_key(page: Page) -> None:
    enter(page, *NEW)
    expect(page.locator(".self .name")).to_have_text(NEW[0])
    page.click("text=退出")
    page.goto("/me")
    page.wait_for_url("**/sign-in?**")
    page.click("text=用这把密钥登录")
    page.wait_for_url("**/me")


def test_a_second_activation_is_told_to_recover_and_the_old_key_is_void(context: BrowserContext, page: Page) -> None:
    enter(page, *NEW)
    other = context.browser.new_context(base_url=page.url.removesuffix("/me"), locale="zh-CN")  # type: ignore[union-attr]
    second = other.new_page()
    second.goto("/activate")
    second.fill("#name", NEW[0])
    second.fill("#id_number", NEW[1])
    second.click('button[value="account.activate"]')
    expect(second.locator("#tell")).to_contain_text("该身份已有账户")
    enter(second, *NEW, "account.recover")
    page.goto("/me")
    page.wait_for_url("**/sign-in?**")
    other.close()


def test_an_application_is_filled_in_signed_and_handed_in(site: Site, page: Page) -> None:
    enter(page, NURSE_2[0], NURSE_2[1])
    page.goto("/cases/new/nurse/first_registration")
    assert violations(page) == []
    page.fill("[name=name]", NURSE_2[0])
    page.select_option("[name=sex]", "2")
    page.fill("[name='institution.number']", HOSPITAL["number"])
    page.fill("[name='institution.name']", HOSPITAL["name"])
    page.select_option("[name=place]", "460100")
    page.fill("[name=id_number]", NURSE_2[1])
    page.fill("[name=birth_date]", NURSE_2[2])
    page.fill("[name=exam_passed_on]", "2025-06-01")
    page.select_option("[name=health]", "meets_standard")
    page.click("text=下一步")
    expect(page.locator("h1")).to_have_text("核对并签名")
    shown = page.content()
    assert NURSE_2[1] not in page.inner_text("body")
    assert NURSE_2[2] not in page.locator("dl").inner_text()
    assert '"restricted"' in shown.replace("&#34;", '"').replace("&quot;", '"')
    assert violations(page) == []
    page.click("text=签名并提交")
    page.wait_for_url("**/cases")
    page.click("table a")
    page.click("text=提交申请")
    page.click("text=签名并提交")
    expect(page.locator(".path .here")).to_have_text("机构确认")
    with site.world.store.reading() as tx:
        [case] = stored.find(tx, stage=Stage.INSTITUTION_CONFIRM)
    assert case.stage.value == "institution_confirm"
    site.world.step(applications.confirm, "hospital", "confirm", case)
    page.reload()
    expect(page.locator(".path .here")).to_have_text("申请")
    page.click("text=撤回")
    page.click("text=签名并提交")
    expect(page.locator(".path .ended")).to_be_visible()


@pytest.fixture
def licensed(site: Site, page: Page) -> Page:
    """The page of a licensed nurse who lost the old key and recovered."""
    minting.mint(site.world.desk, site.world.granted().id)
    publishing.publish_due(site.world.desk, site.world.at)
    enter(page, NURSE[0], NURSE[1], "account.recover")
    return page


def test_a_licence_is_bound_and_shown_live(site: Site, licensed: Page) -> None:
    publishing.publish_due(site.world.desk, site.world.at)
    verdict = judged(site, bound(licensed))
    assert (verdict.outcome, verdict.shown) == (Outcome.VALID, Shown.LIVE), verdict.reasons
    assert violations(licensed) == []
    assert judged(site, licensed, later=3_600).reasons == (Reason.CODE_OLD,)


def test_the_code_is_signed_anew_every_thirty_seconds(site: Site, context: BrowserContext, licensed: Page) -> None:
    shown = bound(licensed)
    first = shown.locator("#qr").get_attribute("data-at")
    context.clock.fast_forward(31_000)
    expect(shown.locator("#qr")).not_to_have_attribute("data-at", first or "")
    assert judged(site, shown, later=31).shown is Shown.LIVE


def test_the_live_page_works_without_a_network(site: Site, context: BrowserContext, licensed: Page) -> None:
    shown = bound(licensed)
    shown.evaluate("navigator.serviceWorker.ready.then(() => true)")
    shown.reload()
    shown.wait_for_selector("#qr[data-at]")
    context.set_offline(True)
    shown.reload()
    shown.wait_for_selector("#qr[data-at]")
    expect(shown.locator("#net")).to_have_text("离线可用")
    assert judged(site, shown).outcome is Outcome.VALID


def test_another_device_takes_the_licence_over(site: Site, context: BrowserContext, licensed: Page) -> None:
    shown = bound(licensed)
    assert context.browser is not None
    other = context.browser.new_context(base_url=site.url, locale="zh-CN")
    other.clock.install(time=site.world.at)
    second = other.new_page()
    enter(second, NURSE[0], NURSE[1], "account.recover")
    second.click("text=亮证")
    expect(second.locator("#bind .tell")).to_contain_text("另一台设备")
    bound(second)
    site.world.later()
    publishing.publish_due(site.world.desk, site.world.at)
    assert judged(site, shown).reasons == (Reason.SUPERSEDED,)
    assert judged(site, second).outcome is Outcome.VALID
    other.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_of_a_holder_has_a_fault_that_axe_finds_or_runs_sideways(
    licensed: Page, size: ViewportSize, lang: str
) -> None:
    licensed.set_viewport_size(size)
    entry = licensed.locator("a[href^='/me/registrations/']").first.get_attribute("href") or ""
    for address in ("/", "/me", entry.partition("#")[0], "/cases", "/cases/new", "/live/", "/sign-in", "/activate"):
        licensed.goto(f"{address}?lang={lang}")
        assert violations(licensed) == [], address
        assert sideways(licensed) <= 0, address
