"""`python -m benchmarks [NAME ...]`: measure, print tables, write JSON.

Without names everything runs, in about eight minutes. `--quick` runs each benchmark once over a handful of things, to
see that it works and that all candidates agree; its times mean nothing. Exit status: 0, whatever the times are; 1 if
candidates disagree.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.registry import REGISTERED, run
from benchmarks.result import Result, render
from benchmarks.timing import FULL, QUICK, Disagreement

RESULTS = Path(__file__).parent / "results"


def main(words: list[str] | None = None) -> int:
    """Run what was asked for."""
    asked = _arguments(words)
    if asked.list:
        for name, (_, about) in REGISTERED.items():
            print(f"{name:10}{about}")
        return 0
    described = machine.describe()
    print("\n".join(f"{key:13}{value}" for key, value in described.items()), flush=True)
    effort = QUICK if asked.quick else FULL
    results: list[Result] = []
    for name in asked.names or REGISTERED:
        begun = time.monotonic()
        try:
            result = run(name, effort)
        except Disagreement as different:
            print(f"{name}: candidates disagree: {different}", file=sys.stderr)
            return 1
        if asked.quick:  # one round says nothing about time
            result = replace(result, targets=[one for one in result.targets if not one.timed])
        print(f"\n{render(result)}  ({time.monotonic() - begun:.0f} s)", flush=True)
        results.append(result)
    path = asked.json or RESULTS / "local" / ("quick.json" if asked.quick else "latest.json")
    _write(path, described, results)
    return 0


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", choices=[[], *REGISTERED], help="what to run (default: all)"
    )
    parser.add_argument("--list", action="store_true", help="name the benchmarks and stop")
    parser.add_argument("--quick", action="store_true", help="only see that everything runs and agrees")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the results")
    return parser.parse_args(words)


def _write(path: Path, described: dict[str, str], results: list[Result]) -> None:
    """Keep what other benchmarks left in the file: a run of one of them renews only its own part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else {}
    kept |= {result.name: result.to_json() | {"machine": described} for result in results}
    text = json.dumps({"results": dict(sorted(kept.items()))}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
