"""The answer to "may this person do this": yes, no or ask, with every reason in the order of the steps.

It holds codes, sentences of ours and what the asker said; nothing of a licence is repeated, and no penalty is named.
Its JSON form is schemas/answer.schema.json.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NoReturn

from elicense.tables import Lang


class Decision(Enum):
    """What somebody may do with the answer. `ASK`: a person has to look, ask or add a fact before anything is done."""

    YES = "yes"
    ASK = "ask"
    NO = "no"


_GRAVITY: Final = {Decision.YES: 0, Decision.ASK: 1, Decision.NO: 2}


def milder(*decisions: Decision) -> Decision:
    """The mildest of several: a reason is never graver than its rule, nor than the licence that it was read from."""
    return min(decisions, key=_GRAVITY.__getitem__)


def gravest(*decisions: Decision) -> Decision:
    """The gravest of several; yes if there are none."""
    return max(decisions, key=_GRAVITY.__getitem__, default=Decision.YES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One reason. `code` is stable; `decision` says what it alone would make of the answer: ask or no.

    `step` is the step of the profile that found it, `about` whom it is about (person, institution, act), `basis` the
    law. `fact` names the fact that is missing or not understood, `subject` the subject that it is about.
    """

    code: str
    decision: Decision
    step: str
    about: str
    basis: str
    zh: str
    en: str
    fact: str | None = None
    subject: str | None = None

    def sentence(self, lang: Lang = "zh") -> str:
        """The reason in words for people."""
        return self.en if lang == "en" else self.zh

    def to_json(self) -> dict[str, Any]:
        """The reason as JSON values."""
        named = {
            "code": self.code,
            "decision": self.decision.value,
            "step": self.step,
            "about": self.about,
            "basis": self.basis,
            "zh": self.zh,
            "en": self.en,
        }
        more = {"fact": self.fact, "subject": self.subject}
        return {**named, **{name: value for name, value in more.items() if value is not None}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer for one profile and one civil day. An answer is no boolean.

    `passed` are the steps that were taken and found nothing; a step that could not be taken is in neither list.
    `rules` names the edition of the rules that answered.
    """

    profile: str
    on: dt.date
    reasons: tuple[Why, ...]
    passed: tuple[str, ...]
    rules: str

    @property
    def decision(self) -> Decision:
        """No if any reason says so, else ask if there is any, else yes."""
        return gravest(*(reason.decision for reason in self.reasons))

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON values."""
        return {
            "decision": self.decision.value,
            "profile": self.profile,
            "on": self.on.isoformat(),
            "reasons": [reason.to_json() for reason in self.reasons],
            "passed": list(self.passed),
            "rules": self.rules,
        }

    def __bool__(self) -> NoReturn:
        raise TypeError("an answer is yes, no or ask: look at .decision")
