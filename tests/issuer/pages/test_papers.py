"""Papers of a case in real browsers: uploading, what is refused, removing, handing in, reading at the desk."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from issuer.app import create_app
from issuer.cli.serving import Server
from issuer.domain.application import Application
from issuer.services import applications, papers, query
from issuer.storage import audit
from tests.browser import sideways, violations
from tests.issuer.pages.office import Office, sign
from tests.issuer.services.made_papers import pdf, pdf_with, picture

SHOTS = os.environ.get("ELICENSE_SHOTS", "")
"""A folder for pictures of the pages, for whoever wants to look at them."""
NAMES = (
    "体检.pdf",
    "../../etc/passwd",
    '"; filename="x.html',
    "<img src=x onerror=alert(1)>.pdf",
    "a\r\nSet-Cookie: b=c",
)


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def upload(page: Page, code: str, data: bytes, name: str = "a.pdf") -> None:
    """Choose a file and send it."""
    form = page.locator(f"form[action$='/papers/{code}']")
    form.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/html", "buffer": data})
    with page.expect_navigation():
        form.locator("button").click()


def given(office: Office, case: Application) -> list[int]:
    listed = papers.checklist(office.world.desk, office.world.people["nurse"], case.id)
    return [len(one.given) for one in listed.asked]


def test_papers_are_uploaded_signed_with_the_hand_in_and_read_at_the_desk(office: Office) -> None:
    world = office.world
    case = world.nurse_draft()
    with office.enter("nurse", f"/cases/{case.id}", phone=True) as page:
        shot(page, "draft-phone")
        upload(page, "diploma", pdf())
        upload(page, "health_certificate", picture(), NAMES[0])
        expect(page.locator("#papers .badge.good")).to_have_count(2)
        world.later()
        upload(page, "health_certificate", picture("PNG"))
        page.locator("form[action$='/remove']").nth(2).locator("button").click()
        page.wait_for_selector("#papers")
        assert given(office, case) == [1, 1, 0]
        shot(page, "given-phone")
        assert (violations(page), sideways(page)) == ([], 0)
        page.click("form[action$='/submit'] button")
        page.wait_for_selector("#signing")
        assert page.inner_text("main").count("SHA-256") == 2
        shot(page, "signing-phone")
        sign(page)
        assert page.locator("#papers input[type=file], form[action$='/remove']").count() == 0
        assert page.inner_text("#papers").count("已随申请提交") == 2
    case = world.step(applications.confirm, "hospital", "confirm", now(office, case))
    with office.enter("accept", f"/desk/cases/{case.id}") as page:
        shot(page, "desk")
        assert (violations(page), sideways(page)) == ([], 0)
        with page.expect_download() as held:
            page.locator("#papers a[download]").nth(1).click()
        assert held.value.suggested_filename.startswith("health_certificate-")
        assert Path(held.value.path()).read_bytes().startswith(b"\xff\xd8\xff")
        address = page.locator("#papers a[download]").first.get_attribute("href")
        answer = page.request.get(address or "")
        headers = answer.headers
        assert headers["content-disposition"].startswith("attachment; filename=")
        assert headers["content-security-policy"].startswith("default-src 'none'; sandbox")
        assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
        assert headers["content-type"] == "application/pdf"
    with world.store.reading() as tx:
        assert len(audit.find(tx, tag="paper.read", target=case.id)) == 2
    with office.enter("nurse", f"/trail/cases/{case.id}") as page:
        assert page.inner_text("main").count("查阅材料") == 2


def test_a_missing_paper_is_written_into_what_is_asked_for(office: Office) -> None:
    case = office.world.submitted(office.world.nurse_draft(), "nurse")
    with office.enter("accept", f"/desk/cases/{case.id}", locale="en-GB") as page:
        shot(page, "desk-missing-en")
        assert page.locator("#papers .badge.mid").count() == 2
        assert "Health certificate" in page.input_value("#reason-ask_correction")
        assert violations(page) == []


def test_hostile_files_are_refused_in_words_and_nothing_is_kept(office: Office) -> None:
    case = office.world.nurse_draft()
    hostile = {
        "脚本": pdf_with(b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"),
        "只收 PDF": b"<script>alert(1)</script>",
        "为空": b"",
        "损坏": picture()[:2000],
        "5 MiB": b"%PDF-" + bytes(5 * 2**20 + 1),
    }
    with office.enter("nurse", f"/cases/{case.id}") as page:
        for words, data in hostile.items():
            page.goto(f"/cases/{case.id}")
            upload(page, "diploma", data)
            expect(page.locator(".refused")).to_contain_text(words)
            assert page.locator(f"a[href='/cases/{case.id}#papers']").count() == 1
        shot(page, "refused")
        assert violations(page) == []
    assert given(office, case) == [0, 0, 0]


def test_names_of_files_go_nowhere(office: Office) -> None:
    case = office.world.nurse_draft()
    with office.enter("nurse", f"/cases/{case.id}") as page:
        for name in NAMES:
            page.goto(f"/cases/{case.id}")
            upload(page, "diploma", pdf(), name)
        assert given(office, case) == [len(NAMES), 0, 0]
        said = page.content()
        assert not [part for part in ("化验单", "passwd", "onerror", "Set-Cookie") if part in said]
        for one in page.locator("#papers a[download]").all():
            disposition = page.request.get(one.get_attribute("href") or "").headers["content-disposition"]
            assert disposition.isascii()
            assert disposition.count('"') == 2


def test_a_form_of_another_site_uploads_nothing(office: Office) -> None:
    case = office.world.nurse_draft()
    with office.enter("nurse") as page:
        file: FilePayload = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": pdf()}
        answer = page.request.post(f"/cases/{case.id}/papers/diploma", multipart={"file": file, "csrf": "guessed"})
        assert answer.status == 403
    assert given(office, case) == [0, 0, 0]


@pytest.mark.parametrize("head", ["Content-Length: 104857600", "Transfer-Encoding: chunked"])
def test_a_hundred_megabytes_are_refused_before_they_are_read(office: Office, head: str) -> None:
    """The server that is really run: it answers after its limit and reads no further."""
    server = Server(create_app(office.world.desk), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    sent = 0
    piece = b"10000\r\n" + bytes(65_536) + b"\r\n" if "chunked" in head else bytes(65_536)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(f"POST /cases/x/papers/diploma HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode())
        try:
            while sent < 100 * 2**20:
                line.sendall(piece)
                sent += len(piece)
        except OSError:
            pass
        try:
            answer = line.recv(65_536)
        except OSError:
            answer = b""
    server.stop()
    thread.join(10)
    assert sent < 32 * 2**20
    assert answer == b"" or b"413" in answer.split(b"\r\n")[0]


def now(office: Office, case: Application) -> Application:
    """The case as it stands in the register."""
    return query.case(office.world.desk, office.world.people["nurse"], case.id).application


@pytest.mark.parametrize("who", ["nurse", "hospital"])
def test_a_holder_takes_the_signed_pdf_away_as_a_file(office: Office, who: str) -> None:
    office.world.granted()
    office.site.follow()
    with office.enter(who, "/me" if who == "nurse" else "/institution") as page:
        if who == "nurse":
            page.click("main a.button.quiet[href^='/me/registrations/']")
            page.wait_for_selector("main .face")
        with page.expect_download() as held:
            page.click("a[href$='/licence.pdf']")
        assert held.value.suggested_filename.startswith("licence-")
        assert Path(held.value.path()).read_bytes().startswith(b"%PDF-")
        address = page.locator("a[href$='/licence.pdf']").get_attribute("href") or ""
        headers = page.request.get(address).headers
        assert headers["content-disposition"].startswith("attachment")
        assert "sandbox" in headers["content-security-policy"]
        shot(page, f"pdf-{who}")
        assert (violations(page), sideways(page)) == ([], 0)
    with office.stranger() as page:
        assert "/sign-in" in page.request.get(address).url
