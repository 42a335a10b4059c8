"""Whatever the bytes: a refusal, never a crash, never a permit."""

import random
from collections.abc import Iterator

import pytest
import scene
from keybound import AgentId, Chain, Malformed, Proof, PublicKey, Refusal, Request, Verifier
from scene import NOW

CASES = 3000


def mutations(original: bytes, rng: random.Random, cases: int) -> Iterator[bytes]:
    """Flipped, cut, lengthened, repeated and shuffled copies; never the original."""
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
        if bytes(data) != original:
            yield bytes(data)


def test_mutated_chains_and_proofs_are_refused() -> None:
    rng = random.Random(2026)
    chain = scene.root().delegate(scene.lead, to=scene.helper.public_key, now=NOW)
    request = scene.call()
    proof = scene.proof(scene.helper, chain, request)
    verifier = Verifier(scene.trust())
    verifier.authorize(chain.to_bytes(), proof.to_bytes(), request, NOW)
    for data in mutations(chain.to_bytes(), rng, CASES):
        with pytest.raises(Refusal):
            verifier.authorize(data, proof.to_bytes(), request, NOW)
    for data in mutations(proof.to_bytes(), rng, CASES):
        with pytest.raises(Refusal):
            verifier.authorize(chain.to_bytes(), data, request, NOW)


def test_random_bytes_are_malformed() -> None:
    rng = random.Random(11)
    for _ in range(CASES):
        data = rng.randbytes(rng.randint(0, 200))
        for parse in (Chain.parse, Proof.parse):
            with pytest.raises(Malformed):
                parse(data)
        try:
            PublicKey(data[:32])
        except Malformed:
            pass
        with pytest.raises(Malformed):
            Request("pay", b"{" + data, scene.AUDIENCE)


def test_random_text_is_no_agent_and_no_authority() -> None:
    rng = random.Random(53)
    for _ in range(CASES):
        text = "".join(chr(rng.choice([rng.randrange(128), rng.randrange(0xD800)])) for _ in range(rng.randint(0, 40)))
        with pytest.raises(Malformed):
            AgentId("spiffe://a/agent/" + text + "\x00")
        with pytest.raises(Malformed):
            scene.root(tools="{" + text)
