"""Codes and pictures: check, batch, show."""

from __future__ import annotations

import contextlib
import io
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import click

from elicense.errors import Rejected
from verifier import batch as batches
from verifier import inputs, texts
from verifier.checker import Checker
from verifier.cli.common import (
    NOTHING,
    VALID,
    at_option,
    checker_of,
    folder_option,
    instant,
    lang_option,
    output,
    status_of,
    stop,
    texts_in,
)  # fmt: skip
from verifier.report import NO_FILE, Report, clean, written
from verifier.texts import Lang

_PROGRESS_EVERY: Final = 1_000


@click.command()
@folder_option
@lang_option
@at_option
@click.option("--json", "as_json", is_flag=True, help="One JSON report a line (schemas/verifier-report.schema.json).")
@click.argument("what", nargs=-1, required=True)
def check(folder_path: Path, lang: Lang, at_text: str | None, as_json: bool, what: tuple[str, ...]) -> None:  # noqa: FBT001 - click's way
    """Check WHAT: a picture or PDF file, the text or link of a code, or - for standard input.

    Several codes in one picture give several verdicts, and so do several lines of a text. A link is never opened.
    """
    at, as_of = instant(at_text)
    checker = checker_of(folder_path, at if as_of else None)
    words: Counter[str] = Counter()
    with output():
        for one in what:
            for told in _reports(checker, one, at, as_of=as_of):
                report, line = written(told, lambda each: each.to_line(lang) if as_json else each.to_text(lang))
                click.echo(("\n" if words and not as_json else "") + line)
                words[report.word] += 1
    sys.exit(status_of(words))


@click.command()
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
        stop("--out and --errors need two different files.")
    at, as_of = instant(at_text)
    checker = checker_of(folder_path, at if as_of else None)
    words: Counter[str] = Counter()
    with contextlib.ExitStack() as stack:
        stack.enter_context(output())
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
            stop(f"{bad}. Name the right column with --column, and save the file as UTF-8.")
    summary = ", ".join(f"{texts.heading(word, lang)} {count:,}" for word, count in sorted(words.items()))
    click.echo(f"\r{words.total():,}: {summary}", err=True)
    sys.exit(status_of(words))


@click.command()
@lang_option
@click.argument("what")
def show(lang: Lang, what: str) -> None:
    """Decode WHAT without believing it: nothing is checked, and every line says so."""
    from verifier.show import claimed  # noqa: PLC0415 - for the few who ask

    def say(line: str) -> None:
        click.echo(f"{texts.word('unverified', lang)}: {clean(line)}")

    decoded = False
    with output():
        say(texts.word("show_warning", lang))
        for text in texts_in(what, say):
            try:
                for line in claimed(text):
                    say(line)
                decoded = True
            except Rejected as refused:
                say(f"not a licence: {refused}")
    sys.exit(VALID if decoded else NOTHING)


def _reports(checker: Checker, what: str, at: int, *, as_of: bool) -> tuple[Report, ...]:
    try:
        data, source = inputs.read(what)
    except inputs.NoFile:
        return (Report(at=at, problem=NO_FILE, source=what),)
    return checker.check(data, at=at, as_of=as_of, source=source)


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
def _opened(path: Path, source: Path) -> Iterator[IO[str]]:
    """Where answers go. Never the file they are about."""
    if str(path) == inputs.STDIN:
        yield sys.stdout
        return
    try:
        if path.exists() and source.exists() and path.samefile(source):
            stop(f"{path} is the input; choose another file for the answers.")
        file = path.open("w", encoding="utf-8", newline="\n")
    except OSError as fault:
        stop(f"{path} cannot be written: {fault.strerror}.")
    with file:
        yield file


def _put(out: IO[str], line: str) -> None:
    """A whole line at once, so that an end at any time leaves whole lines."""
    out.write(line)
    out.flush()
