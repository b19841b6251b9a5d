"""Puts the steps of a profile together into an answer. Pure, total, the same answer everywhere.

    (1) the profile, and is it in force on the day       else ask
    (2) the licences it needs: each verdict is read       invalid: no; undetermined, absent or of another day: ask
    (3) the steps in force, in order                      each adds its reasons, none hides another

What a reason may do is bounded three times: by its sentence, by its step (a rule that is not firm can only make it
ask), and by the licence it was read from: only a licence that is valid on the day may make the answer no by what it
says, because a newer version of it may say otherwise. An invalid licence is not looked into at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from elicense import period, tables
from elicense.licence import InstitutionLicence, Kind, Licence, NurseLicence, PhysicianLicence
from elicense.reason import Outcome
from elicense.scope.answer import Answer, Decision, Why, milder
from elicense.scope.case import Case, Found
from elicense.scope.checks import CHECKS
from elicense.scope.question import Question
from elicense.scope.rules import Profile, Rules, Step
from elicense.verdict import Verdict

_OUTCOMES: Final[Mapping[Outcome, Decision]] = {Outcome.INVALID: Decision.NO, Outcome.UNDETERMINED: Decision.ASK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a verdict tells on the day: what speaks against it, and the licence if it may be looked into.

    `most` is the gravest that its content may make of the answer.
    """

    against: tuple[Found, ...] = ()
    licence: Licence | None = None
    most: Decision = Decision.ASK


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an answer a reason stands: the step, whom it is about, its legal basis and its bound."""

    step: str
    about: str
    basis: str
    most: Decision = Decision.NO


def may(profile: str, question: Question, rules: Rules, on: dt.date) -> Answer:
    """Answer the question of a profile for the civil day `on` at UTC+8. Never raises for anything in `question`.

    Verdicts count if they were judged at an instant of that day (`elicense.scope.instant_of` gives one). `TypeError`
    if `on` is not a plain date.
    """
    if type(on) is not dt.date:
        raise TypeError("`on` is a civil day: a datetime.date")
    versions = rules.profiles_named(profile)
    known = next((version for version in versions if version.holds(on)), None)
    reasons: list[Why] = []
    passed: list[str] = []
    if known is None:
        found = Found("day-without-rules" if versions else "profile-unknown")
        reasons.append(_why(found, Place("profile", "act", ""), question, rules))
    else:
        for place, founds in _taken(known, question, rules, on):
            reasons += (_why(found, place, question, rules) for found in founds)
            passed += [] if founds else [place.step]
    return Answer(profile=profile, on=on, reasons=tuple(reasons), passed=tuple(passed), rules=rules.edition)


def _taken(profile: Profile, question: Question, rules: Rules, on: dt.date) -> Iterator[tuple[Place, list[Found]]]:
    """The steps that were taken, each with what it found. The licences come first, whatever the rules say."""
    person = _read("person", question.person, on, profile.kinds)
    institution = _institution(question, on)
    readings = {"person": person, "institution": institution}
    if profile.kinds:
        yield Place("person-licence", "person", profile.basis), list(person.against)
    if profile.institution_required or question.institution is not None:
        yield Place("institution-licence", "institution", profile.basis), list(institution.against)
    kinds = profile.kinds if person.licence is None else (person.licence.kind,)
    for step in rules.steps_of(profile.profile, on, kinds[0] if len(kinds) == 1 else None):
        case = _case(question, rules, on, step, person, institution)
        check = CHECKS[step.check]
        bounds = [readings[name].most for name in check.reads]
        given = _given(case)
        if given is None or any(readings[name].licence is None for name in check.reads):
            continue
        found = check.run(case)
        if found is not None:
            yield Place(step.step, step.about, step.basis, milder(step.effect, given, *bounds)), list(found)


def _case(question: Question, rules: Rules, on: dt.date, step: Step, person: Reading, institution: Reading) -> Case:
    shown = None if question.institution is None else question.institution.licence
    number = shown.number if question.at is None and isinstance(shown, InstitutionLicence) else question.at
    return Case(
        question=question,
        rules=rules,
        on=on,
        step=step,
        person=person.licence if isinstance(person.licence, PhysicianLicence | NurseLicence) else None,
        institution=institution.licence if isinstance(institution.licence, InstitutionLicence) else None,
        number=number,
        beds_known=institution.most is Decision.NO,
    )


def _given(case: Case) -> Decision | None:
    """How grave a step may be by the fact that it depends on; None if that fact says there is nothing to look at."""
    name = case.step.given
    if not name:
        return Decision.NO
    value = case.question.fact(name)
    row = None if value is None else case.rules.value(name, value, case.on)
    if row is None:
        return Decision.ASK
    return None if row.nothing else Decision.NO


def _read(about: str, verdict: Verdict | None, on: dt.date, kinds: tuple[Kind, ...]) -> Reading:
    """What a verdict tells about the day."""
    if verdict is None:
        return Reading(against=(Found("fact-missing", fact=about),))
    against = tuple(Found(f.reason.code, most=_OUTCOMES[f.reason.outcome]) for f in verdict.findings)
    if verdict.licence is None:
        return Reading(against=against or (Found("not-judged"),))
    if not period.day_begins(on) <= verdict.at < period.day_ends(on):
        return Reading(against=(Found("other-day"),))
    if verdict.licence.kind not in kinds:
        return Reading(against=(Found("kind-wrong"),))
    if verdict.outcome is Outcome.VALID:
        return Reading(licence=verdict.licence, most=Decision.NO)
    return Reading(against=against, licence=None if verdict.outcome is Outcome.INVALID else verdict.licence)


def _institution(question: Question, on: dt.date) -> Reading:
    """The institution's verdict, which must be about the institution that was named, if one was."""
    reading = _read("institution", question.institution, on, (Kind.INSTITUTION,))
    if reading.licence is not None and question.at not in {None, reading.licence.number}:
        return Reading(against=(Found("institution-differs"),))
    return reading


def _why(found: Found, place: Place, question: Question, rules: Rules) -> Why:
    """A reason in words, bounded by its sentence, its step and what it was read from."""
    said = rules.sentences.get(found.code)
    label = rules.labels.get(found.fact or "")
    zh, en = (found.code, found.code) if said is None else (said.zh, said.en)
    return Why(
        code=found.code,
        decision=milder(found.most, place.most, Decision.NO if said is None else said.decision),
        step=place.step,
        about=place.about,
        basis=found.basis or place.basis,
        zh=_filled(zh, label.zh if label else "", found.subject, question, "zh"),
        en=_filled(en, label.en if label else "", found.subject, question, "en"),
        fact=found.fact,
        subject=found.subject,
    )


def _filled(sentence: str, fact: str, subject: str | None, question: Question, lang: tables.Lang) -> str:
    """A sentence with its blanks filled; a code that means different things gets a name only with its edition."""
    edition = None if question.subject_edition is None else str(question.subject_edition)
    row = None if subject is None else tables.SUBJECTS.by_code(subject, edition)
    certain = row is not None and row.edition in {None, edition}
    named = f"{subject} {row.name(lang)}" if row is not None and certain else (subject or "")
    return sentence.replace("{fact}", fact).replace("{subject}", named)
