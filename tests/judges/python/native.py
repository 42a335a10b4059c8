"""Native tokens and proofs by somebody who has read SPEC.md and has cwt and cbor2, but not us."""

import hashlib
from typing import Any

import cbor2
from cwt import COSE, COSEKey
from cwt.cose_key_interface import COSEKeyInterface

from keys import Signer, agent, helper, issuer, unb64u
from ours import AGENT, AUDIENCE, CANONICAL_ARGUMENTS, ISSUER, NOW

CborMap = dict[int | str, Any]

TOKEN: CborMap = {1: -19, 16: "application/keybound+cwt"}
PROOF: CborMap = {1: -19, 16: "application/keybound-proof+cwt"}
AUTHORITY, CALL = -65537, -65538

# The tools of `ours.TOOLS`, as section 6 of SPEC.md writes them: a range to 100, one of two names.
TOOLS: CborMap = {"pay": {"amount": [1, None, 100], "to": [2, "ada", "bob"]}}

_COSE = COSE.new()


def public(signer: Signer) -> COSEKeyInterface:
    """A key to verify with: OKP, Ed25519."""
    return COSEKey.new({1: 1, 3: -19, -1: 6, -2: unb64u(signer.jwk["x"])})


def secret(signer: Signer, algorithm: int) -> COSEKeyInterface:
    """A key to sign with."""
    return COSEKey.new({1: 1, 3: algorithm, -1: 6, -2: unb64u(signer.jwk["x"]), -4: signer.seed})


def deterministic(value: Any) -> bytes:
    """RFC 8949 §4.2.1. cbor2's own `canonical` sorts keys by the older rule of RFC 7049, shorter ones first."""

    def ordered(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: ordered(value[key]) for key in sorted(value, key=cbor2.dumps)}
        return [ordered(member) for member in value] if isinstance(value, list) else value

    return cbor2.dumps(ordered(value))


def sign(signer: Signer, payload: bytes, header: CborMap = TOKEN, external_aad: bytes = b"", **more: Any) -> bytes:
    """A COSE_Sign1 with tag 18. cwt writes the header in the order given, and wants a key of its algorithm."""
    key = secret(signer, header[1])
    made: bytes = _COSE.encode(payload, key, protected=header, external_aad=external_aad, **more)
    return made


def opened(message: bytes, key: COSEKeyInterface, header: CborMap, external_aad: bytes = b"") -> CborMap:
    """The claims, once the signature holds. cwt does not compare the header with anything; this does."""
    protected, unprotected, payload = _COSE.decode_with_headers(message, key, external_aad=external_aad)
    assert (protected, unprotected) == (header, {})
    claims: CborMap = cbor2.loads(payload)
    assert deterministic(claims) == payload
    return claims


def digest(token: bytes) -> bytes:
    """A token's name (section 4.2), which its child signs along."""
    return hashlib.sha256(token).digest()


def tokens_of(chain: bytes) -> list[bytes]:
    """A chain taken apart, each token as the bytes it came in."""
    assert chain[0] & 0xE0 == 0x80 and chain[0] & 0x1F < 24
    tokens: list[bytes] = []
    rest = chain[1:]
    while rest:
        # Everything in a token is definite and of the shortest form, so writing it again gives its bytes.
        token = cbor2.dumps(cbor2.loads(rest))
        assert rest.startswith(token)
        tokens, rest = [*tokens, token], rest[len(token) :]
    assert len(tokens) == chain[0] & 0x1F
    return tokens


def chained(*tokens: bytes) -> bytes:
    """A chain put together (section 8.1)."""
    return bytes([0x80 | len(tokens)]) + b"".join(tokens)


def holder(signer: Signer) -> CborMap:
    """`cnf`: a COSE_Key of the three members and no other."""
    return {1: {1: 1, -1: 6, -2: unb64u(signer.jwk["x"])}}


def root_claims() -> CborMap:
    """Section 5: a root for the agent."""
    claims: CborMap = {1: ISSUER, 2: "user:ada", 3: [AUDIENCE], 4: NOW + 300, 6: NOW, 7: b"\x11" * 16, 8: holder(agent)}
    return {**claims, AUTHORITY: {0: TOOLS, 1: 0, 2: 1, 3: AGENT, 4: "task-7"}}


def child_claims() -> CborMap:
    """Section 5: a child for the helper."""
    authority = {0: {"pay": {"amount": [1, None, 20], "to": [0, "bob"]}}, 1: 1, 2: 1}
    return {4: NOW + 120, 6: NOW + 1, 7: b"\x22" * 16, 8: holder(helper), AUTHORITY: authority}


def proof_claims(leaf: bytes) -> CborMap:
    """Section 7.2: a proof of the call in `ours`."""
    call = {0: "pay", 1: hashlib.sha256(CANONICAL_ARGUMENTS).digest(), 2: digest(leaf)}
    return {3: AUDIENCE, 6: NOW + 2, 7: b"\x33" * 16, CALL: call}


def root(claims: CborMap | None = None) -> bytes:
    """A root by the issuer."""
    return sign(issuer, deterministic(claims or root_claims()))


def child(parent: bytes) -> bytes:
    """A child by the agent, which commits to its parent."""
    return sign(agent, deterministic(child_claims()), external_aad=digest(parent))
