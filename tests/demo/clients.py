"""OAuth clients of the service: the orchestrator, the operator, the auditor and the tool server.

Each has a key that the policy names, and logs in with `private_key_jwt` (RFC 7523); its access token is bound to a
second key that it makes when it logs in (RFC 9449).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from keybound import SigningKey
from service import Service

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Client:
    """An OAuth client."""

    name: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate, repr=False)
    _proves: SigningKey | None = field(default=None, repr=False)
    _token: str | None = field(default=None, repr=False)

    @property
    def jwks(self) -> str:
        """The public half of its key, as the policy has it."""
        jwk = {**json.loads(OKPAlgorithm.to_jwk(self.key.public_key())), "kid": f"{self.name}-1"}
        return json.dumps({"keys": [jwk]})

    @property
    def private_jwk(self) -> Any:
        """Its key, for the process that acts as this client."""
        return json.loads(OKPAlgorithm.to_jwk(self.key))

    def log_in(self, service: Service) -> Any:
        """Obtains an access token for the service itself (RFC 6749 §4.4)."""
        self._proves = SigningKey.generate()
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(service.issuer),
        }
        answer = service.ask("POST", "/token", key=self._proves, data=form)
        self._token = answer["access_token"]
        return answer

    def ask(self, service: Service, method: str, path: str, **content: Any) -> Any:
        """A request with the access token."""
        return service.ask(method, path, key=self._proves, token=self._token, **content)

    def _assertion(self, issuer: str) -> str:
        now = int(time.time())
        claims = {"iss": self.name, "sub": self.name, "aud": issuer, "iat": now, "exp": now + 60, "jti": str(uuid4())}
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers={"kid": f"{self.name}-1"})
