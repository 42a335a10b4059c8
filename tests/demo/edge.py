"""The tool server at the edge: a worker in workerd, and the way to call it."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from clients import Client
from keybound import Chain, SigningKey
from keybound.httpx import KeyboundAuth
from process import stop
from refused import Refused

AUDIENCE = "https://payables.acme.example"

Arguments = dict[str, Any]


@dataclass
class Edge:
    """A running worker."""

    client: httpx.Client
    wire: list[httpx.Request] = field(default_factory=list)
    """Every request as it travelled: what somebody on the path could have kept."""

    def call(self, key: SigningKey, chain: Chain, tool: str, arguments: Arguments) -> dict[str, Any]:
        """Calls a tool as the holder of `chain`. The answer holds `result` and `permit`."""
        auth = KeyboundAuth(key, chain, tool=tool, audience=AUDIENCE)
        return _answer(self.client.post(f"/tools/{tool}", json=arguments, auth=auth))

    def send(self, tool: str, arguments: Arguments, *, chain: bytes, proof: bytes) -> dict[str, Any]:
        """Sends whatever chain and proof somebody has got hold of."""
        headers = {
            f"Keybound-{name}": urlsafe_b64encode(data).rstrip(b"=").decode()
            for name, data in (("Chain", chain), ("Proof", proof))
        }
        return _answer(self.client.post(f"/tools/{tool}", json=arguments, headers=headers))

    def resend(self, request: httpx.Request, content: bytes | None = None) -> dict[str, Any]:
        """Sends a request again that was seen on the wire, with another body if there is one."""
        headers = {name: request.headers[name] for name in ("Keybound-Chain", "Keybound-Proof")}
        content = request.content if content is None else content
        return _answer(self.client.post(request.url, content=content, headers=headers))


@contextmanager
def edge(known: dict[str, Any], client: Client) -> Iterator[Edge]:
    """Runs the worker on a free loopback port, configured with what the service published when the demo began.

    `client` is what it reports to the service as.
    """
    node = shutil.which("node")
    if node is None:
        raise SystemExit("the demo needs Node 20.19 or newer")
    revocations = known["revocations"]
    configuration = {
        "ISSUER": known["issuer"],
        "ANCHORS": [anchor["jwk"] for anchor in known["anchors"]],
        "REVOCATIONS": {"url": revocations["url"], "keys": [key["jwk"] for key in revocations["keys"]]},
        "AUDIENCE": AUDIENCE,
        "CLIENT": {"name": client.name, "jwk": client.private_jwk},
    }
    command = [node, str(Path(__file__).parent / "worker" / "serve.js")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdin is not None and process.stdout is not None
        print(json.dumps(configuration), file=process.stdin, flush=True)
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"the worker did not start (exit code {process.wait()})")
        running = Edge(httpx.Client(base_url=json.loads(line)["url"], trust_env=False))
        running.client.event_hooks = {"request": [running.wire.append]}
        with running.client:
            yield running
        process.stdin.close()
        process.wait(timeout=10)
    finally:
        stop(process)


def _answer(response: httpx.Response) -> dict[str, Any]:
    if response.headers["Content-Type"] == "application/problem+json":
        problem = response.json()
        # Who has not proved to hold the token hears no detail; then what would help says most.
        raise Refused("edge", {"title": problem.get("fix"), **{k: v for k, v in problem.items() if k != "title"}})
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer
