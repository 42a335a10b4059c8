"""Calls over HTTP with httpx: the chain, and a fresh proof, on every request.

    auth = KeyboundAuth(key, chain, tool="read_invoice", audience="https://ap.example")
    client.post(url, json={"invoice_id": "INV-1041"}, auth=auth)

The body is the arguments as JSON. The proof covers tool, arguments, audience, method, URI and body.
Needs `pip install keybound[httpx]`.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Generator

import httpx

from keybound import Chain, Proof, Request, SigningKey

__all__ = ["KeyboundAuth"]


class KeyboundAuth(httpx.Auth):
    """Signs each request of a client, sync or async, as a call of one tool."""

    requires_request_body = True

    def __init__(self, key: SigningKey, chain: Chain, *, tool: str, audience: str) -> None:
        """`key` is the one `chain` is bound to; `audience` is what the receiving verifier is called."""
        self._key = key
        self._chain = chain
        self._tool = tool
        self._audience = audience

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Adds `Keybound-Chain` and `Keybound-Proof`, in base64url without padding."""
        # A fragment stays with the client (RFC 9110 §7.1), so the receiver cannot check it.
        uri = str(request.url.copy_with(fragment=None))
        body = request.content
        call = Request(self._tool, body, self._audience, method=request.method, uri=uri, body=body)
        proof = Proof.sign(self._key, self._chain, call)
        request.headers["Keybound-Chain"] = _base64url(self._chain.to_bytes())
        request.headers["Keybound-Proof"] = _base64url(proof.to_bytes())
        yield request


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
