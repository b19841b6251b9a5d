"""Questions of platforms and insurers: may, bulk."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from elicense.errors import ElicenseError
from verifier import batch as batches
from verifier import texts
from verifier.cli.common import (
    INVALID,
    UNDETERMINED,
    USAGE,
    VALID,
    at_option,
    checker_of,
    folder_option,
    instant,
    lang_option,
    now,
    output,
    status_of,
    stop,
    texts_in,
)  # fmt: skip
from verifier.report import clean
from verifier.texts import Lang

if TYPE_CHECKING:
    from verifier.bulk import Progress


@click.command()
@folder_option
@lang_option
@click.option("--profile", help="Which question: see --list.")
@click.option("--list", "list_profiles", is_flag=True, help="List the profiles and the facts that each may look at.")
@click.option("--on", "on_text", metavar="ISO-DATE", help="The civil day (UTC+8) that is asked about; today if absent.")
@click.option("--person", metavar="WHAT", help="The code of the person: a text, link, file or picture.")
@click.option("--institution", metavar="WHAT", help="The code of the institution.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="What no licence says; as often as needed.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON (schemas/answer.schema.json).")
def may(  # noqa: PLR0917 - click passes by name
    folder_path: Path, lang: Lang, profile: str | None, list_profiles: bool, on_text: str | None, person: str | None,  # noqa: FBT001
    institution: str | None, facts: tuple[str, ...], as_json: bool,  # noqa: FBT001
) -> None:  # fmt: skip
    """May this person do this, here, on this day? Answers yes, no or ask, with every reason and its basis in law.

    Exit status 0 for yes, 1 for no, 2 for ask.
    """
    from verifier import scoping  # noqa: PLC0415 - the rules are read by those who ask

    moment = now()
    if list_profiles or profile is None:
        for name, title, looked_at in scoping.profiles(scoping.period.civil_day(moment), lang):
            click.echo(f"{name}: {title}\n  {' '.join(looked_at)}")
        sys.exit(VALID if list_profiles else USAGE)
    try:
        said = {"profile": profile, "on": on_text, "facts": scoping.facts_from_words(facts)}
        codes = {"person": _code(person), "institution": _code(institution)}
        asked = scoping.asked_from_json({**said, **codes})
    except ValueError as bad:
        stop(f"{bad}.")
    told = scoping.answered(asked, lambda at: checker_of(folder_path, at), moment)
    with output():
        click.echo(json.dumps(told.to_json(), ensure_ascii=False) if as_json else scoping.to_text(told, lang))
    sys.exit({"yes": VALID, "no": INVALID, "ask": UNDETERMINED}[told.answer.decision.value])


@click.command()
@folder_option
@lang_option
@at_option
@click.option("--column", default="code", show_default=True, help="Column or JSON member that holds the code.")
@click.option("--on-column", default="", help="Column with the day that each row asks about (ISO date, at UTC+8).")
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes; as many as there are cores if not given.")
@click.option("--cluster", "scheduler", help="Address of a Dask scheduler: its workers judge instead.")
@click.option("--job", "place", type=click.Path(path_type=Path), required=True, help="Folder of the answers.")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def bulk(  # noqa: PLR0917 - click passes by name
    folder_path: Path, lang: Lang, at_text: str | None, column: str, on_column: str, workers: int | None,
    scheduler: str | None, place: Path, source: Path,
) -> None:  # fmt: skip
    """Check a million: a CSV, JSON lines or Parquet file, on all cores or on a Dask cluster.

    The answers are JOB/answers.jsonl, in the order of the rows, and JOB/not-valid.jsonl. Killed in the middle, the same
    command goes on where it was; no row is lost and none is there twice.
    """
    from verifier import bulk as jobs  # noqa: PLC0415 - for those who have a million
    from verifier.bulk import engines, sources  # noqa: PLC0415

    at, as_of = instant(at_text)
    checker_of(folder_path, at if as_of else None)
    began = time.monotonic()
    try:
        question = jobs.question(place, at, as_of=as_of)
        job = jobs.Job(
            place=place, path=source, source=sources.open_source(source, column, on_column), lists=folder_path,
            question=question,
        )  # fmt: skip
        engine: engines.Engine = (
            engines.Cluster(folder=folder_path, question=question, scheduler=scheduler)
            if scheduler
            else engines.Processes(folder=folder_path, question=question, workers=workers or os.cpu_count() or 1)
        )
        before: list[int] = []
        done = job.run(engine, lambda progress: _tell(progress, before, began))
    except batches.BatchBad as bad:
        stop(f"{bad}. Name the right column with --column.")
    except ElicenseError as bad:
        stop(f"{bad}. What is written down stays: the same command goes on.", UNDETERMINED)
    summary = ", ".join(f"{texts.heading(word, lang)} {count:,}" for word, count in sorted(done.counts.items()))
    click.echo(f"\r{done.rows:,}: {summary}\n{place / jobs.ANSWERS}", err=True)
    sys.exit(status_of(Counter(done.counts)))


def _tell(progress: Progress, before: list[int], began: float) -> None:
    """One line of progress: rows, how many a second in this run, and how much is left if that is known."""
    if not before:
        before.append(progress.rows)
    rate = (progress.rows - before[0]) / max(time.monotonic() - began, 0.001)
    part = "" if not progress.total else f" · {progress.pieces * 100 // progress.total} %"
    click.echo(f"\r{progress.rows:,} · {rate:,.0f}/s{part}  ", err=True, nl=False)


def _code(what: str | None) -> str | None:
    """The one code in what was given; None if nothing was."""
    if what is None:
        return None
    found = texts_in(what, lambda why: stop(f"{what}: {clean(why)}"))
    if len(found) != 1:
        stop(f"{what}: {len(found)} codes; give one.")
    return found[0]
