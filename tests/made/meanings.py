"""What each field, limit and reason means, in words: the part of docs/format.md that no code can know.

One line each. `FIELDS` are (meaning, source), by name, or by kind and name where kinds differ. A test finds what is
missing and what is too much.
"""

from __future__ import annotations

from typing import Final

from elicense.licence import Kind
from elicense.reason import Reason

FIELDS: Final[dict[str, tuple[str, str]]] = {
    "version": ("Counts the licences of one registration; the first is 1.", "GB/T 36904 版本号"),
    "name": ("Holder.", "GB/T 36903 持证主体"),
    "institution.name": ("First name of the institution.", "GB/T 36903 持证主体"),
    "authority": (
        "Number of the registering authority in the issuer's entry of the trust list.",
        "GB/T 36903 颁发机构",
    ),
    "status": ("Number of the status list, index in it.", "Token Status List"),
    "physician.number": ("医师执业证书编码, kept for life.", "13号令"),
    "nurse.number": ("护士执业证书编号.", "卫办医发〔2008〕114号"),
    "institution.number": ("登记号; division, economic type, category, profit class are in it.", "WS 218-2002"),
    "physician.place": ("Division of the place of practice: province, for an assistant county.", "13号令 第七条"),
    "nurse.place": ("Division of the place of practice.", "护士执业注册管理办法 第八条"),
    "sex": ("Table `sexes`.", "GB/T 2261.1"),
    "institution": ("Primary institution: registration number, name.", "13号令 第十条; 护士条例 第八条"),
    "filings": ("Further institutions: number, name, first day, last day, scopes.", "医师法 第十五条"),
    "registered_on": ("First day of the current five years.", "护士条例 第八条"),
    "level": ("Table `physician_levels`.", "医师法 第二条"),
    "category": ("Table `physician_categories`.", "卫医发〔2001〕169号"),
    "scopes": ("Table `physician_scopes`.", "医师法 第十四条"),
    "scope_text": ("A scope that has no code, in words.", "中医药法 第十五条"),
    "valid_from": ("First valid day.", "GB/T 36903 有效期起始日期"),
    "verified_until": ("Last day before the next verification 校验 is due.", "医疗机构管理条例（2022）第二十一条"),
    "subjects": ("Table `subjects`, as registered.", "医疗机构诊疗科目名录"),
    "subjects_edition": ("Year of the list that names them; needed for group 12.", "医疗机构诊疗科目名录"),
    "address": ("Address.", "实施细则 第二十八条"),
    "principal": ("主要负责人.", "实施细则 第二十八条"),
    "legal_representative": ("法定代表人.", "实施细则 第二十八条"),
    "statutory_type": ("Table `institution_types`.", "实施细则 第三条"),
    "grade": ("级别, as printed.", "照面"),
    "service_object": ("Table `service_objects`.", "实施细则 第二十八条"),
    "service_modes": ("Table `service_modes`.", "执业登记注册书"),
    "beds": ("Beds.", "医疗机构管理条例（2016）第十八条"),
    "dental_chairs": ("Dental chairs.", "医疗机构管理条例（2016）第十八条"),
    "other_names": ("Further approved names.", "实施细则 第四十条"),
    "outpatient_only": ("Those of `subjects` with the remark 门诊.", "照面"),
}

REASONS: Final[dict[Reason, str]] = {
    Reason.TOO_LARGE: "A limit of section 12 is exceeded.",
    Reason.MALFORMED: "Not the one allowed encoding of a licence token, or no licence digits in the text.",
    Reason.TYPE_WRONG: "Another kind of signed message: a `typ` header (16) is there.",
    Reason.HEADER_UNKNOWN: "A protected header other than 1 and 4, or anything in the unprotected one.",
    Reason.DISCLOSURE_BAD: "A disclosure does not fit its digest (wallet form).",
    Reason.ISSUER_UNKNOWN: "No licence key on the trust list has this `kid`.",
    Reason.ALGORITHM_BAD: "The `kid` is known, but not with this algorithm; or there is no algorithm.",
    Reason.SIGNATURE_BAD: "No key with this `kid` and algorithm made the signature, or it is not 64 bytes.",
    Reason.CLAIMS_BAD: "The payload is not exactly a licence as section 6 describes it.",
    Reason.CLAIMS_UNKNOWN: "A claim, a kind, or a label below 64 that the verifier does not know.",
    Reason.KEY_NOT_FOR_KIND: "The issuer may not certify this kind.",
    Reason.KEY_NOT_FOR_AREA: "The place lies in none of the issuer's divisions.",
    Reason.KEY_NOT_THEN: "`iat` lies outside [`since`, `until`) of the key.",
    Reason.KEY_COMPROMISED: "The key carries a compromise mark, whenever the licence was issued.",
    Reason.TRUST_STALE: "`at` ≥ `next_update` of the trust list.",
    Reason.NOT_YET_VALID: "`at` < beginning of the first valid day.",
    Reason.ISSUED_LATER: "`iat` > `at` + 120: this version says nothing about that instant.",
    Reason.EXPIRED: "`at` ≥ `exp`.",
    Reason.VERIFICATION_OVERDUE: "`at` ≥ end of `verified_until` of an institution.",
    Reason.CLOCK_BAD: "The clock is more than 120 s behind signed data already seen, or 300 s behind a live code.",
    Reason.REVOKED: "List value 1.",
    Reason.SUSPENDED: "List value 2.",
    Reason.SUPERSEDED: "List value 3.",
    Reason.STATUS_UNKNOWN: "No list, a list issued after `at` + 120, an index outside it, or a value above 3.",
    Reason.STATUS_STALE: "`at` ≥ `exp` of the list.",
    Reason.STATUS_BAD: "The list is not genuine, or not the one at this address.",
    Reason.STATUS_ROLLED_BACK: "The list is older than one already seen at this address.",
    Reason.HOLDER_PROOF_BAD: "The showing device did not sign with the key in `cnf` (live code).",
    Reason.CODE_OLD: "The live code is too old.",
    Reason.REPLAYED: "The live code was seen before.",
    Reason.TRUST_BAD: "The trust list is not genuine, or not of this format.",
    Reason.TRUST_ROLLED_BACK: "The trust list is older than one already seen, or unmarks a compromised key.",
}

NOTES: Final[dict[str, str]] = {
    "unknown-code": "A code that the verifier's tables do not have; `field` names the member.",
    "unknown-label": "A label from 64 on was passed over; `field` is the label.",
    "unknown-authority": "The trust list does not name the number in `authority`.",
    "organisation-check": "The first nine characters of the registration number fail GB 11714.",
    "category-unknown": "The institution category inside the registration number is not in its table.",
    "economic-type-unknown": "The economic type inside the registration number is not in its table.",
}

TABLES: Final[dict[str, str]] = {
    "licence_kinds": "label 1",
    "sexes": "`sex`",
    "physician_levels": "`level`",
    "physician_categories": "`category`",
    "physician_scopes": "`scopes`",
    "subjects": "`subjects`, `outpatient_only`",
    "institution_types": "`statutory_type`",
    "service_objects": "`service_object`",
    "service_modes": "`service_modes`",
    "divisions": "`place`",
    "institution_classes": "registration number, positions 18 to 21",
    "economic_types": "registration number, positions 16 and 17",
    "profit_classes": "registration number, position 22",
    "licence_statuses": "status list",
}


def of_field(kind: Kind, name: str) -> tuple[str, str]:
    """Meaning and source of a field of a kind."""
    return FIELDS.get(f"{kind.text}.{name}") or FIELDS[name]
