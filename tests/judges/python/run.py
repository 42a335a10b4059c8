"""`python tests/judges/python/run.py`: every judge, the matrix of who judged what, and a count as the last line."""

import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pytest

from bench import Bench

JUDGES = ("cryptography", "joserfc", "PyJWT", "cwt")


class Matrix:
    """Listens to pytest."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed: set[str] = set()
        self.unjudged: set[str] = set()
        self.counts: Counter[tuple[str, str, str, str]] = Counter()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read is a failure too, and so is one that skips itself."""
        if not report.passed:
            self.failed.add(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A skip is a failure: nothing here is optional."""
        if not report.passed:
            self.failed.add(report.nodeid)
        elif report.when == "teardown" and report.nodeid not in self.failed:
            self.passed += 1
            self.count(report)

    def count(self, report: pytest.TestReport) -> None:
        """What happened at the benches of one test."""
        benches = [value for _, value in report.user_properties if isinstance(value, Bench)]
        if not benches:
            self.failed.add(f"{report.nodeid} judged nothing")
        for bench in benches:
            key = (bench.judge, bench.direction, bench.thing)
            self.counts.update({(*key, "accepted"): bench.accepted, (*key, "refused"): bench.refused})

    def lines(self) -> list[str]:
        """One line per judge, direction and kind of object."""
        return [
            f"{judge + ' ' + version(judge):<22} {direction:<11} {thing:<34}"
            f" {self.counts[judge, direction, thing, 'accepted']:>5} accepted"
            f" {self.counts[judge, direction, thing, 'refused']:>5} refused"
            for judge, direction, thing in sorted({key[:3] for key in self.counts})
        ]


def main() -> int:
    """Runs, prints, and says whether all went well."""
    matrix = Matrix()
    code = pytest.main(["-q", "-p", "no:cacheprovider", str(Path(__file__).parent)], plugins=[matrix])
    idle = {f"{judge} judged nothing" for judge in JUDGES} - {f"{key[0]} judged nothing" for key in matrix.counts}
    failed = matrix.failed | idle
    print("\n".join(["", *matrix.lines(), *(f"failed: {name}" for name in sorted(failed)), ""]))
    versions = ", ".join(f"{judge} {version(judge)}" for judge in JUDGES)
    print(f"{matrix.passed} passed, {len(failed)} failed ({matrix.passed} pytest; {versions})")
    return 0 if code == 0 and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
