"""What it takes to be let in: keys, proofs, assertions, access tokens, agents. RFC 7523, RFC 9449, written out; `cryptography` signs."""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LAUNCH = "urn:keybound:params:oauth:grant-type:launch-token"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOOLS = "https://tools.example"


def b64u(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """An Ed25519 key."""

    def __init__(self, seed: bytes | None = None) -> None:
        self.seed = seed or secrets.token_bytes(32)
        self._secret = Ed25519PrivateKey.from_private_bytes(self.seed)
        self.jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64u(self._secret.public_key().public_bytes_raw())}

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """A compact JWS."""
        text = ".".join(b64u(json.dumps(part).encode()) for part in ({"alg": "Ed25519", **header}, claims))
        return f"{text}.{b64u(self._secret.sign(text.encode()))}"

    def proof(self, method: str, url: str, token: str | None = None, nonce: str | None = None) -> str:
        """A DPoP proof of one request."""
        parts = urlsplit(url)
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": f"{parts.scheme}://{parts.netloc}{parts.path}",
            "iat": int(time.time()),
        }
        if token:
            claims["ath"] = b64u(hashlib.sha256(token.encode()).digest())
        if nonce:
            claims["nonce"] = nonce
        return self.sign({"typ": "dpop+jwt", "jwk": self.jwk}, claims)


@dataclass
class Agent:
    """An agent and its token."""

    key: Key
    token: str


@dataclass
class Operator:
    """A client with every role, which logs in when it has to."""

    issuer: str
    key: Key
    _bound: Key = field(default_factory=Key)
    _token: str = ""
    _until: float = 0
    _nonce: str = ""
    _nonce_until: float = 0

    def assertion(self) -> str:
        """private_key_jwt."""
        now = int(time.time())
        claims = {"iss": "operator", "sub": "operator", "aud": self.issuer, "iat": now, "exp": now + 60}
        return self.key.sign({"typ": "JWT"}, {**claims, "jti": secrets.token_urlsafe(16)})

    def nonce(self) -> str:
        """The server's, as it hands it out to whoever asks without."""
        if time.time() > self._nonce_until:
            url = f"{self.issuer}/token"
            self._nonce = requests.post(url, data={"grant_type": LAUNCH}, timeout=10).headers["dpop-nonce"]
            self._nonce_until = time.time() + 20
        return self._nonce

    def token_request(self, key: Key, form: dict[str, str]) -> dict[str, Any]:
        """An answer of the token endpoint, which must be yes."""
        url = f"{self.issuer}/token"
        headers = {"DPoP": key.proof("POST", url, nonce=self.nonce())}
        return _done(requests.post(url, data=form, headers=headers, timeout=10))

    def headers(self, method: str, url: str) -> dict[str, str]:
        """Access token and proof for one request."""
        if time.time() > self._until:
            form = {"client_assertion_type": ASSERTION, "client_assertion": self.assertion()}
            self._token = self.token_request(self._bound, {"grant_type": "client_credentials", **form})["access_token"]
            self._until = time.time() + 200
        proof = self._bound.proof(method, url, self._token)
        return {"Authorization": f"DPoP {self._token}", "DPoP": proof}

    def launch(self) -> str:
        """A launch token."""
        url = f"{self.issuer}/launch"
        body = {"workflow": "close", "task": "described"}
        launched = _done(requests.post(url, json=body, headers=self.headers("POST", url), timeout=10))
        token: str = launched["launch_token"]
        return token

    def agent(self) -> Agent:
        """An agent with a chain."""
        key = Key()
        form = {"grant_type": LAUNCH, "launch_token": self.launch(), "resource": TOOLS}
        return Agent(key, self.token_request(key, form)["access_token"])


def _done(response: requests.Response) -> dict[str, Any]:
    if not response.ok:
        raise RuntimeError(f"{response.request.url}: {response.status_code} {response.text}")
    answer: dict[str, Any] = response.json()
    return answer
