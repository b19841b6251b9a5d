"""The verifier: pictures in, an offline folder of lists, reports out.

    >>> from verifier import Checker, Folder
    >>> checker = Checker(Folder("lists").load())
    >>> report = checker.check_text("https://elicense.example/v#8405...", at=1_795_420_800)
    >>> report.outcome.value, report.reasons

Judging itself is `elicense.verify`; here stands what surrounds it. Only `verifier.fetch` opens connections. The
names above are loaded when they are asked for, so that the process that reads pictures carries nothing else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verifier.checker import Checker
    from verifier.folder import Folder, Lists
    from verifier.report import Report

__all__ = ["Checker", "Folder", "Lists", "Report"]

_HOMES = {"Checker": "checker", "Folder": "folder", "Lists": "folder", "Report": "report"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type is that of the name, see above
    if name in _HOMES:
        return getattr(importlib.import_module(f"verifier.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
