"""DPoP proofs (RFC 9449): ours before each library, theirs before our guard."""

import json
from typing import Any

import pytest

from bench import THEY_SIGN, WE_SIGN, Benches
from jose import Claims, sha256, tamper, text, unsigned
from keybound import DpopAccepted, DpopCall, DpopGuard, Malformed, Refusal, Untrusted
from keys import Signer, agent, stranger
from libraries import LIBRARIES, Library
from ours import ARGUMENTS, CANONICAL_ARGUMENTS, NOW

ORIGIN = "https://tools.example"
URI = f"{ORIGIN}/pay"
SIGNERS = [Signer(5), Signer(5, "ES256")]

every_library = pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
every_signer = pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.alg)


@every_library
def test_our_proof_holds_under_the_key_it_brings(library: Library, bench: Benches) -> None:
    judge = bench(library.name, WE_SIGN, "DPoP proof")
    plain = DpopCall("POST", f"{URI}?dry=1", access_token="a.b.c", nonce="n-1")
    bound = DpopCall("POST", f"{URI}?dry=1", access_token="a.b.c", nonce="n-1", body=b"{}", tool="pay", arguments=ARGUMENTS)
    covered = {"body": sha256(b"{}"), "tool": "pay", "arguments": sha256(CANONICAL_ARGUMENTS)}
    for call, more in ((plain, {}), (bound, {"keybound": covered})):
        proof = call.sign(agent.ours, now=NOW)
        header, payload = judge.accepts(library.verify(proof, agent.jwk, "Ed25519"))
        assert header == {"alg": "Ed25519", "typ": "dpop+jwt", "jwk": agent.jwk}
        claims = json.loads(payload)
        assert len(claims.pop("jti")) >= 16
        assert claims == {"htm": "POST", "htu": URI, "iat": NOW, "ath": sha256(b"a.b.c"), "nonce": "n-1", **more}
        with judge.refuses(library.bad_signature):
            library.verify(tamper(proof, htm="PUT"), agent.jwk, "Ed25519")
        with judge.refuses(library.bad_signature):
            library.verify(proof, stranger.jwk, "Ed25519")


def _claims(**changes: object) -> Claims:
    return {"htm": "POST", "htu": URI, "jti": "p-1", "iat": NOW, **changes}


def _make(library: Library, signer: Signer, head: dict[str, Any] | None = None, **changes: object) -> str:
    header = {"alg": signer.alg, "typ": "dpop+jwt", "jwk": signer.jwk, **(head or {})}
    return library.sign(signer, header, text(_claims(**changes)))


def _check(proof: str, call: DpopCall | None = None, **more: Any) -> DpopAccepted:
    """What a fresh guard says."""
    return DpopGuard(ORIGIN).check(proof, call or DpopCall("POST", "/pay?dry=1"), now=NOW, **more)


@every_signer
@every_library
def test_their_proof_is_accepted_once(library: Library, signer: Signer, bench: Benches) -> None:
    judge = bench(library.name, THEY_SIGN, f"DPoP proof, {signer.alg}")
    guard, call, proof = DpopGuard(ORIGIN), DpopCall("POST", "/pay"), _make(library, signer)
    accepted = judge.accepts(guard.check(proof, call, now=NOW))
    assert (accepted.thumbprint, json.loads(accepted.jwk), accepted.id) == (signer.thumbprint, signer.jwk, "p-1")
    with judge.refuses(Untrusted, code="proof.replayed"):
        guard.check(proof, call, now=NOW)
    judge.accepts(_check(_make(library, signer, {"kid": "mine"}, htu=f"{URI}?other=query#f", extra={"a": 1})))


@every_signer
@every_library
def test_each_check_of_the_rfc(library: Library, signer: Signer, bench: Benches) -> None:
    judge = bench(library.name, THEY_SIGN, f"DPoP proof, {signer.alg}")
    judge.accepts(_check(_make(library, signer)))
    other = Signer(6, signer.alg)
    crossed = stranger if signer.alg == "ES256" else Signer(6, "ES256")
    faults: list[tuple[str, dict[str, Any], Claims]] = [
        *(("claims.missing", {}, {name: None}) for name in ("jti", "htm", "htu", "iat")),
        ("envelope.wrong_type", {"typ": "JWT"}, {}),
        ("proof.bad_signature", {"jwk": other.jwk}, {}),
        ("jose.wrong_key_type", {"jwk": crossed.jwk}, {}),
        ("dpop.wrong_method", {}, {"htm": "GET"}),
        ("dpop.wrong_uri", {}, {"htu": f"{URI}/"}),
        ("proof.stale", {}, {"iat": NOW - 31}),
        ("proof.future", {}, {"iat": NOW + 6}),
    ]
    for code, head, changes in faults:
        with judge.refuses(Refusal, code=code):
            _check(_make(library, signer, head, **changes))
    with judge.refuses(Untrusted, code="proof.bad_signature"):
        _check(tamper(_make(library, signer), jti="p-2"))
    with judge.refuses(Untrusted, code="dpop.wrong_uri", expected=URI, received="https://other.example/pay"):
        _check(_make(library, signer, htu="https://other.example/pay?x=1"))
    with judge.refuses(Malformed, code="key.private"):
        _check(_make(library, signer, {"jwk": signer.secret_jwk}))


@every_signer
@every_library
def test_it_is_for_this_token_this_key_and_this_nonce(library: Library, signer: Signer, bench: Benches) -> None:
    judge = bench(library.name, THEY_SIGN, f"DPoP proof, {signer.alg}")
    call = DpopCall("POST", "/pay", access_token="a.b.c", nonce="n-1")
    ath = sha256(b"a.b.c")
    judge.accepts(_check(_make(library, signer, ath=ath, nonce="n-1"), call, bound_to=signer.thumbprint))
    with judge.refuses(Untrusted, code="dpop.wrong_access_token"):
        _check(_make(library, signer, nonce="n-1"), call, bound_to=signer.thumbprint)
    with judge.refuses(Untrusted, code="dpop.use_nonce"):
        _check(_make(library, signer, ath=ath, nonce="n-2"), call, bound_to=signer.thumbprint)
    with judge.refuses(Untrusted, code="dpop.wrong_key"):
        _check(_make(library, signer, ath=ath, nonce="n-1"), call, bound_to=stranger.thumbprint)


@every_library
def test_the_old_name_only_where_it_is_asked_for(library: Library, bench: Benches) -> None:
    judge = bench(library.name, THEY_SIGN, "DPoP proof, other algorithms")
    old = _make(library, Signer(5), {"alg": "EdDSA"})
    call = DpopCall("POST", "/pay")
    judge.accepts(DpopGuard(ORIGIN, algorithms=["Ed25519", "EdDSA"]).check(old, call, now=NOW))
    with judge.refuses(Malformed, code="envelope.wrong_algorithm"):
        _check(old)
    with judge.refuses(Malformed, code="jose.unsigned"):
        _check(unsigned({"typ": "dpop+jwt", "jwk": agent.jwk}, _claims()))
