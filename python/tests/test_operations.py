"""The five operations, once around."""

import base64
import json
from pathlib import Path

import keybound
import pytest
import scene
import vectors
from keybound import AccessTokens, AgentId, Chain, DpopCall, DpopGuard, Permit, Presentation, Proof, PublicKey
from keybound import Refusal, SigningKey, Untrusted, VerifiedChain, Verifier
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


def turned(text: str) -> str:
    """A compact text with one bit of its signature turned."""
    front, _, last = text.rpartition(".")
    signature = bytearray(base64.urlsafe_b64decode(last + "=="))
    signature[40] ^= 1
    return f"{front}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


@pytest.mark.parametrize("form", ["cwt", "aat"])
def test_the_same_chain_in_both_encodings_permits_the_same(form: str) -> None:
    """Issued, narrowed, proved and decided; and what is of the other encoding decides nothing."""
    root = scene.root(format=form)
    tools = {"pay": {**scene.TOOLS["pay"], "amount": range(max=10)}}
    child = root.delegate(scene.lead, to=scene.helper.public_key, tools=tools, ttl=60, now=NOW)
    assert (root.format, child.format, len(child)) == (form, form, 2)
    assert child.to_bytes().startswith(b"{") == (form == "aat")
    received = Chain.parse(child.to_bytes())
    assert (received.format, received.to_bytes()) == (form, child.to_bytes())

    within, beyond = scene.call(), scene.call(arguments={"amount": 11, "currency": "EUR"})
    proof = scene.proof(scene.helper, child, within).to_bytes()
    verifier = Verifier(scene.trust())
    for refused, chain, evidence, request in (
        ("call.argument_refused", child, scene.proof(scene.helper, child, beyond).to_bytes(), beyond),
        ("proof.wrong_arguments", child, proof, beyond),
        ("proof.bad_signature", root, proof, within),
    ):
        with pytest.raises(Refusal) as raised:
            verifier.authorize(chain.to_bytes(), evidence, request, NOW)
        assert raised.value.code == refused
    other = scene.root(format="aat" if form == "cwt" else "cwt")
    foreign = scene.proof(scene.lead, other, within).to_bytes()
    with pytest.raises(Refusal):
        verifier.authorize(child.to_bytes(), foreign, within, NOW)

    permit = verifier.authorize(child.to_bytes(), proof, within, NOW)
    assert (permit.tool, permit.audience, permit.issuer, permit.expires) == ("pay", AUDIENCE, ISSUER, NOW + 60)
    assert (permit.principal, permit.agent, permit.task) == ("user:dana", AGENT, "task-1")
    assert [hop.holder for hop in permit.lineage] == [key.public_key.thumbprint for key in (scene.lead, scene.helper)]
    assert permit.lineage[1].delegator == scene.lead.public_key.thumbprint == permit.lineage[0].holder
    assert any("amount" in text for text in permit.lineage[1].narrowed)


def test_an_encoding_not_asked_for_is_the_native_one() -> None:
    """The same bytes whether or not it is said."""
    unsaid, said, jose = (scene.root(token_id=bytes(16), **more) for more in ({}, {"format": "cwt"}, {"format": "aat"}))
    assert unsaid.to_bytes() == said.to_bytes() != jose.to_bytes()
    assert (unsaid.format, jose.format) == ("cwt", "aat")
    assert jose.to_bytes() == scene.root(token_id=bytes(16), format="aat").to_bytes()


def test_a_presentation_keeps_chain_and_proof_together() -> None:
    chain = scene.root(format="aat").delegate(scene.lead, to=scene.helper.public_key, now=NOW)
    proof = scene.proof(scene.helper, chain, scene.call())
    text = Presentation(chain, proof).to_json()
    assert set(json.loads(text)) == {"aat_chain", "aat_pop"} and len(json.loads(text)["aat_chain"]) == 2

    received = Presentation.parse(text.encode())
    assert (received.chain.to_bytes(), received.proof.to_bytes()) == (chain.to_bytes(), proof.to_bytes())
    assert received.to_json() == text
    permit = received.chain.verify(scene.trust(), NOW).authorize(scene.call(), received.proof, NOW)
    assert permit.holder == scene.helper.public_key.thumbprint

    members = json.loads(text)
    another = scene.proof(scene.lead, scene.root(format="aat"), scene.call()).to_bytes().decode()
    for pop in (turned(members["aat_pop"]), another):
        swapped = Presentation.parse(json.dumps({**members, "aat_pop": pop}).encode())
        with pytest.raises(Untrusted):
            swapped.chain.verify(scene.trust(), NOW).authorize(scene.call(), swapped.proof, NOW)
    for link in (0, 1):
        tokens = [turned(token) if at == link else token for at, token in enumerate(members["aat_chain"])]
        with pytest.raises(Untrusted) as raised:
            Chain.parse(json.dumps({"aat_chain": tokens}).encode()).verify(scene.trust(), NOW)
        assert raised.value.link == link


def test_whether_a_proof_must_say_whom_it_is_for_is_as_configured() -> None:
    vector = dict(vectors.load())["aat_audience/aat_proof_for_whoever_is_enough_control"]
    chain, proof = bytes.fromhex(vector["chain"]), bytes.fromhex(vector["proof"])
    request = vectors.request_of(vector["request"])
    assert vector["trust"]["proof_audience_required"] is False
    Verifier(vectors.trust_of(vector["trust"])).authorize(chain, proof, request, vector["now"])
    for said in ({"proof_audience_required": True}, {}):
        trust = {name: member for name, member in vector["trust"].items() if name != "proof_audience_required"}
        with pytest.raises(Refusal) as raised:
            Verifier(vectors.trust_of({**trust, **said})).authorize(chain, proof, request, vector["now"])
        assert (raised.value.code, raised.value.step) == ("claims.missing", "7d")


def test_keys_as_jwks() -> None:
    """RFC 8037 appendix A.2 and A.3."""
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    key = PublicKey.from_jwk(f'{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":"any"}}')
    assert key.jwk_thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert json.loads(key.to_jwk()) == {"kty": "OKP", "crv": "Ed25519", "x": x}
    assert PublicKey.from_jwk(key.to_jwk()) == key == PublicKey(key.to_bytes())
    assert key.jwk_thumbprint != key.thumbprint
    assert scene.lead.public_key.jwk_thumbprint != scene.helper.public_key.jwk_thumbprint


def test_a_dpop_proof_is_for_one_request() -> None:
    token = "an.access.token"
    uri, jkt = "https://tools.example/mcp", scene.lead.public_key.jwk_thumbprint
    sent = DpopCall("POST", uri, access_token=token, body=b"{}", tool="pay", arguments=scene.ARGUMENTS)
    guard = DpopGuard([AUDIENCE, "https://other.example"], binding_required=True)
    text = '{"currency":"EUR","amount":5.0}'
    seen = DpopCall("POST", "/mcp?session=1", access_token=token, body=b"{}", tool="pay", arguments=text)
    header = sent.sign(scene.lead, now=NOW, proof_id=bytes(16))
    assert header == sent.sign(scene.lead, now=NOW, proof_id=bytes(16)) != sent.sign(scene.lead, now=NOW)
    for code, headers, call, bound_to in (
        ("proof.bad_signature", [turned(header)], seen, jkt),
        ("dpop.wrong_key", [header], seen, None),
        ("dpop.wrong_key", [header], seen, scene.helper.public_key.jwk_thumbprint),
        ("dpop.wrong_access_token", [header], DpopCall("POST", uri, access_token=token + "x"), jkt),
        ("dpop.wrong_method", [header], DpopCall("GET", uri), None),
        ("dpop.wrong_body", [header], DpopCall("POST", uri, body=b"{ }"), None),
        ("proof.wrong_arguments", [header], DpopCall("POST", uri, tool="pay", arguments={"amount": 6}), None),
        ("dpop.not_bound", [sent.sign(scene.helper, now=NOW)], DpopCall("POST", uri), None),
    ):
        with pytest.raises(Untrusted) as raised:
            guard.check(headers, call, now=NOW, **({} if bound_to is None else {"bound_to": bound_to}))
        assert raised.value.code == code
    # None of these has spent it.
    accepted = guard.check(header, seen, bound_to=jkt, now=NOW)
    assert (accepted.thumbprint, accepted.is_bound) == (jkt, True)
    assert PublicKey.from_jwk(accepted.jwk) == scene.lead.public_key
    assert accepted.id == json.loads(base64.urlsafe_b64decode(header.split(".")[1] + "=="))["jti"]


def test_a_dpop_proof_needs_the_nonce_of_any_of_our_nodes() -> None:
    one, other = (DpopGuard(AUDIENCE, nonce_secret=bytes(32)) for _ in "12")
    nonce = one.fresh_nonce(NOW)
    assert nonce is not None and nonce == other.fresh_nonce(NOW) and DpopGuard(AUDIENCE).fresh_nonce(NOW) is None
    strange = DpopGuard(AUDIENCE, nonce_secret=bytes([1]) * 32).fresh_nonce(NOW)
    assert strange is not None and strange != nonce
    call = DpopCall("GET", AUDIENCE)
    for refused in (call, DpopCall("GET", AUDIENCE, nonce=strange), DpopCall("GET", AUDIENCE, nonce=nonce[:-1])):
        with pytest.raises(Untrusted) as raised:
            other.check(refused.sign(scene.lead, now=NOW), call, now=NOW)
        assert raised.value.code == "dpop.use_nonce"
    header = DpopCall("GET", AUDIENCE, nonce=nonce).sign(scene.lead, now=NOW)
    with pytest.raises(Untrusted):
        other.check(header, call, now=NOW + 180)
    other.check(header, call, now=NOW)

    short, long = (DpopGuard(AUDIENCE, nonce_secret=bytes(32), nonce_period=period) for period in (1, 60))
    early = {guard: DpopCall("GET", AUDIENCE, nonce=guard.fresh_nonce(NOW) or "") for guard in (short, long)}
    with pytest.raises(Untrusted):
        short.check(early[short].sign(scene.lead, now=NOW), call, now=NOW + 5)
    long.check(early[long].sign(scene.lead, now=NOW), call, now=NOW + 5)


@pytest.mark.parametrize("algorithm", ["ed25519", "es256"])
def test_proofs_and_tokens_of_stock_clients(algorithm: str) -> None:
    """Accepted as they came; refused with a bit of the signature turned, and where the algorithm is not allowed."""
    known = dict(vectors.load())
    presented = known[f"dpop/dpop_{algorithm}_control"]
    believed = known[f"access_token/access_token_{algorithm}_control"]
    call, now = DpopCall(presented["call"]["method"], presented["call"]["uri"]), presented["now"]
    guard, (header,) = DpopGuard(presented["guard"]["origins"]), presented["headers"]
    with pytest.raises(Untrusted) as raised:
        guard.check(turned(header), call, now=now)
    assert raised.value.code == "proof.bad_signature"
    accepted = guard.check(header, call, now=now)
    assert (accepted.thumbprint, accepted.id) == (presented["facts"]["thumbprint"], "proof-1")
    assert json.loads(accepted.jwk)["kty"] == ("EC" if algorithm == "es256" else "OKP")

    rules = believed["access_tokens"]
    tokens = AccessTokens(rules["issuer"], rules["audience"], rules["jwks"])
    with pytest.raises(Untrusted) as raised:
        tokens.check(turned(believed["text"]), believed["now"])
    assert raised.value.code == "access_token.bad_signature"
    token = tokens.check(believed["text"], believed["now"])
    assert (token.issuer, token.audience, token.scope) == (rules["issuer"], rules["audience"], "pay read")
    assert (token.subject, token.client_id, token.id) == ("user:alice", "agent-7", "token-1")
    assert token.bound_to == token.claims["cnf"]["jkt"] == believed["facts"]["bound_to"]
    assert token.expires == token.claims["exp"] == believed["facts"]["expires"]

    if algorithm == "es256":
        for refuse in (
            lambda: DpopGuard(AUDIENCE, algorithms=["Ed25519"]).check(header, call, now=now),
            lambda: AccessTokens(rules["issuer"], rules["audience"], rules["jwks"], algorithms=["Ed25519"]).check(
                believed["text"], believed["now"]
            ),
        ):
            with pytest.raises(Refusal) as refused:
                refuse()
            assert refused.value.code == "envelope.wrong_algorithm"


def test_the_package_is_typed() -> None:
    assert (Path(keybound.__file__).parent / "py.typed").exists()
    assert (Path(keybound.__file__).parent / "__init__.pyi").exists()
