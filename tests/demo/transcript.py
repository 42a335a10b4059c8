"""The transcript: one line per request or call, checked against what was expected of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from keybound import Refusal
from refused import Refused

PERMITTED = "PERMITTED"
WIDTHS = (2, 12, 14, 21, 36)

PATIENCE = 10
"""Seconds within which the edge must have heard of a revocation."""

Answer = dict[str, Any]


@dataclass
class Transcript:
    """Runs requests and calls and prints a line for each: who, what, arguments, outcome, and why."""

    expected: list[tuple[str, str, str]]
    """Who, what, and `PERMITTED` or the code, of everything there will be, in order."""
    names: dict[str, str] = field(default_factory=dict)
    """What agents are called here, by their ids."""
    calls: int = 0
    surprises: int = 0
    revoked_at: float = 0
    """When the service had last taken a revocation."""
    delays: list[float] = field(default_factory=list)
    """Seconds from such a moment to the refusal at the edge."""

    def heading(self, text: str) -> None:
        """Begins a chapter."""
        print(f"\n{text}", flush=True)

    def quote(self, who: str, text: object) -> None:
        """What somebody has to say."""
        print(f'    {who}: "{text}"')

    def note(self, text: str) -> None:
        """Something worth knowing."""
        print(f"    {text}")

    def show(self, text: str) -> None:
        """Something longer, line by line."""
        for line in text.splitlines():
            print(f"    {line}")

    def check(self, holds: bool, text: str) -> None:
        """Something that must be so."""
        self.surprises += not holds
        print(f"    {'holds' if holds else 'DOES NOT HOLD'}: {text}")

    def run(self, who: str, tool: str, arguments: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        """Runs a call at the edge. A refusal is written down and goes on to the caller."""
        answer: Answer = self.ask(who, tool, shown(arguments), call, lambda answer: self.lineage(answer["permit"]))
        return answer

    def ask(self, who: str, what: str, about: str, call: Callable[[], Any], why: Callable[[Any], str]) -> Any:
        """Runs a request; `why` says what came of it. A refusal is written down and goes on to the caller."""
        try:
            answer = call()
        except (Refused, Refusal) as refusal:
            self._write(who, what, about, refusal.code, reason(refusal))
            raise
        self._write(who, what, about, PERMITTED, why(answer))
        return answer

    def attempt(self, who: str, what: str, arguments: dict[str, Any] | str, call: Callable[[], Any]) -> None:
        """Runs `call` for somebody who does not mind a refusal."""
        about = arguments if isinstance(arguments, str) else shown(arguments)
        with suppress(Refused, Refusal):
            self.ask(who, what, about, call, lambda answer: self.lineage(answer["permit"]))

    def until_refused(self, who: str, tool: str, arguments: dict[str, Any], call: Callable[[], Answer]) -> None:
        """Calls until the edge has heard that it must refuse, and says how long that took."""
        permitted = 0
        while True:
            try:
                answer = call()
            except (Refused, Refusal) as refusal:
                seconds = time.monotonic() - self.revoked_at
                went_through = f", {permitted} calls went through before" if permitted else ""
                why = f"{seconds:.2f} s later{went_through}; {reason(refusal)}"
                self._write(who, tool, shown(arguments), refusal.code, why)
                self.delays.append(seconds)
                return
            permitted += 1
            if time.monotonic() > self.revoked_at + PATIENCE:
                why = f"{PATIENCE} s later; {self.lineage(answer['permit'])}"
                self._write(who, tool, shown(arguments), PERMITTED, why)
                return
            time.sleep(0.2)

    def finish(self) -> int:
        """Prints the verdict; the exit code."""
        missing = len(self.expected) - self.calls
        if self.surprises or missing:
            print(f"\ndemo: {self.calls} calls, {self.surprises} outcomes not as expected, {missing} calls missing")
            return 1
        print(f"\ndemo: {self.calls} requests and calls, all outcomes as expected")
        return 0

    def lineage(self, permit: dict[str, Any]) -> str:
        """`for ada: manager > reader`: on whose behalf, and who handed the authority to whom."""
        agents = (hop["agent"] for hop in permit["lineage"] if hop["agent"])
        return f"for {permit['principal']}: {' > '.join(self.name(agent) for agent in agents)}"

    def name(self, agent: str) -> str:
        """What an agent is called here."""
        return self.names.get(agent, agent.rsplit("/", 1)[-1])

    def _write(self, who: str, what: str, about: str, outcome: str, why: str) -> None:
        self.calls += 1
        cells = (f"{self.calls:2}", who, what, about, outcome if outcome == PERMITTED else f"REFUSED {outcome}")
        print(" ", *(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)), why, flush=True)
        wanted = self.expected[self.calls - 1] if self.calls <= len(self.expected) else ("no", "further", "call")
        if wanted != (who, what, outcome):
            self.surprises += 1
            print(f"     ^ expected: {' '.join(wanted)}")


def shown(arguments: dict[str, Any]) -> str:
    """The values of arguments."""
    return " ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in arguments.values())


def reason(refusal: Refused | Refusal) -> str:
    """Where it was refused, at which link of the chain, and why or what would help."""
    where = refusal.where if isinstance(refusal, Refused) else "at home"
    if refusal.link is None:
        return f"{where}: {refusal}"
    return f"{where}, link {refusal.link}: {str(refusal).removesuffix(f' (link {refusal.link})')}"
