"""Canaries: values that only the restricted part holds, planted through the API and then looked for everywhere.

They may lie sealed in the database and come back to those who may open the restricted part; nowhere else.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from elicense.keys import b64url
from issuer.client import Client
from issuer.domain.account import Role
from issuer.services import publishing
from issuer.storage import tables
from issuer.web import openapi
from tests.issuer.services.world import HOSPITAL
from tests.issuer.web.api.api import Api

NAME: Final = "梁晚舟"
CANARIES: Final = {
    "id_number": "460000198812120043",
    "birth_date": "1988-12-12",
    "qualification_number": "201546110460000198812120043",
    "phone": "13987654321",
    "department": "金丝雀病区",
    "education": "金丝雀医学院",
    "health": "meets_standard",
    "exam_passed_on": "2025-07-19",
}
NURSE: Final = {key: CANARIES[key] for key in ("id_number", "birth_date", "phone", "department", "exam_passed_on")}
PHYSICIAN: Final = {
    **{key: CANARIES[key] for key in ("id_number", "birth_date", "phone", "education", "qualification_number")},
    "qualified_on": "2015-12-01", "assessment": "passed 2026-01",
}  # fmt: skip
PUBLIC: Final = {"name": NAME, "sex": 2, "institution": HOSPITAL}
UNMISTAKABLE: Final = [value for key, value in CANARIES.items() if key != "health"]


def forms(value: str) -> list[bytes]:
    """How a value could stand somewhere: as text, escaped, in hexadecimal, in base64url at each of three places."""
    data = value.encode()
    shifted = [b64url(b"\0" * shift + data)[2 + shift :][: len(data)] for shift in range(3)]
    return [data, json.dumps(value)[1:-1].encode(), data.hex().encode(), *(part.encode() for part in shifted)]


def canaries(data: bytes) -> list[str]:
    return [value for value in UNMISTAKABLE if any(form in data for form in forms(value))]


def life(api: Api) -> None:
    """A person registered as nurse and as physician with canaries; refused where possible, read by everybody."""
    api.world.officer("auditor", "province", Role.AUDITOR)
    person = api.person("person", NAME, CANARIES["id_number"])
    for kind, content, secret in (
        ("nurse", {**PUBLIC, "place": 460100}, {**NURSE, "health": CANARIES["health"]}),
        ("physician", {**PUBLIC, "place": 460000, "level": 1, "category": 1, "scopes": [11]}, PHYSICIAN),
    ):
        case = person.open(kind, "first_registration", content, {**secret, "birth_date": "1988-12-13"})
        bad = {"content": {**content, "name": f"{CANARIES['phone']}\u202e"}}
        unread = Client.act_bytes(person, "application.save", case["id"], case["revision"], bad)
        for refused in (
            person.refused(person.step, "submit", case),
            person.refused(person.save, case, content, {**secret, "penalty": CANARIES["phone"]}),
            person.refused(person.deliver, "application.save", unread),
        ):
            assert refused.status == 422
        case = person.save(case, content, secret)
        entry = api.granted(case, person)
        person.get(f"registrations/{entry['id']}/licence")
    for path in ("me", "applications", "registrations", "keys"):
        person.get(path)
    for who, path in (("hospital", "confirmations"), ("accept", "queue"), ("keys-1", "accounts"), ("auditor", "trail")):
        api.client(who).get(path)
    body = {"grounds": ["penalty_57"], "reason": "金丝雀事由", "until": "2026-12-31"}
    api.client("decide").stand("suspend", entry, **body)
    publishing.publish_due(api.world.desk, api.world.at)


def stored(api: Api) -> bytes:
    """Everything in the database, as the rows have it and, of SQLite, as the file has it."""
    held: list[bytes] = []
    with api.world.store.reading() as tx:
        for table in tables.metadata.sorted_tables:
            for row in tx.all(sa.select(table)):
                held += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    for file in Path(api.world.folder.parent).glob("issuer.sqlite*"):
        held.append(file.read_bytes())
    return b"\n".join(held)


def test_canaries_stay_where_they_were_put(both: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    life(both)
    public = "/api/v1/public/registrations?" + urlencode(
        {"kind": "nurse", "name": NAME, "institution": HOSPITAL["name"], "phone": CANARIES["phone"]}
    )
    found = both.ask("GET", public)
    assert NAME in found.body.decode()
    missed = both.ask("GET", f"/api/v1/acts/{CANARIES['id_number']}")
    bad = both.ask("POST", "/api/v1/acts/application.open", f'{{"act":"{CANARIES["phone"]}"}}'.encode(),
                   Content_Type="application/json")  # fmt: skip
    answers = [data for client in both.clients for data in client.heard]
    answers += [found.body, missed.body, bad.body]
    assert len(answers) > 35
    assert [canaries(data) for data in answers if canaries(data)] == []

    published = [file for file in both.world.desk.config.published.rglob("*") if file.is_file()]
    assert len(published) >= 4
    assert [file.name for file in published if canaries(file.read_bytes())] == []
    assert canaries(json.dumps(openapi.document()).encode()) == []
    assert canaries(stored(both)) == []
    assert canaries(caplog.text.encode()) == []
    for personal in (NAME, "金丝雀", "penalty", "Bearer", "eyJ"):
        assert personal not in caplog.text, "no name, no reason, no token in a log"
    assert "GET /api/v1/applications/<id_> 200" in caplog.text, "and yet it says what was asked"


def test_the_canaries_are_there_for_those_who_may_open_them(api: Api) -> None:
    """The test above would find them: here they are found."""
    person = api.person("person", NAME, CANARIES["id_number"])
    secret = {**NURSE, "health": CANARIES["health"]}
    case = api.accepted(person.open("nurse", "first_registration", {**PUBLIC, "place": 460100}, secret), person)
    for who, query in (("person", {}), ("accept", {"purpose": "受理核对"})):
        client = api.client(who)
        assert client.get(f"applications/{case['id']}/restricted", **query) == secret
        assert set(canaries(client.heard[-1])) == set(NURSE.values())
    planted = json.dumps({"id": b64url(b"x" + CANARIES["id_number"].encode()), "hex": CANARIES["phone"].encode().hex()})
    assert set(canaries(planted.encode())) == {CANARIES["id_number"], CANARIES["phone"]}


def test_who_opened_what_for_what_stands_in_the_trail(api: Api) -> None:
    api.world.officer("auditor", "province", Role.AUDITOR)
    person = api.person("person", NAME, CANARIES["id_number"])
    secret = {**NURSE, "health": CANARIES["health"]}
    case = api.accepted(person.open("nurse", "first_registration", {**PUBLIC, "place": 460100}, secret), person)
    accept = api.client("accept")
    path = f"applications/{case['id']}/restricted"
    for purpose in ("", " ", "\x00", "x" * 201, "核\u202e对"):
        assert accept.refused(accept.get, path, purpose=purpose).code in {"purpose-missing", "query-malformed"}
    accept.get(path, purpose="核对身份证件")
    events = api.client("auditor").get("trail", limit="500")["events"]
    (read,) = [one for one in events if one["tag"] == "restricted.read"]
    assert (read["actor"], read["target"], read["detail"]) == (accept.account, case["id"], {"purpose": "核对身份证件"})
