"""Where a judge sits: what was accepted and what was refused, counted.

A judge that refuses nothing has judged nothing, so a bench without an honest case, or without a control that is
refused, fails its test.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import pytest

WE_SIGN = "we sign"
THEY_SIGN = "they sign"
BOTH_VERIFY = "both verify"

Value = TypeVar("Value")


@dataclass
class Bench:
    """One judge, one direction, one kind of object."""

    judge: str
    direction: str
    thing: str
    accepted: int = 0
    refused: int = 0

    def accepts(self, value: Value) -> Value:
        """What came through: the caller has just had it verified, by somebody who raises a no."""
        self.accepted += 1
        return value

    @contextmanager
    def refuses(self, kind: type[Exception], **parts: object) -> Iterator[None]:
        """What must be refused for exactly this reason: the class of the error, and members of it."""
        with pytest.raises(kind) as caught:
            yield
        assert {name: getattr(caught.value, name) for name in parts} == parts
        self.refused += 1


Benches = Callable[[str, str, str], Bench]
