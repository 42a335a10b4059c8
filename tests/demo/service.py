"""The issuing service: the real binary on a free loopback port.

Its database, keys and settings are in a folder of its own, which ends with it.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from keybound import DpopCall, SigningKey
from process import stop
from refused import Refused

SETTINGS = """\
[server]
listen = "{listen}"
[database]
url = "sqlite://{folder}/keybound.db"
[tenants.default]
issuer = "http://{listen}"
trust_domain = "acme.example"
policy = "{folder}/policy.toml"
keys = "{folder}/keys.json"
"""


@dataclass
class Service:
    """A running service."""

    http: httpx.Client
    known: dict[str, Any]
    """What it published at the start: what verifiers and auditors are configured with."""
    binary: str
    settings: str
    nonce: str | None = None

    def ask(
        self, method: str, path: str, *, key: SigningKey | None = None, token: str | None = None, **content: Any
    ) -> Any:
        """A request proved by `key` (RFC 9449), with `token` if it is there.

        Asks again when told which nonce to use.
        """
        try:
            return self._ask(method, path, key, token, content)
        except Refused as refused:
            if refused.error != "use_dpop_nonce":
                raise
            return self._ask(method, path, key, token, content)

    def _ask(self, method: str, path: str, key: SigningKey | None, token: str | None, content: dict[str, Any]) -> Any:
        headers = {}
        if key is not None:
            parts: dict[str, Any] = {"access_token": token, "nonce": self.nonce}
            call = DpopCall(method, f"{self.issuer}{path}", **{name: part for name, part in parts.items() if part})
            headers["DPoP"] = call.sign(key)
        if token is not None:
            headers["Authorization"] = f"DPoP {token}"
        response = self.http.request(method, path, headers=headers, **content)
        self.nonce = response.headers.get("DPoP-Nonce", self.nonce)
        is_json = "json" in response.headers.get("Content-Type", "")
        if response.is_error:
            raise Refused("service", response.json() if is_json else {"status": response.status_code})
        return response.json() if is_json else response.text

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of the same binary, on the service's own machine: it reads the same settings."""
        command = [self.binary, "--config", self.settings, *arguments]
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=60)

    @property
    def issuer(self) -> str:
        """Its issuer id."""
        return str(self.http.base_url).rstrip("/")


@contextmanager
def service(binary: str, clients: dict[str, str]) -> Iterator[Service]:
    """Runs the service with the demo's policy. `clients` are the JWK Sets of the clients, by name."""
    policy = (Path(__file__).parent / "policy.toml").read_text()
    for name, jwks in clients.items():
        policy = policy.replace(f"@{name}@", jwks)
    with TemporaryDirectory(prefix="keybound-demo-") as folder:
        listen = f"127.0.0.1:{free_port()}"
        Path(folder, "policy.toml").write_text(policy)
        settings = Path(folder, "keybound.toml")
        settings.write_text(SETTINGS.format(listen=listen, folder=folder))
        with Path(folder, "log").open("w") as log:
            command = [binary, "--config", str(settings), "serve"]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            # One line, once it listens; none when it ends instead.
            if not process.stdout.readline():
                raise SystemExit(f"the service did not start:\n{Path(folder, 'log').read_text()}")
            with httpx.Client(base_url=f"http://{listen}", trust_env=False, timeout=10) as http:
                known = http.get("/.well-known/keybound").raise_for_status().json()
                yield Service(http, known, binary, str(settings))
        finally:
            stop(process)


def free_port() -> int:
    """A port nobody listens on: the issuer id holds it, so it has to be known before the start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
