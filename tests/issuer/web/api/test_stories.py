"""The whole path of the three kinds over HTTP, on both databases; every answer fits the OpenAPI document."""

from __future__ import annotations

from typing import Any

from elicense import Reason
from elicense.keys import Algorithm, SoftwareSigner
from issuer.client import Refused
from issuer.domain.account import Role
from issuer.domain.licence_record import LicenceId
from issuer.services import publishing
from issuer.storage import audit, licences
from tests.issuer.services.world import CLINIC, DAY, HOSPITAL, NURSE, PHYSICIAN
from tests.issuer.web.api.api import Api

CLINIC_USCC = "52469002MBT100020F"
CLINIC_CONTENT = {
    **CLINIC, "address": "琼海市示例路2号", "principal": "示例", "dental_chairs": 3,
    "subjects": [{"code": "12", "name": "口腔科"}],
}  # fmt: skip
NURSE_CONTENT = {"name": NURSE[0], "sex": 2, "institution": HOSPITAL, "place": 460100}
NURSE_SECRET = {
    "id_number": NURSE[1],
    "birth_date": NURSE[2],
    "exam_passed_on": "2025-06-01",
    "health": "meets_standard",
}
PHYSICIAN_CONTENT = {
    "name": PHYSICIAN[0], "sex": 1, "institution": HOSPITAL, "place": 460000, "level": 1, "category": 1, "scopes": [11],
}  # fmt: skip
PHYSICIAN_SECRET = {
    "id_number": PHYSICIAN[1], "birth_date": PHYSICIAN[2], "qualification_number": f"201546110{PHYSICIAN[1]}",
    "qualified_on": "2015-12-01", "assessment": "passed 2026-01",
}  # fmt: skip


def seen(api: Api, entry: dict[str, Any], who: str = "decide") -> list[str]:
    """What a stranger finds against the licence in force, with the files as they are published."""
    held = api.client(who).get(f"registrations/{entry['id']}/licence")
    with api.world.store.reading() as tx:
        record = licences.get(tx, LicenceId(held["id"]))
    assert record is not None
    assert record.token is not None
    assert record.token.hex() == held["token"]
    return [reason.code for reason in api.world.scan(record).reasons]


def later(api: Api, days: int = 0) -> None:
    """Time passes; the timer publishes."""
    api.world.later(days=days)
    assert publishing.publish_due(api.world.desk, api.world.at).failed == ()


def grounds(case: dict[str, Any]) -> list[tuple[str, bool]]:
    """Codes of the last step's grounds, and whether each has words and a basis."""
    return [(one["code"], bool(one["zh"] and one["en"] and one["basis"])) for one in case["history"][-1]["grounds"]]


def test_a_nurse_from_the_draft_through_every_detour_to_the_end(both: Api) -> None:
    accept, decide, hospital = (both.client(who) for who in ("accept", "decide", "hospital"))
    nurse = both.person("nurse", *NURSE[:2])
    assert (nurse.get("me")["kind"], nurse.get("me")["name"]) == ("applicant", NURSE[0])

    case = nurse.open("nurse", "first_registration", {"name": NURSE[0]}, NURSE_SECRET)
    assert (case["stage"], case["revision"], case["has_restricted"]) == ("draft", 0, True)
    incomplete = nurse.refused(nurse.step, "submit", case)
    assert (incomplete.status, incomplete.code) == (422, "precheck-failed")
    assert all(one["zh"] and one["en"] and one["basis"] for one in incomplete.problem["grounds"])
    case = nurse.save(case, NURSE_CONTENT)
    case = nurse.step("submit", case)
    assert [one["id"] for one in hospital.get("confirmations")["applications"]] == [case["id"]]

    case = hospital.step("return", case, reason="工作科室待定")
    assert nurse.get(f"applications/{case['id']}")["history"][-1]["reason"] == "工作科室待定"
    case = hospital.step("confirm", nurse.step("submit", case))
    assert (case["stage"], case["authority"]) == ("submitted", both.world.places["haikou"].id)
    queue = accept.get("queue")["applications"]
    assert [(one["id"], one["days_left"] > 0, bool(one["basis"])) for one in queue] == [(case["id"], True, True)]

    case = accept.step("ask_correction", case, grounds=["material_incomplete"], reason="缺毕业证书")
    told = nurse.get(f"applications/{case['id']}")
    assert (told["stage"], grounds(told)) == ("correction_requested", [("material_incomplete", True)])
    case = nurse.save(case, NURSE_CONTENT, NURSE_SECRET)
    case = hospital.step("confirm", nurse.step("submit", case))
    case = accept.step("accept", case)
    case = both.client("review").step("pause_clock", case, reason="专家评审")
    paused = decide.refused(decide.step, "approve", case)
    assert (paused.status, paused.code) == (409, "stage-order")
    case = both.client("review").step("resume_clock", case)

    everything = both.client("all")
    case = everything.step("review", case, finding="favourable")
    same = everything.refused(everything.step, "approve", case)
    assert (same.status, same.code) == (403, "four-eyes")
    case = decide.step("approve", case)
    case = nurse.get(f"applications/{case['id']}")
    assert (case["stage"], case["final"], case["delivered_on"]) == ("delivered", True, "2026-03-02")

    (entry,) = nurse.get("registrations")["registrations"]
    assert (entry["state"], entry["standing"]["permits_practice"]) == ("registered", True)
    later(both)
    assert seen(both, entry) == []


def test_a_nurse_bound_suspended_reissued_renewed_and_revoked(both: Api) -> None:
    decide = both.client("decide")
    nurse = both.person("nurse", *NURSE[:2])
    entry = both.granted(nurse.open("nurse", "first_registration", NURSE_CONTENT, NURSE_SECRET), nurse)
    assert entry["valid_until"] == "2031-03-02"

    held = nurse.get(f"registrations/{entry['id']}/licence")
    device = SoftwareSigner.generate(Algorithm.ES256)
    assert nurse.bind_device(entry, device)["device"] == device.public_key.kid.hex()
    assert nurse.get(f"registrations/{entry['id']}/copy")["token"] != held["token"]

    entry = decide.stand("suspend", entry, grounds=["nurse_penalty"], reason="违反护理技术规范", until="2026-12-31")
    later(both)
    assert seen(both, entry) == [Reason.SUSPENDED.code]
    entry = decide.stand("resume", entry, grounds=["suspension_withdrawn"], reason="撤销原决定")
    later(both)
    assert seen(both, entry) == []

    entry = both.granted(nurse.open("nurse", "reissue", {}, {"cause": "遗失"}), nurse)
    assert (entry["version"], [one["state"] for one in entry["licences"]]) == (2, ["retired", "active"])
    both.world.later(days=4 * 365 + 350)
    entry = both.granted(nurse.open("nurse", "renewal", {}, {"health": "meets_standard"}), nurse)
    assert (entry["version"], entry["valid_until"]) == (3, "2036-02-14")
    entry = decide.stand("revoke_licence", entry, grounds=["nurse_penalty"], reason="情节严重")
    later(both)
    assert seen(both, entry) == [Reason.REVOKED.code]
    entry = decide.stand("cancel_registration", entry, grounds=["licence_revoked"], reason="依法注销")
    detail = nurse.get(f"registrations/{entry['id']}")
    assert (detail["state"], detail["standing"]["permits_practice"]) == ("cancelled", False)
    assert [one["to"] for one in detail["history"]][-2:] == ["revoked", "cancelled"]
    barred = nurse.refused(nurse.open, "nurse", "re_registration", NURSE_CONTENT, NURSE_SECRET)
    assert (barred.status, barred.code, barred.problem["grounds"][0]["basis"]) == (403, "barred", "护士条例 32")


def test_a_physician_who_was_refused_then_registered_moved_filed_and_left(both: Api) -> None:
    decide = both.client("decide")
    physician = both.person("physician", *PHYSICIAN[:2])

    def draft() -> dict[str, Any]:
        return physician.open("physician", "first_registration", PHYSICIAN_CONTENT, PHYSICIAN_SECRET)

    case = physician.step("withdraw", draft(), reason="另行申请")
    assert case["stage"] == "withdrawn"
    case = both.client("hospital").step("confirm", physician.step("submit", draft()))
    case = both.client("accept").step("not_accept", case, grounds=["not_competent"], reason="应向省级机关申请")
    assert (case["stage"], case["steps"][-1]["grounds"]) == ("not_accepted", ["not_competent"])

    case = both.accepted(draft(), physician)
    case = both.client("review").step("review", case, finding="unfavourable", reason="考核材料存疑")
    doubted = decide.refused(decide.step, "approve", case)
    assert (doubted.status, doubted.code) == (422, "review-not-favourable")
    case = decide.step("refuse", case, grounds=["conditions_not_met"], reason="考核不合格")
    told = physician.get(f"applications/{case['id']}")
    assert (told["stage"], grounds(told)) == ("refused", [("conditions_not_met", True)])
    assert physician.get("registrations")["registrations"] == []

    entry = both.granted(draft(), physician)
    assert (entry["valid_until"], entry["number"]) == (None, "110460100000001")
    entry = both.granted(physician.open("physician", "change_registration", {"scopes": [11, 21]}), physician)
    assert (entry["version"], entry["content"]["scopes"]) == (2, [11, 21])
    later(both)
    assert seen(both, entry) == []

    suspended = decide.stand("suspend", entry, grounds=["penalty_57"], reason="未按规定填写病历", until="2026-10-02")
    blocked = physician.refused(physician.open, "physician", "reissue", {}, {"cause": "lost"})
    assert (blocked.status, blocked.code) == (409, "transition-not-allowed")
    entry = decide.stand("resume", suspended, grounds=["suspension_withdrawn"], reason="撤销原决定")
    entry = decide.stand("departure_filing", entry, grounds=["transfer"], reason="调离")
    assert physician.get(f"registrations/{entry['id']}")["standing"]["permits_practice"] is False
    entry = decide.stand("rescind_licence", entry, grounds=["improper_means"], reason="提供虚假材料取得")
    later(both)
    assert seen(both, entry) == [Reason.REVOKED.code]
    assert decide.stand("cancel_registration", entry, grounds=["rescinded"], reason="依法注销")["state"] == "cancelled"


def test_an_institution_is_entered_and_registered_by_two_reviewers(both: Api) -> None:
    for who, roles in (
        ("q-accept", (Role.ACCEPTANCE, Role.REVIEW)), ("q-review", (Role.REVIEW,)), ("q-decide", (Role.DECISION,)),
    ):  # fmt: skip
        both.world.officer(who, "qionghai", *roles)
    accept, decide = both.client("q-accept"), both.client("q-decide")
    key = SoftwareSigner.generate(Algorithm.ES256)
    body = {
        "name": CLINIC["name"], "division": "469002", "uscc": CLINIC_USCC,
        "authority": both.world.places["qionghai"].id,
        "administrator": {"name": "示例管理员", "jwk": key.public_key.to_jwk()},
    }  # fmt: skip
    other = both.client("accept").refused(both.client("accept").act, "organisation.create_institution", body=body)
    assert (other.status, other.code) == (403, "out-of-jurisdiction")
    made = accept.act("organisation.create_institution", body=body)
    assert made["account"]["id"] in {one["id"] for one in accept.get("accounts")["accounts"]}
    clinic = both.made(key, made["account"]["id"])

    case = clinic.open("institution", "practice_registration", CLINIC_CONTENT, {"uscc": CLINIC_USCC})
    case = clinic.step("submit", case)
    assert case["stage"] == "submitted", "an institution confirms nothing for itself"
    case = accept.step("review", accept.step("accept", case), finding="favourable")
    alone = decide.refused(decide.step, "approve", case)
    assert (alone.status, alone.code, alone.problem["detail"]) == (422, "review-incomplete", "2")
    case = both.client("q-review").step("review", case, finding="favourable")
    decide.step("approve", case, valid_until="2030-12-31")
    (entry,) = clinic.get("registrations")["registrations"]
    assert (entry["number"], entry["valid_until"], entry["verify_by"]) == (CLINIC["number"], "2030-12-31", "2027-03-02")
    later(both)
    assert seen(both, entry, "q-decide") == []


def test_an_institution_changed_paused_verified_frozen_and_closed(both: Api) -> None:
    hospital, decide = both.client("hospital"), both.client("decide")
    case = hospital.open("institution", "change_registration", {"address": "海口市示例路2号"}, {"phone": "0898"})
    entry = both.granted(case, hospital)
    assert (entry["version"], entry["content"]["address"]) == (2, "海口市示例路2号")
    later(both)
    assert seen(both, entry) == []

    both.world.at += 20 * DAY
    entry = decide.stand("pause_business", entry, grounds=["own_pause"], reason="改建", until="2026-12-01")
    later(both)
    assert seen(both, entry) == [Reason.SUSPENDED.code]
    entry = decide.stand("resume_business", entry, grounds=["reopened"], reason="改建完成")
    decide.stand("defer_verification", entry, grounds=["verification_standard"], reason="限期整改", until="2026-06-01")
    entry = both.granted(hospital.open("institution", "verification", {}, VERIFIED), hospital)
    assert (entry["state"], entry["verify_by"]) == ("active", "2027-03-22")
    entry = decide.stand("freeze", entry, reason="核查虚假记载")
    assert entry["frozen"] is True
    case = hospital.open("institution", "reissue", {}, {"cause": "遗失"})
    frozen = hospital.refused(hospital.step, "submit", case)
    assert (frozen.status, frozen.code) == (409, "registration-frozen")
    hospital.step("withdraw", case)
    entry = decide.stand("unfreeze", entry, reason="核查完毕")
    entry = decide.stand("close_down", entry, grounds=["own_close"], reason="歇业")
    later(both)
    assert seen(both, entry) == [Reason.REVOKED.code]


VERIFIED = {"staff_count": 800}


def test_a_case_is_seen_by_those_whose_business_it_is_and_by_nobody_else(api: Api) -> None:
    """The cells of the table: who sees an application, its restricted part, and the register entry it becomes."""
    nurse = api.person("nurse", *NURSE[:2])
    api.person("stranger", "梁晚舟", "460000198812120043")
    api.world.officer("elsewhere", "qionghai", Role.ACCEPTANCE, Role.REVIEW, Role.DECISION)
    api.world.officer("auditor", "haikou", Role.AUDITOR)
    case = api.accepted(nurse.open("nurse", "first_registration", NURSE_CONTENT, NURSE_SECRET), nurse)
    path = f"applications/{case['id']}"

    def code(who: str, path: str, **query: str) -> str:
        client = api.client(who)
        try:
            return "ok" if client.get(path, **query) else "empty"
        except Refused as refused:
            return refused.code

    reads = {who: code(who, path) for who in READERS}
    assert reads == dict.fromkeys(READERS, "ok") | dict.fromkeys(STRANGERS, "application-unknown")
    without = {who: code(who, f"{path}/restricted") for who in READERS}
    purpose = dict.fromkeys(("hospital", "accept", "review", "decide"), "purpose-missing")
    outside = dict.fromkeys(STRANGERS, "application-unknown")
    assert without == {"nurse": "ok", **purpose, "auditor": "role-missing", **outside}
    with_it = {who: code(who, f"{path}/restricted", purpose="受理核对") for who in READERS}
    assert with_it == {"nurse": "ok", **dict.fromkeys(purpose, "ok"), "auditor": "role-missing", **outside}
    with api.world.store.reading() as tx:
        trace = audit.find(tx, tag="restricted.read", target=case["id"])
    named = [api.world.people[who].id for who in purpose]
    assert [one.event.actor for one in trace] == named, "whoever read left a trace, and nobody else"
    assert all(dict(one.event.detail) == {"purpose": "受理核对"} for one in trace)

    case = api.client("decide").step("approve", api.reviewed(case))
    entry = f"registrations/{nurse.get(path)['registration']}"
    known = {who: code(who, entry) for who in READERS}
    assert known == {
        **dict.fromkeys(("nurse", "accept", "review", "decide", "auditor"), "ok"),
        "hospital": "registration-unknown",
        **dict.fromkeys(STRANGERS, "registration-unknown"),
    }


STRANGERS = ("stranger", "elsewhere", "keys-1")
READERS = ("nurse", "hospital", "accept", "review", "decide", "auditor", *STRANGERS)
