"""Makes docs/cli.md from the --help of both programs (`make docs-cli`); test_cli_reference.py compares the two.

The texts stand in the code, next to what they describe, and nowhere else.
"""

import importlib
import sys
from collections.abc import Iterator

import click

PROGRAMS = {"elicense-issuer": "issuer.cli", "elicense-verifier": "verifier.cli"}
WIDTH = 100
HEAD = """# The two programs

Made by `make docs-cli` from what `--help` prints; change the texts in the code.
"""


def root(module: str) -> click.Command:
    """The command of a program's module: `main` itself, or `cli` when `main` only wraps it."""
    loaded = importlib.import_module(module)
    for name in ("main", "cli"):
        if isinstance(command := getattr(loaded, name, None), click.Command):
            return command
    message = f"{module} has no click command named main or cli"
    raise LookupError(message)


def walk(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """A command and all below it, each with its full name and its help."""
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from walk(below, click.Context(below, info_name=name, parent=context, terminal_width=WIDTH))


def _context(command: click.Command, program: str) -> click.Context:
    """The context in which the program itself would run, with its own names of --help."""
    return click.Context(command, info_name=program, terminal_width=WIDTH, **command.context_settings)


def render() -> str:
    """The whole document."""
    parts = [HEAD]
    for program, module in PROGRAMS.items():
        command = root(module)
        for path, text in walk(command, _context(command, program)):
            level = "##" if path == program else "###"
            parts.append(f"{level} {path}\n\n```text\n$ {path} --help\n{text.rstrip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(render())
