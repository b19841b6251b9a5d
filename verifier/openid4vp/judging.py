"""What a wallet showed for one credential query: judged, held against what was asked, and put into words.

The judgement is that of `elicense.sdjwt`; here it is sorted. What is not this holder's for this request, or not what
was asked for, was not shown at all (`NotShown`); everything else is an answer, valid or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from elicense import face, tables
from elicense.licence import Kind
from elicense.reason import Check, Outcome
from elicense.sdjwt import Asked, Presented, vct, verify_sdjwt
from elicense.sdjwt.judging import base_of
from elicense.verdict import Verdict
from verifier import texts
from verifier.folder import Lists
from verifier.openid4vp.dcql import CredentialQuery
from verifier.report import Report
from verifier.texts import LANGS, Lang

_REFUSED: Final = {Check.SHAPE, Check.KEY, Check.SIGNATURE, Check.CLAIMS, Check.HOLDER}
"""Checks whose failure says that nothing genuine was shown for this request."""
_OF_INSTITUTIONS: Final = {"name": "institution_name", "number": "registration_number"}
_TABLES: Final[Mapping[str, tables.Table]] = {
    "sex": tables.SEXES, "level": tables.LEVELS, "category": tables.CATEGORIES, "scopes": tables.SCOPES,
    "place": tables.DIVISIONS, "statutory_type": tables.INSTITUTION_TYPES, "service_modes": tables.SERVICE_MODES,
}  # fmt: skip
_COMMA: Final[Mapping[Lang, str]] = {"zh": "、", "en": ", "}


class NotShown(Exception):
    """A presentation that is not what was asked for, or not this holder's for this request. The text may be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One presentation as judged: which query it answers, and the answer."""

    id: str
    presented: Presented

    def to_json(self) -> dict[str, Any]:
        """What the page shows and a program reads: outcome, reasons, the items, and all of it in words."""
        kind = self.presented.kind
        return {
            "id": self.id,
            "kind": None if kind is None else kind.text,
            "outcome": self.presented.outcome.value,
            "reasons": [reason.code for reason in self.presented.reasons],
            "claims": dict(self.presented.claims),
            "title": {lang: "" if kind is None else face.title(kind, lang) for lang in LANGS},
            "told": {lang: _told(self.presented, lang) for lang in LANGS},
            "rows": [
                {"name": name, **{part: {lang: say(lang) for lang in LANGS} for part, say in said.items()}}
                for name, said in _rows(self.presented)
            ],
        }


def judge(query: CredentialQuery, presentation: str, lists: Lists, *, at: int, audience: str, nonce: str) -> Shown:
    """Judge one presentation for one credential query. Raises `NotShown`."""
    asked = Asked(audience=audience, nonce=nonce)
    presented = verify_sdjwt(presentation, lists.trust, lists.statuses, at, asked=asked)
    refused = [reason.code for reason in presented.reasons if reason.check in _REFUSED]
    if refused:
        raise NotShown(f"{query.id}: {', '.join(refused)}")
    if presented.kind is not None and presented.issuer is not None:
        if presented.kind is not query.kind:
            raise NotShown(f"{query.id}: another type of credential was asked for")
        if lacking := query.lacking({**presented.claims, "vct": vct(base_of(presented.issuer), presented.kind)}):
            named = ", ".join(".".join(str(part) for part in path) for path in lacking)
            raise NotShown(f"{query.id}: claims that were asked for are not there: {named}")
    return Shown(id=query.id, presented=presented)


def _told(presented: Presented, lang: Lang) -> dict[str, str]:
    """Heading, sentence and what to do, as the verifier says them of a code."""
    if presented.outcome is Outcome.VALID:
        valid = texts.TEXTS[lang]["valid_wallet"]
        return {"heading": texts.heading("valid", lang), "sentence": valid["sentence"], "action": valid["action"]}
    verdict = Verdict(at=presented.at, findings=presented.findings, trust_sequence=presented.trust_sequence)
    report = Report(at=presented.at, verdict=verdict)
    sentence, action = report.told(lang)[0]
    return {"heading": report.heading(lang), "sentence": sentence, "action": action}


_Say = Callable[[Lang], str]


def _rows(presented: Presented) -> list[tuple[str, dict[str, _Say]]]:
    """Label and value of each item shown, in the order of the licence, and the issuer."""
    rows = in_words(presented.kind, presented.claims)
    if presented.issuer is not None:
        issuer = presented.issuer.name
        rows.append(("issuer", {"label": lambda lang: face.label("issuer", lang), "value": lambda _: issuer}))
    return rows


def in_words(kind: Kind | None, claims: Mapping[str, Any]) -> list[tuple[str, dict[str, _Say]]]:
    """Label and value of items, by the name of each, as people say them; a function of the language for each."""
    claims = dict(claims)
    institution = claims.pop("institution", None)
    if institution is not None:
        claims |= {"institution": institution["name"], "institution_number": institution["number"]}
    rows: list[tuple[str, dict[str, _Say]]] = []
    for name, value in claims.items():
        label = _OF_INSTITUTIONS.get(name, name) if kind is Kind.INSTITUTION else name
        rows.append(
            (name, {"label": lambda lang, label=label: face.label(label, lang), "value": _saying(name, value)})  # type: ignore[misc]
        )
    return rows


def _saying(name: str, value: Any) -> _Say:  # noqa: ANN401 - JSON is any value
    def say(lang: Lang) -> str:
        items = value if isinstance(value, list) else [value]
        return _COMMA[lang].join(_one(name, item, lang) for item in items)

    return say


def _one(name: str, item: Any, lang: Lang) -> str:  # noqa: ANN401
    if name == "subjects" and isinstance(item, str):
        row = tables.SUBJECTS.by_code(item, None)
        return f"{item} {row.name(lang)}" if row else item
    if name in _TABLES and isinstance(item, int):
        return _TABLES[name].label(item, lang)
    if isinstance(item, dict):
        return " ".join(str(part) for part in item.values())
    return str(item)


def gravest(shown: list[Shown]) -> Outcome:
    """The outcome of several: valid only if each is."""
    outcomes = {one.presented.outcome for one in shown}
    for outcome in (Outcome.INVALID, Outcome.UNDETERMINED):
        if outcome in outcomes:
            return outcome
    return Outcome.VALID if outcomes else Outcome.UNDETERMINED
