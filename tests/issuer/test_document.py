"""The licence as a PDF, looked at from outside: poppler and pyHanko judge the signature, zxing and we the code."""

from __future__ import annotations

import dataclasses
import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from elicense import claims, cose, qr
from elicense.card import GlyphMissing
from elicense.licence import InstitutionLicence, Licence
from elicense.reason import Outcome
from issuer import document
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.services import document as desk
from issuer.services import licences, minting, publishing, query, registrations, trusting
from issuer.storage import Store, audit
from issuer.vault import KeyRefused, MemoryVault, Purpose
from issuer.vault.purpose import fits
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.services.world import NURSE

CODES = [f"{number:02d}" for number in range(1, 33)]
RESTRICTED = (NURSE[1], NURSE[2], "2025-06-01", "meets_standard", "12460100MBT100012H")


@pytest.fixture
def world(begun_on_sqlite: tuple[Path, MintWorld], tmp_path: Path) -> Iterator[MintWorld]:
    """A licensed hospital and a licensed nurse."""
    source, made = begun_on_sqlite
    shutil.copy(source, tmp_path / "issuer.sqlite")
    store = Store(f"sqlite:///{tmp_path / 'issuer.sqlite'}")
    world = made.moved(store, tmp_path / "files")
    minting.mint(world.desk, world.granted().id)
    publishing.publish_due(world.desk, world.at)
    yield world
    store.close()


def entry(world: MintWorld, who: str = "nurse") -> Registration:
    [view] = query.own_registrations(world.desk, world.people[who])
    return view.registration


def made(world: MintWorld, who: str = "nurse") -> bytes:
    return desk.pdf_of(world.desk, world.people[who], entry(world, who).id)[1]


def licence(world: MintWorld, who: str = "nurse") -> Licence:
    held = licences.current(world.desk, entry(world, who).id)
    assert held is not None
    return claims.from_payload(cose.split_licence(held.token or b"").payload)[0]


def tool(*words: str) -> str:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is missing: apt install poppler-utils")
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60).stdout


def judged(world: MintWorld, data: bytes) -> PdfSignatureStatus:
    kid = world.desk.vault.kids(Purpose.DOCUMENT)[-1]
    [own] = load_certs_from_pemder_data(world.desk.vault.certificate(kid))
    [signature] = PdfFileReader(io.BytesIO(data)).embedded_signatures
    context = ValidationContext(trust_roots=[own], allow_fetching=False)
    with ThreadPoolExecutor(1) as apart:  # it is asynchronous, and a browser in this process has a loop running
        return apart.submit(validate_pdf_signature, signature, context).result()


@pytest.mark.parametrize("who", ["nurse", "hospital"])
def test_others_find_the_signature_good_and_the_whole_file_under_it(world: MintWorld, tmp_path: Path, who: str) -> None:
    path = tmp_path / "licence.pdf"
    path.write_bytes(made(world, who))
    said = tool("pdfsig", "-nocert", str(path))
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    found = judged(world, path.read_bytes())
    assert (found.intact, found.valid, found.trusted) == (True, True, True)
    assert found.coverage is SignatureCoverageLevel.ENTIRE_FILE


def test_one_changed_byte_breaks_it(world: MintWorld, tmp_path: Path) -> None:
    whole = made(world)
    covered = [int(part) for part in re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", whole).groups()]  # type: ignore[union-attr]
    for place in (20, covered[1] // 2, covered[2] + covered[3] // 2):
        changed = bytearray(whole)
        changed[place] ^= 1
        path = tmp_path / "changed.pdf"
        path.write_bytes(changed)
        assert "Signature is Valid." not in tool("pdfsig", "-nocert", str(path))
    title = whole.replace(b"/Creator", b"/Breator", 1)
    assert not judged(world, title).intact


@pytest.mark.parametrize("who", ["nurse", "hospital"])
def test_the_code_on_the_page_is_read_and_judged_valid(world: MintWorld, who: str) -> None:
    page = pypdfium2.PdfDocument(made(world, who))[0]
    [code] = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    held = licences.current(world.desk, entry(world, who).id)
    assert held is not None
    assert qr.from_text(code.text) == held.token
    assert world.scan(held).outcome is Outcome.VALID


def test_it_says_what_the_public_may_know_in_text_and_nothing_else(world: MintWorld, tmp_path: Path) -> None:
    data = made(world)
    path = tmp_path / "licence.pdf"
    path.write_bytes(data)
    said = tool("pdftotext", "-layout", str(path), "-")
    for part in ("护士执业证书", NURSE[0], entry(world).number, "海口市示例综合医院", "演示样本，不是法定证照"):
        assert part in said
    assert not [part for part in RESTRICTED if part in said or part.encode() in data]
    told = tool("pdfinfo", str(path))
    assert "护士执业证书" in told
    assert re.search(r"JavaScript: +no", told)
    fonts = tool("pdffonts", str(path)).splitlines()[2:]
    assert fonts
    assert all(re.search(r"yes +yes +yes", line) for line in fonts)
    assert b"/Lang (zh-CN)" in data


def test_the_same_licence_makes_the_same_pages(world: MintWorld) -> None:
    issuer = trusting.own(world.desk, trusting.published(world.desk))
    first, second = (document.pdf(licence(world), issuer, "https://a.example/v#1") for _ in range(2))
    assert first == second


def test_every_page_of_a_long_one_is_marked(world: MintWorld) -> None:
    issuer = trusting.own(world.desk, trusting.published(world.desk))
    hospital = licence(world, "hospital")
    assert isinstance(hospital, InstitutionLicence)
    names = tuple(f"示例第{number}名称医院" for number in range(3))
    long = dataclasses.replace(hospital, other_names=names, address="示例路" * 20, subjects=tuple(CODES))
    plain = document.pdf(long, issuer, "https://a.example/v#1")
    pages = pypdfium2.PdfDocument(plain)
    assert len(pages) > 1
    assert all("演示样本，不是法定证照" in page.get_textpage().get_text_range() for page in pages)


def test_a_character_without_a_glyph_is_an_error(world: MintWorld) -> None:
    issuer = trusting.own(world.desk, trusting.published(world.desk))
    with pytest.raises(GlyphMissing):
        document.pdf(dataclasses.replace(licence(world), name="苏\U00030000"), issuer, "https://a.example/v#1")


def test_only_the_holder_gets_it_and_only_while_it_is_in_force(world: MintWorld) -> None:
    for who in ("accept", "hospital"):
        with pytest.raises(Refusal, match="registration-unknown"):
            desk.pdf_of(world.desk, world.people[who], entry(world).id)
    made(world)
    with world.store.reading() as tx:
        (event,) = audit.find(tx, tag="document.signed")
    assert (event.event.actor, event.event.target) == (world.people["nurse"].id, entry(world).id)
    held = entry(world)
    rows = [row for row in world.desk.rules.grounds if row.action == "cancel_registration"]
    body = {"reason": "本人申请", "grounds": [next(row.code for row in rows if row.kind in {"nurse", "*"})]}
    world.act(registrations.cancel, "decide", "registration.cancel_registration", held.id, held.revision, body)
    with pytest.raises(Refusal, match="document-not-in-force"):
        made(world)


def test_a_document_key_signs_documents_only() -> None:
    vault = MemoryVault.generate()
    signer = vault.signer(Purpose.DOCUMENT)
    for data in (b"", b"\x31", b"\x31\x02ab", b"hello", b"e30.e30", b"\x84jSignature1", b"\x31" + bytes(200)):
        assert not fits(Purpose.DOCUMENT, data)
        with pytest.raises(KeyRefused):
            signer.sign(data)
