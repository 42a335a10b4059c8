"""A decision of ours on a chain of AAT-02, beside PyJWT checking the same signatures and nothing else."""

import json
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter_ns

import jwt
from jwt.algorithms import OKPAlgorithm
from keybound import Chain, Presentation, Proof, Request, SigningKey, Trust, Verifier
from keybound.constraint import one_of, range as within

NOW = 1_800_000_000
AUDIENCE = "https://tools.example"
ARGUMENTS = {"amount": 5, "to": "bob"}
ROUNDS, SETTLING = 1500, 500

# PyJWT knows Ed25519 by its old name only.
jwt.register_algorithm("Ed25519", OKPAlgorithm())
keys = [SigningKey.generate() for _ in range(9)]


def chain_of(links: int) -> Chain:
    chain = Chain.issue(
        keys[0], issuer="issuer", to=keys[1].public_key, audience=AUDIENCE, principal="user:7",
        agent="spiffe://example.org/agent/orch/task/one", task="task", max_depth=8, now=NOW, format="aat",
        tools={"pay": {"amount": within(max=100), "to": one_of("alice", "bob")}},
    )  # fmt: skip
    for link in range(1, links):
        chain = chain.delegate(keys[link], to=keys[link + 1].public_key, now=NOW)
    return chain


def timed(prepare: Callable[[], Callable[[], object]]) -> float:
    """The median in microseconds; what prepares a call is not timed."""
    times = []
    for _ in range(ROUNDS):
        run = prepare()
        started = perf_counter_ns()
        run()
        times.append(perf_counter_ns() - started)
    return median(times[SETTLING:]) / 1000


def main() -> int:
    trust = Trust({"issuer": keys[0].public_key}, AUDIENCE, replay_capacity=1_000_000)
    for links in (1, 3, 8):
        chain = chain_of(links)
        data = chain.to_bytes()

        def sign(chain: Chain = chain, links: int = links) -> Proof:
            return Proof.sign(keys[links], chain, Request("pay", ARGUMENTS, AUDIENCE), now=NOW)

        def ours(verifier: Verifier, data: bytes = data) -> Callable[[], Callable[[], object]]:
            def prepare() -> Callable[[], object]:
                proof = sign().to_bytes()
                return lambda: verifier.authorize(data, proof, Request("pay", ARGUMENTS, AUDIENCE), NOW)

            return prepare

        presentation = json.loads(Presentation(chain, sign()).to_json())
        tokens = [*presentation["aat_chain"], presentation["aat_pop"]]
        jwks = [key.public_key.to_jwk() for key in keys[: links + 1]]
        loaded = [OKPAlgorithm.from_jwk(jwk) for jwk in jwks]

        def beforehand(tokens: list[str] = tokens, loaded: list[object] = loaded) -> None:
            for token, key in zip(tokens, loaded, strict=True):
                jwt.api_jws.decode(token, key, algorithms=["Ed25519"])

        def from_the_tokens(tokens: list[str] = tokens, jwks: list[str] = jwks) -> None:
            for token, jwk in zip(tokens, jwks, strict=True):
                jwt.api_jws.decode(token, OKPAlgorithm.from_jwk(jwk), algorithms=["Ed25519"])

        rows = {
            "keybound, every rule": ours(Verifier(trust, cache_capacity=0)),
            "keybound, links known": ours(Verifier(trust)),
            "PyJWT, keys loaded beforehand": lambda: beforehand,
            "PyJWT, keys from the tokens": lambda: from_the_tokens,
        }
        for row, prepare in rows.items():
            print(f"chain of {links}, {links + 1} signatures: {row}: {timed(prepare):.1f} us")
    return 0


if __name__ == "__main__":
    sys.exit(main())
