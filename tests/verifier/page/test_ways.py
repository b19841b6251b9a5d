"""The ways in: camera, photo, clipboard, another link; and what the page says where one of them is closed."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Request, Route

from tests import browser as browsers
from tests.verifier.page import pictures
from tests.verifier.page.opened import judged, profile, start
from tests.verifier.page.site import Site


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("physician", "valid"), ("nurse", "valid"), ("institution", "valid"), ("suspended", "invalid"),
        ("superseded", "invalid"), ("revoked", "invalid"), ("signature-bad", "invalid"), ("expired", "invalid"),
        ("status-unknown", "undetermined"),
    ],
)  # fmt: skip
def test_from_the_camera_to_the_answer(
    page: Page, site: Site, codes: dict[str, str], clip: Path, name: str, outcome: str
) -> None:
    pictures.write_clip(clip, pictures.scene([codes[name]], turn=7))
    start(page, site).click("#scan")
    assert judged(page) == [(outcome, "" if outcome == "valid" else name)]
    assert page.evaluate("document.getElementById('video').srcObject") is None, "the camera is off again"
    assert page.locator(".caution").count() == 0


def test_several_codes_in_one_picture_give_several_answers(
    page: Page, site: Site, codes: dict[str, str], clip: Path
) -> None:
    names = ["physician", "revoked", "signature-bad"]
    pictures.write_clip(clip, pictures.scene([codes[name] for name in names]))
    start(page, site).click("#scan")
    found = dict(answer[::-1] for answer in judged(page, 3))
    assert found == {"": "valid", "revoked": "invalid", "signature-bad": "invalid"}
    assert "共 3 个二维码" in page.inner_text(".summary")
    assert browsers.violations(page) == []


def test_a_wall_without_a_code_is_looked_at_until_one_stops(page: Page, site: Site, clip: Path) -> None:
    pictures.write_clip(clip, pictures.scene([]))
    start(page, site).click("#scan")
    page.wait_for_selector("#camera-says:has-text('取景框')")
    assert page.evaluate("document.activeElement.id") == "stop"
    assert browsers.violations(page) == []
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-screen=start]")
    assert page.evaluate("document.activeElement.id") == "scan"
    assert page.evaluate("document.getElementById('video').srcObject") is None


def test_no_permission_for_the_camera_is_explained(chromium: Browser, site: Site, clip: Path) -> None:
    pictures.write_clip(clip, pictures.scene([]))
    with profile(chromium, site, permissions=[]) as context:
        page = start(context.new_page(), site)
        page.click("#scan")
        page.wait_for_selector(".answer.unreadable")
        assert "没有摄像头权限" in page.inner_text(".answer")
        assert "改用照片" in page.inner_text(".answer")
        assert browsers.violations(page) == []


def test_no_camera_is_explained(page: Page, site: Site, clip: Path) -> None:
    clip.unlink(missing_ok=True)
    start(page, site).click("#scan")
    page.wait_for_selector(".answer.unreadable")
    assert "没有找到摄像头" in page.inner_text(".answer") or "摄像头打不开" in page.inner_text(".answer")


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "transparent"])
def test_a_photo_is_read_in_the_page(page: Page, site: Site, codes: dict[str, str], kind: str) -> None:
    scene = pictures.scene([codes["physician"], codes["suspended"]], size=(1400, 900), scale=6, turn=3)
    held = io.BytesIO()
    if kind == "transparent":
        white = Image.eval(scene.convert("L"), lambda value: 255 - value)
        Image.merge("LA", (Image.new("L", scene.size, 0), white)).save(held, "PNG")
    else:
        scene.save(held, kind.upper())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    start(page, site).set_input_files("#file", pictures.file(held.getvalue(), f"x.{kind}", f"image/{kind}"))
    assert sorted(judged(page, 2)) == [("invalid", "suspended"), ("valid", "")]
    assert set(asked) == {"GET"}, "nothing was sent"


def test_a_small_photo_and_a_large_one_are_read(page: Page, site: Site, codes: dict[str, str]) -> None:
    small = pictures.scene([codes["physician"]], size=(360, 300), scale=3)
    large = pictures.scene([codes["revoked"]], size=(4000, 3000), scale=8)
    start(page, site).set_input_files("#file", pictures.file(pictures.jpeg(small)))
    assert judged(page) == [("valid", "")]
    page.set_input_files("#file", pictures.file(pictures.jpeg(large)))
    page.wait_for_selector(".answer.invalid")
    assert judged(page) == [("invalid", "revoked")]


def test_a_photo_without_a_code_goes_to_the_server_only_if_one_agrees(page: Page, site: Site) -> None:
    posted: list[Request] = []
    page.on("request", lambda request: posted.append(request) if request.method == "POST" else None)
    picture = pictures.jpeg(pictures.scene([]))
    start(page, site).set_input_files("#file", pictures.file(picture))
    page.wait_for_selector(".answer.unreadable")
    assert "没有找到二维码" in page.inner_text(".answer")
    page.click("text=让服务器试一次")
    assert "离开这台设备" in page.inner_text(".consent")
    assert site.url.removeprefix("http://") in page.inner_text(".consent")
    assert browsers.violations(page) == []
    assert not posted
    page.click("#keep")
    page.wait_for_selector("body[data-screen=start]")
    assert not posted
    page.set_input_files("#file", pictures.file(picture))
    page.click("text=让服务器试一次")
    page.click("#send")
    page.wait_for_selector(".answer[data-outcome=unreadable]")
    assert len(posted) == 1
    assert "由服务器" in page.inner_text(".foot")


def test_a_pdf_is_the_servers_work(page: Page, site: Site, codes: dict[str, str]) -> None:
    held = io.BytesIO()
    pictures.scene([codes["physician"]], size=(900, 900), scale=6).save(held, "PDF", resolution=100)
    start(page, site).set_input_files("#file", pictures.file(held.getvalue(), "card.pdf", "application/pdf"))
    page.click("#send")
    assert judged(page) == [("valid", "")]
    assert "由服务器" in page.inner_text(".foot")
    page.click("#language")
    assert page.inner_text(".band h2") == "Licence valid", "a server's answer is told in the language of the page"


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_file_that_is_no_picture(page: Page, site: Site, data: bytes) -> None:
    start(page, site).set_input_files("#file", pictures.file(data, "x.png", "image/png"))
    page.wait_for_selector(".answer.unreadable")
    assert "不是能读取的图片" in page.inner_text(".answer")


def test_a_link_or_digits_can_be_pasted(page: Page, site: Site, codes: dict[str, str]) -> None:
    start(page, site).click(".paste summary")
    page.click("#paste button")
    assert "请先粘贴" in page.inner_text("#paste-empty")
    page.fill("#text", f"  {codes['suspended']}\n")
    page.click("#paste button")
    assert judged(page) == [("invalid", "suspended")]
    page.click("#close")
    page.fill("#text", codes["nurse"].rpartition("#")[2])
    page.click("#paste button")
    assert judged(page) == [("valid", "")]
    page.click("#close")
    assert page.input_value("#text") == "", "nothing stays"
    page.fill("#text", "江湖郎中，包治百病 #0")
    page.click("#paste button")
    assert judged(page) == [("invalid", "malformed")]


def test_another_link_in_the_same_tab_is_judged_too(page: Page, site: Site, codes: dict[str, str]) -> None:
    start(page, site, codes["physician"])
    assert judged(page) == [("valid", "")]
    page.goto(site.open_with(codes["revoked"]))
    page.wait_for_selector(".answer.invalid")
    assert page.url == site.home


_WAYS = ["skip", "brand", "language", "scan", "file", "SUMMARY", "update", "forget"]
_FOCUSED = "(({ id, className, tagName }) => id || className || tagName)(document.activeElement)"


def _tabbed(page: Page) -> list[str]:
    seen: list[str] = []
    while "forget" not in seen and len(seen) < 12:
        page.keyboard.press("Tab")
        seen.append(page.evaluate(_FOCUSED))
    return seen


def test_a_button_that_is_busy_keeps_its_place_and_the_focus(page: Page, site: Site) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v/lists/index.json", hold)
    start(page, site)
    page.wait_for_selector("#update[aria-disabled]")
    assert _tabbed(page) == _WAYS
    page.focus("#update")
    page.keyboard.press("Enter")
    assert len(held) == 1, "pressed while busy, it asks for nothing more"
    held[0].continue_()
    page.wait_for_selector("#update:not([aria-disabled])")
    assert page.evaluate("document.activeElement.id") == "update"


def test_everything_can_be_done_with_the_keyboard(page: Page, site: Site, codes: dict[str, str], clip: Path) -> None:
    pictures.write_clip(clip, pictures.scene([codes["physician"]]))
    start(page, site)
    assert _tabbed(page) == _WAYS
    page.focus("#scan")
    page.keyboard.press("Enter")
    assert judged(page) == [("valid", "")]
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "inspector":
            break
    page.keyboard.press("Space")
    assert page.locator("[data-row=identifier]").count() == 1
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "close"
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-screen=start]")


def test_the_picture_that_the_server_gets_is_the_one_that_was_chosen(page: Page, site: Site) -> None:
    picture = pictures.jpeg(pictures.scene([]))
    with page.expect_request(lambda request: request.method == "POST") as sent:
        start(page, site).set_input_files("#file", pictures.file(picture))
        page.click("text=让服务器试一次")
        page.click("#send")
    body = sent.value.post_data_json
    assert body
    assert base64.b64decode(body["picture"]) == picture
    assert set(body) == {"picture"}
    page.wait_for_selector(".answer[data-outcome=unreadable]")
