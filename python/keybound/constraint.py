"""Constraints on arguments: plain dicts, for the `tools` of a grant or a delegation.

    tools={"pay_invoice": {"amount": range(max=500), "currency": exact("EUR")}}

The functions only write the members down; the core checks them when the token is made.
Equality is that of JSON: `1` and `1.0` are equal, `1` and `"1"` are not.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "Constraint",
    "all_of",
    "any_of",
    "contains",
    "exact",
    "not_one_of",
    "one_of",
    "optional",
    "range",
    "subset",
    "wildcard",
]

Constraint = dict[str, Any]
"""A constraint in the JSON shape that a token carries."""


def exact(value: str | int | float | bool | None) -> Constraint:
    """The argument equals `value`."""
    return {"constraint_type": "exact", "value": value}


_ABSENT: Any = object()


def range(
    min: int | float = _ABSENT,
    max: int | float = _ABSENT,
    *,
    min_inclusive: bool = _ABSENT,
    max_inclusive: bool = _ABSENT,
) -> Constraint:
    """The argument is a number between `min` and `max`.

    A bound that is left out does not bind. Bounds belong to the range unless their flag is False.
    `TypeError` for a bound that is None: it was meant to bind something.
    """
    members = {"min": min, "max": max, "min_inclusive": min_inclusive, "max_inclusive": max_inclusive}
    given = {name: value for name, value in members.items() if value is not _ABSENT}
    for name, value in given.items():
        if value is None:
            raise TypeError(f"{name} is None: give it a value or leave it out")
    return {"constraint_type": "range", **given}


def one_of(*values: Any) -> Constraint:
    """The argument equals one of `values`."""
    return {"constraint_type": "one_of", "values": _each(values, "one_of")}


def not_one_of(*excluded: Any) -> Constraint:
    """The argument equals none of `excluded`; everything else passes, of any type."""
    return {"constraint_type": "not_one_of", "excluded": _each(excluded, "not_one_of")}


def contains(*required: Any) -> Constraint:
    """The argument is an array that holds every one of `required`."""
    return {"constraint_type": "contains", "required": _each(required, "contains")}


def subset(*allowed: Any) -> Constraint:
    """The argument is an array that holds nothing but `allowed`; an empty array passes."""
    return {"constraint_type": "subset", "allowed": _each(allowed, "subset")}


def _each(values: tuple[Any, ...], name: str) -> list[Any]:
    """Values given one by one. A list in one piece would be a single value, and as an exclusion exclude nothing."""
    if len(values) == 1 and isinstance(values[0], (list, tuple, set, frozenset)):
        raise TypeError(f"{name} takes its values one by one: {name}(*values)")
    return list(values)


def wildcard() -> Constraint:
    """The argument may have any value."""
    return {"constraint_type": "wildcard"}


def all_of(*constraints: Constraint) -> Constraint:
    """The argument satisfies every one of `constraints`."""
    return {"constraint_type": "all", "constraints": list(constraints)}


def any_of(*constraints: Constraint) -> Constraint:
    """The argument satisfies at least one of `constraints`."""
    return {"constraint_type": "any", "constraints": list(constraints)}


def optional(constraint: Constraint) -> Constraint:
    """The argument may be left out; if it is given, it satisfies `constraint`."""
    return {**constraint, "optional": True}
