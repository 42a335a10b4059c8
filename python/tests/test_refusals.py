"""A no is an exception of one of three families, with its reason as attributes."""

import json
import typing
from collections.abc import Callable
from typing import Any

import pytest
import scene
import vectors
from keybound import AccessTokens, Chain, Code, Denied, DpopCall, DpopGuard, Family, Malformed, Presentation, Proof
from keybound import PublicKey, Refusal, Trust, Untrusted, Verifier
from keybound.constraint import range
from scene import AUDIENCE, NOW


def refusal(raised: pytest.ExceptionInfo[Any]) -> tuple[str, int | None, str | None, str | None]:
    value = raised.value
    assert value.code in typing.get_args(Code)
    assert value.family in typing.get_args(Family) and value.family == type(value).__name__.lower()
    assert str(value) and value.fix
    for part in (value.step, value.expected, value.received):
        assert part is None or (isinstance(part, str) and part)
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


URI = "https://tools.example/mcp"


def steps(form: str, step: str) -> str | None:
    """The step a refusal is to name: those of AAT-02 are not the native encoding's."""
    return step if form == "aat" else None


@pytest.mark.parametrize("form", ["cwt", "aat"])
def test_a_refusal_names_the_step_of_aat_and_only_there(form: str) -> None:
    root = scene.root(format=form)
    child = root.delegate(scene.lead, to=scene.helper.public_key, ttl=60, now=NOW)
    request, trust = scene.call(), scene.trust()
    proof = scene.proof(scene.helper, child, request)
    too_much, other = (scene.call(arguments={"amount": amount, "currency": "EUR"}) for amount in (501, 6))
    not_granted, stale = scene.call(tool="delete"), scene.proof(scene.helper, child, request, now=NOW - 100)

    def decide(asked: Any, evidence: Proof) -> Callable[[], object]:
        return lambda: child.verify(trust, NOW).authorize(asked, evidence, NOW)

    decide(request, proof)()
    refused: list[tuple[type[Refusal], str, int | None, str, Callable[[], object]]] = [
        (Untrusted, "chain.unknown_issuer", 0, "3b", lambda: child.verify(Trust({}, AUDIENCE), NOW)),
        (Untrusted, "time.expired", 0, "3e", lambda: root.verify(trust, NOW + 330)),
        (Untrusted, "time.expired", 1, "4i", lambda: child.verify(trust, NOW + 90)),
        (Denied, "call.argument_refused", 0, "6b", decide(too_much, scene.proof(scene.helper, child, too_much))),
        (Denied, "call.tool_not_granted", 0, "6b", decide(not_granted, scene.proof(scene.helper, child, not_granted))),
        (Untrusted, "proof.wrong_arguments", None, "7f", decide(other, proof)),
        (Untrusted, "proof.stale", None, "7g", decide(request, stale)),
        (Untrusted, "proof.replayed", None, "7i", decide(request, proof)),
    ]
    for family, code, link, step, ask in refused:
        with pytest.raises(family) as raised:
            ask()
        assert refusal(raised)[:2] == (code, link)
        assert (raised.value.step, raised.value.expected, raised.value.received) == (steps(form, step), None, None)
        assert (f"step {step}" in str(raised.value)) == (form == "aat")


@pytest.mark.parametrize("form", ["cwt", "aat"])
def test_what_ours_alone_refuse_has_no_step(form: str) -> None:
    """The draft knows no revocation and no identity of ours; making a token is no step of checking one."""
    root, to = scene.root(format=form, token_id=b"r" * 16), scene.helper.public_key
    tools = {"pay": {**scene.TOOLS["pay"], "amount": range(max=501)}}
    bare = scene.root(format=form, principal=None, agent=None, task=None)
    root.verify(scene.trust(revoked=[b"s" * 16]), NOW)
    bare.verify(scene.trust(identity="optional"), NOW)
    for code, ask in (
        ("revocation.revoked", lambda: root.verify(scene.trust(revoked=[b"r" * 16]), NOW)),
        ("chain.identity_missing", lambda: bare.verify(scene.trust(), NOW)),
        ("chain.constraint_widened", lambda: root.delegate(scene.lead, to=to, tools=tools, now=NOW)),
        ("proof.not_the_holder", lambda: root.delegate(scene.helper, to=to, now=NOW)),
        ("proof.not_the_holder", lambda: scene.proof(scene.helper, root, scene.call())),
    ):
        with pytest.raises(Untrusted) as raised:
            ask()
        assert refusal(raised)[0] == code and raised.value.step is None


def test_chain_and_proof_of_a_presentation_are_both_of_aat() -> None:
    chains = [scene.root(format=form) for form in ("cwt", "aat")]
    native, jose = ((chain, scene.proof(scene.lead, chain, scene.call())) for chain in chains)
    text = Presentation(*jose).to_json()
    for chain, proof in (native, (native[0], jose[1]), (jose[0], native[1])):
        with pytest.raises(Malformed) as raised:
            Presentation(chain, proof)
        assert refusal(raised)[0] == "envelope.wrong_type"
    members = json.loads(text)
    for code, change in (
        ("presentation.bad", {"aat_pop": None}),
        ("presentation.bad", {"aat_chain": members["aat_chain"][0]}),
        ("chain.empty", {"aat_chain": []}),
        ("jose.not_compact", {"aat_pop": "x"}),
    ):
        with pytest.raises(Malformed) as raised:
            Presentation.parse(json.dumps({**members, **change}).encode())
        assert refusal(raised)[0] == code
    with pytest.raises(Malformed) as raised:
        Presentation.parse(text.replace("{", '{"aat_pop":"x",', 1).encode())
    assert refusal(raised)[0] == "json.duplicate_member"
    with pytest.raises(Malformed):
        Presentation.parse(native[0].to_bytes())


def test_a_proof_of_aat_works_once_on_every_road() -> None:
    chain, request, trust = scene.root(format="aat"), scene.call(), scene.trust()
    text = Presentation(chain, scene.proof(scene.lead, chain, request)).to_json().encode()
    received = Presentation.parse(text)
    received.chain.verify(trust, NOW).authorize(request, received.proof, NOW)
    again = Presentation.parse(text)
    roads: list[Callable[[], object]] = [
        lambda: again.chain.verify(trust, NOW).authorize(request, again.proof, NOW),
        lambda: Verifier(trust).authorize(chain.to_bytes(), again.proof.to_bytes(), request, NOW),
    ]
    for ask in roads:
        with pytest.raises(Untrusted) as raised:
            ask()
        assert refusal(raised)[0] == "proof.replayed"
    Verifier(scene.trust()).authorize(chain.to_bytes(), again.proof.to_bytes(), request, NOW)


def test_a_dpop_refusal_says_what_was_expected_and_what_came() -> None:
    guard, here = DpopGuard([AUDIENCE, "https://other.example"]), DpopCall("POST", "/mcp?session=1")
    sent = DpopCall("POST", URI).sign(scene.lead, now=NOW)
    elsewhere = DpopCall("POST", "https://evil.example/mcp").sign(scene.lead, now=NOW)
    for code, expected, received, header, call in (
        ("dpop.wrong_method", "GET", "POST", sent, DpopCall("GET", URI)),
        ("dpop.wrong_uri", URI + "/x", URI, sent, DpopCall("POST", "/mcp/x")),
        ("dpop.wrong_uri", URI, "https://evil.example/mcp", elsewhere, here),
    ):
        with pytest.raises(Untrusted) as raised:
            guard.check(header, call, now=NOW)
        assert refusal(raised) == (code, None, None, None)
        assert (raised.value.expected, raised.value.received, raised.value.step) == (expected, received, None)
    guard.check(sent, here, now=NOW)


def test_a_dpop_proof_works_once() -> None:
    guard, call = DpopGuard(AUDIENCE), DpopCall("POST", URI)
    header = call.sign(scene.lead, now=NOW)
    guard.check(header, call, now=NOW)
    for later in (NOW, NOW + 1, NOW + 30):
        with pytest.raises(Untrusted) as raised:
            guard.check([header], DpopCall("POST", URI), now=later)
        assert refusal(raised)[0] == "proof.replayed"
    same_id = [call.sign(scene.lead, now=now, proof_id=bytes(16)) for now in (NOW, NOW + 1)]
    guard.check(same_id[0], call, now=NOW + 1)
    with pytest.raises(Untrusted) as raised:
        guard.check(same_id[1], call, now=NOW + 1)
    assert refusal(raised)[0] == "proof.replayed"
    guard.check(call.sign(scene.helper, now=NOW, proof_id=bytes(16)), call, now=NOW)


def test_the_other_signature_of_an_es256_proof_is_the_same_proof() -> None:
    """Whoever has seen one can write the other: the id counts and not the signature."""
    known = dict(vectors.load())
    first, twin = (known[f"dpop/dpop_es256_{name}"]["headers"] for name in ("control", "twin"))
    assert first != twin
    call = DpopCall("POST", URI)
    for one, other in ((first, twin), (twin, first)):
        guard = DpopGuard(AUDIENCE)
        guard.check(one, call, now=NOW)
        with pytest.raises(Untrusted) as raised:
            guard.check(other, call, now=NOW)
        assert refusal(raised)[0] == "proof.replayed"


def test_a_full_memory_of_dpop_proofs_refuses() -> None:
    guard, call = DpopGuard(AUDIENCE, replay_capacity=1), DpopCall("POST", URI)
    guard.check(call.sign(scene.lead, now=NOW), call, now=NOW)
    with pytest.raises(Untrusted) as raised:
        guard.check(call.sign(scene.lead, now=NOW), call, now=NOW)
    assert refusal(raised)[0] == "proof.memory_full"


def test_exactly_one_dpop_header_of_its_time() -> None:
    guard, call = DpopGuard(AUDIENCE), DpopCall("POST", URI)
    header = call.sign(scene.lead, now=NOW)
    for family, code, headers, now in (
        (Untrusted, "dpop.missing", [], NOW),
        (Untrusted, "dpop.repeated", [header, header], NOW),
        (Untrusted, "dpop.repeated", [header + ", " + header], NOW),
        (Malformed, "jose.not_compact", [""], NOW),
        (Untrusted, "proof.stale", [header], NOW + 3600),
        (Untrusted, "proof.future", [header], NOW - 3600),
    ):
        with pytest.raises(family) as raised:
            guard.check(headers, call, now=now)
        assert refusal(raised)[0] == code
    guard.check([header], call, now=NOW)


def test_an_access_token_is_believed_as_configured() -> None:
    believed = dict(vectors.load())["access_token/access_token_ed25519_control"]
    rules, text, now = believed["access_tokens"], believed["text"], believed["now"]

    def tokens(**changes: Any) -> AccessTokens:
        return AccessTokens(**{**rules, **changes})

    token = tokens().check(text, now)
    other_key = json.dumps({"keys": [{**json.loads(scene.stranger.public_key.to_jwk()), "kid": "one"}]})
    other_name = rules["jwks"].replace('"one"', '"two"')
    for family, code, server, at in (
        (Untrusted, "access_token.wrong_issuer", tokens(issuer=rules["issuer"] + "/"), now),
        (Denied, "call.not_our_audience", tokens(audience="https://other.example"), now),
        (Denied, "call.not_our_audience", tokens(audience=[]), now),
        (Untrusted, "access_token.unknown_key", tokens(jwks='{"keys":[]}'), now),
        (Untrusted, "access_token.unknown_key", tokens(jwks=other_name), now),
        (Untrusted, "access_token.bad_signature", tokens(jwks=other_key), now),
        (Untrusted, "time.expired", tokens(), token.expires + 60),
        (Untrusted, "time.issued_in_future", tokens(), now - 3600),
    ):
        with pytest.raises(family) as raised:
            server.check(text, at)
        assert refusal(raised)[:2] == (code, None)
    twice = '{"keys":[],"keys":[]}'
    for code, jwks in (("jose.bad_key_set", "[]"), ("json.bad", ""), ("json.duplicate_member", twice)):
        with pytest.raises(Malformed) as raised:
            tokens(jwks=jwks)
        assert refusal(raised)[0] == code


def test_a_token_bound_to_no_key_passes_only_where_that_is_said() -> None:
    unbound = dict(vectors.load())["access_token/access_token_unbound"]
    rules, now = unbound["access_tokens"], unbound["now"]
    assert AccessTokens(**{**rules, "bearer_allowed": True}).check(unbound["text"], now).bound_to is None
    for said in ({"bearer_allowed": False}, {}):
        with pytest.raises(Untrusted) as raised:
            AccessTokens(**{**rules, **said}).check(unbound["text"], now)
        assert refusal(raised)[0] == "access_token.not_bound"


def test_a_jwk_is_a_public_key_on_ed25519() -> None:
    jwk = json.loads(scene.lead.public_key.to_jwk())
    assert PublicKey.from_jwk(json.dumps({**jwk, "use": "sig"})) == scene.lead.public_key
    for code, change in (
        ("key.private", {"d": jwk["x"]}),
        ("key.wrong_curve", {"crv": "X25519"}),
        ("key.bad", {"x": jwk["x"][:-1]}),
        ("key.bad", {"x": jwk["x"] + "="}),
    ):
        with pytest.raises(Malformed) as raised:
            PublicKey.from_jwk(json.dumps({**jwk, **change}))
        assert refusal(raised)[0] == code
    with pytest.raises(Malformed) as raised:
        AccessTokens("i", "a", json.dumps({"keys": [{**jwk, "d": jwk["x"]}]}))
    assert refusal(raised)[0] == "key.private"
