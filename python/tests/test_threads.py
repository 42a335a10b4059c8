"""Signatures are checked without the interpreter's lock; what is shared is safe to share."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import scene
from keybound import Permit, Refusal, Verifier
from scene import NOW


def test_one_proof_among_many_threads_is_permitted_once() -> None:
    chain, request, verifier = scene.root(), scene.call(), Verifier(scene.trust())
    proof = scene.proof(scene.lead, chain, request).to_bytes()
    start = threading.Barrier(8)

    def present(_: int) -> str:
        start.wait()
        try:
            verifier.authorize(chain.to_bytes(), proof, request, NOW)
        except Refusal as refusal:
            return refusal.code
        return "ok"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(present, range(8)))
    assert sorted(outcomes) == ["ok", *["proof.replayed"] * 7]


def test_threads_verify_side_by_side() -> None:
    chain, request, verifier = scene.root(), scene.call(), Verifier(scene.trust())
    proofs = [scene.proof(scene.lead, chain, request).to_bytes() for _ in range(400)]
    with ThreadPoolExecutor(4) as pool:
        permits = list(pool.map(lambda proof: verifier.authorize(chain.to_bytes(), proof, request, NOW), proofs))
    assert len(permits) == 400 and all(isinstance(permit, Permit) for permit in permits)


def test_the_lock_is_let_go_while_a_chain_is_verified() -> None:
    """With a switch interval of minutes, this thread runs again only if the other one lets go by itself."""
    chain, trust, rounds = scene.root(), scene.trust(), []
    interval = sys.getswitchinterval()

    def verify() -> None:
        for number in range(2000):
            chain.verify(trust, NOW)
            rounds.append(number)

    thread = threading.Thread(target=verify)
    try:
        sys.setswitchinterval(600)
        thread.start()
        seen = len(rounds)
    finally:
        sys.setswitchinterval(interval)
        thread.join()
    assert seen < len(rounds) == 2000
