"""What data alone can say about an application before a person looks at it.

Pure functions over the filled-in content, the proven identity and the register; each answers with findings of
stable codes (`issuer/data/findings.csv`: sentence in both languages, basis). A finding whose row is firm blocks, the
others warn. Nothing is corrected and no short name is expanded. Not covered: the document check of materials
(SR-05, SR-06), the routed qualification cases (SR-09 to SR-13).
"""

from __future__ import annotations

import datetime
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from elicense import numbers, tables
from issuer.domain import content
from issuer.domain.account import Role
from issuer.domain.calendar import add_months
from issuer.domain.kind import Kind
from issuer.domain.organisation import Level
from issuer.domain.refusal import Ground

if TYPE_CHECKING:
    from collections.abc import Iterator

    from issuer.domain.content import Public, Restricted
    from issuer.domain.organisation import Organisation
    from issuer.domain.rulebook import Rulebook

NURSE_CUT_OFF = datetime.date(2008, 10, 1)
RECOGNITION_CUT_OFF = datetime.date(2004, 6, 1)
ASSISTANT = 2
MEETS_STANDARD = "meets_standard"
_FULL = frozenset({"first_registration", "practice_registration", "re_registration"})
_OTHER_SCOPE = 57
_BRACKETS = str.maketrans("（）【】〔〕", "()[][]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found: blocking or a warning, about which entry."""

    code: str
    rule: str
    blocking: bool
    field: str
    zh: str
    en: str
    basis: str

    def told(self) -> Ground:
        """Return it as a ground of a refusal; the code carries the entry that it is about."""
        return Ground(code=self.code, zh=self.zh, en=self.en, basis=self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the checks may know besides the content.

    `identity_proven` says whether the identity number given is the one the account proved (None: no such number).
    `institutions` are those the content names, by registration number, as they stand in the register.
    """

    kind: Kind
    action: str
    on: datetime.date
    holder_name: str = ""
    identity_proven: bool | None = None
    institutions: tuple[Organisation, ...] = ()
    applicant_organisation: Organisation | None = None
    bars: tuple[Ground, ...] = ()


def check(
    rules: Rulebook, case: Case, submitted: Public, current: Public, restricted: Restricted
) -> tuple[Finding, ...]:
    """Return every finding about an application. `current` is the register's content, empty for a first one."""
    whole: Public = {**current, **submitted}
    found: list[tuple[str, str]] = [
        ("requirement-missing", name)
        for name in content.missing(rules, case.kind, case.action, submitted, restricted, case.on)
    ]
    if case.kind is Kind.INSTITUTION:
        found += _institution(case, submitted, restricted)
    else:
        found += _person(case, submitted, restricted)
        found += _named_institutions(case, submitted)
        if case.kind is Kind.PHYSICIAN:
            found += _physician(case, submitted, current, whole, restricted)
        else:
            found += _nurse(case, restricted)
    findings = [_finding(rules, code, field) for code, field in found]
    for bar in case.bars:
        row = rules.finding("bar-in-force")
        findings.append(
            Finding(
                code=row.code, rule=row.rule, blocking=row.firm, field=bar.code, zh=bar.zh, en=bar.en, basis=bar.basis
            )
        )
    return tuple(findings)


def back_entry(
    rules: Rulebook,
    kind: Kind,
    *,
    passed_on: datetime.date | None,
    route: str,
    level: Level,
    roles: frozenset[Role],
) -> tuple[Finding, ...]:
    """Return what stands against a back-entry (补录): SR-07, SR-08, SR-14, SR-15, SR-16.

    `passed_on` is the day of the examination (nurse) or of the qualification (physician); `level` and `roles` are
    those of the officer who enters it.
    """
    found: list[tuple[str, str]] = []
    if level is not Level.PROVINCE:
        found.append(("route-province", "level"))
    if Role.DESIGNATED_VERIFIER not in roles:
        found.append(("not-designated", "role"))
    if kind is Kind.NURSE and (passed_on is None or passed_on >= NURSE_CUT_OFF):
        found.append(("nurse-exam-date", "exam_passed_on"))
    if kind is Kind.PHYSICIAN and route == "recognition" and (passed_on is None or passed_on >= RECOGNITION_CUT_OFF):
        found.append(("manual-review", "qualified_on"))
    return tuple(_finding(rules, code, field) for code, field in found)


def same_name(one: str, other: str) -> bool:
    """Say whether two names are equal after NFKC and bracket normalisation only (SR-02)."""
    return _plain(one) == _plain(other)


def subject_findings(
    subjects: list[dict[str, str]], edition: str | None, on: datetime.date
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with subjects: (code, name) must be an exact entry of the edition in force (SR-03)."""
    if edition is not None and edition not in tables.SUBJECTS.editions:
        yield "subject-edition-unknown", "subjects_edition"
        return
    for subject in subjects:
        row = tables.SUBJECTS.by_code(subject["code"], edition=edition, on=on)
        if row is None or row.zh != subject["name"]:
            yield "subject-not-normative", subject["code"]


def _institution(case: Case, submitted: Public, restricted: Restricted) -> Iterator[tuple[str, str]]:
    for name in [submitted.get("name"), *cast("list[str]", submitted.get("other_names", []))]:
        if isinstance(name, str) and not _ends_well(name):
            yield "name-not-normative", "name"
    if "subjects" in submitted:
        edition = submitted.get("subjects_edition")
        yield from subject_findings(
            cast("list[dict[str, str]]", submitted["subjects"]), str(edition) if edition is not None else None, case.on
        )
    for field, table in (("statutory_type", tables.INSTITUTION_TYPES), ("service_object", tables.SERVICE_OBJECTS)):
        if field in submitted and table.by_wire(cast("int", submitted[field])) is None:
            yield "code-unknown", field
    for mode in cast("list[int]", submitted.get("service_modes", [])):
        if tables.SERVICE_MODES.by_wire(mode) is None:
            yield "code-unknown", "service_modes"
    if "number" in submitted:
        yield from _number(case, str(submitted["number"]), restricted)


def _number(case: Case, text: str, restricted: Restricted) -> Iterator[tuple[str, str]]:
    try:
        number = numbers.parse_registration_number(text)
        credit = numbers.parse_credit_code(str(restricted.get("uscc", "")))
    except numbers.NumberBad as bad:
        yield "number-mismatch", "number" if bad.number is numbers.NumberKind.REGISTRATION else "uscc"
        return
    parts = numbers.registration_parts(number)
    if credit[8:17] != parts.organisation:
        yield "number-mismatch", "uscc"
    own = case.applicant_organisation
    if own is not None and (str(parts.division) != own.division or (own.uscc and own.uscc != credit)):
        yield "number-mismatch", "number"
    for warning in numbers.registration_number_warnings(number):
        yield "number-odd", str(warning)


def _person(case: Case, submitted: Public, restricted: Restricted) -> Iterator[tuple[str, str]]:
    if "name" in submitted and case.action in _FULL and not same_name(str(submitted["name"]), case.holder_name):
        yield "person-mismatch", "name"
    if "sex" in submitted and tables.SEXES.by_wire(cast("int", submitted["sex"])) is None:
        yield "code-unknown", "sex"
    if "id_number" in restricted:
        yield from _identity(case, submitted, restricted)


def _identity(case: Case, submitted: Public, restricted: Restricted) -> Iterator[tuple[str, str]]:
    try:
        identity = numbers.parse_identity_number(str(restricted["id_number"]), on=case.on)
    except numbers.NumberBad:
        yield "identity-number-bad", "id_number"
        return
    if case.identity_proven is not True:
        yield "person-mismatch", "id_number"
    if restricted.get("birth_date") != numbers.birth_date(identity).isoformat():
        yield "person-mismatch", "birth_date"
    if submitted.get("sex") in {1, 2} and submitted["sex"] != numbers.sex_code(identity):
        yield "person-mismatch", "sex"
    if "qualification_number" in restricted:
        try:
            qualification = numbers.parse_qualification_number(str(restricted["qualification_number"]), on=case.on)
        except numbers.NumberBad:
            yield "qualification-mismatch", "qualification_number"
            return
        if not numbers.qualification_belongs_to(qualification, identity):
            yield "qualification-mismatch", "qualification_number"


def _named_institutions(case: Case, submitted: Public) -> Iterator[tuple[str, str]]:
    known = {organisation.number: organisation for organisation in case.institutions}
    for field in ("institution", "filing"):
        named = submitted.get(field)
        if not isinstance(named, dict):
            continue
        registered = known.get(str(named["number"]))
        if registered is None:
            yield "institution-unknown", field
        elif not same_name(registered.name, str(named["name"])):
            yield "name-not-normative", field


def _physician(
    case: Case, submitted: Public, current: Public, whole: Public, restricted: Restricted
) -> Iterator[tuple[str, str]]:
    yield from _codes(submitted, whole)
    yield from _places(case, submitted, whole)
    if case.action == "add_scope" and not set(_ints(current, "scopes")) <= set(_ints(submitted, "scopes")):
        yield "scope-removed", "scopes"
    if case.action == "upgrade_level" and (current.get("level"), submitted.get("level")) != (ASSISTANT, 1):
        yield "level-not-raised", "level"
    if case.action in _FULL and not restricted.get("assessment"):
        qualified = _day(restricted.get("qualified_on"))
        stale = qualified is not None and add_months(qualified, 24) < case.on
        if stale or case.action == "re_registration":
            yield "assessment-missing", "assessment"


def _places(case: Case, submitted: Public, whole: Public) -> Iterator[tuple[str, str]]:
    assistant = whole.get("level") == ASSISTANT
    place = str(whole.get("place", ""))
    home = whole.get("institution")
    if {"institution", "place", "level"} & submitted.keys() and isinstance(home, dict):
        number = str(home["number"])
        fits = place[:2] == number[9:11] and (place.endswith("0000") is not assistant)
        if place and not fits:
            yield "place-not-of-institution", "place"
    filing = submitted.get("filing")
    if isinstance(filing, dict):
        inside = _inside(place, str(filing["number"]))
        if case.action == "multi_site_filing" and not inside:
            yield "outside-place", "filing"
        if case.action == "add_location_registration":
            if assistant:
                yield "assistant-no-further-location", "filing"
            if inside:
                yield "inside-place", "filing"


def _codes(submitted: Public, whole: Public) -> Iterator[tuple[str, str]]:
    for field, table in (("level", tables.LEVELS), ("category", tables.CATEGORIES)):
        if field in submitted and table.by_wire(cast("int", submitted[field])) is None:
            yield "code-unknown", field
    if not {"scopes", "category"} & submitted.keys():
        return
    category = str(whole.get("category", ""))
    for scope in _ints(whole, "scopes"):
        row = tables.SCOPES.by_wire(scope)
        if row is None or (scope == _OTHER_SCOPE and not whole.get("scope_text")):
            yield "scope-unlisted", "scopes"
        elif row.parent is not None and row.parent != category:
            yield "scope-category", "scopes"


def _nurse(case: Case, restricted: Restricted) -> Iterator[tuple[str, str]]:
    if case.action in {"first_registration", "re_registration", "renewal"} and restricted.get("health") not in {
        None,
        MEETS_STANDARD,
    }:
        yield "nurse-health", "health"
    passed = _day(restricted.get("exam_passed_on"))
    trained = restricted.get("training_months", 0)
    late = case.action == "first_registration" and passed is not None and add_months(passed, 36) < case.on
    if late and (not isinstance(trained, int) or trained < 3):
        yield "nurse-time-rule", "training_months"


def _ends_well(name: str) -> bool:
    plain = _plain(name)
    endings = {_plain(row.zh) for table in (tables.NAME_ENDINGS, tables.INSTITUTION_TYPES) for row in table}
    return any(plain.endswith(ending) and plain != ending for ending in endings) or plain.endswith("互联网医院")


def _inside(place: str, number: str) -> bool:
    """Whether an institution (by its number) lies in a place of practice: the province, or an assistant's county."""
    if place.endswith("0000"):
        return number[9:11] == place[:2]
    return number[9:15] == place


def _ints(public: Public, field: str) -> list[int]:
    value = public.get(field, [])
    return [item for item in value if isinstance(item, int)] if isinstance(value, list) else []


def _day(value: object) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_BRACKETS)


def _finding(rules: Rulebook, code: str, field: str) -> Finding:
    row = rules.finding(code)
    return Finding(code=code, rule=row.rule, blocking=row.firm, field=field, zh=row.zh, en=row.en, basis=row.basis)
