"""The public query: two facts, public fields, one empty answer for every miss, a limit; and who oversees what."""

from __future__ import annotations

import dataclasses
import json
from typing import Final
from urllib.parse import urlencode

from issuer.client import Refused
from issuer.domain.account import Role
from issuer.web.limit import PER_SOURCE, WINDOW_SECONDS
from tests.issuer.services.world import HOSPITAL, NURSE
from tests.issuer.web.api.api import DOCUMENT, Answer, Api
from tests.issuer.web.api.test_stories import NURSE_CONTENT, NURSE_SECRET


def look(api: Api, **facts: str) -> Answer:
    path = f"/api/v1/public/registrations?{urlencode(facts)}"
    answer = api.ask("GET", path)
    DOCUMENT.answered("GET", path, answer.status, answer.media, answer.body)
    return answer


def test_two_facts_find_and_every_miss_looks_alike(api: Api) -> None:
    nurse = api.person("nurse", *NURSE[:2])
    entry = api.granted(nurse.open("nurse", "first_registration", NURSE_CONTENT, NURSE_SECRET), nurse)
    for second in ({"number": entry["number"]}, {"institution": HOSPITAL["number"]}, {"institution": HOSPITAL["name"]}):
        (found,) = look(api, kind="nurse", name=NURSE[0], **second).json["registrations"]
        assert (found["number"], found["state"], found["permits_practice"]) == (entry["number"], "registered", True)
    misses = [
        look(api, kind="nurse", name="苏予宁", number=entry["number"]),
        look(api, kind="nurse", name=NURSE[0], number="202646999999"),
        look(api, kind="nurse", name=NURSE[0], institution="别的医院"),
        look(api, kind="physician", name=NURSE[0], number=entry["number"]),
    ]
    assert {(miss.status, miss.body) for miss in misses} == {(200, b'{"registrations":[]}')}
    decide = api.client("decide")
    decide.stand("revoke_licence", entry, grounds=["nurse_penalty"], reason="保密的处罚事由")
    (found,) = look(api, kind="nurse", name=NURSE[0], number=entry["number"]).json["registrations"]
    assert (found["state"], found["permits_practice"]) == ("revoked", False)
    assert "处罚" not in json.dumps(found, ensure_ascii=False), "that it ended, and not why"
    assert "penalty" not in json.dumps(found), "nor on what ground"


QUESTIONS: Final[tuple[tuple[dict[str, str], int, str], ...]] = (
    ({}, 422, "two-facts-needed"),
    ({"kind": "nurse", "name": NURSE[0]}, 422, "two-facts-needed"),
    ({"kind": "nurse", "name": "苏", "number": "202646000001"}, 422, "two-facts-needed"),
    ({"kind": "institution", "name": "海口市"}, 422, "two-facts-needed"),
    ({"kind": "doctor", "name": NURSE[0], "number": "1"}, 422, "two-facts-needed"),
    ({"kind": "nurse", "name": "x" * 65, "number": "1"}, 400, "query-malformed"),
    ({"kind": "nurse", "name": "a\0b", "number": "1"}, 400, "query-malformed"),
    ({"kind": "nurse", "name": "苏\u202e予安", "number": "1"}, 400, "query-malformed"),
    ({"kind": "nurse", "name": "苏予安", "number": "\r\n"}, 400, "query-malformed"),
    ({"kind": "nurse", "name": "苏予安", "number": "%' OR 1=1 --"}, 200, ""),
)


def test_what_is_no_question(both: Api) -> None:
    for facts, status, code in QUESTIONS:
        answer = look(both, **facts)
        assert answer.status == status, facts
        assert not code or answer.code == code


def test_nobody_asks_without_end(api: Api) -> None:
    answers = [look(api, kind="institution", name=HOSPITAL["name"]) for _ in range(PER_SOURCE + 1)]
    assert [answer.status for answer in answers] == [200] * PER_SOURCE + [429]
    assert (answers[-1].code, answers[-1].headers["Retry-After"]) == ("too-many-requests", str(WINDOW_SECONDS))
    assert api.ask("GET", "/status").status == 200, "published files have no limit"
    api.world.later(seconds=WINDOW_SECONDS)
    assert look(api, kind="institution", name=HOSPITAL["name"]).status == 200


def test_each_reader_behind_the_proxy_counts_for_itself_and_nobody_else_may_say_who_reads(api: Api) -> None:
    proxied = Api(api.world, trusted_proxy="127.0.0.1")
    path = f"/api/v1/public/registrations?{urlencode({'kind': 'institution', 'name': HOSPITAL['name']})}"
    for served, expected in ((proxied, [200] * PER_SOURCE + [200]), (api, [200] * PER_SOURCE + [429])):
        found = [
            served.ask("GET", path, None, X_Forwarded_For=f"192.0.2.{number}").status
            for number in range(PER_SOURCE + 1)
        ]
        assert found == expected
    proxied.close()


def test_key_managers_and_auditors_see_what_is_theirs(api: Api) -> None:
    """The cells of the table of what officers oversee."""
    world = api.world
    nurse = api.person("nurse", *NURSE[:2])
    world.officer("province-auditor", "province", Role.AUDITOR)
    world.officer("city-auditor", "haikou", Role.AUDITOR)
    world.officer("city-keys", "haikou", Role.KEY_MANAGER)

    def code(who: str, path: str) -> str:
        try:
            api.client(who).get(path)
        except Refused as refused:
            return refused.code
        return "ok"

    table = {
        "organisations": {"nurse": "role-missing", "hospital": "role-missing", "decide": "ok", "keys-1": "ok"},
        "accounts": {"nurse": "role-missing", "hospital": "role-missing", "decide": "role-missing", "accept": "ok",
                     "keys-1": "ok", "province-auditor": "role-missing"},
        "keys": {"nurse": "ok", "hospital": "ok", "decide": "ok", "keys-1": "ok"},
        "trail": {"nurse": "role-missing", "hospital": "role-missing", "keys-1": "role-missing",
                  "city-auditor": "out-of-jurisdiction", "province-auditor": "ok"},
        "queue": {"nurse": "role-missing", "hospital": "role-missing", "accept": "ok"},
        "confirmations": {"nurse": "not-your-institution", "hospital": "ok", "accept": "not-your-institution"},
    }  # fmt: skip
    for path, cells in table.items():
        assert {who: code(who, path) for who in cells} == cells, path

    assert {one["account"] for one in nurse.get("keys")["keys"]} == {nurse.account}
    officers = {one["id"]: one for one in api.client("keys-1").get("accounts")["accounts"]}
    assert world.people["province-all"].id in officers
    assert nurse.account not in officers, "a person's account is nobody's list entry"
    city = {one["id"] for one in api.client("city-keys").get("accounts")["accounts"]}
    assert world.people["decide"].id in city < set(officers)
    assert world.people["province-all"].id not in city
    administrators = api.client("accept").get("accounts")["accounts"]
    assert [one["organisation"] for one in administrators] == [world.places["hospital"].id]
    below = {one["name"] for one in api.client("decide").get("organisations")["organisations"]}
    assert below == {world.places["haikou"].name, HOSPITAL["name"]}
    assert len(api.client("keys-1").get("keys")["keys"]) > len(api.client("city-keys").get("keys")["keys"]) > 5


def test_an_auditor_reads_the_trail_page_by_page_without_the_acts(api: Api) -> None:
    api.world.officer("auditor", "province", Role.AUDITOR)
    auditor = api.client("auditor")
    events = auditor.get("trail", limit="500")["events"]
    assert [one["seq"] for one in events] == list(range(1, len(events) + 1))
    assert {"application.approved", "licence.released", "key.activated"} <= {one["tag"] for one in events}
    assert not any("act" in one for one in events), "act bytes may hold personal data"
    pages: list[int] = []
    while page := auditor.get("trail", after=str(pages[-1] if pages else 0), limit="7")["events"]:
        pages += [one["seq"] for one in page]
    assert pages == [one["seq"] for one in events]
    for query in ({"limit": "501"}, {"limit": "x"}, {"after": "-1"}, {"after": "1" * 40}):
        assert auditor.refused(auditor.get, "trail", **query).code == "query-malformed"


def test_access_tokens_are_short_and_for_this_service(api: Api) -> None:
    accept = api.client("accept")
    good = accept.access_token()
    assert api.ask("GET", "/api/v1/queue", None, Authorization=f"Bearer {good}").status == 200
    for sent in ("", "Bearer", "Basic " + good, f"Bearer {good}x", f"Bearer {good[:-2]}", "Bearer " + "a" * 5_000,
                 "Bearer a.b.c", "Bearer é", f"Bearer {good.partition('.')[0]}..", "Bearer null"):  # fmt: skip
        answer = api.ask("GET", "/api/v1/queue", None, **({"Authorization": sent} if sent else {}))
        assert answer.status == 401
        assert answer.code == ("access-bad" if sent.startswith("Bearer ") else "access-missing")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    elsewhere = dataclasses.replace(accept, base_url="https://other.example").access_token()
    assert api.ask("GET", "/api/v1/queue", None, Authorization=f"Bearer {elsewhere}").code == "access-bad", "not for us"
    another = dataclasses.replace(accept, account=api.client("decide").account).access_token()
    assert api.ask("GET", "/api/v1/queue", None, Authorization=f"Bearer {another}").code == "key-not-holder"
    api.world.later(seconds=361)
    assert api.ask("GET", "/api/v1/queue", None, Authorization=f"Bearer {good}").code == "access-bad", "too old"
    api.world.at -= 800
    assert api.ask("GET", "/api/v1/queue", None, Authorization=f"Bearer {good}").code == "access-bad", "not yet"
