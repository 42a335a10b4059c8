"""Processes that the demo started, and how they end."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import NoReturn


def stop(process: subprocess.Popen[str]) -> None:
    """Ends a process we started, by its id: politely, and after ten seconds for certain."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def end_in_order() -> None:
    """Makes the end of this process one that stops what it started."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)


def _leave(*_: object) -> NoReturn:
    sys.exit("demo: stopped")
