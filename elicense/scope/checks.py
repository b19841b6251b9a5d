"""The checks that steps are made of: each looks at one matter and answers what it found.

A check is told a `Case` and answers None if it could not or need not be taken, else what it found: nothing means that
it passed. It branches on attributes of rows, never on codes, and knows no profile. Content of a licence is looked at
only after `elicense.scope.engine` has read the verdict about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from elicense import numbers, period, tables
from elicense.licence import PhysicianLicence
from elicense.scope import subjects
from elicense.scope.answer import Decision
from elicense.scope.case import Case, Found, Result, ended, plain
from elicense.scope.rules import Value

_PROVINCE: Final = 10_000


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
    codes = ["filing-ended"] if any(ended(filing, case.on) for filing in filings) else []
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
    "subject": Check(subjects.subject, ("institution",)),
    "scope": Check(subjects.scope, ("person",)),
}
