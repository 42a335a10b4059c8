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


def range(
    min: int | float | None = None,
    max: int | float | None = None,
    *,
    min_inclusive: bool | None = None,
    max_inclusive: bool | None = None,
) -> Constraint:
    """The argument is a number between `min` and `max`.

    A bound that is left out does not bind. Bounds belong to the range unless their flag is False.
    """
    members = {"min": min, "max": max, "min_inclusive": min_inclusive, "max_inclusive": max_inclusive}
    given = {name: value for name, value in members.items() if value is not None}
    return {"constraint_type": "range", **given}


def one_of(*values: Any) -> Constraint:
    """The argument equals one of `values`."""
    return {"constraint_type": "one_of", "values": list(values)}


def not_one_of(*excluded: Any) -> Constraint:
    """The argument equals none of `excluded`; everything else passes, of any type."""
    return {"constraint_type": "not_one_of", "excluded": list(excluded)}


def contains(*required: Any) -> Constraint:
    """The argument is an array that holds every one of `required`."""
    return {"constraint_type": "contains", "required": list(required)}


def subset(*allowed: Any) -> Constraint:
    """The argument is an array that holds nothing but `allowed`; an empty array passes."""
    return {"constraint_type": "subset", "allowed": list(allowed)}


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
