"""What a person or a program is told about one code.

A report is a verdict in words: one word, one sentence, what to do next, and how old the data was. It adds no
judgement. Nothing of a holder is in it unless it is certain who wrote the licence; everything that came from outside
is stripped of control and direction characters before it meets a terminal.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final

from elicense import claims, face
from elicense.reason import Outcome, Reason
from elicense.verdict import Finding, Verdict
from verifier import texts
from verifier.texts import Lang

_CIVIL: Final = dt.timezone(dt.timedelta(hours=8))
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
_INSTANTS: Final = frozenset({"issued_at", "list_issued_at", "next_update"})
INTERNAL: Final = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The answer about one code. `problem` is set instead of `verdict` where there was nothing to judge.

    `source` says where the code came from (a file name, a row), for the reader only.
    """

    at: int
    verdict: Verdict | None = None
    problem: str | None = None
    source: str | None = None

    @property
    def word(self) -> str:
        """valid, invalid, undetermined, or unreadable where nothing was there to judge."""
        if self.verdict is not None:
            return self.verdict.outcome.value
        return Outcome.UNDETERMINED.value if self.problem == INTERNAL else "unreadable"

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, None if nothing was readable."""
        return None if self.word == "unreadable" else Outcome(self.word)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons of the verdict."""
        return () if self.verdict is None else self.verdict.reasons

    def told(self, lang: Lang) -> tuple[tuple[str, str], ...]:
        """Sentence and next step, the gravest first; exactly one pair where the licence is valid."""
        held = texts.TEXTS[lang]
        if self.verdict is None:
            sentence, action = held["problems"][self.problem]
            return ((sentence, action),)
        if self.verdict.outcome is Outcome.VALID:
            return ((held["valid"]["sentence"], held["valid"]["action"]),)
        graver = sorted(self.verdict.findings, key=lambda finding: finding.reason.outcome is not Outcome.INVALID)
        return tuple(self._sentence(finding, lang) for finding in graver)

    def to_json(self, lang: Lang = "zh") -> dict[str, Any]:
        """The report as JSON values; its schema is schemas/verifier-report.schema.json."""
        verdict = self.verdict
        first = self.told(lang)[0]
        out: dict[str, Any] = {
            "outcome": self.word,
            "at": self.at,
            "lang": lang,
            "heading": texts.heading(self.word, lang),
            "sentence": first[0],
            "action": first[1],
            "reasons": [],
            "notes": [],
            "licence": None,
            "issuer": None,
            "authority": None,
            "identifier": None,
            "data": None,
        }
        if self.source is not None:
            out["source"] = clean(self.source)
        if self.problem is not None:
            out["problem"] = self.problem
        if verdict is not None:
            out["reasons"] = [self._reason(finding, lang) for finding in verdict.findings]
            out["data"] = self._data(verdict)
            if verdict.licence is not None and verdict.issuer is not None:
                authority = verdict.authority
                out["licence"] = claims.to_json(verdict.licence)
                out["issuer"] = {"id": verdict.issuer.id, "name": verdict.issuer.name}
                out["authority"] = authority and {"code": authority.code, "name": authority.name}
                out["identifier"] = str(verdict.identifier) if verdict.identifier else None
                out["notes"] = [{"code": note.code, "field": note.field} for note in verdict.notes]
        return out

    def to_text(self, lang: Lang = "zh") -> str:
        """The report for a terminal or a log that people read."""
        mark = {"valid": "✔", "invalid": "✘", "undetermined": "▲", "unreadable": "?"}[self.word]
        lines = [f"{mark} {texts.heading(self.word, lang)}" + (f"  [{clean(self.source)}]" if self.source else "")]
        for sentence, action in self.told(lang):
            lines += [f"  {sentence}", f"  {texts.word('next', lang)}: {action}"]
        verdict = self.verdict
        if verdict is not None and verdict.licence is not None and verdict.issuer is not None:
            lines.append("")
            lines.append(f"  {face.title(verdict.licence.kind, lang)}")
            lines += [f"  {row.label}: {clean(row.value)}" for row in face.rows(verdict.licence, verdict.issuer, lang)]
            if verdict.identifier is not None:
                lines.append(f"  {face.label('identifier', lang)}: {verdict.identifier}")
            for note in verdict.notes:
                known = texts.TEXTS[lang]["notes"].get(note.code, note.code)
                lines.append(f"  {texts.word('notes', lang)}: {known.format(field=face.label(note.field, lang))}")
        if verdict is not None:
            lines += ["", "  " + self._data_in_words(verdict, lang)]
        lines.append(f"  {texts.word('demonstration', lang)}")
        return "\n".join(lines)

    def _sentence(self, finding: Finding, lang: Lang) -> tuple[str, str]:
        sentence, action = texts.TEXTS[lang]["reasons"][finding.reason.code]
        values = {name: instant(int(v)) if name in _INSTANTS else v for name, v in finding.detail.items()}
        if "list_issued_at" in finding.detail:
            values["list_age"] = texts.age(self.at - int(finding.detail["list_issued_at"]), lang)
        filled = sentence.format_map(_Blank(values))
        return EMPTY_BRACKETS.sub("", filled), action

    def _reason(self, finding: Finding, lang: Lang) -> dict[str, Any]:
        sentence, action = self._sentence(finding, lang)
        return {
            "code": finding.reason.code,
            "check": int(finding.reason.check),
            "outcome": finding.reason.outcome.value,
            "sentence": sentence,
            "action": action,
            "detail": dict(finding.detail),
        }

    def _data(self, verdict: Verdict) -> dict[str, Any]:
        listed = verdict.status_list
        status = listed and {
            "uri": listed.uri,
            "issued_at": listed.issued_at,
            "expires_at": listed.expires_at,
            "age_seconds": max(0, self.at - listed.issued_at),
        }
        return {"trust_sequence": verdict.trust_sequence, "status_list": status}

    def _data_in_words(self, verdict: Verdict, lang: Lang) -> str:
        listed = verdict.status_list
        status = texts.word("no_list", lang)
        if listed is not None:
            age = texts.age(self.at - listed.issued_at, lang)
            status = texts.word("list", lang, time=instant(listed.issued_at), age=age)
        trust = texts.word("trust", lang, sequence=verdict.trust_sequence)
        return " · ".join((texts.word("at", lang, time=instant(self.at)), trust, status))


class _Blank(dict[str, Any]):
    """Facts that a finding does not have are left out of its sentence."""

    def __missing__(self, key: str) -> str:
        return ""


EMPTY_BRACKETS: Final = re.compile(
    r"（(?:名单时间 |应于  前更新|有效期至 | 起有效)?）| \((?:list of |due by |valid until |valid from )?\)"
)


def instant(at: int) -> str:
    """An instant in words that every reader understands alike: civil time at UTC+8."""
    return dt.datetime.fromtimestamp(at, _CIVIL).strftime("%Y-%m-%d %H:%M:%S +08:00")


def clean(text: str) -> str:
    """A text from outside without control, direction, zero-width or unpaired characters."""
    return _UNSAFE.sub("\ufffd", text)
