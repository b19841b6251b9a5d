"""question.schema.json and answer.schema.json: may this person do this, here, on this day."""

from __future__ import annotations

from typing import Final

from elicense.scope import RULES, Decision
from elicense.scope.question import FACTS, REQUEST
from tests.made.basics import TEXT, Schema, closed, document, or_null

QUESTION: Final = "question.schema.json"
ANSWER: Final = "answer.schema.json"


def question_schema() -> Schema:
    """A request: which profile, on which day, the texts of the codes, and the facts that no licence holds."""
    facts = {name: {**or_null(form.schema), "description": RULES.labels[name].en} for name, form in FACTS.items()}
    members = {name: form.schema if name == "profile" else or_null(form.schema) for name, form in REQUEST.items()}
    members["facts"] = or_null({"$ref": "#/$defs/facts"})
    body = {**closed(members, members.keys() - {"profile"}), "$defs": {"facts": closed(facts, set(facts))}}
    comment = "What is null or absent is not known, and never counts as the convenient answer; `on` absent: today."
    return document(QUESTION, "May this person do this, here, on this day", body, comment)


def answer_schema() -> Schema:
    """An answer; the decision is that of the gravest reason."""
    some = {step.step for step in RULES.steps} | {"profile", "person-licence", "institution-licence"}
    steps: Schema = {"enum": sorted(some)}
    reason = closed(
        {
            "code": {"enum": sorted(RULES.sentences)},
            "decision": {"enum": [Decision.ASK.value, Decision.NO.value]},
            "step": steps,
            "about": {"enum": ["person", "institution", "act"]},
            "basis": {"type": "string", "description": "The law; empty where none is needed."},
            "zh": TEXT,
            "en": TEXT,
            "fact": {"enum": list(RULES.labels)},
            "subject": {"type": "string", "pattern": r"^[0-9]{2}(\.[0-9]{2}){0,2}$"},
        },
        {"fact", "subject"},
    )
    members: Schema = {
        "decision": {"enum": [decision.value for decision in Decision]},
        "profile": REQUEST["profile"].schema,
        "on": REQUEST["on"].schema,
        "reasons": {"type": "array", "items": {"$ref": "#/$defs/reason"}},
        "passed": {"type": "array", "items": steps, "uniqueItems": True},
        "rules": {"type": "string", "pattern": "^[0-9a-f]{16}$", "description": "The edition of the rules."},
    }
    news = {"about": {"enum": ["person", "institution"]}, "code": {"enum": ["revoked", "superseded", "suspended"]}}
    since = {"type": "array", "items": closed({**news, "zh": TEXT, "en": TEXT}), "minItems": 1, "maxItems": 2}
    members["since"] = {
        **since,
        "description": "Told by verifiers about another day: what newer lists say of a licence.",
    }
    told = {decision: _has(decision) for decision in (Decision.NO, Decision.ASK)}
    weights = [
        {"if": _is(Decision.YES), "then": {"properties": {"reasons": {"maxItems": 0}}}},
        {"if": _is(Decision.ASK), "then": {"allOf": [told[Decision.ASK], {"not": told[Decision.NO]}]}},
        {"if": _is(Decision.NO), "then": told[Decision.NO]},
    ]
    body = {**closed(members, {"since"}), "allOf": weights, "$defs": {"reason": reason}}
    return document(ANSWER, "The answer: yes, ask or no, with every reason", body)


def _is(decision: Decision) -> Schema:
    return {"properties": {"decision": {"const": decision.value}}}


def _has(decision: Decision) -> Schema:
    one = {"properties": {"decision": {"const": decision.value}}}
    return {"properties": {"reasons": {"contains": one}}}
