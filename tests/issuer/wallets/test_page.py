"""The demonstration wallet as a page, in a real Chromium: from our issuer's offer to our verifier's answer."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import segno
from cryptography import x509
from playwright.sync_api import Browser, BrowserContext, Page, Route
from werkzeug.serving import make_server

from elicense.keys import b64url, b64url_decode
from elicense.status import open_status_list
from examples.wallet.serving import create_app
from issuer.services import publishing, trusting
from tests import browser as browsers
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.web.api.api import Api
from tests.verifier.openid4vp.asking import Asking, asking
from verifier import Checker, Lists
from verifier.openid4vp import identity

KEYS = """() => new Promise((resolve, reject) => {
  const asked = indexedDB.open("elicense-example-wallet");
  asked.onsuccess = () => {
    const all = asked.result.transaction("copies").objectStore("copies").getAll();
    all.onsuccess = async () => resolve(await Promise.all(all.result.map(async ({ privateKey }) => ({
      extractable: privateKey.extractable, usages: privateKey.usages,
      exported: await crypto.subtle.exportKey("jwk", privateKey).then(() => true, () => false) }))));
  };
  asked.onerror = () => reject(asked.error);
})"""


@dataclass
class Published(Asking):
    """A verifier that has what our issuer published."""

    issuer: MintWorld = field(kw_only=True)

    def checker(self) -> Checker:
        assert publishing.publish_due(self.issuer.desk, self.issuer.at).failed == ()
        trust = trusting.published(self.issuer.desk)
        [entry] = trust.issuers
        statuses = {}
        for path in (self.issuer.folder / "published").rglob("*.jwt"):
            uri = entry.list_uri(int(path.stem))
            statuses[uri] = open_status_list(path.read_bytes(), uri, trust)
        return Checker(Lists(trust=trust, statuses=statuses, newest=self.issuer.at))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsers.browser() as made:
        yield made


@pytest.fixture
def verifier(api: Api, tmp_path: Path) -> Iterator[Asking]:
    folder = tmp_path / "verifier"
    with asking(folder, Published(folder, issuer=api.world, at=api.world.at)) as made:
        yield made


@pytest.fixture
def wallet(api: Api, verifier: Asking) -> Iterator[str]:
    """The little server; its address."""
    root = x509.load_pem_x509_certificate(verifier.root.encode())
    server = make_server("127.0.0.1", 0, create_app(root, lambda: api.world.at), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextlib.contextmanager
def opened(chromium: Browser, wallet: str, api: Api, *, phone: bool, language: str = "zh-CN") -> Iterator[Page]:
    """The page. It speaks to its own origin alone and complains of nothing."""
    context: BrowserContext = chromium.new_context(
        viewport=browsers.PHONE if phone else browsers.DESK, locale=language, has_touch=phone, reduced_motion="reduce",
        timezone_id="America/Los_Angeles",
    )  # fmt: skip
    context.clock.set_fixed_time(dt.datetime.fromtimestamp(api.world.at, dt.UTC))
    context.set_default_timeout(15_000)
    watched = browsers.Watched(context)
    page = context.new_page()
    page.goto(wallet)
    page.wait_for_selector("#held h2")
    try:
        yield page
    finally:
        context.close()
    assert [url for url in watched.requests if not url.startswith(wallet)] == []
    assert [text for text in watched.complaints if "status of 400" not in text] == []


def offered(api: Api) -> dict[str, str]:
    """A fresh offer of the hospital's licence: link and transaction code."""
    client = api.client("hospital")
    [entry] = client.get("registrations")["registrations"]
    made: dict[str, str] = client.act("wallet.offer", entry["id"])
    return made


def paste(page: Page, link: str, screen: str) -> None:
    page.fill("#link", link)
    page.click("#reading button[type=submit]")
    page.wait_for_selector(f"body[data-screen={screen}]")
    assert browsers.violations(page) == []
    assert browsers.sideways(page) == 0


def take(page: Page, api: Api, copies: int = 2) -> None:
    made = offered(api)
    paste(page, made["link"], "offer")
    page.fill("#code", made["tx_code"])
    page.fill("#count", str(copies))
    page.click("#offer button[type=submit]")
    page.wait_for_selector("body[data-screen=done]")


def pictured(page: Page, name: str) -> None:
    """Keep a picture for whoever wants to look at it."""
    folder = os.environ.get("ELICENSE_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"wallet-{name}.png", full_page=True)


@pytest.mark.parametrize("phone", [True, False])
def test_from_the_offer_to_the_answer(
    chromium: Browser, wallet: str, api: Api, verifier: Asking, tmp_path: Path, phone: bool
) -> None:
    name = "phone" if phone else "desk"
    with opened(chromium, wallet, api, phone=phone) as page:
        assert browsers.violations(page) == []
        pictured(page, f"{name}-1-empty")
        made = offered(api)
        segno.make(made["link"]).save(str(tmp_path / "offer.png"), scale=4)
        page.set_input_files("#file", tmp_path / "offer.png")
        page.wait_for_selector("body[data-screen=offer]")
        assert "医疗机构执业许可证" in page.inner_text("#offer")
        page.fill("#code", "000000" if made["tx_code"] != "000000" else "000001")
        page.click("#offer button[type=submit]")
        page.wait_for_selector("#trouble:has-text('交易码不对')")
        page.fill("#code", made["tx_code"])
        page.fill("#count", "3")
        pictured(page, f"{name}-2-offer")
        page.click("#offer button[type=submit]")
        page.wait_for_selector("body[data-screen=done]")
        assert "3" in page.inner_text("#done h2")
        assert page.evaluate(KEYS) == [{"extractable": False, "usages": ["sign"], "exported": False}] * 3

        asked = verifier.ask("tourism-institution")
        paste(page, asked["link"], "request")
        told = page.inner_text("#request .tells")
        assert "海口市示例综合医院" in told
        assert "MBT10001246010011A1001" in told
        assert "主要负责人" in page.inner_text("#request .hides")
        assert "localhost" in page.inner_text("#request h2")
        always = page.inner_text("#request .always")
        assert "2041-03-02" in always, "when it ends stands in the open, by the days of UTC+8"
        assert "有效期至" not in page.inner_text("#request .hides")
        pictured(page, f"{name}-3-request")
        page.click("#show")
        page.wait_for_selector("body[data-screen=done]")
        result = verifier.result(asked)
        [answer] = result["credentials"]
        assert (answer["outcome"], answer["claims"]["name"]) == ("valid", "海口市示例综合医院")
        assert answer["claims"].keys() == {"name", "number", "verified_until"}
        assert "localhost" in page.inner_text("#told")
        page.click("#language")
        page.wait_for_selector("#held h2:has-text('My licences')")
        assert "3 copies, 2 never shown" in page.inner_text("#held")
        page.click("#held summary")
        assert browsers.violations(page) == []
        assert browsers.sideways(page) == 0
        pictured(page, f"{name}-4-held")


def test_what_the_holder_keeps_is_not_told(chromium: Browser, wallet: str, api: Api, verifier: Asking) -> None:
    """The verifier wanted it, so it takes nothing; the request stays open, and the next answer is whole."""
    with opened(chromium, wallet, api, phone=True, language="en-GB") as page:
        take(page, api)
        asked = verifier.ask("tourism-institution", encrypted=False)
        paste(page, asked["link"], "request")
        page.uncheck("#institution-verified_until")
        assert page.evaluate("document.activeElement.id") == "institution-verified_until"
        assert "may not accept" in page.inner_text("#request .note")
        page.click("#show")
        page.wait_for_selector("#trouble:not(:empty)")
        assert verifier.result(asked)["state"] == "waiting"
        page.check("#institution-verified_until")
        page.click("#show")
        page.wait_for_selector("body[data-screen=done]")
        assert verifier.result(asked)["state"] == "answered"


def test_whoever_declines_tells_nothing_and_each_verifier_sees_a_copy_of_its_own(
    chromium: Browser, wallet: str, api: Api, verifier: Asking, tmp_path: Path
) -> None:
    with opened(chromium, wallet, api, phone=False) as page:
        take(page, api, 2)
        asked = verifier.ask("tourism-institution")
        paste(page, asked["link"], "request")
        page.click("#decline")
        page.wait_for_selector("body[data-screen=done]")
        assert verifier.result(asked)["state"] == "declined"
        assert "还没有告知过任何人" in page.inner_text("#told")
        paste(page, verifier.ask("hiring-institution")["link"], "request")
        assert page.locator("#show").count() == 0, "no licence here has what is needed"
        page.click("#decline")
        page.wait_for_selector("body[data-screen=done]")
        for turn in range(2):
            again = verifier.ask("tourism-institution", same_device=True)
            paste(page, again["link"], "request")
            page.click("#show")
            page.wait_for_selector("#done a")
            where = str(page.get_attribute("#done a", "href"))
            assert where.startswith(f"{verifier.url}/v/wallet#response_code=")
            assert "1 份未出示过" in page.inner_text("#held"), f"the same verifier sees the same copy, turn {turn}"
        other = Published(tmp_path / "other", issuer=api.world, at=api.world.at)
        other.identity = dataclasses.replace(verifier.identity, prefix=identity.Prefix.X509_SAN_DNS)
        with asking(tmp_path / "other", other):
            paste(page, other.ask("tourism-institution")["link"], "request")
            page.click("#show")
            page.wait_for_selector("body[data-screen=done]")
        assert "0 份未出示过" in page.inner_text("#held"), "another verifier sees another copy"


def test_a_verifier_that_is_not_trusted_is_told_nothing(
    chromium: Browser, wallet: str, api: Api, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    with asking(other, Asking(other, at=api.world.at)) as stranger, opened(chromium, wallet, api, phone=True) as page:
        take(page, api)
        for link in (stranger.ask("tourism-institution")["link"], "openid4vp://?x", "https://elsewhere.example"):
            page.fill("#link", link)
            page.click("#reading button[type=submit]")
            page.wait_for_selector("#trouble:not(:empty)")
            page.wait_for_selector("body[data-screen=start]")
            assert page.is_hidden("#request")
            page.evaluate("document.getElementById('trouble').textContent = ''")


def _another_value(copy: str) -> str:
    issued, first, *rest = copy.split("~")
    salt, name, _ = json.loads(b64url_decode(first))
    return "~".join([issued, b64url(json.dumps([salt, name, "2099-12-31"]).encode()), *rest])


def _another_key(copy: str) -> str:
    """Bound to another key than the wallet's."""
    head, body, signature = copy.partition("~")[0].split(".")
    claims = json.loads(b64url_decode(body))
    claims["cnf"]["jwk"]["x"] = claims["cnf"]["jwk"]["y"]
    return ".".join([head, b64url(json.dumps(claims).encode()), signature]) + "~" + copy.partition("~")[2]


@pytest.mark.parametrize(
    "spoiled",
    [
        _another_value,
        _another_key,
        lambda copy: copy.replace("~", "~WyJzYWx0LW9mLTEyOC1yYW5kb20tYml0cyIsIngiLDFd~", 1),
        lambda copy: copy.replace(".", ".A", 1),
        lambda copy: f"{copy.partition('~')[0].rpartition('.')[0]}.{'A' * 86}~{copy.partition('~')[2]}",
        lambda copy: copy[:-1],
        lambda _: "x",
    ],
    ids=["another value", "another key", "an item more", "another payload", "another signature", "no end", "nothing"],
)
def test_a_copy_that_somebody_changed_on_its_way_is_not_kept(
    chromium: Browser, wallet: str, api: Api, spoiled: Callable[[str], str]
) -> None:
    """The line to the issuer is in other hands: they change what comes back, and the wallet sees it."""

    def changed(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        if "credentials" in told.get("text", ""):
            held = json.loads(told["text"])
            held["credentials"] = [{"credential": spoiled(one["credential"])} for one in held["credentials"]]
            told["text"] = json.dumps(held)
        route.fulfill(response=answer, body=json.dumps(told))

    with opened(chromium, wallet, api, phone=True) as page:
        page.route("**/forward", changed)
        made = offered(api)
        paste(page, made["link"], "offer")
        page.fill("#code", made["tx_code"])
        page.click("#offer button[type=submit]")
        page.wait_for_selector("#trouble:not(:empty)")
        assert page.evaluate(KEYS) == []


def test_a_licence_can_be_deleted_after_a_second_word(chromium: Browser, wallet: str, api: Api) -> None:
    with opened(chromium, wallet, api, phone=True) as page:
        take(page, api)
        page.click("#held summary")
        page.click("#held details button")
        assert page.locator("#held .card").count() == 1
        page.click("#held details button")
        page.wait_for_selector("#held .card", state="detached")
        assert page.evaluate(KEYS) == []


def ask(wallet: str, path: str, body: object, **headers: str) -> tuple[int, dict[str, Any]]:
    """Speak to the little server as something that is not its page."""
    connection = http.client.HTTPConnection(wallet.removeprefix("http://"), timeout=10)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Origin": wallet, "Content-Type": "application/json", **headers}
    connection.request("POST", path, data, sent)
    answer = connection.getresponse()
    held = json.loads(answer.read())
    connection.close()
    return answer.status, held


def test_the_server_serves_its_own_page_and_nobody_else(wallet: str, api: Api) -> None:
    good = {"method": "GET", "address": f"{api.url}/.well-known/jwt-vc-issuer", "headers": {}, "body": ""}
    assert ask(wallet, "/forward", good)[0] == 200
    english = ask(wallet, "/forward", {**good, "address": f"{api.url}/query?lang=en"})[1]
    assert 'lang="en"' in english["text"], "what is asked stays with the address"
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}):
        assert ask(wallet, "/forward", good, **headers)[0] == 403
    for change in (
        {"address": "http://elsewhere.example/"}, {"address": "file:///etc/passwd"}, {"address": "ftp://127.0.0.1/"},
        {"method": "DELETE"}, {"headers": {"Cookie": "x"}}, {"headers": {"Authorization": "a\r\nb"}}, {"body": None},
        {"address": f"{api.url}/\r\nX: y"}, {"address": 5},
    ):  # fmt: skip
        status, told = ask(wallet, "/forward", {**good, **change})
        assert (status, set(told)) == (400, {"error"}), change
    for path, body in (
        ("/forward", b"["), ("/forward", b"[]"), ("/request", {}), ("/request", {"link": "x"}), ("/picture", b"x"),
        ("/words", {}), ("/words", {"kind": "nurse", "claims": []}),
    ):  # fmt: skip
        status, told = ask(wallet, path, body)
        assert (status, set(told)) == (400, {"error"}), path
    connection = http.client.HTTPConnection(wallet.removeprefix("http://"), timeout=10)
    for path in ("/../serving.py", "/%2e%2e/serving.py", "/none"):
        connection.request("GET", path)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["X-Content-Type-Options"]) == (404, "nosniff")
        answer.read()
    connection.close()


def test_it_is_served_by_a_command(verifier: Asking) -> None:
    words = [
        sys.executable,
        "-m",
        "examples.wallet",
        "serve",
        "--port",
        "0",
        "--trust",
        str(verifier.folder / identity.ROOT),
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout is not None
            address = started.stdout.readline().strip()
            connection = http.client.HTTPConnection(address.removeprefix("http://").rstrip("/"), timeout=10)
            connection.request("GET", "/")
            answer = connection.getresponse()
            assert (answer.status, answer.headers.get_content_type()) == (200, "text/html")
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            answer.read()
            connection.close()
        finally:
            started.terminate()
