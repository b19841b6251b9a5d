"""What a person or a program is told about one code.

A report is a verdict in words: one word, one sentence, what to do next, and how old the data was. It adds no
judgement. Nothing of a holder is in it unless it is certain who wrote the licence; everything that came from outside
is stripped of control and direction characters before it meets a terminal. Times are civil, at UTC+8.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from elicense import claims, face
from elicense.limits import IAT_SKEW_SECONDS
from elicense.reason import Outcome, Reason, Shown
from elicense.verdict import Finding, Verdict
from verifier import texts
from verifier.texts import Lang

_LOG: Final = logging.getLogger(__name__)
_CIVIL: Final = dt.timezone(dt.timedelta(hours=8))
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_INSTANTS: Final = frozenset({"issued_at", "list_issued_at", "next_update", "newest", "shown_at"})
NO_LIST: Final = frozenset({Reason.STATUS_UNKNOWN, Reason.STATUS_STALE})
"""Reasons that a list of the day asked about would clear up."""
_MARKS: Final = {"valid": "✔", "invalid": "✘", "undetermined": "▲", "unreadable": "?"}

INTERNAL: Final = "internal"
INCOMPLETE: Final = "incomplete"
EMPTY: Final = "empty"
NO_FILE: Final = "no-file"
ROW_BROKEN: Final = "row-broken"
PROBLEMS: Final = (
    "not-a-picture", "damaged", "locked", "too-large", "too-slow", "busy", "no-code",
    EMPTY, NO_FILE, INCOMPLETE, ROW_BROKEN, INTERNAL,
)  # fmt: skip
"""Why there was nothing to judge. Stable, as the reason codes are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The answer about one code. `problem` is set instead of `verdict` where there was nothing to judge.

    `source` says where the code came from (a file name, a row), for the reader only. `as_of`: the question was about
    another time than now; `since` is then what a newer list says, beside the answer and never part of it.
    """

    at: int
    verdict: Verdict | None = None
    problem: str | None = None
    source: str | None = None
    as_of: bool = False
    since: Finding | None = None

    def __post_init__(self) -> None:
        if (self.verdict is None) == (self.problem is None or self.problem not in PROBLEMS):
            raise ValueError("a report has a verdict or a problem")

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

    def heading(self, lang: Lang) -> str:
        """The one word: what the gravest reason is called, or else the outcome."""
        gravest = None if self.verdict is None else next(iter(_gravest_first(self.verdict)), None)
        return texts.heading(self.word, lang, None if gravest is None else gravest.reason.code)

    def told(self, lang: Lang) -> tuple[tuple[str, str], ...]:
        """Sentence and next step, the gravest first; exactly one pair where the licence is valid."""
        held = texts.TEXTS[lang]
        if self.verdict is None:
            sentence, action = held["problems"][self.problem]
            return ((sentence, action),)
        if self.verdict.outcome is Outcome.VALID:
            valid = held["valid_live" if self.verdict.shown in (Shown.LIVE, Shown.CLOCKS_DIFFER) else "valid"]
            return ((valid["sentence"], valid["action"]),)
        return tuple(self._sentence(finding, lang) for finding in _gravest_first(self.verdict))

    def to_json(self, lang: Lang = "zh") -> dict[str, Any]:
        """The report as JSON values; its schema is schemas/verifier-report.schema.json."""
        verdict = self.verdict
        first = self.told(lang)[0]
        out: dict[str, Any] = {
            "outcome": self.word,
            "at": self.at,
            "lang": lang,
            "heading": self.heading(lang),
            "sentence": first[0],
            "action": first[1],
            "reasons": [],
            "notes": [],
            "licence": None,
            "issuer": None,
            "authority": None,
            "identifier": None,
            "shown": None,
            "data": None,
        }
        if self.source is not None:
            out["source"] = clean(self.source)
        if self.problem is not None:
            out["problem"] = self.problem
        if self.since is not None:
            issued_at = int(self.since.detail["list_issued_at"])
            out["since"] = {"code": self.since.reason.code, "list_issued_at": issued_at, "sentence": self.news(lang)}
        if verdict is not None:
            out["reasons"] = [self._reason(finding, lang) for finding in verdict.findings]
            out["shown"] = {"how": verdict.shown.value, "at": verdict.shown_at}
            out["data"] = self._data(verdict)
            if verdict.licence is not None and verdict.issuer is not None:
                authority, identifier = verdict.authority, verdict.identifier
                out["licence"] = claims.to_json(verdict.licence)
                out["issuer"] = {"id": verdict.issuer.id, "name": verdict.issuer.name}
                out["authority"] = authority and {"code": authority.code, "name": authority.name}
                out["identifier"] = str(identifier) if identifier else None
                out["notes"] = [{"code": note.code, "field": note.field} for note in verdict.notes]
        return out

    def news(self, lang: Lang) -> str:
        """What a newer list says, as a sentence; empty if there is none that says more."""
        if self.since is None:
            return ""
        issued_at = instant(int(self.since.detail["list_issued_at"]))
        return str(texts.TEXTS[lang]["since"][self.since.reason.code]).format(time=issued_at)

    def to_line(self, lang: Lang = "zh", **more: str | int) -> str:
        """`to_json` on one line, with `more` members before it, safe to print."""
        return clean(json.dumps({**more, **self.to_json(lang)}, ensure_ascii=False, separators=(",", ":")))

    def to_text(self, lang: Lang = "zh") -> str:
        """The report for a terminal or a log that people read."""
        lines = [f"{_MARKS[self.word]} {self.heading(lang)}" + (f"  [{clean(self.source)}]" if self.source else "")]
        for sentence, action in self.told(lang):
            lines += [f"  {sentence}", f"  {texts.word('next', lang)}: {action}"]
        if self.since is not None:
            lines.append(f"  {self.news(lang)}")
        verdict = self.verdict
        if verdict is not None and verdict.licence is not None and verdict.issuer is not None:
            lines.append("")
            lines.append(f"  {face.title(verdict.licence.kind, lang)}")
            lines += [f"  {row.label}: {clean(row.value)}" for row in face.rows(verdict.licence, verdict.issuer, lang)]
            if verdict.identifier is not None:
                lines.append(f"  {face.label('identifier', lang)}: {verdict.identifier}")
            lines.append(f"  {texts.word('shown', lang)}: {texts.TEXTS[lang]['shown'][verdict.shown.value]}")
            for note in verdict.notes:
                known = texts.TEXTS[lang]["notes"].get(note.code, note.code)
                lines.append(f"  {texts.word('notes', lang)}: {known.format(field=face.label(note.field, lang))}")
        if verdict is not None:
            lines += ["", "  " + self._data_in_words(verdict, lang)]
        lines.append(f"  {texts.word('demonstration', lang)}")
        return "\n".join(lines)

    def _sentence(self, finding: Finding, lang: Lang) -> tuple[str, str]:
        sentence, action = texts.TEXTS[lang]["reasons"][finding.reason.code]
        values = {name: instant(int(v)) if name in _INSTANTS else str(v) for name, v in finding.detail.items()}
        if "list_issued_at" in finding.detail:
            values["list_age"] = self._age(int(finding.detail["list_issued_at"]), lang)
        if self.as_of and finding.reason in NO_LIST:
            action = texts.word("fetch_day", lang, day=instant(self.at)[:10])
        return texts.fill(sentence, values), action

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
            age = self._age(listed.issued_at, lang)
            status = texts.word("list", lang, time=instant(listed.issued_at), age=age)
        trust = texts.word("trust", lang, sequence=verdict.trust_sequence)
        return " · ".join((texts.word("at", lang, time=instant(self.at)), trust, status))

    def _age(self, issued_at: int, lang: Lang) -> str:
        """How old something is; clocks may differ by a little without anybody speaking of the future."""
        seconds = self.at - issued_at
        return texts.age(0 if -IAT_SKEW_SECONDS <= seconds < 0 else seconds, lang)


def written(report: Report, write: Callable[[Report], str]) -> tuple[Report, str]:
    """A report and how `write` puts it. If writing it fails, neither has the old outcome: both are `internal` then."""
    try:
        return report, write(report)
    except Exception as fault:  # noqa: BLE001 - the last resort: a fault of ours must never look like an answer
        _LOG.error("writing a report failed: %s", type(fault).__name__)
        failed = Report(at=report.at, problem=INTERNAL, source=report.source)
        return failed, write(failed)


def instant(at: int) -> str:
    """An instant in words that every reader understands alike: civil time at UTC+8."""
    return dt.datetime.fromtimestamp(at, _CIVIL).strftime("%Y-%m-%d %H:%M:%S +08:00")


def clean(text: str) -> str:
    """A text from outside without control, direction, zero-width or unpaired characters."""
    return _UNSAFE.sub("\ufffd", text)


def _gravest_first(verdict: Verdict) -> list[Finding]:
    return sorted(verdict.findings, key=lambda finding: finding.reason.outcome is not Outcome.INVALID)
