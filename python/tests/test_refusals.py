"""A no is an exception of one of three families, with its reason as attributes."""

import typing
from typing import Any

import pytest
import scene
from keybound import Chain, Code, Denied, Family, Malformed, Proof, PublicKey, Refusal, Trust, Untrusted, Verifier
from keybound.constraint import range
from scene import AUDIENCE, NOW


def refusal(raised: pytest.ExceptionInfo[Any]) -> tuple[str, int | None, str | None, str | None]:
    value = raised.value
    assert value.code in typing.get_args(Code)
    assert value.family in typing.get_args(Family) and value.family == type(value).__name__.lower()
    assert str(value) and value.fix
    return value.code, value.link, value.tool, value.argument


def test_denied() -> None:
    chain, request = scene.root(), scene.call(arguments={"amount": 501, "currency": "EUR"})
    with pytest.raises(Denied) as raised:
        chain.verify(scene.trust(), NOW).authorize(request, scene.proof(scene.lead, chain, request), NOW)
    assert refusal(raised) == ("call.argument_refused", 0, "pay", "amount")
    assert raised.value.limit is not None and "500" in raised.value.limit
    assert "`amount`" in str(raised.value)


def test_untrusted() -> None:
    with pytest.raises(Untrusted) as raised:
        scene.root().verify(Trust({}, AUDIENCE), NOW)
    assert refusal(raised) == ("chain.unknown_issuer", 0, None, None)
    with pytest.raises(Untrusted) as raised:
        scene.root().verify(scene.trust(), NOW + 330)
    assert refusal(raised)[0] == "time.expired"


def test_malformed() -> None:
    with pytest.raises(Malformed) as raised:
        Chain.parse(b"")
    assert refusal(raised)[1:] == (None, None, None)
    with pytest.raises(Malformed) as raised:
        PublicKey(bytes(32))
    assert refusal(raised)[0] == "key.bad"
    with pytest.raises(Malformed) as raised:
        scene.root(agent="spiffe://prod.example/robot")
    assert refusal(raised)[0] == "agent.bad_id"


def test_widening_is_refused_where_it_is_asked_for() -> None:
    tools = {"pay": {**scene.TOOLS["pay"], "amount": range(max=501)}}
    with pytest.raises(Untrusted) as raised:
        scene.root().delegate(scene.lead, to=scene.helper.public_key, tools=tools, now=NOW)
    assert refusal(raised) == ("chain.constraint_widened", 1, "pay", "amount")
    with pytest.raises(Untrusted) as raised:
        scene.root().delegate(scene.helper, to=scene.helper.public_key, now=NOW)
    assert refusal(raised)[0] == "proof.not_the_holder"


def test_a_proof_works_once() -> None:
    chain, request, verifier = scene.root(), scene.call(), Verifier(scene.trust())
    proof = scene.proof(scene.lead, chain, request).to_bytes()
    verifier.authorize(chain.to_bytes(), proof, request, NOW)
    with pytest.raises(Untrusted) as raised:
        verifier.authorize(chain.to_bytes(), proof, request, NOW)
    assert refusal(raised)[0] == "proof.replayed"


def test_a_revoked_token_kills_what_hangs_below_it() -> None:
    chain = scene.root(token_id=b"r" * 16)
    child = chain.delegate(scene.lead, to=scene.helper.public_key, now=NOW)
    with pytest.raises(Untrusted) as raised:
        child.verify(scene.trust(revoked=[b"r" * 16]), NOW)
    assert refusal(raised)[0] == "revocation.revoked"


def test_a_full_memory_refuses() -> None:
    chain, request, verifier = scene.root(), scene.call(), Verifier(scene.trust(replay_capacity=1))
    for expected in (None, "proof.memory_full"):
        proof = scene.proof(scene.lead, chain, request).to_bytes()
        if expected is None:
            verifier.authorize(chain.to_bytes(), proof, request, NOW)
        else:
            with pytest.raises(Untrusted) as raised:
                verifier.authorize(chain.to_bytes(), proof, request, NOW)
            assert refusal(raised)[0] == expected


def test_identity_and_limits_are_as_configured() -> None:
    bare = scene.root(principal=None, agent=None, task=None)
    with pytest.raises(Untrusted) as raised:
        bare.verify(scene.trust(), NOW)
    assert refusal(raised)[0] == "chain.identity_missing"
    assert bare.verify(scene.trust(identity="optional"), NOW).agent is None

    with pytest.raises(Untrusted) as raised:
        scene.root(ttl=301).verify(scene.trust(limits={"lifetime": 300}), NOW)
    assert refusal(raised)[0] == "time.bad_lifetime"


def test_one_base_class() -> None:
    assert issubclass(Refusal, Exception)
    for family in (Malformed, Untrusted, Denied):
        assert issubclass(family, Refusal) and family.__module__ == "keybound"
    with pytest.raises(Refusal):
        Proof.parse(b"\x00")
