"""Chains of AAT-02 that each library signed, decided by us."""

import json
from typing import Any

import pytest

from bench import THEY_SIGN, Benches
from jose import Claims, hash_of, sha256, tamper, unsigned
from keybound import Denied, Malformed, Refusal, Untrusted
from keys import Signer, agent, helper, stranger
from libraries import LIBRARIES, Library
from ours import NOW, TOOLS, request
from theirs import Change, Theirs, decide, details, theirs

every_library = pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)


@every_library
def test_honest_chain_is_permitted_and_each_object_counts(library: Library, bench: Benches) -> None:
    judge = bench(library.name, THEY_SIGN, "AAT-02 chain")
    honest = theirs(library)
    permit = judge.accepts(decide(honest))
    assert (permit.tool, permit.issuer, permit.expires) == ("pay", "https://issuer.example", NOW + 120)
    assert [hop.holder for hop in permit.lineage] == [one.ours.public_key.thumbprint for one in (agent, helper)]
    root, child = honest.tokens
    with judge.refuses(Untrusted, code="chain.bad_signature", step="3b", link=0):
        decide(Theirs([tamper(root, exp=NOW + 301), child], honest.proof))
    with judge.refuses(Untrusted, code="chain.bad_signature", step="4b", link=1):
        decide(Theirs([root, tamper(child, exp=NOW + 121)], honest.proof))
    with judge.refuses(Untrusted, code="proof.bad_signature", step="7b"):
        decide(Theirs(honest.tokens, tamper(honest.proof, iat=NOW)))
    for name in ("root", "child"):
        with judge.refuses(Untrusted, code="chain.bad_signature"):
            decide(theirs(library, **{name: Change(signer=stranger)}))
    with judge.refuses(Untrusted, code="proof.bad_signature", step="7b"):
        decide(theirs(library, pop=Change(signer=agent)))


def _upside_down(claims: Claims) -> bytes:
    """JSON, and not JCS: members the other way round, escapes and blanks wherever they may be."""
    turned = dict(reversed(claims.items()))
    return json.dumps(turned, indent=3).replace("https://", "https:\\/\\/").encode() + b"\r\n"


@every_library
def test_order_blanks_and_unknown_claims_are_the_issuers(library: Library, bench: Benches) -> None:
    judge = bench(library.name, THEY_SIGN, "AAT-02 chain")
    unknown = {"scope": "all", "act": {"sub": "x"}, "n": [1.5, None]}
    odd = Change(unknown, {"kid": "k", "x-mine": 1}, write=_upside_down)
    judge.accepts(decide(theirs(library, odd, odd, odd)))
    judge.accepts(decide(theirs(library, Change({"authorization_details": [{"type": "other"}, *details(TOOLS)]}))))
    misspelt = details({"pay": {**TOOLS["pay"], "amount": {"constraint_type": "range", "maximum": 20}}})
    with judge.refuses(Malformed, code="constraint.bad", step="4o", link=1):
        decide(theirs(library, child=Change({"authorization_details": misspelt})))


@every_library
def test_another_algorithm_or_type_is_refused(library: Library, bench: Benches) -> None:
    judge = bench(library.name, THEY_SIGN, "AAT-02 chain")
    judge.accepts(decide(theirs(library)))
    steps: dict[str, str] = {"root": "3a", "child": "4a", "pop": "7a"}
    for name, step in steps.items():
        with judge.refuses(Malformed, code="envelope.wrong_algorithm", step=step):
            decide(theirs(library, **{name: Change(header={"alg": "ES256"}, signer=Signer(5, "ES256"))}))
        with judge.refuses(Malformed, code="envelope.wrong_algorithm", step=step):
            decide(theirs(library, **{name: Change(header={"alg": "EdDSA"})}))
        with judge.refuses(Malformed, code="envelope.wrong_type", step=step):
            decide(theirs(library, **{name: Change(header={"typ": "JWT"})}))
    with judge.refuses(Malformed, code="jose.unsigned", step="3a"):
        honest = theirs(library)
        decide(Theirs([unsigned({"typ": "aat+jwt"}, {"jti": "1"}), honest.tokens[1]], honest.proof))


@every_library
def test_each_link_is_of_its_parent_and_within_it(library: Library, bench: Benches) -> None:
    judge = bench(library.name, THEY_SIGN, "AAT-02 child")
    judge.accepts(decide(theirs(library, child=Change({"exp": NOW + 300, "authorization_details": details(TOOLS)}))))
    root = theirs(library).tokens[0]
    wider = {"pay": {**TOOLS["pay"], "amount": {"constraint_type": "range", "max": 101}}}
    faults: list[tuple[str, str, Claims]] = [
        ("chain.wrong_parent", "4q", {"par_hash": sha256(root.split(".")[1].encode())}),
        ("chain.wrong_issuer", "4c", {"iss": agent.thumbprint}),
        ("chain.wrong_depth", "4d", {"del_depth": 2}),
        ("time.expires_after_parent", "4h", {"exp": NOW + 301}),
        ("chain.tool_added", "4p1", {"authorization_details": details({**TOOLS, "refund": {}})}),
        ("chain.constraint_widened", "4p4", {"authorization_details": details(wider)}),
        ("key.private", "4b2", {"cnf": {"jwk": helper.secret_jwk}}),
    ]
    for code, step, claims in faults:
        with judge.refuses(Refusal, code=code, step=step, link=1):
            decide(theirs(library, child=Change(claims)))


@every_library
def test_proof_is_for_this_call_under_this_leaf(library: Library, bench: Benches) -> None:
    judge = bench(library.name, THEY_SIGN, "AAT-02 proof")
    judge.accepts(decide(theirs(library, pop=Change({"hta": {"amount": 18.0, "to": "bob"}}))))
    root = theirs(library).tokens[0]
    faults: list[tuple[str, str, Claims]] = [
        ("proof.wrong_token", "7c", {"aat_hash": hash_of(root)}),
        ("claims.missing", "7c", {"hta": None}),
        ("proof.wrong_audience", "7d", {"aat_aud": "https://other.example"}),
        ("proof.wrong_tool", "7e", {"aat_tool": "refund"}),
        ("proof.wrong_arguments", "7f", {"hta": {"amount": 18.5, "to": "bob"}}),
        ("proof.stale", "7g", {"iat": NOW - 31}),
    ]
    for code, step, claims in faults:
        with judge.refuses(Refusal, code=code, step=step):
            decide(theirs(library, pop=Change(claims)))
    much: dict[str, Any] = {"amount": 50, "to": "bob"}
    with judge.refuses(Denied, code="call.argument_refused", step="6b", argument="amount"):
        decide(theirs(library, pop=Change({"hta": much})), request(arguments=much))
