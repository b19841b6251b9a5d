"""The documents are executed: their commands run, their examples hold, their links lead somewhere."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.project.documents import NOT_FROM_INSIDE, REFUSED, RUN, as_shown, blocks, commands, run_document
from tests.project.tree import ROOT, read, texts

DOCUMENTS = texts(".md")
MADE = Path("docs/cli.md")  # made from --help and compared as a whole by test_cli_reference.py
EXECUTED = [path for path in DOCUMENTS if path != MADE and any(block.language in RUN for block in blocks(read(path)))]
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|<(?:img|a)\s[^>]*(?:src|href)=\"([^\"]+)\"")


@pytest.mark.parametrize("path", EXECUTED, ids=str)
def test_what_a_document_shows_is_true(path: Path, tmp_path: Path) -> None:
    """Whoever types it off gets what is printed there."""
    wrong = run_document(read(path), str(path), tmp_path)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_blocks_are_run_or_honestly_only_shown(path: Path) -> None:
    """A block that looks like commands and is run by nobody will be wrong one day."""
    assert not [block.line for block in blocks(read(path)) if block.language in REFUSED]
    assert not [block.line for block in blocks(read(path)) if not block.language], "a block without a language"


def anchors(markdown: str) -> set[str]:
    """The names under which the headings of a document can be linked to, as the usual hosts make them."""
    headings = re.findall(
        r"^#{1,6}\s+(.+?)\s*#*$", re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", text).lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    """Relative links resolve to a file of the repository, and their anchors to a heading of it."""
    dead = []
    prose = re.sub(r"^```.*?^```", "", read(path), flags=re.MULTILINE | re.DOTALL)
    for target in ("".join(pair) for pair in LINK.findall(re.sub(r"`[^`\n]*`", "", prose))):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        file = (ROOT / path.parent / name).resolve() if name else ROOT / path
        inside = file.exists() and file.is_relative_to(ROOT)
        if not inside or (anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8"))):
            dead.append(target)
    assert not dead


def test_every_decision_is_in_the_index() -> None:
    """A decision that nobody finds is taken twice. Numbers are unique and names say what was decided."""
    folder = Path("docs/decisions")
    records = [path.name for path in texts(".md") if path.parent == folder and path.name != "README.md"]
    index = read(folder / "README.md")
    assert records
    assert not [name for name in records if f"]({name})" not in index]
    assert not [name for name in records if not re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name)]
    assert len({name[:4] for name in records}) == len(records)


def test_both_readmes_show_the_same_commands() -> None:
    """The two commands stand in both, and a translation that lags behind is found."""
    shown = []
    for name in ("README.md", "README.zh-CN.md"):
        console = [block.text for block in blocks(read(Path(name))) if block.language == "console"]
        shown.append([command for text in console for command, _ in commands(text)])
    assert shown[0] == shown[1]
    assert {"make demo", "make test"} <= set(shown[0])


# ---------------------------------------------------------------- the runner itself must be able to complain


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("", "anything\n", True),
        ("valid\n", "valid \n", True),
        ("valid\n", "invalid\n", False),
        ("valid ... days\n", "valid 3\nor 4 days\n", True),
        ("a.c\n", "abc\n", False),
    ],
)
def test_output_is_compared(shown: str, printed: str, *, same: bool) -> None:
    """Dots stand for anything only in threes."""
    assert as_shown(shown, printed) is same


@pytest.mark.parametrize(
    ("document", "finding"),
    [
        ("```console\n$ false\n```\n", "ended with 1"),
        ("```console\n$ echo one\ntwo\n```\n", "instead of"),
        ("```console\n$ make no-such-target\n```\n", "ended with 2"),
        ("```console\n$ make test no-such-target\n```\n", "ended with 2"),
        ("```python\nassert 1 == 2\n```\n", "AssertionError"),
        ("```python\na = 1\n```\n\n```pycon\n>>> a + 1\n3\n```\n", "Expected"),
    ],
)
def test_a_false_document_is_found(document: str, finding: str, tmp_path: Path) -> None:
    """Each kind of block can fail."""
    assert finding in "\n".join(run_document(document, "made-up.md", tmp_path))


def test_a_true_document_passes(tmp_path: Path) -> None:
    """Names go from block to block, files from command to command; nothing is written to the repository."""
    document = """
```console
$ echo one > made-up.txt && \\
> cat made-up.txt
one
$ cat made-up.txt
o...
$ make test
```

```python
from pathlib import Path

text = Path("made-up.txt").read_text()
```

```pycon
>>> text
'one\\n'
```
"""
    assert run_document(document, "made-up.md", tmp_path) == []
    assert not (ROOT / "made-up.txt").exists()


def test_broken_blocks_are_refused() -> None:
    """An unclosed fence would hide the rest of a document from these tests."""
    with pytest.raises(ValueError, match="line 2 is not closed"):
        blocks("text\n```console\n$ true\n")
    with pytest.raises(ValueError, match="begins with its command"):
        commands("true\n")


def test_targets_kept_from_running_exist() -> None:
    """A renamed target would otherwise be run from inside the tests for ever."""
    makefile = read(Path("Makefile"))
    assert not [name for name in NOT_FROM_INSIDE if f".PHONY: {name}\n" not in makefile]
