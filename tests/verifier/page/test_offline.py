"""Without a network, and with a server that cannot be trusted: what was verified stays, and nothing goes back."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.verifier.page import pictures
from tests.verifier.page.opened import judged, profile, start
from tests.verifier.page.site import NOW, Site, filled, serving, small_world
from tests.world import DAY, HOUR, T0, World, signer
from verifier import Folder


@pytest.fixture
def context(chromium: Browser, site: Site) -> Iterator[BrowserContext]:
    """A profile in which a service worker may keep the code."""
    with profile(chromium, site, service_workers="allow") as held:
        yield held


_KEPT: Final = """
caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((held) => held.keys()))))
  .then((all) => all.flat().length)
"""


def _ready(page: Page) -> None:
    """Wait until lists and code are kept on the device."""
    page.wait_for_selector("#data li >> nth=2")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for _ in range(100):
        if page.evaluate(_KEPT) > 40:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the code is not kept")


def test_after_the_first_visit_no_network_is_needed(
    context: BrowserContext, page: Page, site: Site, codes: dict[str, str], clip: Path
) -> None:
    start(page, site)
    _ready(page)
    context.set_offline(True)
    page.goto("about:blank")
    start(page, site, codes["suspended"])
    assert judged(page) == [("invalid", "suspended")]
    assert page.url == site.home
    page.click("#update")
    page.wait_for_selector(".offline")
    assert "没有网络" in page.inner_text("#data")
    pictures.write_clip(clip, pictures.scene([codes["physician"]]))
    page.click("#again")
    page.wait_for_selector(".answer.valid")
    page.set_input_files("#file", pictures.file(pictures.jpeg(pictures.scene([codes["revoked"]]))))
    page.wait_for_selector(".answer.invalid")
    assert judged(page) == [("invalid", "revoked")]


def test_it_can_be_installed(context: BrowserContext, page: Page, site: Site) -> None:
    start(page, site)
    _ready(page)
    client = context.new_cdp_session(page)
    errors = client.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors] == ["in-incognito"], "and only because a test's profile is private"
    manifest = client.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["start_url"] == "/v"


def test_the_first_visit_without_a_network_says_that_nothing_can_be_said(
    page: Page, site: Site, codes: dict[str, str]
) -> None:
    page.route("**/v/lists/**", lambda route: route.abort())
    start(page, site, codes["physician"])
    assert judged(page) == [("undetermined", "")]
    assert "还没有可用的名单" in page.inner_text(".answer")
    assert page.locator(".holder").count() == 0
    page.unroute("**/v/lists/**")
    page.click("#update")
    page.wait_for_selector("#data li >> nth=2")
    page.click("#close")
    page.click(".paste summary")
    page.fill("#text", codes["physician"])
    page.click("#paste button")
    page.wait_for_selector(".answer.valid")


def test_the_first_answer_waits_for_the_first_lists(page: Page, site: Site, codes: dict[str, str]) -> None:
    """On a slow network nobody is shown an answer that a second later is another."""

    def late(route: Route) -> None:
        page.wait_for_timeout(1_500)
        route.continue_()

    page.route("**/v/lists/index.json", late)
    start(page, site, codes["physician"])
    assert judged(page) == [("valid", "")]


def test_a_server_without_lists_says_so(tmp_path: Path, chromium: Browser, world: World) -> None:
    with serving(Folder(tmp_path / "nothing"), world) as site:
        context = chromium.new_context(locale="zh-CN")
        page = start(context.new_page(), site)
        page.wait_for_selector("#data .refused")
        assert "还没有可用的名单" in page.inner_text("#data .refused")
        context.close()


def test_lists_without_a_status_list_leave_it_undetermined(
    tmp_path: Path, chromium: Browser, world: World, codes: dict[str, str]
) -> None:
    with serving(filled(tmp_path / "bare", world, status=False), world) as site, profile(chromium, site) as context:
        page = start(context.new_page(), site, codes["physician"])
        assert judged(page) == [("undetermined", "status-unknown")]
        assert "林知远" in page.inner_text(".holder"), "who wrote it is certain"


def test_old_lists_make_it_undetermined(chromium: Browser, site: Site, codes: dict[str, str]) -> None:
    with profile(chromium, site) as context:
        context.clock.set_fixed_time(NOW + 2 * DAY)
        page = start(context.new_page(), site, codes["physician"])
        assert judged(page) == [("undetermined", "status-stale")]
        page.goto("about:blank")
        context.clock.set_fixed_time(NOW + 40 * DAY)
        start(page, site, codes["physician"])
        assert judged(page) == [("undetermined", "trust-stale status-stale")]


def test_a_clock_before_signed_data_is_not_believed(chromium: Browser, site: Site, codes: dict[str, str]) -> None:
    with profile(chromium, site) as context:
        start(page := context.new_page(), site)
        page.wait_for_selector("#data li >> nth=2")
        context.clock.set_fixed_time(T0 - 30 * DAY)
        page.goto("about:blank")
        start(page, site, codes["physician"])
        [(outcome, reasons)] = judged(page)
        assert outcome == "undetermined"
        assert "clock-bad" in reasons


def _put(site: Site, *, status: bytes | None = None, issued: int = T0, trust: bytes | None = None) -> None:
    """Change what the server hands out behind the back of its own checks, as a server in bad hands would."""
    path = site.folder.path
    if trust is not None:
        (path / "trust-list.json").write_bytes(trust)
    if status is not None:
        [held] = (path / "status").glob("*")
        for old in held.glob("*.cwt"):
            old.unlink()
        (held / f"{issued}.cwt").write_bytes(status)
    marks = json.loads((path / "marks.json").read_bytes())
    if status is not None:
        marks["lists"] = dict.fromkeys(marks["lists"], issued)
    (path / "marks.json").write_bytes(json.dumps({**marks, "newest": marks["newest"] + 1}).encode())


def _refused(page: Page, *words: str) -> None:
    page.click("#update")
    page.wait_for_selector("#data .refused")
    said = page.inner_text("#data .refused")
    assert all(word in said for word in words), said


@pytest.fixture
def pinned(page: Page, site: Site, codes: dict[str, str]) -> Page:
    """A page that has seen the site's lists."""
    start(page, site, codes["suspended"])
    assert judged(page) == [("invalid", "suspended")]
    page.wait_for_selector("#update:not([aria-disabled])")
    return page


def _still(page: Page, site: Site, codes: dict[str, str]) -> None:
    """What was verified before is still in use."""
    page.goto("about:blank")
    start(page, site, codes["suspended"])
    assert judged(page) == [("invalid", "suspended")]


def test_an_older_status_list_is_refused_and_the_newer_kept(
    pinned: Page, site: Site, codes: dict[str, str], world: World
) -> None:
    """Somebody hides a suspension by handing out yesterday's list, genuinely signed."""
    yesterday = dataclasses.replace(world, values={})
    _put(site, status=yesterday.status_token(T0 - HOUR), issued=T0 - HOUR)
    _refused(pinned, "状态数据")
    _still(pinned, site, codes)


def test_an_older_trust_list_is_refused(pinned: Page, site: Site, codes: dict[str, str], world: World) -> None:
    _put(site, trust=world.signed_trust(world.trust(sequence=6, issued=T0 - DAY)))
    _refused(pinned, "信任名单比本机见过的更旧")
    _still(pinned, site, codes)


_LOSE: Final = """async () => {
  const database = await new Promise((done) => {
    const request = indexedDB.open("elicense-verifier");
    request.onsuccess = () => done(request.result);
  });
  await new Promise((done) => {
    const store = database.transaction("kept", "readwrite").objectStore("kept");
    const request = store.get("lists");
    request.onsuccess = () => {
      store.put({ ...request.result, trust: null, digests: {} }, "lists").onsuccess = done;
    };
  });
  database.close();
}"""


def test_the_marks_alone_refuse_what_is_older(pinned: Page, site: Site, codes: dict[str, str], world: World) -> None:
    """The list itself is gone; that a newer one was seen is remembered."""
    pinned.evaluate(_LOSE)
    _put(site, trust=world.signed_trust(world.trust(sequence=6, issued=T0 - DAY)))
    pinned.goto("about:blank")
    start(pinned, site, codes["suspended"])
    assert judged(pinned) == [("undetermined", "trust-rolled-back")]
    _refused(pinned, "信任名单比本机见过的更旧")


def test_another_list_with_the_same_number_is_refused(
    pinned: Page, site: Site, codes: dict[str, str], world: World
) -> None:
    _put(site, trust=world.signed_trust(world.trust(world.hainan)))
    _refused(pinned, "信任名单比本机见过的更旧")
    _still(pinned, site, codes)


def test_a_list_by_other_root_keys_is_refused_until_one_starts_anew(
    pinned: Page, site: Site, codes: dict[str, str]
) -> None:
    """Trust on first use: the root keys that were seen first stay, whatever the server says later."""
    strangers = tuple(signer(f"other root {number}") for number in range(3))
    other = dataclasses.replace(small_world(), roots=strangers, values={})
    anchor: dict[str, Any] = {"anchor": other.anchor.to_json(), "trust_uri": "http://127.0.0.1/"}
    (site.folder.path / "anchor.json").write_text(json.dumps(anchor))
    _put(site, trust=other.signed_trust(other.trust(sequence=8)), status=other.status_token(T0 + 60), issued=T0 + 60)
    _refused(pinned, "信任名单不可信")
    _still(pinned, site, codes)
    pinned.click("#forget")
    assert "确认服务器可信" in pinned.inner_text(".asking")
    pinned.click("#forget-no")
    assert pinned.locator(".asking").count() == 0
    pinned.click("#forget")
    pinned.click("#forget-yes")
    pinned.wait_for_selector("#data li:has-text('第 8 号')")
    pinned.goto("about:blank")
    start(pinned, site, codes["suspended"])
    assert judged(pinned) == [("valid", "")]


def test_root_keys_change_with_the_consent_of_the_old(
    pinned: Page, site: Site, codes: dict[str, str], world: World
) -> None:
    new = tuple(signer(f"new root {number}") for number in range(3))
    anchor = dataclasses.replace(world.anchor, keys=tuple(each.public_key for each in new))
    trust = world.trust(sequence=8, issued=T0 + 60, anchor=anchor)
    site.folder.put_trust_list(world.signed_trust(trust, *world.roots[:2], *new[:2]))
    pinned.click("#update")
    pinned.wait_for_selector("#data li:has-text('第 8 号')")
    later = world.trust(sequence=9, issued=T0 + 120, anchor=anchor)
    site.folder.put_trust_list(world.signed_trust(later, *new[1:]))
    pinned.click("#update")
    pinned.wait_for_selector("#data li:has-text('第 9 号')")
    _still(pinned, site, codes)


def test_a_newer_list_is_taken_over_before_the_next_answer(
    pinned: Page, site: Site, codes: dict[str, str], world: World
) -> None:
    """What was suspended an hour ago is in force again."""
    restored = dataclasses.replace(world, values={})
    site.folder.put_status_list(restored.status_token(T0 + 600), world.hainan.list_uri(1), world.opened())
    pinned.goto("about:blank")
    start(pinned, site, codes["suspended"])
    pinned.wait_for_selector(".answer.valid")
