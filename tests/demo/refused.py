"""An answer of no over HTTP: problem details (RFC 9457), or the error of an OAuth endpoint (RFC 6749 §5.2)."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """Somebody said no."""

    def __init__(self, where: str, problem: dict[str, Any]) -> None:
        text = problem.get("detail") or problem.get("error_description") or problem.get("title") or "no reason given"
        if "limit" in problem and "detail" not in problem:
            text += f": the limit is {problem['limit']}"
        super().__init__(text)
        self.where = where
        self.code: str = problem.get("code", f"http.{problem.get('status')}")
        self.error: str | None = problem.get("error")
        self.link: int | None = problem.get("link")
