"""docs/fields.md, cell by cell: each reader asks for everything, and is given exactly what the page says."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from elicense import claims, cose
from elicense.fields import Claim
from issuer.client import Refused
from issuer.domain.account import Role
from issuer.domain.act import civil_day
from issuer.domain.kind import Kind
from issuer.services import guide, rules
from tests.issuer.services.world import CLINIC, HOSPITAL, NURSE_2, PHYSICIAN
from tests.issuer.web.api.api import Api, Watched

PAGE: Final = Path(__file__).parents[4] / "docs" / "fields.md"
OPENING: Final = {
    "physician": "first_registration",
    "nurse": "first_registration",
    "institution": "practice_registration",
}
MORE: Final = {
    "subjects_edition": 2010, "grade": "二级甲等", "service_object": 1, "service_modes": [1, 2], "beds": 20,
    "dental_chairs": 12, "other_names": ["白塘示例牙科门诊部"], "legal_representative": "何星野", "statutory_type": 602,
    "capital": 100, "staff_count": 30, "floor_area": 900, "phone": "13987654321", "scope_text": "内科",
    "department": "内科", "title": "医师", "education": "本科", "route": "考试", "assessment": "合格",
    "training_months": 3,
}  # fmt: skip
"""What the samples of the guide leave out."""
READERS: Final = ("holder", "institution", "officer", "elsewhere", "auditor", "public", "verifier")
ROW: Final = re.compile(r"\| `(\w+)` [^|]*\| (.*) \|")
UNMISTAKABLE: Final = ("id_number", "qualification_number", "exam_passed_on", "birth_date")
TEXTS: Final = ("department", "title", "education", "phone", "capital")
"""Restricted fields of free text, which hold a word that stands nowhere else."""


def told(kind: str) -> dict[str, dict[str, str]]:
    """What the page says of a kind: field, reader, word."""
    part = PAGE.read_text(encoding="utf-8").split(f"\n## {kind}\n")[1].split("\n## ")[0]
    return {
        name: dict(zip(READERS, cells.split(" | "), strict=True))
        for name, cells in ROW.findall(part)
        if name != "field"
    }


def sample(api: Api, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every field filled in: the sample of the guide, about people and places of this world."""
    on = civil_day(api.world.at)
    found = guide.guide(rules.load(), Kind(kind), OPENING[kind], on)
    filled = {**MORE, **found.sample}
    public = {row.field: filled[row.field] for row in found.fields if row.part == "public"}
    hidden = {row.field: filled[row.field] for row in found.fields if row.part == "restricted"}
    hidden |= {name: f"金丝雀{name}" for name in TEXTS if isinstance(hidden.get(name), str)}
    if kind == "institution":
        return public | CLINIC, hidden | {"uscc": "52469002MBT100020F"}
    name, number, birth = NURSE_2 if kind == "nurse" else PHYSICIAN
    hidden |= {"id_number": number, "birth_date": birth}
    return public | {"name": name, "sex": 2 if kind == "nurse" else 1, "institution": HOSPITAL}, hidden


def asked(client: Watched, path: str, **query: str) -> dict[str, Any]:
    """An answer, empty if it is refused."""
    try:
        return client.get(path, **query)
    except Refused:
        return {}


def given(client: Watched, case: str, entry: str) -> tuple[dict[str, str], bytes]:
    """What a reader finds, field by field and how it was had; and the ordinary answers as bytes."""
    ordinary = [asked(client, f"applications/{case}"), asked(client, f"registrations/{entry}")]
    ordinary += [asked(client, path) for path in ("applications", "registrations", "confirmations", "queue", "trail")]
    had = {name: "open" for one in ordinary[:2] for name in one.get("content", {})}
    path = f"applications/{case}/restricted"
    for word, query in (("open", {}), ("purpose", {"purpose": "核对字段"})):
        for name in asked(client, path, **query):
            had.setdefault(name, word)
    return had, json.dumps(ordinary, ensure_ascii=False).encode()


def granted(api: Api, kind: str, holder: Watched, case: dict[str, Any]) -> dict[str, Any]:
    """The register entry after the whole way, for an institution of another authority too."""
    if kind != "institution":
        return api.granted(case, holder)
    case = holder.step("submit", case)
    case = api.client("province-all").step("accept", case)
    for who in ("province-all", "clinic-review"):
        case = api.client(who).step("review", case, finding="favourable")
    case = api.client("clinic-decide").step("approve", case)
    return holder.get(f"registrations/{case['registration']}")


def opened(api: Api, kind: str) -> tuple[Watched, dict[str, str]]:
    """The holder, and who plays each of the other readers."""
    world = api.world
    world.officer("auditor", "haikou", Role.AUDITOR)
    world.officer("elsewhere", "qionghai", Role.ACCEPTANCE, Role.REVIEW, Role.DECISION)
    readers = {"institution": "hospital", "officer": "review", "elsewhere": "elsewhere", "auditor": "auditor"}
    if kind != "institution":
        name, number, _ = NURSE_2 if kind == "nurse" else PHYSICIAN
        return api.person("person", name, number), readers
    world.institution("clinic", CLINIC["name"], "469002", "52469002MBT100020F", "qionghai")
    world.officer("clinic-review", "qionghai", Role.REVIEW)
    world.officer("clinic-decide", "qionghai", Role.DECISION)
    world.officer("clinic-auditor", "qionghai", Role.AUDITOR)
    there = {"institution": "clinic", "officer": "clinic-review", "elsewhere": "review", "auditor": "clinic-auditor"}
    return api.client("clinic"), there


@pytest.mark.parametrize("kind", OPENING)
def test_each_reader_is_given_what_the_page_says(api: Api, kind: str) -> None:
    page = told(kind)
    assert list(page) == [row.field for row in rules.load().fields(Kind(kind), OPENING[kind], civil_day(api.world.at))]
    holder, readers = opened(api, kind)
    public, hidden = sample(api, kind)
    case = holder.open(kind, OPENING[kind], public, hidden)
    entry = granted(api, kind, holder, case)
    found: dict[str, dict[str, str]] = {}
    for reader, client in {"holder": holder, **{one: api.client(who) for one, who in readers.items()}}.items():
        found[reader], ordinary = given(client, case["id"], entry["id"])
        secret = [str(value) for name, value in hidden.items() if name in {*TEXTS, *UNMISTAKABLE}]
        assert [value for value in secret if value.encode() in ordinary] == [], reader
    query = {"kind": kind, "name": public["name"], "number": entry["number"]}
    [shown] = api.ask("GET", f"/api/v1/public/registrations?{urlencode(query)}").json["registrations"]
    found["public"] = dict.fromkeys(shown["fields"], "open")
    held = holder.get(f"registrations/{entry['id']}/licence")
    licence, _ = claims.from_payload(cose.split_licence(bytes.fromhex(held["token"])).payload)
    found["verifier"] = {}
    for field in dataclasses.fields(licence):
        claim: Claim | None = field.metadata.get("claim")
        if claim is not None and getattr(licence, field.name) not in {None, ()}:
            found["verifier"][claim.name] = "open"
    wrong = [
        f"{name}, {reader}: the page says {word}, found {found[reader].get(name, 'no')}"
        for name, words in page.items()
        for reader, word in words.items()
        if found[reader].get(name, "no") != word
    ]
    assert wrong == []
