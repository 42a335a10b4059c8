"""Python values become JSON values exactly, or not at all."""

import enum
import json
import math
from typing import Any

import pytest
import scene
from keybound import Malformed, Verifier
from keybound.constraint import wildcard
from scene import NOW


def decided(given: object, text: str) -> None:
    """A proof over `given` is a proof over the JSON `text`."""
    chain = scene.root(tools={"pay": {"value": wildcard()}})
    proof = scene.proof(scene.lead, chain, scene.call(arguments={"value": given}))
    request = scene.call(arguments=f'{{"value":{text}}}')
    Verifier(scene.trust()).authorize(chain.to_bytes(), proof.to_bytes(), request, NOW)


class Level(enum.IntEnum):
    HIGH = 3


class Loud(int):
    def __str__(self) -> str:
        return "999"

    __repr__ = __str__


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (1, "1.0"),
        (1.0, "1"),
        (-7, "-7"),
        (0.1, "0.1"),
        (2**53, "9007199254740992"),
        (10**20, "1e20"),
        (1e300, "1e300"),
        (Level.HIGH, "3"),
        (Loud(3), "3"),
        (Loud(10**20), "1e20"),
        ("é\n\u2028😀", '"\\u00e9\\n\\u2028\\ud83d\\ude00"'),
        ([1, "a", None, [True]], '[1,"a",null,[true]]'),
        ((1, 2), "[1,2]"),
        ({"b": 1, "a": {"c": []}}, '{"a":{"c":[]},"b":1}'),
    ],
)
def test_values_are_json(given: object, text: str) -> None:
    decided(given, text)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (2**53 + 1, "json.inexact_number"),
        (10**5000, "json.inexact_number"),
        (10**400, "json.inexact_number"),
        ("\ud800", "json.lone_surrogate"),
        ({"\udfff": 1}, "json.lone_surrogate"),
    ],
    ids=["not_a_double", "no_text", "no_double", "surrogate", "surrogate_key"],
)
def test_what_json_cannot_hold_is_refused(given: object, code: str) -> None:
    with pytest.raises(Malformed) as raised:
        scene.call(arguments={"value": given})
    assert raised.value.code == code


@pytest.mark.parametrize("given", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_refused(given: float) -> None:
    with pytest.raises(Malformed):
        scene.call(arguments={"value": given})


def test_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(Malformed):
        scene.call(arguments="\ud800")
    with pytest.raises(Malformed):
        scene.call(arguments=b"\xff")


def test_nesting_has_an_end() -> None:
    endless: list[Any] = []
    endless.append(endless)
    own: dict[str, Any] = {}
    own["own"] = own
    for given in (endless, own):
        with pytest.raises(Malformed) as raised:
            scene.call(arguments={"value": given})
        assert raised.value.code == "bytes.too_deep"
        with pytest.raises(Malformed):
            scene.root(
                tools={"pay": {"amount": given}} if isinstance(given, dict) else {"pay": {"amount": {"v": given}}}
            )
    deep: Any = 1
    for _ in range(31):
        deep = [deep]
    scene.call(arguments={"value": deep})
    text = json.dumps({"value": deep})
    scene.call(arguments=text)
    for too_deep in ({"value": [deep]}, json.dumps({"value": [deep]})):
        with pytest.raises(Malformed) as raised:
            scene.call(arguments=too_deep)
        assert raised.value.code == "bytes.too_deep"


def test_a_value_met_often_counts_often() -> None:
    laughs: Any = "ha"
    for _ in range(30):
        laughs = [laughs, laughs]
    with pytest.raises(Malformed) as raised:
        scene.call(arguments={"value": laughs})
    assert raised.value.code == "bytes.too_large"
