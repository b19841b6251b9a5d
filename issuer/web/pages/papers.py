"""The papers of a case on its pages: the list, uploading, removing, reading; and the licence as a PDF.

A paper is never shown in a page: it is handed out as a file, under a policy that lets nothing in it run, with a name of
our making.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, redirect, request, url_for

from issuer.domain.account import AccountKind
from issuer.domain.application import ApplicationId
from issuer.domain.paper import BYTES_MAX, COUNT_MAX, OTHER, Media, Paper, PaperId
from issuer.domain.refusal import Refusal
from issuer.domain.registration import RegistrationId
from issuer.services import document, institutions, papers
from issuer.web.pages import frame, language

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from issuer.domain.canonical import Json
    from issuer.services.desk import Desk
    from issuer.services.papers import Asked, Checklist
    from issuer.services.sessions import SignedIn

_FORM: Final = 64 * 1024
"""What a form puts around a file."""
_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"


def blueprint(desk: Desk) -> Blueprint:
    """The pages of papers."""
    made = frame.pages("papers")

    def papers_of(id_: ApplicationId) -> Checklist:
        return papers.checklist(desk, _reader(desk).account, id_)

    limits = {"mebibytes": BYTES_MAX // 2**20, "count": COUNT_MAX}
    made.app_context_processor(lambda: {"papers_of": papers_of, "paper_name": name_of, "paper_limits": limits})

    @made.post("/cases/<id_>/papers/<code>")
    def add(id_: str, code: str) -> AnyResponse:
        who = _reader(desk)
        back = f"{url_for('cases.case', id_=id_)}#papers"
        if (request.content_length or 0) > BYTES_MAX + _FORM:
            return frame.refused(Refusal("paper-too-large"), back)
        request.max_content_length = BYTES_MAX + _FORM
        frame.check_csrf(who)
        given = request.files.get("file")
        try:
            papers.add(desk, who.account, ApplicationId(id_), code, b"" if given is None else given.read(BYTES_MAX + 1))
        except Refusal as refusal:
            return frame.refused(refusal, back)
        return redirect(back, 303)

    @made.post("/papers/<id_>/remove")
    def remove(id_: str) -> AnyResponse:
        who = _reader(desk)
        frame.check_csrf(who)
        removed = papers.remove(desk, who.account, PaperId(id_))
        return redirect(f"{url_for('cases.case', id_=removed.application)}#papers", 303)

    @made.get("/papers/<id_>")
    def read(id_: str) -> Response:
        paper, data = papers.read(desk, _reader(desk).account, PaperId(id_))
        return _handed_out(data, paper.media, file_name(paper))

    @made.get("/me/registrations/<id_>/licence.pdf")
    def own(id_: str) -> Response:
        return _document(desk, frame.require(desk, AccountKind.APPLICANT), RegistrationId(id_))

    @made.get("/institution/licence.pdf")
    def institution() -> Response:
        who = frame.require(desk, AccountKind.INSTITUTION)
        entry = institutions.home(desk, who.account).entry
        if entry is None:
            raise Refusal("licence-unknown")
        return _document(desk, who, entry.registration.id)

    return made


def handed_in(desk: Desk, who: SignedIn, id_: str, says: list[tuple[str, str]]) -> dict[str, Json]:
    """The body of the act that hands a case in: the digests of its papers. Adds to `says` what they are."""
    listed = papers.checklist(desk, who.account, ApplicationId(id_))
    for one in listed.asked:
        says.extend(
            (language.gettext("材料"), f"{name_of(one)} · {kibibytes(paper)} · SHA-256 {paper.sha256.hex()[:16]}…")
            for paper in one.given
        )
    lacking = [name_of(one) for one in listed.asked if one.missing]
    if lacking:
        says.append((language.gettext("还没有上传"), "；".join(lacking)))
    digests: list[Json] = [*papers.digests(desk, who.account, ApplicationId(id_))]
    return {"papers": digests} if digests else {}


def name_of(one: Asked) -> str:
    """What a paper is called in the reader's language."""
    if one.row is None:
        return language.gettext("其他材料（主管部门要求补正的）")
    return language.two(one.row.zh, one.row.en)


def kibibytes(paper: Paper) -> str:
    """Type and size in words."""
    return f"{paper.media.ending.upper()} {-(-paper.size // 1024)} KiB"


def file_name(paper: Paper) -> str:
    """The name under which a paper is handed out; what its file was called is not kept."""
    return f"{paper.code if paper.code != OTHER else 'paper'}-{paper.sha256.hex()[:8]}.{paper.media.ending}"


def _document(desk: Desk, who: SignedIn, id_: RegistrationId) -> Response:
    number, data = document.pdf_of(desk, who.account, id_)
    return _handed_out(data, Media.PDF, f"licence-{number}.pdf")


def _handed_out(data: bytes, media: Media, name: str) -> Response:
    """A file that no page shows and in which nothing runs."""
    answer = Response(data, mimetype=media.value)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _reader(desk: Desk) -> SignedIn:
    who = frame.signed_in(desk)
    if who is None:
        raise frame.NotSignedIn
    if who.account.kind not in {AccountKind.APPLICANT, AccountKind.INSTITUTION, AccountKind.OFFICER}:
        raise Refusal("role-missing")
    return who
