"""`python tests/judges/service/python/run.py`: an OAuth client we did not write, before the real binary; a count as the last line."""

import platform
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pytest

JUDGES = ("requests_oauth2client", "PyJWT", "joserfc")


class Counts:
    """Listens to pytest."""

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()
        self.failed: set[str] = set()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read is a failure too, and so is one that skips itself."""
        if not report.passed:
            self.failed.add(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A skip is a failure: nothing here is optional."""
        if not report.passed:
            self.failed.add(report.nodeid)
        elif report.when == "teardown" and report.nodeid not in self.failed:
            self.passed[report.nodeid.split("::")[0]] += 1


def main() -> int:
    """Runs the tests."""
    here, counts = Path(__file__).resolve().parent, Counts()
    code = pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", "--rootdir", str(here), str(here)], plugins=[counts])
    for file in sorted(here.glob("test_*.py")):
        print(f"{file.stem.removeprefix('test_'):<16} {counts.passed[file.name]:>4} passed")
        if counts.passed[file.name] == 0:
            counts.failed.add(f"{file.name} tested nothing")
    for failure in sorted(counts.failed):
        print(f"failed: {failure}")
    versions = ", ".join(f"{judge} {version(judge)}" for judge in JUDGES)
    passed = sum(counts.passed.values())
    print(f"\n{passed} passed, {len(counts.failed)} failed (pytest before the binary; {versions}, Python {platform.python_version()})")
    return 0 if code == 0 and not counts.failed else 1


if __name__ == "__main__":
    sys.exit(main())
