"""The audit trail, as an auditor sees it who trusts nobody but the key noted when the service began."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from clients import Client
from service import Service


def fetch(service: Service, auditor: Client) -> list[dict[str, Any]]:
    """Every record there is, page by page."""
    records: list[dict[str, Any]] = []
    cursor = 0
    while cursor is not None:
        page = auditor.ask(service, "GET", "/audit/events", params={"cursor": cursor, "limit": 50})
        records += page["records"]
        cursor = page["next"]
    return records


def verify(service: Service, export: str, checkpoint: str) -> tuple[bool, str]:
    """Whether an export of the log is what a checkpoint vouches for, and what `keybound audit verify` says of it."""
    with TemporaryDirectory(prefix="keybound-demo-") as folder:
        Path(folder, "audit.jsonl").write_text(export)
        Path(folder, "checkpoint").write_text(checkpoint)
        files = ["--export", f"{folder}/audit.jsonl", "--checkpoint", f"{folder}/checkpoint"]
        done = service.command("audit", "verify", *files, "--key", service.known["audit"]["keys"][0])
    return done.returncode == 0, done.stdout.strip().splitlines()[-1]


def tree(service: Service, task: str, names: dict[str, str]) -> str:
    """What happened in a task, as `keybound audit trail` draws it; agents have the names of the transcript."""
    text = service.command("audit", "trail", "--task", task).stdout
    for agent, name in names.items():
        text = text.replace(agent.rsplit("/", 1)[-1], name)
    text = re.sub(r"  (at|rule) [^ ,]+(, [^ ,]+)*|  by holder", "", text)
    # Users have pseudonyms, and so has whatever the policy does not name.
    return re.sub(r"\b([np]_\w{6})\w+", r"\1…", text)
