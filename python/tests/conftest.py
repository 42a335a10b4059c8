"""Says at the end how many vectors passed, in the words every language uses."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = [report for report in terminalreporter.stats.get("passed", []) if "::test_vector[" in report.nodeid]
    if passed:
        terminalreporter.write_line(f"vectors: {len(passed)} passed")
