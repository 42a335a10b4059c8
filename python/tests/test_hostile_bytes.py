"""Whatever the bytes: a refusal, never a crash, never a permit."""

import json
import random
from collections.abc import Callable, Iterator

import pytest
import scene
import vectors
from keybound import AccessTokens, AgentId, Chain, DpopCall, DpopGuard, Malformed, Presentation, Proof, PublicKey
from keybound import Refusal, Request, Verifier
from scene import NOW

CASES = 3000


def mutations(original: bytes, rng: random.Random, cases: int) -> Iterator[bytes]:
    """Flipped, cut, lengthened, repeated and shuffled copies; never the original, nor the same JSON in other words."""
    for _ in range(cases):
        data = bytearray(original)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data)) if data else 0
            match rng.randrange(5):
                case 0 if data:
                    data[at] ^= 1 << rng.randrange(8)
                case 1:
                    del data[at:]
                case 2:
                    data[at:at] = rng.randbytes(rng.randint(1, 8))
                case 3:
                    data[at:at] = data[at : at + rng.randint(1, 40)]
                case _:
                    data[at : at + 4] = rng.randbytes(4)
        if bytes(data) != original and not same_json(bytes(data), original):
            yield bytes(data)


def same_json(data: bytes, original: bytes) -> bool:
    try:
        return bool(json.loads(data) == json.loads(original))
    except (ValueError, RecursionError):
        return False


@pytest.mark.parametrize("form", ["cwt", "aat"])
def test_mutated_chains_and_proofs_are_refused(form: str) -> None:
    rng = random.Random(2026)
    chain = scene.root(format=form).delegate(scene.lead, to=scene.helper.public_key, now=NOW)
    request = scene.call()
    proof = scene.proof(scene.helper, chain, request)
    verifier = Verifier(scene.trust())
    for data in mutations(chain.to_bytes(), rng, CASES):
        with pytest.raises(Refusal):
            verifier.authorize(data, proof.to_bytes(), request, NOW)
    for data in mutations(proof.to_bytes(), rng, CASES):
        with pytest.raises(Refusal):
            verifier.authorize(chain.to_bytes(), data, request, NOW)
    # Last: after it everything would be refused as used before.
    verifier.authorize(chain.to_bytes(), proof.to_bytes(), request, NOW)


def test_mutated_presentations_are_refused() -> None:
    rng = random.Random(1729)
    chain, request, trust = scene.root(format="aat"), scene.call(), scene.trust()
    text = Presentation(chain, scene.proof(scene.lead, chain, request)).to_json().encode()

    def decide(data: bytes) -> None:
        presentation = Presentation.parse(data)
        presentation.chain.verify(trust, NOW).authorize(request, presentation.proof, NOW)

    for data in mutations(text, rng, CASES):
        with pytest.raises(Refusal):
            decide(data)
    decide(text)


@pytest.mark.parametrize("algorithm", ["ed25519", "es256"])
def test_mutated_dpop_proofs_and_access_tokens_are_refused(algorithm: str) -> None:
    rng = random.Random(9449)
    known = dict(vectors.load())
    presented = known[f"dpop/dpop_{algorithm}_control"]
    believed = known[f"access_token/access_token_{algorithm}_control"]
    guard, call = DpopGuard(presented["guard"]["origins"]), DpopCall("POST", presented["call"]["uri"])
    rules = believed["access_tokens"]
    tokens = AccessTokens(rules["issuer"], rules["audience"], rules["jwks"])
    (header,) = presented["headers"]
    checks: tuple[tuple[str, Callable[[str], object]], ...] = (
        (header, lambda text: guard.check(text, call, now=NOW)),
        (believed["text"], lambda text: tokens.check(text, NOW)),
    )
    for original, check in checks:
        for data in mutations(original.encode(), rng, CASES):
            with pytest.raises(Refusal):
                check(data.decode("latin-1"))
        check(original)


def test_mutated_keys_and_key_sets_are_refused_or_read_as_they_stand() -> None:
    rng = random.Random(7517)
    believed = dict(vectors.load())["access_token/access_token_ed25519_control"]
    rules = believed["access_tokens"]
    jwk, refused, unbelieved = scene.lead.public_key.to_jwk(), 0, 0
    for data in mutations(jwk.encode(), rng, CASES):
        try:
            key = PublicKey.from_jwk(data.decode("latin-1"))
        except Malformed:
            refused += 1
        else:
            assert PublicKey.from_jwk(key.to_jwk()) == key and PublicKey(key.to_bytes()) == key
    for data in mutations(rules["jwks"].encode(), rng, CASES):
        try:
            tokens = AccessTokens(rules["issuer"], rules["audience"], data.decode("latin-1"))
        except Malformed:
            continue
        try:
            tokens.check(believed["text"], NOW)
        except Refusal:
            unbelieved += 1
    # Most changes break the text; of the rest most leave no key, or another one.
    assert refused > CASES // 2 and unbelieved > CASES // 20


def test_random_bytes_are_malformed() -> None:
    rng = random.Random(11)
    for _ in range(CASES):
        data = rng.randbytes(rng.randint(0, 200))
        for parse in (Chain.parse, Proof.parse, Presentation.parse):
            with pytest.raises(Malformed):
                parse(data)
        try:
            PublicKey(data[:32])
        except Malformed:
            pass
        with pytest.raises(Malformed):
            Request("pay", b"{" + data, scene.AUDIENCE)
        with pytest.raises(Malformed):
            DpopCall("POST", scene.AUDIENCE, tool="pay", arguments=b"{" + data)
        with pytest.raises(Malformed):
            Presentation.parse(b'{"aat_chain":[' + data)
        with pytest.raises(Malformed):
            Chain.parse(b'{"aat_chain":["' + data)


def test_random_text_is_no_agent_and_no_authority() -> None:
    rng = random.Random(53)
    for _ in range(CASES):
        text = "".join(chr(rng.choice([rng.randrange(128), rng.randrange(0xD800)])) for _ in range(rng.randint(0, 40)))
        with pytest.raises(Malformed):
            AgentId("spiffe://a/agent/" + text + "\x00")
        with pytest.raises(Malformed):
            scene.root(tools="{" + text)


def test_random_text_is_no_key_no_proof_and_no_token() -> None:
    rng = random.Random(7515)
    guard, call = DpopGuard(scene.AUDIENCE), DpopCall("POST", scene.AUDIENCE)
    tokens = AccessTokens(scene.ISSUER, scene.AUDIENCE, '{"keys":[]}')
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    for _ in range(CASES):
        size = rng.randint(0, 60)
        anything = "".join(chr(rng.choice([rng.randrange(128), rng.randrange(0xD800)])) for _ in range(size))
        compact = ".".join("".join(rng.choice(letters[:-1]) for _ in range(rng.randint(0, 90))) for _ in range(3))
        for text in (anything, compact):
            with pytest.raises(Refusal):
                guard.check(text, call, now=NOW)
            with pytest.raises(Malformed):
                tokens.check(text, NOW)
            with pytest.raises(Malformed):
                PublicKey.from_jwk(text)
            with pytest.raises(Malformed):
                AccessTokens(scene.ISSUER, scene.AUDIENCE, text)
        with pytest.raises(Malformed):
            DpopGuard("https://" + anything + "\x00")
    guard.check(call.sign(scene.lead, now=NOW), call, now=NOW)
