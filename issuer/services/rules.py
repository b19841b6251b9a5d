"""Reads the rules that are data (CSV files under `issuer/data`) into a `Rulebook`.

Every row has its legal basis, how sure it is, its source, and the days it holds. A file that does not parse is a
mistake of ours and raises ValueError at start, never at the first application.
"""

from __future__ import annotations

import csv
import datetime
import functools
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, TypedDict

from issuer.domain import anomaly
from issuer.domain import rulebook as r
from issuer.domain.calendar import Calendar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CONFIDENCE = frozenset({"found", "high", "medium", "low"})
_DATA = "issuer.data"
_HOLIDAYS = "holidays-"


class _Common(TypedDict):
    basis: str
    confidence: str
    source: str
    effective_from: datetime.date
    effective_to: datetime.date | None


@functools.cache
def load() -> r.Rulebook:
    """Return the rules. Raises ValueError, naming file and line, if a row is not well formed."""
    return r.Rulebook(
        stages=tuple(
            r.StageRow(
                stage=x["stage"],
                zh=x["zh"],
                en=x["en"],
                final=_yes(x["final"]),
                pending=_yes(x["pending"]),
                clock=x["clock"],
                **_common(x),
            )
            for x in _rows("stages.csv")
        ),
        steps=tuple(
            r.StepRow(
                step=x["step"],
                origin=x["from"],
                target=x["to"],
                by=x["by"],
                role=x["role"],
                applies=x["applies"],
                needs=x["needs"],
                apart=x["apart"],
                **_common(x),
            )
            for x in _rows("steps.csv")
        ),
        states=tuple(
            r.StateRow(
                kind=x["kind"],
                state=x["state"],
                zh=x["zh"],
                en=x["en"],
                permits_practice=x["permits_practice"],
                status_value=x["status_value"],
                live=_yes(x["live"]),
                derived=_yes(x["derived"]),
                verification_term=x["verification_term"],
                **_common(x),
            )
            for x in _rows("states.csv")
        ),
        transitions=tuple(
            r.TransitionRow(kind=x["kind"], origin=x["from"], action=x["action"], target=x["to"], **_common(x))
            for x in _rows("transitions.csv")
        ),
        actions=tuple(
            r.ActionRow(
                kind=x["kind"],
                action=x["action"],
                zh=x["zh"],
                en=x["en"],
                channel=x["channel"],
                opens=_yes(x["opens"]),
                mints=_yes(x["mints"]),
                renews=_yes(x["renews"]),
                verifies=_yes(x["verifies"]),
                until=_yes(x["until"]),
                competent=x["competent"],
                confirm=_yes(x["confirm"]),
                reviewers=int(x["reviewers"] or 0),
                **_common(x),
            )
            for x in _rows("actions.csv")
        ),
        limits=tuple(
            r.LimitRow(
                code=x["code"],
                kind=x["kind"],
                action=x["action"],
                value=int(x["value"]),
                unit=x["unit"],
                start=x["start"],
                **_common(x),
            )
            for x in _rows("time_limits.csv")
        ),
        grounds=tuple(
            r.GroundRow(
                code=x["code"],
                kind=x["kind"],
                action=x["action"],
                zh=x["zh"],
                en=x["en"],
                min_months=_number(x["min_months"]),
                max_months=_number(x["max_months"]),
                bar=x["bar"],
                min_level=x["min_level"],
                **_common(x),
            )
            for x in _rows("grounds.csv")
        ),
        bars=tuple(
            r.BarRow(
                code=x["code"],
                kind=x["kind"],
                zh=x["zh"],
                en=x["en"],
                min_years=int(x["min_years"]),
                max_years=None if x["max_years"] == "life" else int(x["max_years"]),
                **_common(x),
            )
            for x in _rows("bars.csv")
        ),
        requirements=tuple(
            r.RequirementRow(
                kind=x["kind"],
                action=x["action"],
                part=x["part"],
                field=x["field"],
                mode=x["mode"],
                zh=x["zh"],
                en=x["en"],
                **_common(x),
            )
            for x in _rows("requirements.csv")
        ),
        findings=tuple(
            r.FindingRow(code=x["code"], rule=x["rule"], zh=x["zh"], en=x["en"], **_common(x))
            for x in _rows("findings.csv")
        ),
        terms=tuple(
            r.TermRow(
                term=x["term"],
                kind=x["kind"],
                category=x["category"],
                min_beds=int(x["min_beds"]),
                months=int(x["months"]),
                **_common(x),
            )
            for x in _rows("terms.csv")
        ),
        routing=tuple(
            r.RoutingRow(
                region=x["region"],
                kind=x["kind"],
                category=x["category"],
                branch=x["branch"],
                en=x["en"],
                **_common(x),
            )
            for x in _rows("routing.csv")
        ),
        key_transitions=tuple(
            r.KeyTransitionRow(origin=x["from"], event=x["event"], target=x["to"], en=x["en"], **_common(x))
            for x in _rows("key_transitions.csv")
        ),
        calendar=calendar(),
    )


@functools.cache
def watch() -> anomaly.Watch:
    """Return the anomaly rules with their thresholds. Raises ValueError as `load` does."""
    return anomaly.Watch(
        rules=tuple(
            anomaly.AnomalyRow(
                rule=x["rule"],
                version=int(x["version"]),
                severity=x["severity"],
                blocking=_yes(x["blocking"]),
                zh=x["zh"],
                en=x["en"],
                zh_sentence=x["zh_sentence"],
                en_sentence=x["en_sentence"],
                **_common(x),
            )
            for x in _rows("anomaly_rules.csv")
        ),
        limits=tuple(
            anomaly.LimitRow(
                rule=x["rule"], limit=x["limit"], value=int(x["value"]), zh=x["zh"], en=x["en"], **_common(x)
            )
            for x in _rows("anomaly_limits.csv")
        ),
        calendar=calendar(),
    )


@functools.cache
def refusals() -> Mapping[str, tuple[str, str]]:
    """Return what each refusal code says, in Chinese and English, for whoever shows it to a person."""
    text = resources.files(_DATA).joinpath("refusals.csv").read_text(encoding="utf-8")
    return MappingProxyType({row["code"]: (row["zh"], row["en"]) for row in csv.DictReader(text.splitlines())})


@functools.cache
def calendar() -> Calendar:
    """Return the working-day calendar of the years that have a file and a firm source."""
    years: set[int] = set()
    off: set[datetime.date] = set()
    worked: set[datetime.date] = set()
    for file in sorted(resources.files(_DATA).iterdir(), key=lambda file: file.name):
        if not (file.name.startswith(_HOLIDAYS) and file.name.endswith(".csv")):
            continue
        year = int(file.name.removeprefix(_HOLIDAYS).removesuffix(".csv"))
        for x in _rows(file.name):
            on = datetime.date.fromisoformat(x["day"])
            if on.year != year or x["confidence"] not in {"found", "high"}:
                message = f"{file.name}: a day of another year, or a source that is not firm"
                raise ValueError(message)
            (off if x["as"] == "off" else worked).add(on)
        years.add(year)
    return Calendar(years=frozenset(years), off=frozenset(off), worked=frozenset(worked))


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = resources.files(_DATA).joinpath(name).read_text(encoding="utf-8")
    for number, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        if None in row or None in row.values() or row["confidence"] not in _CONFIDENCE or not row["basis"]:
            message = f"{name}:{number}: a row without basis or confidence, or of the wrong length"
            raise ValueError(message)
        yield row


def _common(x: dict[str, str]) -> _Common:
    end = x["effective_to"]
    return {
        "basis": x["basis"],
        "confidence": x["confidence"],
        "source": x["source"],
        "effective_from": datetime.date.fromisoformat(x["effective_from"]),
        "effective_to": datetime.date.fromisoformat(end) if end else None,
    }


def _yes(text: str) -> bool:
    return {"yes": True, "no": False}[text]


def _number(text: str) -> int | None:
    return int(text) if text else None
