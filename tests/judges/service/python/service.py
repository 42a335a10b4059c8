"""The real binary on a free port, in a folder that goes away with it."""

import json
import os
import re
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue

ROOT = Path(__file__).resolve().parents[4]
BINARY = Path(os.environ.get("KEYBOUND_SERVICE", ROOT / "target/debug/keybound"))
POLICY = Path(__file__).resolve().parent.parent / "policy.toml"


@dataclass(frozen=True)
class Service:
    """Where it is: the issuer id of the default tenant and of another."""

    issuer: str
    other: str


@contextmanager
def serve(public_jwk: Callable[[str], dict[str, str]]) -> Iterator[Service]:
    """Runs it for as long as the block, under the policy with the public keys of those it names."""
    if not BINARY.exists():
        raise SystemExit(f"{BINARY} is not there: cargo build -p keybound-service")
    with tempfile.TemporaryDirectory(prefix="keybound-judges-") as name:
        folder, port = Path(name), _free_port()
        issuer = f"http://127.0.0.1:{port}"
        service = Service(issuer, f"{issuer}/t/other")
        (folder / "policy.toml").write_text(_policy(issuer, public_jwk))
        (folder / "config.toml").write_text(_settings(folder, service))
        command = [str(BINARY), "serve", "--config", "config.toml", "--listen", f"127.0.0.1:{port}"]
        environment = {"PATH": os.environ["PATH"], "KEYBOUND_LOG": "warn"}
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            _wait_until_it_listens(process)
            yield service
        finally:
            process.terminate()
            process.wait(timeout=30)
            if process.stdout:
                process.stdout.close()


def _wait_until_it_listens(process: "subprocess.Popen[str]") -> None:
    lines: Queue[str] = Queue()
    assert process.stdout is not None
    threading.Thread(target=lambda out: lines.put(out.readline()), args=(process.stdout,), daemon=True).start()
    try:
        listening = json.loads(lines.get(timeout=20) or "{}")
    except Empty:
        listening = {}
    if "listening" not in listening:
        raise SystemExit("the service did not listen within 20 s")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _policy(issuer: str, public_jwk: Callable[[str], dict[str, str]]) -> str:
    text = POLICY.read_text().replace("@issuer@", issuer)
    return re.sub(r"@(\w+)@", lambda name: json.dumps({"keys": [public_jwk(name[1])]}), text)


def _settings(folder: Path, service: Service) -> str:
    tenant = '[tenants.{}]\nissuer = "{}"\ntrust_domain = "{}.example"\npolicy = "policy.toml"\n'
    tenants = tenant.format("default", service.issuer, "default") + tenant.format("other", service.other, "other")
    return f'[database]\nurl = "sqlite://{folder}/keybound.db"\n{tenants}'
