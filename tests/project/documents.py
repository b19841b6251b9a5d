"""Runs the commands and examples of a Markdown document; the convention stands in CONTRIBUTING.md.

    ```console   lines that begin with `$ ` are run by sh, one after the other, in a copy of the repository; lines that
                 begin with `> ` continue a command; what follows is what must be printed, `...` stands for anything
    ```python    is run, all blocks of a document in one namespace
    ```pycon     examples with `>>> `, checked by doctest in the same namespace

Every other block (text, json, cddl ...) is only shown. `make test` and the like are not run from inside a test, which
would run itself; that the target exists is checked.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from tests.project.tree import ROOT, files

RUN = {"console", "python", "pycon"}
REFUSED = {"sh", "bash", "shell", "shell-session", "py", "zsh"}  # shown as commands or code, run by nobody: they rot
NOT_FROM_INSIDE = {"bench", "check", "constraints", "distclean", "docs", "serve", "test"}
SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block: its language, its text, and the line of the document on which the text begins."""

    language: str
    text: str
    line: int


def blocks(markdown: str) -> tuple[Block, ...]:
    """All fenced blocks of a document, in order. A fence that is never closed is an error of the document."""
    found: list[Block] = []
    fence, language, lines, start = "", "", [""], 0
    for number, line in enumerate(markdown.splitlines(), 1):
        opening = re.match(r"\s*(`{3,})\s*([\w-]*)", line)
        if not fence and opening:
            fence, language, lines, start = opening[1], opening[2], [], number + 1
        elif fence and line.strip() == fence:
            found.append(Block(language=language, text="\n".join(lines) + "\n", line=start))
            fence = ""
        elif fence:
            lines.append(line)
    if fence:
        message = f"the block that begins on line {start - 1} is not closed"
        raise ValueError(message)
    return tuple(found)


def commands(text: str) -> tuple[tuple[str, str], ...]:
    """The commands of a console block, each with the output that the document shows for it."""
    found: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], ""])
        elif line.startswith("> ") and found and not found[-1][1]:
            found[-1][0] += "\n" + line[2:]
        elif found:
            found[-1][1] += line + "\n"
        elif line.strip():
            message = f"a console block begins with its command, `$ ...`, not with {line!r}"
            raise ValueError(message)
    return tuple((command, output) for command, output in found)


def as_shown(shown: str, printed: str) -> bool:
    """Whether what was printed is what the document shows; `...` stands for anything, nothing shown for all."""
    if not shown.strip():
        return True
    pattern = ".*".join(re.escape(part) for part in "\n".join(map(str.rstrip, shown.strip().splitlines())).split("..."))
    return re.fullmatch(pattern, "\n".join(map(str.rstrip, printed.strip().splitlines())), re.DOTALL) is not None


def working_copy(folder: Path) -> Path:
    """A copy of the repository's files that uses the environment we run in; so a document can do no harm."""
    copy = folder / "elicense"
    for path in files():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copy / path)
    (copy / ".venv").mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name != ".ok":
            (copy / ".venv" / entry.name).symlink_to(entry)
    (copy / ".venv" / ".ok").touch()
    (folder / "home").mkdir()
    return copy


def run_command(command: str, copy: Path) -> tuple[int, str]:
    """Run one command of a document as its reader would. Gives the exit status and everything printed."""
    words = command.split()
    if words[0] == "make" and NOT_FROM_INSIDE & set(words):
        command = "make --dry-run " + command.removeprefix("make")
    environment = {
        "CI": os.environ.get("CI", ""),
        "HOME": str(copy.parent / "home"),
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TERM": "dumb",
    }
    result = subprocess.run(
        ["sh", "-c", command],
        cwd=copy,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return result.returncode, result.stdout if words[0] != "make" or "--dry-run" not in command else ""


def run_document(markdown: str, name: str, folder: Path) -> list[str]:
    """Run all that a document shows, in order. Gives what went wrong, an empty list if nothing did."""
    wrong: list[str] = []
    namespace: dict[str, object] = {"__name__": "document"}
    copy = working_copy(folder)
    for block in blocks(markdown):
        where = f"{name}:{block.line}"
        if block.language == "console":
            for command, shown in commands(block.text):
                status, printed = run_command(command, copy)
                if status != 0:
                    wrong.append(f"{where}: `{command}` ended with {status}:\n{printed[-3000:]}")
                elif command.split()[0] != "make" and not as_shown(shown, printed):
                    wrong.append(f"{where}: `{command}` printed\n{printed[-3000:]}instead of\n{shown}")
        elif block.language == "python":
            with chdir(copy):
                try:
                    exec(compile("\n" * (block.line - 1) + block.text, name, "exec"), namespace)  # noqa: S102 - our own documents
                except Exception as error:  # noqa: BLE001 - whatever an example raises is the finding
                    wrong.append(f"{where}: {type(error).__name__}: {error}")
        elif block.language == "pycon":
            wrong += [f"{where}: {failure}" for failure in _doctest(block, name, namespace, copy)]
    return wrong


def _doctest(block: Block, name: str, namespace: dict[str, object], copy: Path) -> list[str]:
    """Check the examples of one pycon block."""
    test = doctest.DocTestParser().get_doctest(block.text, namespace, name, name, block.line)
    test.globs = namespace
    said: list[str] = []
    with chdir(copy):
        doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(test, out=said.append, clear_globs=False)
    return said
