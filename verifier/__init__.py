"""The verifier: pictures in, an offline folder of lists, reports out.

    >>> from verifier import Checker, Folder
    >>> checker = Checker(Folder("lists").load())
    >>> report = checker.check_text("https://elicense.example/v#8405...", at=1_795_420_800)
    >>> report.outcome.value, report.reasons

Judging itself is `elicense.verify`; here stands what surrounds it. Only `verifier.refresh` opens connections.
"""

from verifier.checker import Checker
from verifier.folder import Folder, Lists
from verifier.report import Report

__all__ = ["Checker", "Folder", "Lists", "Report"]
