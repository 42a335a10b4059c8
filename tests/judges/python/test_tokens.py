"""Our AAT-02 tokens and proofs, verified by each library."""

import json

import jwt
import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError
from joserfc.jwk import OKPKey
from joserfc.jwt import ClaimsOption
from jwt.types import Options

from bench import WE_SIGN, Benches
from jose import claims_of, hash_of, tamper
from keys import Signer, agent, helper, issuer, stranger, unb64u
from libraries import LIBRARIES, Library
from ours import AGENT, ARGUMENTS, AUDIENCE, FEWER, ISSUER, NOW, TOOLS, our_chain, our_proof, request

every_library = pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)


def our_tokens() -> list[str]:
    """The tokens of our chain, root first."""
    tokens: list[str] = json.loads(our_chain("aat").to_bytes())["aat_chain"]
    return tokens


@every_library
def test_root_holds_under_the_anchor_and_each_child_under_its_parent(library: Library, bench: Benches) -> None:
    judge = bench(library.name, WE_SIGN, "AAT-02 token")
    signers, tokens = [issuer, agent, helper, stranger], our_tokens()
    for depth, (token, signer, holder) in enumerate(zip(tokens, signers, signers[1:], strict=False)):
        header, payload = judge.accepts(library.verify(token, signer.jwk, "Ed25519"))
        claims = json.loads(payload)
        assert header == {"alg": "Ed25519", "typ": "aat+jwt"}
        assert (claims["cnf"], claims["del_depth"]) == ({"jwk": holder.jwk}, depth)
        assert claims.get("par_hash") == (hash_of(tokens[depth - 1]) if depth else None)
        assert claims["iss"] == (f"urn:ietf:params:oauth:jwk-thumbprint:sha-256:{signer.thumbprint}" if depth else ISSUER)
        tools = FEWER if depth else TOOLS
        assert claims["authorization_details"] == [{"type": "attenuating_agent_token", "tools": tools}]
        with judge.refuses(library.bad_signature):
            library.verify(token, holder.jwk, "Ed25519")
        with judge.refuses(library.bad_signature):
            library.verify(tamper(token, exp=NOW + 299), signer.jwk, "Ed25519")


@every_library
def test_proof_holds_under_the_leafs_key_and_says_the_call(library: Library, bench: Benches) -> None:
    judge = bench(library.name, WE_SIGN, "AAT-02 proof")
    chain = our_chain("aat")
    leaf = json.loads(chain.to_bytes())["aat_chain"][-1]
    http = {"method": "POST", "uri": "https://tools.example/pay", "body": b"{}", "nonce": b"nonce-1234"}
    for call, more in ((request(), set()), (request(**http), {"nonce", "keybound"})):
        proof = our_proof(chain, call).decode()
        header, payload = judge.accepts(library.verify(proof, stranger.jwk, "Ed25519"))
        claims = json.loads(payload)
        assert header == {"alg": "Ed25519", "typ": "aat-pop+jwt"}
        assert (claims["aat_id"], claims["aat_hash"]) == (claims_of(leaf)["jti"], hash_of(leaf))
        assert (claims["aat_tool"], claims["aat_aud"], claims["hta"]) == ("pay", AUDIENCE, ARGUMENTS)
        assert set(claims) == {"jti", "iat", "aat_id", "aat_hash", "aat_tool", "aat_aud", "hta"} | more
        for other in (issuer, agent, helper):
            with judge.refuses(library.bad_signature):
                library.verify(proof, other.jwk, "Ed25519")
        with judge.refuses(library.bad_signature):
            library.verify(tamper(proof, hta={"to": "bob", "amount": 19}), stranger.jwk, "Ed25519")


def test_joserfc_reads_the_claims_of_a_root(bench: Benches) -> None:
    judge = bench("joserfc", WE_SIGN, "AAT-02 claims")
    root, child, _ = our_tokens()
    opened = joserfc_jwt.decode(root, OKPKey.import_key(issuer.jwk), algorithms=["Ed25519"])
    wanted: dict[str, ClaimsOption] = {
        "iss": {"essential": True, "value": ISSUER},
        "aud": {"essential": True, "value": AUDIENCE},
        "sub": {"essential": True, "value": "user:ada"},
        "txn": {"essential": True, "value": "task-7"},
        "client_id": {"essential": True, "value": AGENT},
        "exp": {"essential": True},
    }
    joserfc_jwt.JWTClaimsRegistry(now=NOW, leeway=0, **wanted).validate(judge.accepts(opened.claims))
    with judge.refuses(ExpiredTokenError):
        joserfc_jwt.JWTClaimsRegistry(now=NOW + 301, leeway=0, **wanted).validate(opened.claims)
    other = joserfc_jwt.decode(child, OKPKey.import_key(agent.jwk), algorithms=["Ed25519"])
    with judge.refuses(InvalidClaimError):
        joserfc_jwt.JWTClaimsRegistry(now=NOW, leeway=0, iss=wanted["iss"]).validate(other.claims)


def test_pyjwt_reads_the_claims_of_a_root(bench: Benches) -> None:
    judge = bench("PyJWT", WE_SIGN, "AAT-02 claims")
    root = our_tokens()[0]
    key = issuer.secret.public_key()
    # Its clock is the wall's and cannot be set; the root is of another time.
    timeless: Options = {"verify_exp": False, "verify_iat": False, "require": ["iss", "sub", "aud", "exp", "iat", "jti", "cnf"]}

    def read(audience: str = AUDIENCE, name: str = ISSUER, algorithm: str = "Ed25519") -> dict[str, object]:
        return jwt.decode(root, key, algorithms=[algorithm], audience=audience, issuer=name, options=timeless)

    assert judge.accepts(read())["sub"] == "user:ada"
    with judge.refuses(jwt.InvalidAudienceError):
        read(audience="https://other.example")
    with judge.refuses(jwt.InvalidIssuerError):
        read(name="https://other.example")
    with judge.refuses(jwt.InvalidAlgorithmError):
        read(algorithm="EdDSA")


def test_joserfc_names_keys_as_we_do(bench: Benches) -> None:
    judge = bench("joserfc", WE_SIGN, "JWK thumbprint")
    for number in range(1, 33):
        ours, other = Signer(number), Signer(number + 1)
        key = OKPKey.import_key(json.loads(ours.ours.public_key.to_jwk()))
        assert judge.accepts(key.thumbprint()) == ours.ours.public_key.jwk_thumbprint == ours.thumbprint
        with judge.refuses(AssertionError):
            assert key.thumbprint() == other.ours.public_key.jwk_thumbprint
    child = claims_of(our_tokens()[1])
    assert child["iss"] == OKPKey.import_key(agent.jwk).thumbprint_uri()
    assert unb64u(agent.jwk["x"]) == agent.ours.public_key.to_bytes()
