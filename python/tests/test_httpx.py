"""`KeyboundAuth` signs what travels."""

import asyncio
import json
from base64 import urlsafe_b64decode

import httpx
import pytest
import scene
from keybound import Request, Untrusted, Verifier
from keybound.httpx import KeyboundAuth
from scene import AUDIENCE

chain = scene.root(now=None)
verifier = Verifier(scene.trust())


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def receive(request: httpx.Request) -> httpx.Response:
    """A server that decides."""
    uri, body = str(request.url).partition("#")[0], request.content  # a fragment does not travel
    call = Request("pay", body, AUDIENCE, method=request.method, uri=uri, body=body)
    chain, proof = (decoded(request.headers[f"Keybound-{name}"]) for name in ("Chain", "Proof"))
    return httpx.Response(200, json={"agent": verifier.authorize(chain, proof, call).agent})


def auth() -> KeyboundAuth:
    return KeyboundAuth(scene.lead, chain, tool="pay", audience=AUDIENCE)


def test_each_request_carries_a_proof_of_itself() -> None:
    with httpx.Client(transport=httpx.MockTransport(receive), auth=auth()) as client:
        for _ in "12":
            answer = client.post("https://tools.example/pay?x=1#part", json=scene.ARGUMENTS)
            assert answer.json() == {"agent": scene.AGENT}
        kept = answer.request
        with pytest.raises(Untrusted, match="used before"):
            receive(kept)
        with pytest.raises(Untrusted, match="other arguments"):
            receive(
                httpx.Request(kept.method, kept.url, headers=kept.headers, content=b'{"amount":6,"currency":"EUR"}')
            )


def test_async_clients_too() -> None:
    async def post() -> object:
        async with httpx.AsyncClient(transport=httpx.MockTransport(receive), auth=auth()) as client:
            return (await client.post("https://tools.example/pay", content=json.dumps(scene.ARGUMENTS))).json()

    assert asyncio.run(post()) == {"agent": scene.AGENT}
