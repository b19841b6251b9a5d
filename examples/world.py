"""The invented world of the demonstration: authorities, officers, an institution, a physician, a nurse.

Organisation codes begin with MBT and identity numbers use area codes of whole provinces, so that they are unlikely to
belong to anyone.
"""

from __future__ import annotations

from typing import Any, Final

PROVINCE: Final = {
    "name": "海南省卫生健康委员会(示例)",
    "division": "460000",
    "uscc": "11460000MBT000011R",
    "trust_number": 0,
}
CITY: Final = {
    "name": "海口市卫生健康委员会(示例)",
    "division": "460100",
    "level": "prefecture",
    "branch": "health",
    "uscc": "11460100MBT000038N",
    "trust_number": 1,
}
ISSUER: Final[dict[str, Any]] = {
    "id": PROVINCE["uscc"],
    "name": PROVINCE["name"],
    "kinds": ["physician", "nurse", "institution"],
    "divisions": [460000],
    "type_codes": {
        "physician": "11460000MBT000011R001",
        "nurse": "11460000MBT000011R002",
        "institution": "11460000MBT000011R003",
    },
    "authorities": [
        {"number": 0, "name": PROVINCE["name"], "code": PROVINCE["uscc"], "division": 460000},
        {"number": 1, "name": CITY["name"], "code": CITY["uscc"], "division": 460100},
    ],
}
KEY_MANAGERS: Final = ("密钥管理员甲(示例)", "密钥管理员乙(示例)")
OFFICERS: Final = {
    "accept": ("受理员(示例)", ["officer_acceptance"]),
    "review": ("审核员甲(示例)", ["officer_review", "officer_decision"]),
    "review2": ("审核员乙(示例)", ["officer_review"]),
    "decide": ("决定人(示例)", ["officer_decision"]),
}
HOSPITAL: Final = {"number": "MBT10001246010011A1001", "name": "海口市示例综合医院"}
HOSPITAL_USCC: Final = "12460100MBT100012H"
HOSPITAL_DIVISION: Final = "460100"
_SUBJECTS: Final = (
    ("03", "内科"),
    ("03.01", "呼吸内科专业"),
    ("03.04", "心血管内科专业"),
    ("04", "外科"),
    ("05", "妇产科"),
    ("07", "儿科"),
    ("20", "急诊医学科"),
    ("30", "医学检验科"),
    ("32", "医学影像科"),
)
HOSPITAL_CONTENT: Final[dict[str, Any]] = {
    **HOSPITAL,
    "address": "海南省海口市示例路1号",
    "principal": "何星野",
    "legal_representative": "梁晚舟",
    "statutory_type": 101,
    "service_modes": [1, 2, 3],
    "beds": 600,
    "subjects": [{"code": code, "name": name} for code, name in _SUBJECTS],
}
HOSPITAL_CHANGE: Final[dict[str, Any]] = {"address": "海南省海口市示例路2号"}

PHYSICIAN: Final = {"name": "林知远", "id_number": "460000199001010013"}
PHYSICIAN_CONTENT: Final[dict[str, Any]] = {
    "name": PHYSICIAN["name"],
    "sex": 1,
    "institution": HOSPITAL,
    "place": 460000,
    "level": 1,
    "category": 1,
    "scopes": [11],
}
PHYSICIAN_RESTRICTED: Final[dict[str, Any]] = {
    "id_number": PHYSICIAN["id_number"],
    "birth_date": "1990-01-01",
    "qualification_number": "201546110460000199001010013",
    "qualified_on": "2015-12-01",
    "assessment": "passed 2026-09",
}
PHYSICIAN_CHANGE: Final[dict[str, Any]] = {"scopes": [11, 21]}

NURSE: Final = {"name": "苏予安", "id_number": "460000199505050027"}
NURSE_CONTENT: Final[dict[str, Any]] = {"name": NURSE["name"], "sex": 2, "institution": HOSPITAL, "place": 460100}
NURSE_RESTRICTED: Final[dict[str, Any]] = {
    "id_number": NURSE["id_number"],
    "birth_date": "1995-05-05",
    "exam_passed_on": "2025-06-01",
    "health": "meets_standard",
}

COLLEAGUE: Final = {"name": "梁晚舟", "id_number": "460000198812120043"}
COLLEAGUE_CONTENT: Final[dict[str, Any]] = {**NURSE_CONTENT, "name": COLLEAGUE["name"]}
COLLEAGUE_RESTRICTED: Final[dict[str, Any]] = {
    **NURSE_RESTRICTED,
    "id_number": COLLEAGUE["id_number"],
    "birth_date": "1988-12-12",
}
