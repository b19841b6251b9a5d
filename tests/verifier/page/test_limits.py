"""Where the browser or the server lacks something: the page says so, offers the way that is left, and never guesses."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route

from tests import browser as browsers
from tests.verifier.page import pictures
from tests.verifier.page.opened import STRANGER, judged, profile, start
from tests.verifier.page.site import Site
from tests.world import World

_NO_ED25519 = """
const importKey = window.SubtleCrypto?.prototype.importKey;
if (importKey) SubtleCrypto.prototype.importKey = function (form, data, algorithm, ...rest) {
  if (algorithm.name === "Ed25519") return Promise.reject(new DOMException("none here", "NotSupportedError"));
  return importKey.call(this, form, data, algorithm, ...rest);
};
"""


def test_without_a_secure_context_the_server_checks_if_one_agrees(
    chromium: Browser, site: Site, codes: dict[str, str]
) -> None:
    """A name over http: no camera, no WebCrypto. The page says so, and sends nothing by itself."""
    posted: list[str] = []
    with profile(chromium, site, permissions=[]) as context:
        page = context.new_page()
        page.on("request", lambda request: posted.append(request.method) if request.method == "POST" else None)
        elsewhere = site.home.replace("127.0.0.1", STRANGER)
        page.goto(f"{elsewhere}#{codes['physician'].rpartition('#')[2]}")
        page.wait_for_selector(".consent")
        assert page.url == elsewhere
        assert not posted
        page.click("#send")
        assert judged(page) == [("valid", "")]
        assert f"由服务器 {STRANGER}" in page.inner_text(".foot")
        assert "未上传" not in page.inner_text(".answer")
        page.click("#close")
        assert "不能在本机核验" in page.inner_text("#limited")
        assert not page.is_visible("#scan")
        assert browsers.violations(page) == []


def test_an_engine_without_ed25519_says_that_it_cannot_check(page: Page, site: Site, world: World) -> None:
    page.add_init_script(_NO_ED25519)
    start(page, site, world.link(None, world.edwards_key))
    assert judged(page) == [("undetermined", "")]
    assert "没有这张证照所用的签名算法" in page.inner_text(".answer")
    assert page.locator(".holder").count() == 0
    page.goto("about:blank")
    start(page, site, world.link())
    assert judged(page) == [("valid", "")]


@pytest.mark.parametrize("missing", ["DecompressionStream", "isSecureContext"])
def test_an_old_engine_offers_the_server(page: Page, site: Site, codes: dict[str, str], missing: str) -> None:
    page.add_init_script(f"Object.defineProperty(window, '{missing}', {{ value: undefined }});")
    start(page, site, codes["suspended"])
    assert "离开这台设备" in page.inner_text(".consent")
    page.click("#send")
    assert judged(page) == [("invalid", "suspended")]
    page.click("#close")
    assert not page.is_visible("#scan")
    assert page.is_visible("#limited")


def test_an_engine_without_time_limits_checks_as_any(page: Page, site: Site, codes: dict[str, str]) -> None:
    page.add_init_script("Object.defineProperty(AbortSignal, 'timeout', { value: undefined });")
    start(page, site, codes["suspended"])
    assert judged(page) == [("invalid", "suspended")]


def test_a_server_without_the_decoder_reads_photos_itself(page: Page, site: Site, codes: dict[str, str]) -> None:
    """Npm was missing when the server was set up."""

    def without(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('data-decoder="yes"', 'data-decoder="no"'))

    page.route("**/v", without)
    start(page, site)
    assert "没有安装读码组件" in page.inner_text("#limited")
    assert not page.is_visible("#scan")
    assert browsers.violations(page) == []
    page.set_input_files("#file", pictures.file(pictures.jpeg(pictures.scene([codes["revoked"]]))))
    page.click("#send")
    assert judged(page) == [("invalid", "revoked")]
    page.click("#close")
    page.click(".paste summary")
    page.fill("#text", codes["physician"])
    page.click("#paste button")
    assert judged(page) == [("valid", "")]
    assert "核验在本机完成" in page.inner_text(".foot"), "what needs no decoder is still done here"


def test_without_scripts_the_page_says_that_it_cannot_run(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.home)
    assert "不能运行本页" in page.inner_text("main")
    assert not page.is_visible("#scan")
    context.close()


def test_a_server_that_fails_gives_no_answer(page: Page, site: Site) -> None:
    page.route("**/v1/check", lambda route: route.abort())
    start(page, site).set_input_files("#file", pictures.file(b"%PDF-1.7", "x.pdf", "application/pdf"))
    page.click("#send")
    page.wait_for_selector(".answer.unreadable")
    assert "不要当作有效" in page.inner_text(".answer")
