"""The command line of the verifier: init, refresh, history, check, batch, bulk, may, show, serve.

Exit status of `check`, `batch` and `bulk`: 0 all valid, 1 any invalid, 2 none invalid but some undetermined or not all
read, 3 nothing readable, 64 wrong usage or an unusable folder, 70 a fault of the program, 130 interrupted, 141 nobody
reads the output any more. The clock is read here and nowhere below.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NoReturn

import click

from elicense import strictjson
from elicense.errors import ElicenseError, Rejected
from elicense.trust import Anchor
from verifier import batch as batches
from verifier import inputs, scan, texts
from verifier.checker import Checker
from verifier.folder import Folder, FolderBad
from verifier.report import NO_FILE, Report, clean, written
from verifier.texts import Lang

if TYPE_CHECKING:
    from verifier.bulk import Progress

VALID, INVALID, UNDETERMINED, NOTHING, USAGE, FAULT, INTERRUPTED, PIPE = 0, 1, 2, 3, 64, 70, 130, 141
_PROGRESS_EVERY: Final = 1_000
_CIVIL: Final = dt.timezone(dt.timedelta(hours=8))
_AT_MAX: Final = 2**33 - 1

folder_option = click.option(
    "--folder",
    "folder_path",
    type=click.Path(path_type=Path),
    default=Path("elicense-lists"),
    envvar="ELICENSE_FOLDER",
    show_default=True,
    help="The offline folder with anchor, trust list and status lists.",
)
lang_option = click.option(
    "--lang", type=click.Choice(texts.LANGS), default="zh", envvar="ELICENSE_LANG", show_default=True, help="Language."
)
at_option = click.option(
    "--at", "at_text", metavar="ISO-8601", help="Judge as of this instant (a date means its last second at UTC+8)."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="elicense", prog_name="elicense-verifier")
def cli() -> None:
    """Check electronic licences of physicians, nurses and medical institutions, off line too.

    Begin with `init` (once) and `refresh` (daily); then `check` a picture, a link or the digits of a code.
    """


@cli.command()
@folder_option
@click.option("--anchor", "anchor_file", type=click.File("rb"), required=True, help="File with the root keys (JSON).")
@click.option("--trust", "trust_uri", required=True, help="Address of the trust list.")
def init(folder_path: Path, anchor_file: IO[bytes], trust_uri: str) -> None:
    """Pin the root keys, got from a source you trust, and the address of the trust list."""
    from verifier.fetch import FetchFailed, require_address  # noqa: PLC0415 - `check` needs no network code

    try:
        require_address(trust_uri)
        Folder(folder_path).create(Anchor.from_json(strictjson.loads(anchor_file.read())), trust_uri)
    except FetchFailed as bad:
        _stop(f"--trust: {bad}.")
    except FileExistsError:
        _stop(f"{folder_path} is in use already; choose another folder with --folder.")
    except Rejected:
        _stop("The anchor file does not hold root keys and a threshold.")
    except OSError as fault:
        _stop(f"{folder_path} cannot be written to: {fault.strerror}.")
    click.echo(f"{folder_path}: root keys pinned. Next: elicense-verifier refresh --folder {folder_path}")


@cli.command()
@folder_option
def refresh(folder_path: Path) -> None:
    """Fetch the trust list and all status lists into the folder. The only command that uses the network.

    Exit status 0 if everything was fetched, 2 if something was not (what was there before stays in use).
    """
    from verifier.refresh import refresh as fill  # noqa: PLC0415 - as above

    try:
        done = fill(Folder(folder_path), time.monotonic, _now())
    except FolderBad as bad:
        _stop(f"{folder_path}: {bad.detail}.")
    except ElicenseError as fault:
        _stop(f"Nothing could be fetched: {fault}. Check the network and the address given to init.", UNDETERMINED)
    except OSError as fault:
        _stop(f"{folder_path} cannot be written to: {fault.strerror}.")
    click.echo(f"trust list {done.sequence}, {len(done.fetched)} status lists")
    for uri, why in done.failed:
        click.echo(f"failed: {clean(uri)}: {why}", err=True)
    sys.exit(UNDETERMINED if done.failed else VALID)


@cli.command()
@folder_option
@click.option("--from", "first", required=True, metavar="ISO-DATE", help="The first civil day (UTC+8).")
@click.option("--to", "last", required=True, metavar="ISO-DATE", help="The last civil day; at most yesterday.")
def history(folder_path: Path, first: str, last: str) -> None:
    """Fetch the status lists as they stood at the end of each day, for questions about those days (--at, bulk, may).

    Exit status 0 if every list of every day was had, 2 if something was not.
    """
    from verifier.history import HistoryBad, days  # noqa: PLC0415 - `check` needs no network code
    from verifier.history import fill as fetch_days  # noqa: PLC0415

    try:
        asked = days(first, last, _now())
        with click.progressbar(asked, label="days", file=sys.stderr) as each:
            done = fetch_days(Folder(folder_path), each, time.monotonic)
    except HistoryBad as bad:
        _stop(f"{bad}.")
    except FolderBad as bad:
        _stop(f"{folder_path}: {bad.detail}.")
    except OSError as fault:
        _stop(f"{folder_path} cannot be written to: {fault.strerror}.")
    click.echo(f"{done.days} days, {done.kept} lists kept")
    for uri, why in done.failed:
        click.echo(f"failed: {clean(uri)}: {why}", err=True)
    sys.exit(UNDETERMINED if done.failed else VALID)


@cli.command()
@folder_option
@lang_option
@at_option
@click.option("--json", "as_json", is_flag=True, help="One JSON report a line (schemas/verifier-report.schema.json).")
@click.argument("what", nargs=-1, required=True)
def check(folder_path: Path, lang: Lang, at_text: str | None, as_json: bool, what: tuple[str, ...]) -> None:  # noqa: FBT001 - click's way
    """Check WHAT: a picture or PDF file, the text or link of a code, or - for standard input.

    Several codes in one picture give several verdicts, and so do several lines of a text. A link is never opened.
    """
    at, as_of = _instant(at_text)
    checker = _checker(folder_path, at if as_of else None)
    words: Counter[str] = Counter()
    with _output():
        for one in what:
            for told in _reports(checker, one, at, as_of=as_of):
                report, line = written(told, lambda each: each.to_line(lang) if as_json else each.to_text(lang))
                click.echo(("\n" if words and not as_json else "") + line)
                words[report.word] += 1
    sys.exit(status_of(words))


@cli.command()
@folder_option
@lang_option
@at_option
@click.option("--column", default="code", show_default=True, help="CSV column or JSON member that holds the code.")
@click.option("--out", "out_path", type=click.Path(path_type=Path, allow_dash=True), default="-", help="Answers.")
@click.option("--errors", "errors_path", type=click.Path(path_type=Path), help="Rows that are not valid, here too.")
@click.argument("source", type=click.Path(path_type=Path, exists=True, allow_dash=True))
def batch(
    folder_path: Path, lang: Lang, at_text: str | None, column: str, out_path: Path, errors_path: Path | None,
    source: Path,
) -> None:  # fmt: skip
    """Check many: a CSV file, a JSON lines file (.jsonl), a folder of pictures, or - for JSON lines on standard input.

    Answers are JSON lines in the order of the rows, each written as soon as it is made; a row that cannot be read has
    `fault` in its line. Progress goes to standard error.
    """
    if errors_path is not None and errors_path.resolve() == out_path.resolve():
        _stop("--out and --errors need two different files.")
    at, as_of = _instant(at_text)
    checker = _checker(folder_path, at if as_of else None)
    words: Counter[str] = Counter()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_output())
        out = stack.enter_context(_opened(out_path, source))
        errors = None if errors_path is None else stack.enter_context(_opened(errors_path, source))
        try:
            for row, told in batches.reports(checker, _rows(source, column), at=at, as_of=as_of):
                report, line = batches.line_of(row, told, lang)
                _put(out, line)
                if errors is not None and report.word != "valid":
                    _put(errors, line)
                words[report.word] += 1
                if words.total() % _PROGRESS_EVERY == 0:
                    click.echo(f"\r{words.total():,}", err=True, nl=False)
        except batches.BatchBad as bad:
            _stop(f"{bad}. Name the right column with --column, and save the file as UTF-8.")
    summary = ", ".join(f"{texts.heading(word, lang)} {count:,}" for word, count in sorted(words.items()))
    click.echo(f"\r{words.total():,}: {summary}", err=True)
    sys.exit(status_of(words))


@cli.command()
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

    at, as_of = _instant(at_text)
    _checker(folder_path, at if as_of else None)
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
        _stop(f"{bad}. Name the right column with --column.")
    except ElicenseError as bad:
        _stop(f"{bad}. What is written down stays: the same command goes on.", UNDETERMINED)
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


@cli.command()
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

    now = _now()
    if list_profiles or profile is None:
        for name, title, looked_at in scoping.profiles(scoping.period.civil_day(now), lang):
            click.echo(f"{name}: {title}\n  {' '.join(looked_at)}")
        sys.exit(VALID if list_profiles else USAGE)
    try:
        said = {"profile": profile, "on": on_text, "facts": scoping.facts_from_words(facts)}
        codes = {"person": _code(person), "institution": _code(institution)}
        asked = scoping.asked_from_json({**said, **codes})
    except ValueError as bad:
        _stop(f"{bad}.")
    answer = scoping.answered(asked, lambda at: _checker(folder_path, at), now)
    with _output():
        click.echo(json.dumps(answer.to_json(), ensure_ascii=False) if as_json else scoping.to_text(answer, lang))
    sys.exit({"yes": VALID, "no": INVALID, "ask": UNDETERMINED}[answer.decision.value])


def _code(what: str | None) -> str | None:
    """The one code in what was given; None if nothing was."""
    if what is None:
        return None
    found = _texts(what, lambda why: _stop(f"{what}: {clean(why)}"))
    if len(found) != 1:
        _stop(f"{what}: {len(found)} codes; give one.")
    return found[0]


@cli.command()
@lang_option
@click.argument("what")
def show(lang: Lang, what: str) -> None:
    """Decode WHAT without believing it: nothing is checked, and every line says so."""
    from verifier.show import claimed  # noqa: PLC0415 - for the few who ask

    def say(line: str) -> None:
        click.echo(f"{texts.word('unverified', lang)}: {clean(line)}")

    decoded = False
    with _output():
        say(texts.word("show_warning", lang))
        for text in _texts(what, say):
            try:
                for line in claimed(text):
                    say(line)
                decoded = True
            except Rejected as refused:
                say(f"not a licence: {refused}")
    sys.exit(VALID if decoded else NOTHING)


@cli.command()
@folder_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True, help="Port; 0 for a free one.")
@click.option(
    "--refresh-every", type=click.IntRange(min=0), default=900, show_default=True,
    help="Seconds between refreshes; 0 for never.",
)  # fmt: skip
@click.option("--tell-replays", is_flag=True, help="Tell a live code that was asked about before.")
def serve(folder_path: Path, host: str, port: int, refresh_every: int, tell_replays: bool) -> None:  # noqa: FBT001
    """Serve the page that codes lead to and the JSON API: POST /v1/check, /v1/batch, /v1/may; GET /openapi.json."""
    from verifier.web.serve import run  # noqa: PLC0415 - the web server is not loaded for the other commands

    try:
        run(
            Folder(folder_path), host=host, port=port, refresh_every=refresh_every, announce=click.echo,
            tell_replays=tell_replays,
        )  # fmt: skip
    except OSError as fault:
        _stop(f"{host}:{port} cannot be listened on: {fault.strerror}.")


def status_of(words: Counter[str]) -> int:
    """The exit status of several answers."""
    judged = words["valid"] + words["invalid"] + words["undetermined"]
    if not judged:
        return NOTHING
    if words["invalid"]:
        return INVALID
    return UNDETERMINED if words["undetermined"] or words["unreadable"] else VALID


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, by default that of the process.

    Wrong usage is exit status 64, as sysexits has it; no fault of ours looks like 0 or 1.
    """
    try:
        code = cli.main(arguments, standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(USAGE)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except Exception as fault:  # noqa: BLE001 - the last resort: Python's own exit status for this would mean "invalid"
        click.echo(f"The verifier failed ({type(fault).__name__}); there is no answer. Nothing is valid.", err=True)
        sys.exit(FAULT)
    sys.exit(code if isinstance(code, int) else VALID)


def _stop(message: str, status: int = USAGE) -> NoReturn:
    click.echo(clean(message), err=True)
    sys.exit(status)


def _checker(path: Path, at: int | None) -> Checker:
    try:
        return Checker(Folder(path).load(at))
    except FolderBad as bad:
        _stop(f"{path}: {bad.detail}.")


def _now() -> int:
    return int(time.time())  # noqa: TID251 - the edge: the one place where the clock is read


def _instant(text: str | None) -> tuple[int, bool]:
    """The instant asked about, and whether it is another than now."""
    if text is None:
        return _now(), False
    try:
        if len(text) == len("2026-01-01"):
            moment = dt.datetime.combine(dt.date.fromisoformat(text), dt.time(23, 59, 59), _CIVIL)
        else:
            moment = dt.datetime.fromisoformat(text)
        at = int((moment if moment.tzinfo else moment.replace(tzinfo=_CIVIL)).timestamp())
    except (ValueError, OverflowError):
        at = -1
    if not 0 <= at <= _AT_MAX:
        _stop(f"--at {text}: write an instant as 2026-11-23T16:00:00+08:00 or a day as 2026-11-23.")
    return at, True


def _reports(checker: Checker, what: str, at: int, *, as_of: bool) -> tuple[Report, ...]:
    try:
        data, source = inputs.read(what)
    except inputs.NoFile:
        return (Report(at=at, problem=NO_FILE, source=what),)
    return checker.check(data, at=at, as_of=as_of, source=source)


def _texts(what: str, say: inputs.Say) -> tuple[str, ...]:
    """The texts to show; what there is instead is said."""
    try:
        data, _ = inputs.read(what)
        if scan.looks_like_picture(data):
            return scan.texts_in(data).texts
        return tuple(line.strip() for line in data.decode("utf-8-sig", "replace").splitlines() if line.strip())
    except inputs.NoFile:
        say("no such file")
    except scan.Unreadable as unreadable:
        say(unreadable.code)
    return ()


def _rows(source: Path, column: str) -> Iterator[batches.Row]:
    if str(source) == inputs.STDIN:
        lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="surrogateescape", newline="")
        yield from batches.json_rows(lines, column)
    elif source.is_dir():
        yield from batches.picture_rows(source)
    else:
        with source.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
            read = batches.csv_rows if source.suffix.lower() == ".csv" else batches.json_rows
            yield from read(lines, column)


@contextlib.contextmanager
def _output() -> Iterator[None]:
    """Standard output; that nobody reads it any more is an exit status of its own, not that of "invalid"."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(PIPE)


@contextlib.contextmanager
def _opened(path: Path, source: Path) -> Iterator[IO[str]]:
    """Where answers go. Never the file they are about."""
    if str(path) == inputs.STDIN:
        yield sys.stdout
        return
    try:
        if path.exists() and source.exists() and path.samefile(source):
            _stop(f"{path} is the input; choose another file for the answers.")
        file = path.open("w", encoding="utf-8", newline="\n")
    except OSError as fault:
        _stop(f"{path} cannot be written: {fault.strerror}.")
    with file:
        yield file


def _put(out: IO[str], line: str) -> None:
    """A whole line at once, so that an end at any time leaves whole lines."""
    out.write(line)
    out.flush()


if __name__ == "__main__":
    main()
