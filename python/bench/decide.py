"""What one decision costs from Python: bytes to permit, the call and the proof included.

The same chains, the same call and the same lines as `bindings/js/bench/warm.mjs` and the Rust one.
"""

import sys
from statistics import median
from time import perf_counter_ns

from keybound import Chain, Proof, Request, SigningKey, Trust, Verifier
from keybound.constraint import one_of, range as within

NOW = 1_800_000_000
AUDIENCE = "https://tools.example"
ARGUMENTS = {"amount": 5, "to": "bob"}
ROUNDS, SETTLING = 1500, 500

keys = [SigningKey.generate() for _ in range(9)]


def chain_of(links: int) -> Chain:
    chain = Chain.issue(
        keys[0], issuer="issuer", to=keys[1].public_key, audience=AUDIENCE, principal="user:7",
        agent="spiffe://example.org/agent/orch/task/one", task="task", max_depth=8, now=NOW,
        tools={"pay": {"amount": within(max=100), "to": one_of("alice", "bob")}},
    )  # fmt: skip
    for link in range(1, links):
        chain = chain.delegate(keys[link], to=keys[link + 1].public_key, now=NOW)
    return chain


def decide(verifier: Verifier, links: int) -> float:
    """The median in microseconds; what the caller does beforehand is not timed."""
    chain = chain_of(links)
    data = chain.to_bytes()
    request = Request("pay", ARGUMENTS, AUDIENCE)
    times = []
    for _ in range(ROUNDS):
        proof = Proof.sign(keys[links], chain, request, now=NOW).to_bytes()
        started = perf_counter_ns()
        verifier.authorize(data, proof, Request("pay", ARGUMENTS, AUDIENCE), NOW)
        times.append(perf_counter_ns() - started)
    return median(times[SETTLING:]) / 1000


def main() -> int:
    trust = Trust({"issuer": keys[0].public_key}, AUDIENCE, replay_capacity=1_000_000)
    for links in (1, 3, 8):
        cold, known = decide(Verifier(trust, cache_capacity=0), links), decide(Verifier(trust), links)
        print(f"python: chain of {links}, proof included: {cold:.1f} us; links known: {known:.1f} us")
    return 0


if __name__ == "__main__":
    sys.exit(main())
