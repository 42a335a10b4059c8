"""Native tokens and proofs (COSE_Sign1, CWT): ours before cwt, cwt's before us."""

import hashlib
import time
from collections.abc import Iterator

import cbor2
import pytest
from cwt import CWT, Claims, COSEKey, VerifyError

import native
from bench import THEY_SIGN, WE_SIGN, Bench, Benches
from keybound import Chain, Malformed, Permit, Proof, Refusal, Untrusted, VerifiedChain
from keys import Signer, agent, helper, issuer, stranger, unb64u
from ours import AGENT, AUDIENCE, CANONICAL_ARGUMENTS, ISSUER, NOW, our_chain, our_proof, request, trust

SIGNERS = [issuer, agent, helper, stranger]


@pytest.fixture
def judge(bench: Benches, request: pytest.FixtureRequest) -> Bench:
    """The bench of one test; its direction and object stand in the test's mark."""
    return bench("cwt", *request.param)


def sat(direction: str, thing: str) -> pytest.MarkDecorator:
    """Where cwt sits in a test."""
    return pytest.mark.parametrize("judge", [(direction, thing)], indirect=True, ids=[thing])


def turned(message: bytes) -> Iterator[bytes]:
    """The message with one bit turned, for every bit."""
    for index in range(len(message)):
        for bit in range(8):
            yield message[:index] + bytes([message[index] ^ 1 << bit]) + message[index + 1 :]


# Ours before theirs.


@sat(WE_SIGN, "native token")
def test_each_link_holds_under_its_parent(judge: Bench) -> None:
    aad, tokens = b"", native.tokens_of(our_chain("cwt").to_bytes())
    assert len(tokens) == 3
    for token, signer, holder in zip(tokens, SIGNERS, SIGNERS[1:], strict=False):
        claims = judge.accepts(native.opened(token, native.public(signer), native.TOKEN, aad))
        assert claims[8] == native.holder(holder)
        with judge.refuses(VerifyError):
            native.opened(token, native.public(holder), native.TOKEN, aad)
        for other in (b"", native.digest(token), native.digest(tokens[-1])):
            if other != aad:
                with judge.refuses(VerifyError):
                    native.opened(token, native.public(signer), native.TOKEN, other)
        aad = native.digest(token)


@sat(WE_SIGN, "native token")
def test_a_token_is_not_a_proof(judge: Bench) -> None:
    root = native.tokens_of(our_chain("cwt").to_bytes())[0]
    judge.accepts(native.opened(root, native.public(issuer), native.TOKEN))
    with judge.refuses(AssertionError):
        native.opened(root, native.public(issuer), native.PROOF)
    # Every bit of payload and signature; what stands around them cwt reads leniently.
    *_, payload, signature = cbor2.loads(root).value
    for changed in turned(payload + signature):
        body, end = changed[: len(payload)], changed[len(payload) :]
        message = root.replace(payload, body).replace(signature, end)
        with judge.refuses(VerifyError):
            native.opened(message, native.public(issuer), native.TOKEN)


@sat(WE_SIGN, "native proof")
def test_the_proof_holds_under_the_leafs_key_and_says_the_call(judge: Bench) -> None:
    chain = our_chain("cwt")
    leaf = native.tokens_of(chain.to_bytes())[-1]
    call = {0: "pay", 1: hashlib.sha256(CANONICAL_ARGUMENTS).digest(), 2: native.digest(leaf)}
    http = {"method": "POST", "uri": "https://tools.example/pay", "body": b"{}", "nonce": b"nonce-1234"}
    said = ["POST", "https://tools.example/pay", hashlib.sha256(b"{}").digest()]
    for made, more, nonce in ((request(), {}, {}), (request(**http), {3: said}, {10: b"nonce-1234"})):
        proof = our_proof(chain, made)
        claims = judge.accepts(native.opened(proof, native.public(stranger), native.PROOF))
        assert len(claims.pop(7)) == 16
        assert claims == {3: AUDIENCE, 6: NOW + 3, **nonce, native.CALL: {**call, **more}}
        for other in (issuer, agent, helper):
            with judge.refuses(VerifyError):
                native.opened(proof, native.public(other), native.PROOF)


@sat(WE_SIGN, "CWT claims")
def test_the_claims_are_those_of_cwt(judge: Bench) -> None:
    now = int(time.time())  # CWT.decode reads the wall clock
    root = Chain.issue(
        issuer.ours,
        issuer=ISSUER,
        to=agent.ours.public_key,
        tools={},
        audience=AUDIENCE,
        principal="user:ada",
        agent=AGENT,
        task="task-7",
        token_id=b"0123456789abcdef",
        now=now,
    )
    token = native.tokens_of(root.to_bytes())[0]
    reader = CWT.new(leeway=1)
    reader.cose.verify_kid = False  # ours have none
    read = judge.accepts(reader.decode(token, native.public(issuer)))
    claims = Claims.new(read, private_claim_names={"keybound": native.AUTHORITY})
    assert (claims.iss, claims.sub, claims.aud) == (ISSUER, "user:ada", [AUDIENCE])
    assert (claims.exp, claims.iat, claims.nbf, claims.cti) == (now + 300, now, None, "0123456789abcdef")
    key = COSEKey.new({**claims.cnf, 3: -19})
    assert (key.kty, key.crv, key.to_dict()[-2]) == (1, 6, unb64u(agent.jwk["x"]))
    assert claims.get("keybound") == {0: {}, 1: 0, 2: 0, 3: AGENT, 4: "task-7"}

    with judge.refuses(VerifyError):
        reader.decode(token, native.public(agent))
    old = native.tokens_of(our_old_root(now).to_bytes())[0]
    with judge.refuses(VerifyError):
        reader.decode(old, native.public(issuer))


def our_old_root(now: int) -> Chain:
    """One that has ended."""
    to = agent.ours.public_key
    return Chain.issue(issuer.ours, issuer=ISSUER, to=to, tools={}, audience=AUDIENCE, ttl=60, now=now - 120)


# Theirs before ours.


def believe(*tokens: bytes) -> VerifiedChain:
    """What we make of a chain, with identity asked for: these tokens have it."""
    return Chain.parse(native.chained(*tokens)).verify(trust(identity="required"), now=NOW)


def decide(tokens: list[bytes], proof: bytes) -> Permit:
    """What we make of the call."""
    return believe(*tokens).authorize(request(), Proof.parse(proof), now=NOW)


@sat(THEY_SIGN, "native token")
def test_their_root_with_our_proof_is_permitted(judge: Bench) -> None:
    root = native.root()
    proof = Proof.sign(agent.ours, Chain.parse(native.chained(root)), request(), now=NOW).to_bytes()
    permit = judge.accepts(decide([root], proof))
    assert (permit.principal, permit.agent, permit.task, permit.expires) == ("user:ada", AGENT, "task-7", NOW + 300)
    assert permit.lineage[0].token_id == "11" * 16
    for changed in turned(root):
        with judge.refuses(Refusal):
            believe(changed)
    with judge.refuses(Untrusted, code="chain.bad_signature", link=0):
        believe(native.sign(stranger, native.deterministic(native.root_claims())))


@sat(THEY_SIGN, "native chain")
def test_their_child_under_their_root(judge: Bench) -> None:
    root = native.root()
    child = native.child(root)
    assert judge.accepts(believe(root, child)).holder == helper.ours.public_key
    for changed in turned(child):
        with judge.refuses(Refusal):
            believe(root, changed)
    # The child is of one parent: of none, and of another one, it is no child.
    alone = native.sign(agent, native.deterministic(native.child_claims()))
    another = native.root({**native.root_claims(), 7: b"\x44" * 16})
    for tokens in ((root, alone), (another, child)):
        with judge.refuses(Untrusted, code="chain.bad_signature", link=1):
            believe(*tokens)


@sat(THEY_SIGN, "native proof")
def test_their_proof_under_their_chain(judge: Bench) -> None:
    root = native.root()
    child = native.child(root)
    claims = native.proof_claims(child)

    def prove(signer: Signer, claims: native.CborMap) -> bytes:
        return native.sign(signer, native.deterministic(claims), native.PROOF)

    proof = prove(helper, claims)
    permit = judge.accepts(decide([root, child], proof))
    assert [hop.holder for hop in permit.lineage] == [one.ours.public_key.thumbprint for one in (agent, helper)]
    for changed in turned(proof):
        with judge.refuses(Refusal):
            decide([root, child], changed)
    with judge.refuses(Untrusted, code="proof.bad_signature"):
        decide([root, child], prove(agent, claims))
    call = claims[native.CALL]
    faults: list[tuple[str, native.CborMap]] = [
        ("proof.wrong_tool", {native.CALL: {**call, 0: "refund"}}),
        ("proof.wrong_arguments", {native.CALL: {**call, 1: native.digest(b"{}")}}),
        ("proof.wrong_token", {native.CALL: {**call, 2: native.digest(root)}}),
        ("proof.wrong_audience", {3: "https://other.example"}),
        ("proof.stale", {6: NOW - 31}),
    ]
    for code, more in faults:
        with judge.refuses(Untrusted, code=code):
            decide([root, child], prove(helper, {**claims, **more}))


@sat(THEY_SIGN, "native token")
def test_one_header_and_one_encoding(judge: Bench) -> None:
    payload = native.deterministic(native.root_claims())
    judge.accepts(believe(native.sign(issuer, payload)))
    # Claims of others are ignored, in the order of RFC 8949: 24 (18 18) before -1 (20).
    more = {**native.root_claims(), 24: "x", -1: "y"}
    judge.accepts(believe(native.root(more)))
    older = cbor2.dumps(more, canonical=True)
    assert older != native.deterministic(more)

    for code, message in [
        ("cbor.not_sorted", native.sign(issuer, older)),
        ("envelope.wrong_algorithm", native.sign(issuer, payload, {**native.TOKEN, 1: -8})),
        ("envelope.wrong_type", native.sign(issuer, payload, native.PROOF)),
        ("envelope.wrong_type", native.sign(issuer, payload, {1: -19})),
        ("envelope.unknown_header", native.sign(issuer, payload, {1: -19, 15: {1: ISSUER}, 16: "application/keybound+cwt"})),
        ("envelope.unprotected_header", native.sign(issuer, payload, unprotected={4: b"kid"})),
        ("claims.missing", native.root({key: value for key, value in native.root_claims().items() if key != 8})),
    ]:
        with judge.refuses(Malformed, code=code):
            believe(message)
