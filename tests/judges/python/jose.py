"""Compact JWS as text: hashing it, changing it, leaving the signature out."""

import hashlib
import json
from typing import Any

from keys import b64u, unb64u

Claims = dict[str, Any]


def text(claims: Claims) -> bytes:
    """Claims as a payload. A claim that is None is left out."""
    return json.dumps({name: value for name, value in claims.items() if value is not None}).encode()


def claims_of(token: str) -> Claims:
    """What a payload says, believed or not."""
    claims: Claims = json.loads(unb64u(token.split(".")[1]))
    return claims


def tamper(token: str, **changes: object) -> str:
    """Changes the claims and keeps the signature."""
    header, _, signature = token.split(".")
    return f"{header}.{b64u(text({**claims_of(token), **changes}))}.{signature}"


def unsigned(header: dict[str, Any], claims: Claims) -> str:
    """RFC 7515 appendix A.5."""
    return f"{b64u(json.dumps({**header, 'alg': 'none'}).encode())}.{b64u(text(claims))}."


def sha256(data: bytes) -> str:
    """As JOSE writes digests."""
    return b64u(hashlib.sha256(data).digest())


def hash_of(token: str) -> str:
    """H(token) of AAT-02: SHA-256 of what is signed."""
    return sha256(token.rpartition(".")[0].encode())
