"""May this person do this, here, on this day? A second question, after `verify`, with its own answer.

    >>> from elicense.scope import RULES, Question, may
    >>> answer = may("telemedicine-physician", Question(person=verdict, institution=other, consent=True), RULES, on)
    >>> answer.decision, [reason.code for reason in answer.reasons]

A licence that is valid says little about an act: the physician may be registered elsewhere, the hospital may not have
the subject, a first visit may not be online. `may` puts such questions together as *profiles* (telemedicine, claim,
tourism, patient, hiring). The rules are data (`elicense/data/rules`), each with its legal basis, how sure it is and its
days. Pure and total; what it cannot know is `ask`, never `yes`. The document is docs/scope.md.
"""

from elicense.scope.answer import Answer, Decision, Why
from elicense.scope.engine import may
from elicense.scope.files import RULES, RulesBad, parse
from elicense.scope.question import Asked, Question, asked_from_json, instant_of, question_from_json, question_to_json
from elicense.scope.rules import Rules

__all__ = [
    "RULES",
    "Answer",
    "Asked",
    "Decision",
    "Question",
    "Rules",
    "RulesBad",
    "Why",
    "asked_from_json",
    "instant_of",
    "may",
    "parse",
    "question_from_json",
    "question_to_json",
]
