"""A service of lists on the loopback, which serves what a test puts in, and the signed lists of the conformance vectors."""

from __future__ import annotations

import json
import queue
import threading
from base64 import urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from keybound import Permit, PublicKey, Refusal, RevocationFeed, Verifier
from vectors import FOLDER, request_of, trust_of

VECTORS = {vector["name"]: vector for vector in json.loads((FOLDER / "revocation_feed.json").read_text())["vectors"]}
CALL = VECTORS["delta_revokes_the_leaf"]
NOW: int = CALL["now"]
END: int = NOW + 28
"""The last second of WHOLE."""
UPDATES = [bytes.fromhex(update["bytes"]) for update in CALL["trust"]["revocation"][0]["updates"]]
WHOLE, DELTA = UPDATES
"""A list that lets the call pass, and a delta to it that revokes the leaf."""


def listed(name: str) -> bytes:
    """What a vector of the operation `revocations` tries to apply."""
    return bytes.fromhex(VECTORS[name]["bytes"])


def feed(**options: Any) -> RevocationFeed:
    members = CALL["trust"]["revocation"][0]
    return RevocationFeed(members["issuer"], [PublicKey(bytes.fromhex(key)) for key in members["keys"]], **options)


def decide(revocation: RevocationFeed, now: int = NOW) -> str:
    """`ok`, or the code. A trust of its own each time: the proof is always the same one."""

    def answer() -> Permit:
        trust = trust_of({name: value for name, value in CALL["trust"].items() if name != "revocation"}, revocation)
        chain, proof = bytes.fromhex(CALL["chain"]), bytes.fromhex(CALL["proof"])
        return Verifier(trust).authorize(chain, proof, request_of(CALL["request"]), now)

    try:
        answer()
    except Refusal as refusal:
        return refusal.code
    return "ok"


class ListService:
    """`answers` maps a query to a status and a body; what has none gets the whole list. `events` are sent to each stream."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {"": (200, WHOLE)}
        self.events: queue.Queue[bytes | None] = queue.Queue()
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/lists"

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self.events.put(None)
            self._server.server_close()

    def __enter__(self) -> ListService:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, since: str) -> tuple[int, bytes]:
        return self.answers.get(since, self.answers[""])

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                service.asked.append(self.path)
                if parts.path == "/lists/stream":
                    self.stream()
                    return
                status, body = service.answer(parse_qs(parts.query).get("since", [""])[0])
                self.send_response(status)
                self.send_header("Content-Type", "application/keybound-revocations+cose")
                self.send_header("Content-Length", str(len(body)))
                if status == 302:
                    self.send_header("Location", "/lists")
                self.end_headers()
                self.wfile.write(body)

            def stream(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                self.wfile.write(b": hello\n\nevent: other\ndata: AAAA\n\n")
                while (update := service.events.get()) is not None:
                    data = urlsafe_b64encode(update).rstrip(b"=")
                    self.wfile.write(b"id: 8\r\nevent: revocations\r\ndata: " + data + b"\r\n\r\n")

            def log_message(self, *arguments: object) -> None:
                """Says nothing."""

        return Handler
