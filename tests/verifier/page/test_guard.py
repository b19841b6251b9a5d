"""What keeps strangers out: the content policy, texts that are only texts, the vectors judged in this very browser."""

from __future__ import annotations

import json
from typing import Final

import cbor2
import pytest
from playwright.sync_api import Browser, Dialog, Page

from elicense import claims, cose
from tests.hostile import HOSTILE
from tests.js import vectors
from tests.verifier.page.opened import judged, profile, start
from tests.verifier.page.site import Site
from tests.world import World, institution, physician


def named(world: World, name: str) -> str:
    """A code with any name in it, signed by the genuine key: also one that no issuer of ours would sign."""
    wire = claims.to_wire(physician())
    wire[claims.LICENCE][4] = name
    payload = cbor2.dumps(wire, canonical=True)
    key = world.licence_key
    header = cose.protected_header(key.public_key)
    token = cose.assemble(header, payload, key.sign(cose.sign1_tbs(header, payload)))
    return f"x#{int.from_bytes(token, 'big')}"


@pytest.mark.slow
def test_names_are_text_whatever_they_say(page: Page, site: Site, world: World) -> None:
    """Sixty names that mean something to some program: shown letter by letter, or the licence is refused."""
    dialogs: list[str] = []

    def said(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", said)
    start(page, site)
    page.wait_for_selector("#update:not([aria-disabled])")
    kept, refused = 0, 0
    for number, name in enumerate(HOSTILE):
        page.evaluate("document.querySelector('.answer')?.remove()")
        page.goto(site.open_with(named(world, name)))
        [(outcome, reasons)] = judged(page)
        if outcome == "valid":
            assert page.text_content(".holder h3") == name, number
            assert page.evaluate("document.querySelectorAll('.holder h3 *').length") == 1, "nothing but its bdi"
            assert page.inner_text(".band h2") == "证书有效"
            kept += 1
        else:
            assert (outcome, reasons) == ("invalid", "claims-bad"), number
            assert page.locator(".holder").count() == 0
            refused += 1
    assert len(HOSTILE) >= 60
    assert kept > 40
    assert refused > 8
    assert dialogs == []
    assert page.evaluate("document.scripts.length") == 2


def test_long_contents_stay_inside_the_window(page: Page, site: Site, world: World) -> None:
    wide = institution(name="W" * 64, address="示" * 50, subjects=("03", "04", "05"))
    start(page, site, world.link(wide))
    assert judged(page) == [("valid", "")]
    page.check("#inspector")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_the_policy_stands_on_every_answer_of_the_page(page: Page, site: Site) -> None:
    answers = {}
    page.on("response", lambda response: answers.update({response.url: response.headers}))
    start(page, site)
    page.wait_for_selector("#update:not([aria-disabled])")
    assert len(answers) > 30
    for url, headers in answers.items():
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy.replace("'wasm-unsafe-eval'", "")
        assert ("'wasm-unsafe-eval'" in policy) == url.endswith("/decoder-worker.js"), url
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=(self)" in headers["permissions-policy"]


def test_markup_is_no_way_in(chromium: Browser, site: Site) -> None:
    """Even a script of ours could not: assigning HTML or a script's address is refused by the browser."""
    context = chromium.new_context()
    page = start(context.new_page(), site)
    for attempt in (
        "document.body.innerHTML = '<p>x</p>'",
        "document.createElement('script').src = '/v/page/main.js'",
        "new Worker('/v/page/main.js')",
        "navigator.serviceWorker.register('/v/page/main.js')",
        "document.write('x')",
    ):
        said = page.evaluate(
            f"(async () => {{ try {{ await ({attempt}); return 'done' }} catch (e) {{ return e.name }} }})()"
        )
        assert said == "TypeError", attempt
    assert page.evaluate("window.trustedTypes.defaultPolicy") is None
    context.close()


def test_the_page_holds_no_globals(chromium: Browser, site: Site) -> None:
    with profile(chromium, site) as context:
        page = context.new_page()
        page.goto(f"{site.url}/healthz")
        before = set(page.evaluate("Object.keys(window)"))
        start(page, site)
        assert set(page.evaluate("Object.keys(window)")) <= before


_KEPT: Final = """async () => {
  const database = await new Promise((done) => {
    const request = indexedDB.open("elicense-verifier");
    request.onsuccess = () => done(request.result);
  });
  const all = await new Promise((done) => {
    const request = database.transaction("kept").objectStore("kept").getAll();
    request.onsuccess = () => done(request.result);
  });
  const opened = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  const urls = (await Promise.all(opened.map((cache) => cache.keys()))).flat().map(({ url }) => url);
  const bytes = (value) => (value instanceof Uint8Array ? String.fromCharCode(...value) : value);
  return JSON.stringify([all, urls, { ...localStorage }, { ...sessionStorage }], (_, value) => bytes(value));
}"""


def test_nothing_of_a_licence_is_kept_on_the_device(page: Page, site: Site, codes: dict[str, str]) -> None:
    start(page, site, codes["physician"])
    judged(page)
    page.wait_for_selector("#update:not([aria-disabled])")
    kept = page.evaluate(_KEPT)
    assert "anchor" in kept
    for secret in (codes["physician"].rpartition("#")[2], "林知远", "110460100000123"):
        assert secret not in kept


@pytest.mark.slow
def test_every_vector_gives_the_same_answer_in_the_browser(page: Page, site: Site) -> None:
    start(page, site)
    runner = vectors.RUNNER.read_text("utf-8").replace("export async function", "async function")
    files = json.dumps(vectors.files())
    answer = page.evaluate(
        f"([base, files]) => {{ {runner} return runVectors(base, JSON.parse(files)); }}", [site.home, files]
    )
    vectors.require_all(answer)
