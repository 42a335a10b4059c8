"""The ledger next door: an API that knows OAuth alone.

It asks the service about tokens (RFC 7662) and checks DPoP (RFC 9449).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
from clients import Client
from keybound import DpopCall, DpopGuard, Refusal, SigningKey
from refused import Refused
from service import Service

RESOURCE = "https://ledger.acme.example"


class Ledger:
    """A running ledger, and the way to call it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post_entry(self, key: SigningKey, token: str, entry: dict[str, Any]) -> dict[str, Any]:
        """Books something with an access token and a proof by `key`."""
        proof = DpopCall("POST", f"{self.url}/entries", access_token=token).sign(key)
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
        response = httpx.post(f"{self.url}/entries", json=entry, headers=headers, trust_env=False)
        answer: dict[str, Any] = response.json()
        if response.is_error:
            raise Refused("ledger", answer)
        return answer


@contextmanager
def ledger(service: Service, client: Client) -> Iterator[Ledger]:
    """Runs the ledger on a free loopback port; `client` is what it is to the service."""
    client.log_in(service)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    url = f"http://127.0.0.1:{server.server_port}"
    guard = DpopGuard(url)

    def holder(headers: Message, path: str) -> dict[str, Any]:
        """Who may book, as the service says of the token; the proof shows that it is in its holder's hands."""
        token = headers["Authorization"].removeprefix("DPoP ")
        said: dict[str, Any] = client.ask(service, "POST", "/introspect", data={"token": token})
        if not said["active"] or said["scope"] != "post_entry":
            raise Refused("ledger", {"code": "invalid_token", "detail": "the service does not call the token active"})
        call = DpopCall("POST", path, access_token=token)
        guard.check(headers.get_all("DPoP", []), call, bound_to=said["cnf"]["jkt"])
        return said

    class Entries(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            try:
                said = holder(self.headers, self.path)
                self.answer(201, {"for": said["sub"], "by": said["act"]["sub"]})
            except (Refusal, Refused) as refusal:
                self.answer(401, {"code": refusal.code, "detail": str(refusal)})

        def answer(self, status: int, body: dict[str, Any]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """The transcript says it."""

    server.RequestHandlerClass = Entries
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Ledger(url)
    finally:
        server.shutdown()
        server.server_close()
