"""The transcript: one line per call, checked against what was expected of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from edge import Refused
from keybound import Refusal

PERMITTED = "PERMITTED"
WIDTHS = (2, 8, 14, 18, 30)


@dataclass
class Transcript:
    """Runs calls and prints a line for each: who, tool, arguments, outcome, and why."""

    expected: list[tuple[str, str, str]]
    """Who, tool, and `PERMITTED` or the code, of every call there will be, in order."""
    calls: int = 0
    surprises: int = 0

    def heading(self, text: str) -> None:
        """Begins a chapter."""
        print(f"\n{text}")

    def quote(self, who: str, text: object) -> None:
        """What somebody has to say."""
        print(f'    {who}: "{text}"')

    def run(self, who: str, tool: str, arguments: dict[str, Any], call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Runs `call`. A refusal is written down and goes on to the caller."""
        try:
            answer = call()
        except (Refused, Refusal) as refusal:
            self._write(who, tool, arguments, refusal.code, reason(refusal))
            raise
        self._write(who, tool, arguments, PERMITTED, lineage(answer["permit"]))
        return answer

    def attempt(self, who: str, tool: str, arguments: dict[str, Any], call: Callable[[], dict[str, Any]]) -> None:
        """Runs `call` for somebody who does not mind a refusal."""
        with suppress(Refused, Refusal):
            self.run(who, tool, arguments, call)

    def finish(self) -> int:
        """Prints the verdict; the exit code."""
        missing = len(self.expected) - self.calls
        if self.surprises or missing:
            print(f"\ndemo: {self.calls} calls, {self.surprises} outcomes not as expected, {missing} calls missing")
            return 1
        print(f"\ndemo: {self.calls} calls, all outcomes as expected")
        return 0

    def _write(self, who: str, tool: str, arguments: dict[str, Any], outcome: str, why: str) -> None:
        self.calls += 1
        shown = " ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in arguments.values())
        cells = (f"{self.calls:2}", who, tool, shown, outcome if outcome == PERMITTED else f"REFUSED {outcome}")
        print(" ", *(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)), why)
        wanted = self.expected[self.calls - 1] if self.calls <= len(self.expected) else ("no", "further", "call")
        if wanted != (who, tool, outcome):
            self.surprises += 1
            print(f"     ^ expected: {' '.join(wanted)}")


def lineage(permit: dict[str, Any]) -> str:
    """`for dana: manager > reader`: on whose behalf, and who handed the authority to whom."""
    agents = (hop["agent"].rsplit("/", 1)[-1] for hop in permit["lineage"] if hop["agent"])
    return f"for {permit['principal']}: {' > '.join(agents)}"


def reason(refusal: Refused | Refusal) -> str:
    """Where it was refused, at which link of the chain, and why or what would help."""
    where = "edge" if isinstance(refusal, Refused) else "at home"
    if refusal.link is None:
        return f"{where}: {refusal}"
    return f"{where}, link {refusal.link}: {str(refusal).removesuffix(f' (link {refusal.link})')}"
