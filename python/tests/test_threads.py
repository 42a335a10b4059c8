"""Signatures are checked without the interpreter's lock; what is shared is safe to share."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import scene
import vectors
from keybound import AccessTokens, DpopCall, DpopGuard, Permit, Refusal, Verifier
from scene import AUDIENCE, NOW

believed = dict(vectors.load())["access_token/access_token_ed25519_control"]
tokens = AccessTokens(**believed["access_tokens"])
http = DpopCall("POST", AUDIENCE, access_token=believed["text"])
bound_to = scene.lead.public_key.jwk_thumbprint


@pytest.mark.parametrize("form", ["cwt", "aat"])
def test_one_proof_among_many_threads_is_permitted_once(form: str) -> None:
    chain, request, verifier = scene.root(format=form), scene.call(), Verifier(scene.trust())
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


def test_one_dpop_proof_among_many_threads_is_accepted_once() -> None:
    guard, header = DpopGuard(AUDIENCE), http.sign(scene.lead, now=NOW)
    start = threading.Barrier(8)

    def present(_: int) -> str:
        start.wait()
        try:
            return guard.check(header, http, bound_to=bound_to, now=NOW).thumbprint
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(present, range(8)))
    assert sorted(outcomes) == sorted([bound_to, *["proof.replayed"] * 7])


def test_threads_check_requests_side_by_side() -> None:
    guard = DpopGuard(AUDIENCE, replay_capacity=400)
    headers = [http.sign(scene.lead, now=NOW) for _ in range(400)]

    def present(header: str) -> tuple[str, str]:
        token = tokens.check(believed["text"], NOW)
        return token.subject, guard.check(header, http, bound_to=bound_to, now=NOW).id

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(present, headers))
    assert {subject for subject, _ in seen} == {believed["facts"]["subject"]} and len({id for _, id in seen}) == 400


def verify(form: str) -> Callable[[], Any]:
    chain, trust = scene.root(format=form), scene.trust()
    return lambda: chain.verify(trust, NOW)


def check_proof() -> Callable[[], Any]:
    guard, headers = DpopGuard(AUDIENCE), iter([http.sign(scene.lead, now=NOW) for _ in range(2000)])
    return lambda: guard.check(next(headers), http, bound_to=bound_to, now=NOW)


@pytest.mark.parametrize(
    "prepare",
    [lambda: verify("cwt"), lambda: verify("aat"), check_proof, lambda: lambda: tokens.check(believed["text"], NOW)],
    ids=["cwt", "aat", "dpop", "access_token"],
)
def test_the_lock_is_let_go_while_signatures_are_checked(prepare: Callable[[], Callable[[], Any]]) -> None:
    """With a switch interval of minutes, this thread runs again only if the other one lets go by itself."""
    step, rounds = prepare(), []
    interval = sys.getswitchinterval()

    def work() -> None:
        for number in range(2000):
            step()
            rounds.append(number)

    thread = threading.Thread(target=work)
    try:
        sys.setswitchinterval(600)
        thread.start()
        seen = len(rounds)
    finally:
        sys.setswitchinterval(interval)
        thread.join()
    assert seen < len(rounds) == 2000
