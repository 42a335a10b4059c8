"""The five operations, once around."""

from pathlib import Path

import keybound
import scene
from keybound import AgentId, Chain, Permit, Proof, PublicKey, SigningKey, VerifiedChain, Verifier
from keybound.constraint import range
from scene import AGENT, AUDIENCE, ISSUER, NOW


def test_issue_delegate_prove_and_decide() -> None:
    chain = scene.root()
    child = chain.delegate(
        scene.lead,
        to=scene.helper.public_key,
        tools={"pay": {**scene.TOOLS["pay"], "amount": range(max=10)}},
        agent=AGENT.replace("lead", "helper"),
        ttl=60,
        now=NOW,
    )
    received = Chain.parse(child.to_bytes())
    assert (len(chain), len(received)) == (1, 2)

    verified = received.verify(scene.trust(), NOW)
    assert isinstance(verified, VerifiedChain)
    assert (verified.principal, verified.task, verified.issuer) == ("user:dana", "task-1", ISSUER)
    assert (verified.agent, verified.depth, verified.expires) == (AGENT.replace("lead", "helper"), 1, NOW + 60)
    assert verified.holder == scene.helper.public_key
    assert verified.tools["pay"]["amount"]["max"] == 10 and set(verified.tools) == {"pay"}

    proof = Proof.parse(scene.proof(scene.helper, child, scene.call()).to_bytes())
    permit = verified.authorize(scene.call(), proof, NOW)
    assert isinstance(permit, Permit)
    assert (permit.tool, permit.audience, permit.issuer) == ("pay", AUDIENCE, ISSUER)
    assert (permit.principal, permit.task, permit.expires, permit.leeway_used) == ("user:dana", "task-1", NOW + 60, 0)
    assert permit.holder == scene.helper.public_key.thumbprint

    first, second = permit.lineage
    assert (first.depth, first.delegator, first.holder) == (
        0,
        scene.issuer.public_key.thumbprint,
        scene.lead.public_key.thumbprint,
    )
    assert (second.depth, second.delegator, second.holder) == (1, first.holder, scene.helper.public_key.thumbprint)
    assert (first.agent, first.issued_at, first.expires, first.narrowed) == (AGENT, NOW, NOW + 300, [])
    assert bytes.fromhex(second.token_id) in child.to_bytes()
    assert any("read" in text for text in second.narrowed) and any("amount" in text for text in second.narrowed)


def test_bytes_to_decision_in_one_call_with_the_host_clock() -> None:
    chain = scene.root(now=None)
    request = scene.call(method="POST", uri="https://tools.example/pay", body=b"{}", nonce=b"12345678")
    proof = Proof.sign(scene.lead, chain, request)
    permit = Verifier(scene.trust(), cache_capacity=8).authorize(chain.to_bytes(), proof.to_bytes(), request)
    assert permit.agent == AGENT


def test_the_same_inputs_give_the_same_bytes() -> None:
    chain, again = (scene.root(token_id=bytes(16)) for _ in "12")
    assert chain.to_bytes() == again.to_bytes()
    proof, proof_again = (scene.proof(scene.lead, chain, scene.call(), proof_id=bytes(16)) for _ in "12")
    assert proof.to_bytes() == proof_again.to_bytes()
    assert scene.root().to_bytes() != scene.root().to_bytes()


def test_tools_and_arguments_may_be_json_text() -> None:
    text = '{"pay":{"amount":{"constraint_type":"range","max":500}}}'
    from_text, from_bytes, from_dict = (
        scene.root(tools=tools, token_id=bytes(16)).to_bytes()
        for tools in (text, text.encode(), {"pay": {"amount": range(max=500)}})
    )
    assert from_text == from_bytes == from_dict
    chain = scene.root()
    for arguments in ('{"currency":"EUR","amount":5.0}', b'{"amount":5,"currency":"EUR"}'):
        proof = scene.proof(scene.lead, chain, scene.call())
        chain.verify(scene.trust(), NOW).authorize(scene.call(arguments=arguments), proof, NOW)


def test_keys_are_equal_by_value_and_agents_have_parts() -> None:
    key = scene.lead.public_key
    assert PublicKey(key.to_bytes()) == key != scene.helper.public_key
    assert hash(PublicKey(key.to_bytes())) == hash(key)
    assert SigningKey.generate().public_key != SigningKey.generate().public_key
    agent = AgentId(AGENT)
    assert (agent.trust_domain, agent.orchestrator, agent.task, agent.instance) == (
        "prod.example",
        "orch",
        "task-1",
        "lead",
    )
    assert str(agent) == AGENT and agent == AgentId(AGENT) and len({agent, AgentId(AGENT)}) == 1
    assert scene.root(agent=agent).verify(scene.trust(), NOW).agent == AGENT


def test_several_keys_of_an_issuer_and_several_audiences() -> None:
    trust = keybound.Trust({ISSUER: [scene.stranger.public_key, scene.issuer.public_key]}, ["a", AUDIENCE])
    chain = scene.root(audience=["a", AUDIENCE, "b"])
    proof = scene.proof(scene.lead, chain, scene.call())
    assert chain.verify(trust, NOW).authorize(scene.call(), proof, NOW).audience == AUDIENCE


def test_the_package_is_typed() -> None:
    assert (Path(keybound.__file__).parent / "py.typed").exists()
    assert (Path(keybound.__file__).parent / "__init__.pyi").exists()
