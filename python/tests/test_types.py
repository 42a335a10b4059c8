"""Arguments of the wrong type, missing, or out of range are the caller's mistake, and are named."""

from collections.abc import Callable
from typing import Any

import pytest
import scene
from keybound import AgentId, Chain, Malformed, Proof, PublicKey, Request, SigningKey, Trust, Verifier
from keybound import constraint
from scene import AUDIENCE, NOW

chain: Any = scene.root()
request = scene.call()
key: Any = scene.lead
to = scene.helper.public_key

WRONG: list[tuple[str, Callable[[], object]]] = [
    ("seed", lambda: Any_(SigningKey).from_seed("x" * 32)),
    ("data", lambda: Any_(PublicKey)("00" * 32)),
    ("text", lambda: Any_(AgentId)(5)),
    ("data", lambda: Any_(Chain).parse("00")),
    ("data", lambda: Any_(Proof).parse(None)),
    ("issuer", lambda: scene.root(issuer=5)),
    ("to", lambda: scene.root(to=scene.lead)),
    ("to", lambda: scene.root(to=b"x" * 32)),
    ("tools", lambda: scene.root(tools=["pay"])),
    ("tools", lambda: scene.root(tools={"pay": {"amount": {1, 2}}})),
    ("tools", lambda: scene.root(tools={5: {}})),
    ("audience", lambda: scene.root(audience=5)),
    ("audience", lambda: scene.root(audience=["a", 5])),
    ("principal", lambda: scene.root(principal=5)),
    ("agent", lambda: scene.root(agent=5)),
    ("task", lambda: scene.root(task=b"t")),
    ("ttl", lambda: scene.root(ttl=1.5)),
    ("ttl", lambda: scene.root(ttl=True)),
    ("ttl", lambda: scene.root(ttl="300")),
    ("not_before", lambda: scene.root(not_before=1.5)),
    ("max_depth", lambda: scene.root(max_depth="2")),
    ("now", lambda: scene.root(now=1.5)),
    ("token_id", lambda: scene.root(token_id="0" * 16)),
    ("key", lambda: chain.delegate(to, to=to)),
    ("to", lambda: chain.delegate(key, to=None)),
    ("tools", lambda: chain.delegate(key, to=to, tools=5)),
    ("ttl", lambda: chain.delegate(key, to=to, ttl="1")),
    ("trust", lambda: chain.verify({})),
    ("now", lambda: chain.verify(scene.trust(), "1")),
    ("request", lambda: chain.verify(scene.trust(), NOW).authorize({}, None)),
    ("proof", lambda: chain.verify(scene.trust(), NOW).authorize(request, b"")),
    ("tool", lambda: scene.call(tool=None)),
    ("arguments", lambda: scene.call(arguments=[1])),
    ("arguments", lambda: scene.call(arguments={"a": object()})),
    ("arguments", lambda: scene.call(arguments={"a": b"bytes"})),
    ("arguments", lambda: scene.call(arguments={1: "a"})),
    ("arguments", lambda: scene.call(arguments={"a": 1j})),
    ("audience", lambda: scene.call(audience=[AUDIENCE])),
    ("method", lambda: scene.call(method=5, uri="u")),
    ("body", lambda: scene.call(method="POST", uri="u", body="text")),
    ("nonce", lambda: scene.call(nonce="12345678")),
    ("chain", lambda: Any_(Proof).sign(key, b"", request)),
    ("proof_id", lambda: Any_(Proof).sign(key, chain, request, proof_id="x")),
    ("anchors", lambda: Any_(Trust)([], AUDIENCE)),
    ("anchors", lambda: Any_(Trust)({"i": b"x" * 32}, AUDIENCE)),
    ("anchors", lambda: Any_(Trust)({"i": [b"x" * 32]}, AUDIENCE)),
    ("anchors", lambda: Any_(Trust)({5: scene.issuer.public_key}, AUDIENCE)),
    ("limits", lambda: scene.trust(limits=[])),
    ("limits", lambda: scene.trust(limits={"depth": "5"})),
    ("limits", lambda: scene.trust(limits={5: 5})),
    ("revoked", lambda: scene.trust(revoked=["0" * 16])),
    ("revoked", lambda: scene.trust(revoked=b"0" * 16)),
    ("replay_capacity", lambda: scene.trust(replay_capacity="1")),
    ("identity", lambda: scene.trust(identity=True)),
    ("audience_required", lambda: scene.trust(audience_required="no")),
    ("trust", lambda: Any_(Verifier)(None)),
    ("cache_capacity", lambda: Any_(Verifier)(scene.trust(), cache_capacity=1.5)),
    ("chain", lambda: Any_(Verifier)(scene.trust()).authorize(chain, b"", request)),
    ("proof", lambda: Any_(Verifier)(scene.trust()).authorize(b"", chain, request)),
]

MISSING: list[tuple[str, Callable[[], object]]] = [
    ("to", lambda: Any_(Chain).issue(key, issuer="i", tools={}, audience="a")),
    ("tools", lambda: Any_(Chain).issue(key, issuer="i", to=to, audience="a")),
    ("audience", lambda: Any_(Chain).issue(key, issuer="i", to=to, tools={})),
    ("to", lambda: chain.delegate(key)),
    ("audience", lambda: Any_(Request)("t", {})),
    ("request", lambda: Any_(Proof).sign(key, chain)),
    ("audience", lambda: Any_(Trust)({})),
    ("trust", lambda: chain.verify()),
]

OUTSIDE: list[tuple[str, Callable[[], object]]] = [
    ("uri", lambda: scene.call(method="POST")),
    ("method", lambda: scene.call(uri="https://tools.example/pay")),
    ("method", lambda: scene.call(body=b"{}")),
    ("seed", lambda: SigningKey.from_seed(b"short")),
    ("ttl", lambda: scene.root(ttl=-1)),
    ("ttl", lambda: scene.root(ttl=2**32)),
    ("max_depth", lambda: scene.root(max_depth=-1)),
    ("now", lambda: scene.root(now=-1)),
    ("now", lambda: chain.verify(scene.trust(), 2**64)),
    ("token_id", lambda: scene.root(token_id=b"x" * 15)),
    ("proof_id", lambda: scene.proof(scene.lead, chain, request, proof_id=b"")),
    ("identity", lambda: scene.trust(identity="maybe")),
    ("limits", lambda: scene.trust(limits={"deepth": 5})),
    ("limits", lambda: scene.trust(limits={"depth": -1})),
    ("revoked", lambda: scene.trust(revoked=[b"x"])),
    ("replay_capacity", lambda: scene.trust(replay_capacity=-1)),
]


def Any_(thing: object) -> Any:
    """The same, for calls that a type checker would not let through."""
    return thing


def ids(pairs: list[tuple[str, Callable[[], object]]]) -> list[str]:
    return [name for name, _ in pairs]


@pytest.mark.parametrize(("name", "mistake"), WRONG + MISSING, ids=ids(WRONG + MISSING))
def test_a_type_error_names_the_parameter(name: str, mistake: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match=f"'{name}'"):
        mistake()


@pytest.mark.parametrize(("name", "mistake"), OUTSIDE, ids=ids(OUTSIDE))
def test_a_value_error_names_the_parameter(name: str, mistake: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=name.replace("_", ".")):
        mistake()


@pytest.mark.parametrize("name", ["tools", "audience", "agent", "ttl", "not_before", "max_depth"])
def test_what_narrows_is_given_or_left_out_and_never_none(name: str) -> None:
    """A limit that came out as None must not become no limit at all."""
    with pytest.raises(TypeError, match=name):
        chain.delegate(key, to=to, now=NOW, **{name: None})


@pytest.mark.parametrize("bound", ["min", "max", "min_inclusive", "max_inclusive"])
def test_a_bound_is_never_none(bound: str) -> None:
    with pytest.raises(TypeError, match=bound):
        Any_(constraint).range(**{bound: None})


@pytest.mark.parametrize("name", ["one_of", "not_one_of", "contains", "subset"])
def test_values_are_given_one_by_one(name: str) -> None:
    helper = getattr(constraint, name)
    with pytest.raises(TypeError, match="one by one"):
        helper(["rm", "dd"])
    assert helper("rm", "dd")["constraint_type"] == name


def test_an_empty_audience_is_refused_and_not_read_as_any() -> None:
    with pytest.raises(Malformed) as refused:
        chain.delegate(key, to=to, audience=[], now=NOW)
    assert refused.value.code == "claims.wrong"
    with pytest.raises(Malformed) as refused:
        scene.root(audience=[])
    assert refused.value.code == "claims.wrong"


@pytest.mark.parametrize("name", ["limits", "revoked"])
def test_what_restricts_a_verifier_is_never_none(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        Any_(Trust)({scene.ISSUER: scene.issuer.public_key}, AUDIENCE, **{name: None})
