"""JWT access tokens (RFC 9068) that each library signed, checked by us under a JWK Set."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bench import THEY_SIGN, Benches
from jose import Claims, tamper, text, unsigned
from keybound import AccessTokens, Denied, DpopCall, DpopGuard, Malformed, Untrusted
from keys import Jwk, Signer, agent, stranger, unb64u
from libraries import LIBRARIES, Library
from ours import ISSUER, NOW

AUDIENCE = "https://api.example"
OLD, EDGE, FRESH = (11, "Ed25519", "old"), (13, "ES256", "edge"), (12, "Ed25519", "fresh")
Key = tuple[int, str, str]

every_library = pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
every_key = pytest.mark.parametrize("key", [OLD, EDGE], ids=lambda key: key[1])


def _published(key: Key) -> Jwk:
    number, alg, kid = key
    return {**Signer(number, alg).jwk, "kid": kid, "alg": alg, "use": "sig"}


def _trusting(*keys: Key) -> AccessTokens:
    return AccessTokens(ISSUER, AUDIENCE, json.dumps({"keys": [_published(key) for key in keys]}))


def _claims(**changes: object) -> Claims:
    return {
        "iss": ISSUER,
        "sub": "user:ada",
        "aud": AUDIENCE,
        "client_id": "agent-7",
        "jti": "t-1",
        "iat": NOW,
        "exp": NOW + 300,
        "scope": "pay read",
        "cnf": {"jkt": agent.thumbprint},
        **changes,
    }


def _issue(library: Library, key: Key, head: dict[str, Any] | None = None, **changes: object) -> str:
    number, alg, kid = key
    header = {"alg": alg, "typ": "at+jwt", "kid": kid, **(head or {})}
    return library.sign(Signer(number, alg), header, text(_claims(**changes)))


@every_key
@every_library
def test_it_is_believed_and_bound(library: Library, key: Key, bench: Benches) -> None:
    judge = bench(library.name, THEY_SIGN, f"access token, {key[1]}")
    tokens = _trusting(OLD, EDGE)
    issued = _issue(library, key, aud=["https://other.example", AUDIENCE], groups=["a"])
    token = judge.accepts(tokens.check(issued, now=NOW))
    assert (token.issuer, token.subject, token.client_id, token.id) == (ISSUER, "user:ada", "agent-7", "t-1")
    assert (token.scope, token.expires, token.bound_to) == ("pay read", NOW + 300, agent.thumbprint)
    assert token.claims == _claims(aud=["https://other.example", AUDIENCE], groups=["a"])
    with judge.refuses(Untrusted, code="access_token.bad_signature"):
        tokens.check(tamper(issued, scope="admin"), now=NOW)

    call = DpopCall("GET", "https://api.example/", access_token=issued)
    judge.accepts(DpopGuard(AUDIENCE).check(call.sign(agent.ours, now=NOW), call, bound_to=token.bound_to, now=NOW))
    with judge.refuses(Untrusted, code="dpop.wrong_key"):
        DpopGuard(AUDIENCE).check(call.sign(stranger.ours, now=NOW), call, bound_to=token.bound_to, now=NOW)


@every_key
@every_library
def test_each_of_its_rules(library: Library, key: Key, bench: Benches) -> None:
    judge = bench(library.name, THEY_SIGN, f"access token, {key[1]}")
    tokens = _trusting(OLD, EDGE)
    judge.accepts(tokens.check(_issue(library, key, exp=NOW + 1), now=NOW))
    faults: list[tuple[type[Exception], str, dict[str, Any], Claims]] = [
        (Untrusted, "time.expired", {}, {"iat": NOW - 300, "exp": NOW - 31}),
        (Untrusted, "time.not_yet_valid", {}, {"nbf": NOW + 31}),
        (Denied, "call.not_our_audience", {}, {"aud": "https://other.example"}),
        (Untrusted, "access_token.wrong_issuer", {}, {"iss": "https://other.example"}),
        (Untrusted, "access_token.not_bound", {}, {"cnf": None}),
        *((Malformed, "claims.missing", {}, {name: None}) for name in ("sub", "client_id", "jti", "exp", "iat")),
        (Malformed, "envelope.wrong_type", {"typ": "JWT"}, {}),
        (Untrusted, "access_token.unknown_key", {"kid": "nobody"}, {}),
    ]
    for kind, code, head, changes in faults:
        with judge.refuses(kind, code=code):
            tokens.check(_issue(library, key, head, **changes), now=NOW)


@every_library
def test_an_issuer_with_two_keys_changes_one(library: Library, bench: Benches) -> None:
    judge = bench(library.name, THEY_SIGN, "access token, keys")
    before, during, after = _trusting(OLD, EDGE), _trusting(OLD, EDGE, FRESH), _trusting(EDGE, FRESH)
    old, fresh = _issue(library, OLD), _issue(library, FRESH)
    for tokens, token in ((before, old), (during, old), (during, fresh), (after, fresh)):
        judge.accepts(tokens.check(token, now=NOW))
    for tokens, token in ((before, fresh), (after, old)):
        with judge.refuses(Untrusted, code="access_token.unknown_key"):
            tokens.check(token, now=NOW)
    with judge.refuses(Untrusted, code="access_token.bad_signature"):
        during.check(_issue(library, FRESH, {"kid": "old"}), now=NOW)


def test_other_algorithms(bench: Benches) -> None:
    judge = bench("PyJWT", THEY_SIGN, "access token, other algorithms")
    tokens, pyjwt = _trusting(OLD, EDGE), LIBRARIES[1]
    judge.accepts(tokens.check(_issue(pyjwt, OLD), now=NOW))
    head = {"typ": "at+jwt", "kid": "old"}
    secret = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with judge.refuses(Malformed, code="envelope.wrong_algorithm"):
        tokens.check(jwt.encode(_claims(), secret, algorithm="RS256", headers=head), now=NOW)
    # The published key as a shared secret (RFC 8725 §2.1), in the forms that PyJWT does not know for a public key.
    public = _published(OLD)["x"]
    for confused in (unb64u(public), public.encode()):
        with judge.refuses(Malformed, code="jose.symmetric"):
            tokens.check(jwt.encode(_claims(), confused, algorithm="HS256", headers=head), now=NOW)
    with judge.refuses(Malformed, code="jose.unsigned"):
        tokens.check(unsigned(head, _claims()), now=NOW)
    with judge.refuses(Malformed, code="envelope.wrong_algorithm"):
        tokens.check(_issue(pyjwt, OLD, {"alg": "EdDSA"}), now=NOW)
