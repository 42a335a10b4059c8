"""The keys of the play, in the forms that we and the judges take. The seeds are published here: never use them elsewhere."""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import keybound

Jwk = dict[str, Any]


def b64u(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text: str) -> bytes:
    """And back."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Signer:
    """An Ed25519 or a P-256 key, of a seed of equal bytes."""

    number: int
    alg: str = "Ed25519"

    @property
    def seed(self) -> bytes:
        """32 equal bytes."""
        return bytes([self.number]) * 32

    @cached_property
    def secret(self) -> Ed25519PrivateKey | EllipticCurvePrivateKey:
        """As cryptography has it."""
        if self.alg == "Ed25519":
            return Ed25519PrivateKey.from_private_bytes(self.seed)
        return derive_private_key(int.from_bytes(self.seed, "big"), SECP256R1())

    @cached_property
    def jwk(self) -> Jwk:
        """The public JWK."""
        if isinstance(self.secret, Ed25519PrivateKey):
            return {"kty": "OKP", "crv": "Ed25519", "x": b64u(self.secret.public_key().public_bytes_raw())}
        point = self.secret.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": b64u(point.x.to_bytes(32, "big")), "y": b64u(point.y.to_bytes(32, "big"))}

    @property
    def secret_jwk(self) -> Jwk:
        """The private JWK: for both kinds of key, `d` is the seed."""
        return {**self.jwk, "d": b64u(self.seed)}

    @property
    def thumbprint(self) -> str:
        """RFC 7638, by hand: the members that count, sorted, without blanks."""
        text = json.dumps(self.jwk, sort_keys=True, separators=(",", ":"))
        return b64u(hashlib.sha256(text.encode()).digest())

    @cached_property
    def ours(self) -> keybound.SigningKey:
        """The same key in our hands; there is no P-256 in them."""
        assert self.alg == "Ed25519"
        return keybound.SigningKey.from_seed(self.seed)


issuer, agent, helper, stranger = (Signer(number) for number in (1, 2, 3, 4))
