"""The licence as a picture: public fields only, marked as a sample, all characters drawn, nothing outside its place."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re
from typing import Final
from xml.etree import ElementTree

import pytest
import zxingcpp
from hypothesis import given, settings
from PIL import Image

from elicense import Filing, InstitutionRef, Issuer, Licence, StatusRef, qr, tables
from elicense.card import Card, Fonts, GlyphMissing, bundled, lay_out, png, svg
from elicense.card import layout as place
from elicense.trust import Authority
from tests import strategies
from tests.world import BASE, World, institution, nurse, physician

WORLD = World()
ISSUER = WORLD.hainan
KINDS = [physician(), nurse(), institution()]
QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
LONG_NAME: Final = "海口市示例综合医院" * 7 + "院"
ALL_SUBJECTS: Final = tuple(row.code for row in tables.SUBJECTS if row.edition in (None, "2010"))
FULL: Final = [
    physician(
        name="阿卜杜热西提·买买提明" * 5, scopes=tuple(sorted(tables.SCOPES.wires))[:16], scope_text="例" * 128,
        institution=InstitutionRef(number="MBT10001246010011A1001", name=LONG_NAME),
        filings=tuple(
            Filing(number=f"MBT1000{n}246010011A1001", name=LONG_NAME, start=dt.date(2026, 12, 1)) for n in range(2, 9)
        ),
    ),
    nurse(name="X" * 64, institution=InstitutionRef(number="MBT10001246010011A1001", name="W" * 64)),
    institution(
        name=LONG_NAME, address="海南省海口市示例路" * 14, principal="何" * 64, legal_representative="M" * 64,
        subjects=ALL_SUBJECTS, subjects_edition=2010, outpatient_only=ALL_SUBJECTS,
    ),
]  # fmt: skip


def link(licence: Licence, digits: int = 0) -> str:
    """The link of a licence; of one that is too large for a code, some digits."""
    return BASE + "9" * digits if digits else WORLD.link(licence)


def _tree(drawn: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawn)  # noqa: S314 - what we have just written ourselves


def texts(card: Card) -> str:
    """All that is written on a card."""
    return "\n".join(text.text for text in card.texts)


def boxes(card: Card) -> list[tuple[str, float, float, float, float]]:
    """What each text takes up: left, top, right, bottom, by ascent and descent of a line."""
    found = []
    for text in card.texts:
        wide = card.fonts.width(text.text, text.size)
        left = text.x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
        found.append((text.text, left, text.y - text.size, left + wide, text.y + text.size * 0.3))
    return found


def _overlap(one: tuple[str, float, float, float, float], two: tuple[str, float, float, float, float]) -> bool:
    return one[1] < two[3] and two[1] < one[3] and one[2] + 4 < two[4] and two[2] + 4 < one[4]


def check_boxes(card: Card) -> None:
    """Nothing beyond the margins, nothing over the code, no two texts over each other."""
    found = boxes(card)
    left_of_code = place.WIDTH - place.MARGIN - place.QR_SIDE
    for text, left, top, right, bottom in found:
        assert left >= place.MARGIN, text
        assert right <= place.WIDTH - place.MARGIN + 0.5, text
        assert top >= 0, text
        assert bottom <= place.HEIGHT, text
        if place.TOP <= bottom <= place.TOP + place.QR_SIDE:
            assert right <= left_of_code, text
    for number, one in enumerate(found):
        assert not [two[0] for two in found[number + 1 :] if _overlap(one, two)], one[0]


# ---- what is on it


@pytest.mark.parametrize("licence", KINDS, ids=lambda licence: licence.kind.text)
def test_the_card_shows_the_licence_and_says_that_it_is_a_sample(licence: Licence) -> None:
    card = lay_out(licence, ISSUER, link(licence))
    shown = texts(card)
    assert licence.name in shown
    assert licence.number in shown
    assert "演示样本，不是法定证照" in shown
    drawn = svg(card)
    assert drawn.count("演示样本") > 5
    assert "DEMONSTRATION SAMPLE" in drawn
    assert "中华人民共和国" not in drawn
    check_boxes(card)


def test_what_is_not_for_the_face_is_not_on_it() -> None:
    """Index in the status list, device key, seconds of issue: for machines, in the code."""
    licence = physician(holder_key=WORLD.edwards_key.public_key, status=StatusRef(list=7654, index=7_654_321))
    card = lay_out(licence, ISSUER, link(licence))
    shown = texts(card)
    assert licence.holder_key is not None
    for hidden in ("7654", licence.institution.number, str(licence.issued_at), licence.holder_key.kid.hex(), "http"):
        assert hidden not in shown
    rows = {text.text for text in card.texts}
    assert {"姓名", "性别", "编号", "执业级别", "执业类别", "执业范围", "执业地点", "主要执业机构", "有效期至"} <= rows


def test_a_name_that_is_markup_stays_a_name() -> None:
    hostile = physician(name="</text><script>alert(1)</script>&\"'", scope_text="]]><img src=x onerror=alert(1)>")
    drawn = svg(lay_out(hostile, ISSUER, link(hostile)))
    tree = _tree(drawn)
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert names == {"svg", "title", "rect", "text", "path"}
    written = "".join(element.text or "" for element in tree.iter())
    assert hostile.name in written.replace("\n", "")


@pytest.mark.parametrize("licence", KINDS, ids=lambda licence: licence.kind.text)
def test_the_svg_needs_no_style_script_or_other_file(licence: Licence) -> None:
    tree = _tree(svg(lay_out(licence, ISSUER, link(licence))))
    for element in tree.iter():
        assert element.tag.rpartition("}")[2] in {"svg", "title", "rect", "text", "path"}
        for name, value in element.attrib.items():
            assert name.rpartition("}")[2] not in {"style", "class", "href", "id"}
            assert not name.startswith("on")
            assert "url(" not in value
            assert "://" not in value


# ---- every character, or none


def test_rare_characters_of_names_are_drawn_and_are_no_boxes() -> None:
    """A font without a character draws its box; these are drawn as something else."""
    licence = physician(name="㛃𬍛𫍲䶮𰻞龘〇阿卜杜拉·示例 Zoë Müller")
    card = lay_out(licence, ISSUER, link(licence))
    assert "㛃𬍛𫍲䶮𰻞龘〇阿卜杜拉·示例 Zoë\nMüller" in texts(card)
    for number, piece in card.fonts.runs(licence.name):
        font = card.fonts.at(number, 40)
        box = bytes(font.getmask("\U0010fffd"))
        assert all(bytes(font.getmask(character)) != box for character in piece)
    assert png(card)


@pytest.mark.parametrize("name", ["𠮷", "林𠮷远", "𪚥𪚥"])
def test_a_character_that_no_font_has_is_an_error_and_not_a_box(name: str) -> None:
    licence = physician(name=name)
    try:
        bundled().runs(name)
    except GlyphMissing as missing:
        assert f"U+{missing.codepoint:04X}" in str(missing)
        assert name not in str(missing)
    with pytest.raises(GlyphMissing):
        lay_out(licence, ISSUER, link(licence))


def test_the_second_font_helps_out_character_by_character() -> None:
    fonts = Fonts(tuple(reversed(bundled().paths)))
    assert len(fonts.paths) == 2
    for text in ("林知远", "a林b"):
        assert "".join(piece for _, piece in fonts.runs(text)) == text
    with pytest.raises(GlyphMissing):
        Fonts(()).font_of("a")


# ---- nothing outside its place


@pytest.mark.parametrize("licence", FULL, ids=lambda licence: licence.kind.text)
def test_the_fullest_licences_stay_inside_and_what_is_cut_is_seen(licence: Licence) -> None:
    card = lay_out(licence, ISSUER, link(licence, 900))
    check_boxes(card)
    assert png(card)


def test_a_list_is_cut_by_whole_items_and_says_how_many_there_are() -> None:
    """Half a name of a scope, or a list that looks whole and is not, would say something false."""
    card = lay_out(FULL[0], ISSUER, link(FULL[0], 900))
    kept, _, count = _value(card, "执业范围").partition(" 等")
    names = [tables.SCOPES.label(scope) for scope in tuple(sorted(tables.SCOPES.wires))[:16]]
    assert kept in {"、".join(names[:many]) for many in range(1, 16)}
    assert count.strip() == "16 项"
    assert _value(card, "执业范围（文字）").endswith("…")
    assert _value(card, "多机构备案") == "7 项"
    subjects = _value(lay_out(FULL[2], ISSUER, link(FULL[2], 900)), "诊疗科目")
    assert subjects.endswith(f"等 {len(ALL_SUBJECTS)} 项")
    assert len(ALL_SUBJECTS) > 150
    assert not re.search(r"\d\d\.\d\d", subjects)


def _value(card: Card, label: str) -> str:
    """The lines beside a label, joined."""
    placed = list(card.texts)
    start = next(number for number, text in enumerate(placed) if text.text == label)
    lines = []
    for text in placed[start + 2 :]:
        if text.x == place.MARGIN:
            break
        lines.append(text.text)
    return "".join(lines)


def test_long_names_of_authorities_leave_room_for_the_warning() -> None:
    long = Authority(number=1, name="委" * 64, code="11460100MBT000038N", division=460100)
    issuer = dataclasses.replace(ISSUER, name="海南省" * 21 + "委", authorities=(long,))
    card = lay_out(physician(), issuer, link(physician()))
    check_boxes(card)
    assert len(re.findall("…", texts(card))) == 2
    assert place.DISCLAIMER in texts(card)


@given(strategies.licences)
@settings(max_examples=25)
def test_every_licence_has_its_card(licence: Licence) -> None:
    issuer: Issuer = ISSUER
    check_boxes(lay_out(licence, issuer, BASE + "9" * 700))


# ---- the code


@pytest.mark.parametrize("licence", KINDS, ids=lambda licence: licence.kind.text)
def test_the_code_on_the_picture_reads_back(licence: Licence) -> None:
    card = lay_out(licence, ISSUER, link(licence))
    image = Image.open(io.BytesIO(png(card)))
    assert image.size == (place.WIDTH, place.HEIGHT)
    (found,) = zxingcpp.read_barcodes(image, formats=QR)
    assert found.text == link(licence)
    assert qr.from_text(found.text) == WORLD.token(licence)


def test_the_largest_code_reads_back_from_the_picture() -> None:
    card = lay_out(physician(), ISSUER, BASE + "9" * 1_100)
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png(card))), formats=QR)
    assert found.text == BASE + "9" * 1_100


@pytest.mark.parametrize("licence", KINDS, ids=lambda licence: licence.kind.text)
def test_the_path_in_the_svg_is_the_same_symbol(licence: Licence) -> None:
    card = lay_out(licence, ISSUER, link(licence))
    (path,) = [element for element in _tree(svg(card)).iter() if element.tag.endswith("path")]
    dark = set()
    for column, row, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path.attrib["d"]):
        dark |= {(int(row), int(column) + step) for step in range(int(wide))}
    modules = qr.matrix(link(licence))
    assert dark == {(row, column) for row, line in enumerate(modules) for column, on in enumerate(line) if on}
    assert len(re.findall("M", path.attrib["d"])) == len(re.findall(r"M\d+ \d+h(\d+)v1h-\1z", path.attrib["d"]))
    x, y = card.qr_origin
    assert path.attrib["transform"] == f"translate({x} {y}) scale({card.module})"
    quiet = qr.QUIET_ZONE * card.module
    assert x - quiet >= place.WIDTH - place.MARGIN - place.QR_SIDE
    assert y - quiet >= place.TOP
