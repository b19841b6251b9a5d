"""What every test runs under: Hypothesis profiles, and skips that nobody can overlook.

A skipped test proves nothing. By hand each skip is listed at the end in capitals; with CI=true it is a failure.
"""

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# By hand: fresh random examples each time, so that every run looks somewhere new.
settings.register_profile("dev", max_examples=50, deadline=None)
# In CI: the same examples each time, so that a red run can be repeated; no deadline, the machine is shared.
settings.register_profile(
    "ci",
    max_examples=100,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if CI else "dev")

SKIP_FAILS = "skipped, and with CI=true a skip is a failure: "


def _reason(longrepr: object) -> str:
    """Why a test or a file was skipped; pytest gives (path, line, reason)."""
    return str(longrepr[2]) if isinstance(longrepr, tuple) and len(longrepr) == 3 else str(longrepr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true turn a skipped test into a failed one. Expected failures (xfail) stay what they are."""
    report = yield
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = SKIP_FAILS + _reason(report.longrepr)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that skips itself, for instance by `pytest.importorskip`."""
    report = yield
    if CI and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = SKIP_FAILS + _reason(report.longrepr)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what was not tested, loudly."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        for report in skipped:
            terminalreporter.line(f"{report.nodeid}: {_reason(report.longrepr)}", red=True)
