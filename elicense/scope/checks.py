"""The checks that steps are made of: each looks at one matter and answers what it found.

A check is told a `Case` and answers None if it could not or need not be taken, else what it found: nothing means that
it passed. It branches on attributes of rows, never on codes, and knows no profile. Content of a licence is looked at
only after `elicense.scope.engine` has read the verdict about it.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from elicense import numbers, period, tables
from elicense.licence import Filing, InstitutionLicence, InstitutionRef, NurseLicence, PhysicianLicence
from elicense.scope.answer import Decision
from elicense.scope.question import Question
from elicense.scope.rules import ANY, Pair, Rules, Step, Value

Person = PhysicianLicence | NurseLicence
_PROVINCE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found: a reason code, what it is about, at most how grave, and its own legal basis if it has one."""

    code: str
    fact: str | None = None
    subject: str | None = None
    most: Decision = Decision.NO
    basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a check may look at. A licence stands here only if it may be looked into.

    `number` is the registration number of the institution where it happens. `beds_known`: the institution's licence is
    valid on the day, so that its number of beds may be relied on by a check that is not about its content.
    """

    question: Question
    rules: Rules
    on: dt.date
    step: Step
    person: Person | None
    institution: InstitutionLicence | None
    number: str | None
    beds_known: bool

    @property
    def name(self) -> str | None:
        """The name of that institution, where the step takes one."""
        return self.question.at_name if "at_name" in self.step.facts else None

    def here(self, held: InstitutionRef | Filing) -> bool:
        """Whether an entry of a licence names the institution where it happens; the number goes first."""
        if self.number is not None:
            return held.number == self.number
        return self.name is not None and plain(held.name) == plain(self.name)

    def filed(self, person: Person) -> tuple[Filing, ...]:
        """The filings at this institution that are in force on the day."""
        return tuple(f for f in person.filings if self.here(f) and f.start <= self.on and not _ended(f, self.on))


Result = Iterable[Found] | None


def plain(name: str) -> str:
    """A name as it is compared: NFKC (which makes brackets, blanks and width alike) and no blanks; never expanded."""
    return unicodedata.normalize("NFKC", name).replace(" ", "")


def stated(case: Case) -> Result:
    """The first fact of the step must be stated, and its value says what follows."""
    name = case.step.facts[0]
    value = case.question.fact(name)
    if value is None:
        return [Found("fact-missing", fact=name)]
    row = case.rules.value(name, value, case.on)
    if row is None:
        return [Found("value-unknown", fact=name)]
    return _because(case, row)


def standing(case: Case) -> Result:
    """What the register answered, if it was asked: it can only add to what the verdict says."""
    return None if case.question.fact(case.step.facts[0]) is None else stated(case)


def _because(case: Case, row: Value) -> Iterator[Found]:
    if not row.reason:
        return
    no_beds = case.beds_known and case.institution is not None and case.institution.beds == 0
    code = row.without_beds if row.without_beds and no_beds else row.reason
    if not row.unless:
        yield Found(code, basis=row.basis)
        return
    excused = case.question.fact(row.unless)
    if excused is None:
        yield Found("fact-missing", fact=row.unless, basis=row.basis)
    elif excused is not True:
        yield Found(code, basis=row.basis)


def level(case: Case) -> Result:
    """The level of the physician acts alone, or (where the step has that fact) acted under one that does."""
    person = case.person
    if not isinstance(person, PhysicianLicence):
        return None
    if case.rules.has("physician_levels", str(person.level), "independent", case.on):
        return ()
    if person.level not in tables.LEVELS.wires:
        return [Found("level-unknown")]
    for name in case.step.facts:
        supervised = case.question.fact(name)
        if supervised is None:
            return [Found("level-assistant", fact=name, most=Decision.ASK)]
        if supervised is True:
            return ()
    return [Found("level-assistant")]


def where(case: Case) -> Result:
    """Primary institution, or a filing in force; where the step has that fact, a case that needs neither may excuse."""
    person = case.person
    if person is None:
        return None
    if case.number is None and case.name is None:
        return [Found("fact-missing", fact="at")]
    if case.here(person.institution) or case.filed(person):
        return ()
    # A name on a door may be a second name of a place where the person is registered.
    most = Decision.ASK if case.number is None else Decision.NO
    filings = tuple(filing for filing in person.filings if case.here(filing))
    codes = ["filing-ended"] if any(_ended(filing, case.on) for filing in filings) else []
    codes += ["filing-not-started"] if any(filing.start > case.on for filing in filings) else []
    excuse = list(_excuse(case))
    most = Decision.ASK if excuse else most
    return [*(Found(code, most=most) for code in codes or ["not-at-institution"]), *excuse]


def _excuse(case: Case) -> Iterator[Found]:
    name = "exemption"
    if name not in case.step.facts:
        return
    value = case.question.exemption
    row = None if value is None else case.rules.value(name, value, case.on)
    if value is None:
        yield Found("exemption-possible", fact=name)
    elif row is None:
        yield Found("value-unknown", fact=name)
    elif not row.nothing:
        yield Found(row.reason, basis=row.basis)


def area(case: Case) -> Result:
    """A filing counts inside the place of practice only; the primary institution is what the issuer says it is."""
    person, number = case.person, case.number
    if person is None or number is None or case.here(person.institution) or not case.filed(person):
        return None
    division = int(number[9:15])
    if numbers.covers(person.place, division):
        return ()
    same_province = division // _PROVINCE == person.place // _PROVINCE
    return [Found("place-unclear" if same_province else "outside-place")]


def experience(case: Case) -> Result:
    """So many full years of independent clinical work, as the step says, counted from the day that was stated."""
    since = case.question.independent_since
    if since is None:
        return [Found("experience-unproven", fact="independent_since")]
    return [] if case.on > period.years_after(since, case.step.number) else [Found("experience-short")]


def internet(case: Case) -> Result:
    """The institution lists an internet service mode, or has an internet hospital name; the name for others' people."""
    institution = case.institution
    if institution is None:
        return None
    endings = case.rules.codes_with("name_endings", "internet", case.on)
    named = any(plain(name).endswith(endings) for name in (institution.name, *institution.other_names))
    if named:
        return ()
    modes = (case.rules.has("service_modes", str(mode), "internet", case.on) for mode in institution.service_modes)
    if not any(modes):
        return [Found("no-internet-mode" if institution.service_modes else "internet-mode-unstated")]
    person = case.person
    others = person is not None and not case.here(person.institution) and case.filed(person)
    return [Found("second-name-missing")] if others else []


def name(case: Case) -> Result:
    """The advertised name is a name on the licence."""
    institution, advertised = case.institution, case.question.advertised_name
    if institution is None:
        return None
    if advertised is None:
        return [Found("fact-missing", fact="advertised_name")]
    registered = {plain(each) for each in (institution.name, *institution.other_names)}
    return [] if plain(advertised) in registered else [Found("name-mismatch")]


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


def _ended(filing: Filing, on: dt.date) -> bool:
    return filing.end is not None and filing.end < on


@dataclass(frozen=True, slots=True)
class Check:
    """A check and the licences whose content it looks at: without one it is not taken, and none makes it surer."""

    run: Callable[[Case], Result]
    reads: tuple[str, ...] = ()


CHECKS: Final[Mapping[str, Check]] = {
    "stated": Check(stated),
    "standing": Check(standing),
    "level": Check(level, ("person",)),
    "where": Check(where, ("person",)),
    "area": Check(area, ("person",)),
    "experience": Check(experience),
    "internet": Check(internet, ("institution",)),
    "name": Check(name, ("institution",)),
    "subject": Check(subject, ("institution",)),
    "scope": Check(scope, ("person",)),
}
