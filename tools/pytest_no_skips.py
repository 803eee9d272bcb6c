"""A pytest plugin: a test that is skipped fails the run.

A browser test that finds no browser skips itself, and would be missed by
nobody. Loaded with ``-p pytest_no_skips``.
"""

import pytest


class NoSkips:
    """Collect what was skipped, here and in the workers of pytest-xdist."""

    def __init__(self):
        self.skipped = {}

    def _collect(self, report):
        # An expected failure is reported as a skip as well.
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr
            if isinstance(reason, tuple):
                reason = reason[2]
            self.skipped[report.nodeid] = str(reason)

    def pytest_runtest_logreport(self, report):
        self._collect(report)

    def pytest_collectreport(self, report):
        self._collect(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session, exitstatus):
        if self.skipped and exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if not self.skipped:
            return
        terminalreporter.section("skipped tests count as failed", red=True)
        for nodeid, reason in sorted(self.skipped.items()):
            terminalreporter.write_line(f"{nodeid}: {reason}")


def pytest_configure(config):
    # In a worker of pytest-xdist the reports are only passed on.
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(NoSkips(), "no-skips")
