"""Python values become JSON values exactly, or not at all."""

import enum
import json
import math
from typing import Any

import pytest
import scene
from keybound import DpopCall, DpopGuard, Malformed, Untrusted, Verifier
from keybound.constraint import wildcard
from scene import NOW


def decided(given: object, text: str) -> None:
    """A proof over `given` is a proof over the JSON `text`."""
    chain = scene.root(tools={"pay": {"value": wildcard()}})
    proof = scene.proof(scene.lead, chain, scene.call(arguments={"value": given}))
    request = scene.call(arguments=f'{{"value":{text}}}')
    Verifier(scene.trust()).authorize(chain.to_bytes(), proof.to_bytes(), request, NOW)


def http(arguments: Any) -> DpopCall:
    """A tool called over HTTP."""
    return DpopCall("POST", scene.AUDIENCE, tool="pay", arguments=arguments)


class Level(enum.IntEnum):
    HIGH = 3


class Loud(int):
    def __str__(self) -> str:
        return "999"

    __repr__ = __str__


VALUES: list[tuple[object, str]] = [
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
]


@pytest.mark.parametrize(("given", "text"), VALUES)
def test_values_are_json(given: object, text: str) -> None:
    decided(given, text)


@pytest.mark.parametrize(("given", "text"), VALUES)
def test_values_are_the_same_json_under_a_dpop_proof(given: object, text: str) -> None:
    guard = DpopGuard(scene.AUDIENCE, binding_required=True)
    header = http({"value": given}).sign(scene.lead, now=NOW)
    for other in ('{"value":"another"}', f'{{"value":[{text}]}}', f'{{"other":{text}}}', "{}"):
        with pytest.raises(Untrusted) as raised:
            guard.check(header, http(other), now=NOW)
        assert raised.value.code == "proof.wrong_arguments"
    assert guard.check(header, http(f'{{"value":{text}}}'), now=NOW).is_bound


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
    for hand_over in (lambda arguments: scene.call(arguments=arguments), http):
        with pytest.raises(Malformed) as raised:
            hand_over({"value": given})
        assert raised.value.code == code


@pytest.mark.parametrize("given", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_refused(given: float) -> None:
    with pytest.raises(Malformed):
        scene.call(arguments={"value": given})
    with pytest.raises(Malformed):
        http({"value": given})


def test_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(Malformed):
        scene.call(arguments="\ud800")
    with pytest.raises(Malformed):
        scene.call(arguments=b"\xff")
    for text in ("\ud800", b"\xff", b'{"a":"\xff"}'):
        with pytest.raises(Malformed):
            http(text)


def test_nesting_has_an_end() -> None:
    endless: list[Any] = []
    endless.append(endless)
    own: dict[str, Any] = {}
    own["own"] = own
    for given in (endless, own):
        with pytest.raises(Malformed) as raised:
            scene.call(arguments={"value": given})
        assert raised.value.code == "bytes.too_deep"
        with pytest.raises(Malformed) as raised:
            http({"value": given})
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
    http({"value": deep})
    http(text)
    for too_deep in ({"value": [deep]}, json.dumps({"value": [deep]})):
        with pytest.raises(Malformed) as raised:
            scene.call(arguments=too_deep)
        assert raised.value.code == "bytes.too_deep"
        with pytest.raises(Malformed) as raised:
            http(too_deep)
        assert raised.value.code == "bytes.too_deep"


def test_a_value_met_often_counts_often() -> None:
    laughs: Any = "ha"
    for _ in range(30):
        laughs = [laughs, laughs]
    with pytest.raises(Malformed) as raised:
        scene.call(arguments={"value": laughs})
    assert raised.value.code == "bytes.too_large"
    with pytest.raises(Malformed) as raised:
        http({"value": laughs})
    assert raised.value.code == "bytes.too_large"
