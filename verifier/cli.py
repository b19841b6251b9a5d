"""The command line of the verifier: init, refresh, check, batch, show, serve.

Exit status of `check` and `batch`: 0 all valid, 1 any invalid, 2 none invalid but some undetermined, 3 nothing
readable, 64 wrong usage or an unusable folder. The clock is read here and nowhere below.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final, NoReturn

import click

from elicense import cbor, claims, cose, qr, strictjson
from elicense.errors import ElicenseError, Rejected
from elicense.trust import Anchor
from verifier import batch as batches
from verifier import scan, texts
from verifier.checker import Checker
from verifier.folder import Folder, FolderBad
from verifier.limits import STDIN_BYTES_MAX
from verifier.refresh import refresh as fill
from verifier.report import Report, clean, instant
from verifier.texts import Lang

VALID, INVALID, UNDETERMINED, NOTHING, USAGE = 0, 1, 2, 3, 64
_PROGRESS_EVERY: Final = 1_000

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
    try:
        Folder(folder_path).create(Anchor.from_json(strictjson.loads(anchor_file.read())), trust_uri)
    except FileExistsError:
        _stop(f"{folder_path} is in use already; choose another folder with --folder.")
    except Rejected:
        _stop("The anchor file does not hold root keys and a threshold.")
    click.echo(f"{folder_path}: root keys pinned. Next: elicense-verifier refresh --folder {folder_path}")


@cli.command()
@folder_option
def refresh(folder_path: Path) -> None:
    """Fetch the trust list and all status lists into the folder. The only command that uses the network.

    Exit status 0 if everything was fetched, 2 if something was not (what was there before stays in use).
    """
    try:
        done = fill(Folder(folder_path), time.monotonic)
    except ElicenseError as fault:
        _stop(f"Nothing could be fetched: {fault}. Check the network and the address given to init.", UNDETERMINED)
    click.echo(f"trust list {done.sequence}, {len(done.fetched)} status lists")
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

    Several codes in one picture give several verdicts.
    """
    at, as_of = _instant(at_text)
    checker = _checker(folder_path, at if as_of else None)
    reports = [report for one in what for report in _reports(checker, one, at, as_of=as_of)]
    for number, report in enumerate(reports):
        if as_json:
            click.echo(json.dumps(report.to_json(lang), ensure_ascii=False))
        else:
            click.echo(("\n" if number else "") + report.to_text(lang))
    sys.exit(status_of(Counter(report.word for report in reports)))


@cli.command()
@folder_option
@lang_option
@at_option
@click.option("--column", default="code", show_default=True, help="CSV column or JSON member that holds the code.")
@click.option("--out", type=click.File("w", encoding="utf-8", lazy=False), default="-", help="Where answers go.")
@click.option("--errors", type=click.File("w", encoding="utf-8"), help="Rows that are not valid, as JSON lines, too.")
@click.argument("source", type=click.Path(path_type=Path, exists=True, allow_dash=True))
def batch(
    folder_path: Path, lang: Lang, at_text: str | None, column: str, out: IO[str], errors: IO[str] | None, source: Path
) -> None:
    """Check many: a CSV file, a JSON lines file (.jsonl), a folder of pictures, or - for JSON lines on standard input.

    Answers are JSON lines in the order of the rows, written as they are made; progress goes to standard error.
    """
    at, as_of = _instant(at_text)
    checker = _checker(folder_path, at if as_of else None)
    words: Counter[str] = Counter()
    try:
        for row, report in batches.reports(checker, _rows(source, column), at=at, as_of=as_of):
            batches.write_json(out, row, report, lang)
            if errors is not None and report.word != "valid":
                batches.write_json(errors, row, report, lang)
            words[report.word] += 1
            if words.total() % _PROGRESS_EVERY == 0:
                click.echo(f"\r{words.total():,}", err=True, nl=False)
    except batches.BatchBad as bad:
        _stop(f"{bad}. Name the right column with --column.")
    except UnicodeDecodeError:
        _stop("The file is not UTF-8. Save it as UTF-8 and try again.")
    summary = ", ".join(f"{texts.heading(word, lang)} {count:,}" for word, count in sorted(words.items()))
    click.echo(f"\r{words.total():,}: {summary}", err=True)
    sys.exit(status_of(words))


@cli.command()
@lang_option
@click.argument("what")
def show(lang: Lang, what: str) -> None:
    """Decode WHAT without believing it: nothing is checked, and every line says so."""
    mark = texts.word("unverified", lang)
    click.echo(f"{mark}: {texts.word('show_warning', lang)}")
    try:
        data = _bytes(what)
        found = scan.texts_in(data) if scan.looks_like_picture(data) else (data.decode("utf-8", "replace").strip(),)
    except (scan.Unreadable, OSError) as fault:
        click.echo(f"{mark}: {fault}")
        sys.exit(NOTHING)
    for text in found:
        for line in _decoded(text):
            click.echo(f"{mark}: {clean(line)}")


@cli.command()
@folder_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8090, show_default=True)
@click.option("--refresh-every", default=900, show_default=True, help="Seconds between refreshes; 0 for never.")
def serve(folder_path: Path, host: str, port: int, refresh_every: int) -> None:
    """Serve the JSON API: POST /v1/check, POST /v1/batch, GET /healthz, GET /openapi.json."""
    from verifier.web.serve import run  # noqa: PLC0415 - the web server is not loaded for the other commands

    run(Folder(folder_path), host=host, port=port, refresh_every=refresh_every)


def status_of(words: Counter[str]) -> int:
    """The exit status of several answers."""
    judged = words["valid"] + words["invalid"] + words["undetermined"]
    if not judged:
        return NOTHING
    if words["invalid"]:
        return INVALID
    return UNDETERMINED if words["undetermined"] or words["unreadable"] else VALID


def main() -> NoReturn:
    """Run the command line; wrong usage is exit status 64, as sysexits has it."""
    try:
        code = cli.main(standalone_mode=False)
    except click.UsageError as wrong:
        wrong.show()
        sys.exit(USAGE)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(USAGE)
    except click.Abort:
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else VALID)


def _stop(message: str, status: int = USAGE) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(status)


def _checker(path: Path, at: int | None) -> Checker:
    try:
        return Checker(Folder(path).load(at))
    except FolderBad as bad:
        _stop(f"{path}: {bad.detail}.")


def _instant(text: str | None) -> tuple[int, bool]:
    """The instant asked about, and whether it is another than now."""
    if text is None:
        return int(time.time()), False  # noqa: TID251 - the edge: the one place where the clock is read
    civil = dt.timezone(dt.timedelta(hours=8))
    try:
        if len(text) == len("2026-01-01"):
            day = dt.date.fromisoformat(text)
            return int(dt.datetime.combine(day, dt.time(23, 59, 59), civil).timestamp()), True
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        _stop(f"--at {clean(text)}: write an instant as 2026-11-23T16:00:00+08:00 or a day as 2026-11-23.")
    return int((moment if moment.tzinfo else moment.replace(tzinfo=civil)).timestamp()), True


def _bytes(what: str) -> bytes:
    if what == "-":
        return sys.stdin.buffer.read(STDIN_BYTES_MAX + 1)
    path = Path(what)
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(STDIN_BYTES_MAX + 1)
    except (OSError, ValueError):
        pass
    return what.encode("utf-8", "replace")


def _reports(checker: Checker, what: str, at: int, *, as_of: bool) -> tuple[Report, ...]:
    source = what if os.path.lexists(what[:4096].replace("\0", "")) else None
    return checker.check(_bytes(what), at=at, as_of=as_of, source=source)


def _rows(source: Path, column: str) -> Iterator[batches.Row]:
    if str(source) == "-":
        yield from batches.json_rows(sys.stdin, column)
    elif source.is_dir():
        yield from batches.picture_rows(source)
    else:
        with source.open(encoding="utf-8-sig", newline="") as lines:
            read = batches.csv_rows if source.suffix.lower() == ".csv" else batches.json_rows
            yield from read(lines, column)


def _decoded(text: str) -> Iterable[str]:
    try:
        token = qr.from_text(text)
        yield f"token: {len(token)} bytes"
        parts = cose.split_licence(token)
        algorithm, kid = cose.claimed_kid(parts.header)
        yield f"claimed key: {kid.hex()} (algorithm {algorithm})"
        licence, _ = claims.from_payload(parts.payload)
        yield f"claimed time of issue: {instant(licence.issued_at)}"
        for name, value in claims.to_json(licence).items():
            yield f"claimed {name}: {json.dumps(value, ensure_ascii=False)}"
        yield f"payload: {cbor.dumps(cbor.loads(parts.payload)).hex()}"
    except Rejected as refused:
        yield f"not a licence: {refused}"


if __name__ == "__main__":
    main()
