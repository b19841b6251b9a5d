"""Checks about subjects 诊疗科目: has the institution registered them, does the physician's scope cover them."""

from __future__ import annotations

from collections.abc import Iterator

from elicense import tables
from elicense.licence import InstitutionLicence, PhysicianLicence
from elicense.scope.case import Case, Found, Result
from elicense.scope.rules import ANY, Pair


def subject(case: Case) -> Result:
    """The institution has registered each subject, in the meaning that is asked about, for this kind of care."""
    if case.institution is None:
        return None
    if case.question.subjects is None:
        return [Found("fact-missing", fact="subjects")]
    return [found for code in case.question.subjects for found in _registered(case, case.institution, code)]


def _registered(case: Case, institution: InstitutionLicence, code: str) -> Iterator[Found]:
    row = tables.SUBJECTS.by_code(code)
    if row is not None and row.edition is not None:
        if case.question.subject_edition is None:
            yield Found("fact-missing", fact="subject_edition", subject=code)
            return
        if case.question.subject_edition != institution.subjects_edition:
            yield Found("subject-edition-differs", subject=code)
            return
    if code not in institution.subjects:
        yield Found(_instead(institution.subjects, code), subject=code)
    elif code in institution.outpatient_only:
        if case.question.inpatient is None:
            yield Found("fact-missing", fact="inpatient", subject=code)
        elif case.question.inpatient:
            yield Found("outpatient-only", subject=code)


def _instead(registered: tuple[str, ...], code: str) -> str:
    """Say what stands instead of a subject that is not registered itself: one above, one below, or none.

    An institution registers the first level alone or each second level that it opens (使用说明 of the catalogue): who
    lists 03 and 03.01 has not opened 03.02, and who lists 03 alone has not divided it.
    """
    above = [each for each in registered if code.startswith(each + ".")]
    nearest = max(above, key=len, default=None)
    undivided = nearest is not None and not any(each.startswith(nearest + ".") for each in registered)
    below = any(each.startswith(code + ".") for each in registered)
    return "subject-level-differs" if undivided or below else "subject-not-registered"


def scope(case: Case) -> Result:
    """The physician's scopes at this institution against each subject. Only the table decides; it never says no."""
    person = case.person
    if not isinstance(person, PhysicianLicence):
        return None
    if case.question.subjects is None:
        return [Found("fact-missing", fact="subjects")]
    scopes = _scopes_here(case, person)
    return [found for code in case.question.subjects for found in _covered(case, person, scopes, code)]


def _scopes_here(case: Case, person: PhysicianLicence) -> frozenset[int]:
    """A filing may hold for fewer scopes than the licence."""
    filed = () if case.here(person.institution) else case.filed(person)
    kept = [filing.scopes for filing in filed]
    if not kept or None in kept:
        return frozenset(person.scopes)
    return frozenset(one for scopes in kept for one in scopes or ())


def _covered(case: Case, person: PhysicianLicence, scopes: frozenset[int], code: str) -> Iterator[Found]:
    pairs = [pair for pair in case.rules.pairs if pair.about(code) and pair.holds(case.on)]
    held = {str(one) for one in scopes if _of_category(one, person.category)}
    own = [pair for pair in pairs if pair.scope in held]
    always = [pair for pair in pairs if pair.scope == ANY]
    firm = any(not pair.reason for pair in own)
    if always:
        yield from (Found(pair.reason, subject=code, basis=pair.basis) for pair in always)
    elif not firm and own:
        yield Found(own[0].reason, subject=code, basis=own[0].basis)
    elif not firm and person.scope_text is not None:
        yield Found("scope-in-words", subject=code)
    elif not firm:
        yield Found(_not_covered(case, person, pairs), subject=code)


def _of_category(scope: int, category: int) -> bool:
    row = tables.SCOPES.by_wire(scope)
    return row is None or row.parent is None or row.parent == str(category)


def _not_covered(case: Case, person: PhysicianLicence, pairs: list[Pair]) -> str:
    rows = (tables.SCOPES.by_code(pair.scope) for pair in pairs)
    categories = {row.parent for row in rows if row is not None}
    category = str(person.category)
    free = case.rules.has("physician_categories", category, "other_departments", case.on)
    return "category-mismatch" if categories and category not in categories and not free else "out-of-scope"
