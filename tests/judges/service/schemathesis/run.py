"""`python tests/judges/service/schemathesis/run.py`: the running service against its own description; a count as the last line.

First every example is held against its schema, then schemathesis asks as nobody and as everybody. Everybody must have been answered
with yes at each address: what is never answered with yes was never looked at.
"""

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema_rs
import requests

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "python")]

from clients import Key  # noqa: E402
from service import ROOT, Service, serve  # noqa: E402

DESCRIPTION = ROOT / "service/openapi.json"
STREAM = "/revocations/stream"
ASKING = ["--phases", "examples,coverage,fuzzing", "--max-examples", "30", "--seed", "1"]
QUIETLY = ["--generation-database", "none", "--no-color", "--continue-on-failure", "--warnings", "off"]
# Everybody's credentials are real; made-up ones would take their place.
AS = {"nobody": [], "everybody": ["--generation-with-security-parameters", "false"]}
NAMES = ("payables", "closing", "tools", "mail", "operator", "staff")
TOTAL = re.compile(r"^  (\d+) generated", re.MULTILINE)


def examples(description: dict[str, Any]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Where it stands, the example and its schema."""

    def walk(at: str, node: Any) -> Iterator[tuple[str, Any, dict[str, Any]]]:
        if isinstance(node, dict):
            if "schema" in node:
                given = [node["example"]] if "example" in node else []
                given += [example["value"] for example in node.get("examples", {}).values()]
                yield from ((at, example, node["schema"]) for example in given)
            for name, member in node.items():
                yield from walk(f"{at}/{name}", member)
        elif isinstance(node, list):
            for place, member in enumerate(node):
                yield from walk(f"{at}/{place}", member)

    yield from walk("", description)


def check_examples(description: dict[str, Any]) -> tuple[int, list[str]]:
    """How many are as their schema says, and which are not."""
    passed, failures = 0, []
    for at, example, schema in examples(description):
        whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "components": description["components"]}
        try:
            jsonschema_rs.validate(whole, example)
            passed += 1
        except jsonschema_rs.ValidationError as error:
            failures.append(f"{at}: {error.message}")
    # The control: a schema that takes everything would find nothing.
    problem = description["components"]["schemas"]["Problem"]
    if jsonschema_rs.is_valid({**problem, "components": description["components"]}, {"title": "no"}):
        failures.append("the schema of a problem takes what is none")
    return passed, failures


def check_stream(service: Service) -> list[str]:
    """It never ends, which schemathesis would wait for: its first event, and what it refuses."""
    url, failures = service.issuer + STREAM, []
    with requests.get(url, stream=True, timeout=10) as response:
        lines = [line.decode() for _, line in zip(range(3), response.iter_lines(chunk_size=1))]
        if response.status_code != 200 or response.headers["content-type"] != "text/event-stream":
            failures.append(f"{STREAM}: {response.status_code} {response.headers['content-type']}")
        if {line.split(":")[0] for line in lines} != {"event", "id", "data"}:
            failures.append(f"{STREAM}: {lines}")
    # Schemas know no bytes: a list is a COSE_Sign1 with its tag (RFC 9052 section 4.2).
    listed = requests.get(f"{service.issuer}/revocations", timeout=10).content
    if not listed.startswith(b"\xd2\x84") or not lines[-1].startswith("data: 0oR"):
        failures.append("/revocations: no COSE_Sign1")
    refused = requests.get(url, params={"since": "x"}, timeout=10)
    if (refused.status_code, refused.headers["content-type"]) != (400, "application/problem+json"):
        failures.append(f"{STREAM}: {refused.status_code}")
    return failures


def run_schemathesis(world: dict[str, str], answers: Path, description: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """Runs it as its users do."""
    command = [str(Path(sys.executable).parent / "st"), "--config-file", str(HERE / "schemathesis.toml"), "run"]
    command += [str(description), "--url", world["issuer"], "--exclude-path", STREAM, *ASKING, *QUIETLY, *more]
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "SCHEMATHESIS_HOOKS": "hooks",
        "KEYBOUND_WORLD": json.dumps(world),
        "KEYBOUND_ANSWERS": str(answers),
    }
    return subprocess.run(command, env=environment, cwd=answers.parent, capture_output=True, text=True, timeout=240)


def check_that_it_would_say(world: dict[str, str], description: dict[str, Any], folder: Path) -> list[str]:
    """The control: described as something else, an answer is found to be wrong, and so is a status that is not described."""
    failures = []
    for path, change in (("/livez", {"const": "dead"}), ("/readyz", None)):
        answers = description["paths"][path]["get"]["responses"]
        if change:
            answers["200"]["content"]["text/plain"]["schema"] = change
        else:
            del answers["200"]
        (folder / "wrong.json").write_text(json.dumps(description))
        done = run_schemathesis(world, folder / "wrong.txt", folder / "wrong.json", "--include-path", path)
        if done.returncode != 1 or "1 failure in" not in done.stdout:
            failures.append(f"a wrong description of {path} went unnoticed:\n{done.stdout}{done.stderr}")
    return failures


def ask(world: dict[str, str], who: str, folder: Path) -> tuple[int, list[str]]:
    """One run of schemathesis: how many requests were answered as described, and what was not."""
    answers = folder / f"{who}.txt"
    done = run_schemathesis({**world, "who": who}, answers, DESCRIPTION, *AS[who])
    counted, failures = TOTAL.search(done.stdout), []
    if done.returncode != 0 or not counted:
        failures.append(f"{who}:\n{done.stdout}{done.stderr}")
    seen = Counter(tuple(line.rsplit(" ", 1)) for line in answers.read_text().splitlines())
    said_yes = {operation for operation, status in seen if status.startswith("2")}
    for operation in sorted({operation for operation, _ in seen}):
        counts = [f"{status}: {count}" for (name, status), count in sorted(seen.items()) if name == operation]
        print(f"{who:<9} {operation:<44} {'  '.join(counts)}")
        if who == "everybody" and operation not in said_yes:
            failures.append(f"{operation} never said yes")
    return int(counted[1]) if counted else 0, failures


def main() -> int:
    """Runs all of it."""
    description = json.loads(DESCRIPTION.read_text())
    passed, failures = check_examples(description)
    shown, requests_made = passed, 0
    keys = {name: Key() for name in NAMES}
    with serve(lambda name: {**keys[name].jwk, "kid": name}) as service, tempfile.TemporaryDirectory() as folder:
        failures += check_stream(service)
        world = {"issuer": service.issuer} | {name: keys[name].seed.hex() for name in ("operator", "staff")}
        for who in AS:
            count, wrong = ask(world, who, Path(folder))
            requests_made, failures = requests_made + count, failures + wrong
        failures += check_that_it_would_say({**world, "who": "nobody"}, description, Path(folder))
    for failure in failures:
        print(f"\nfailed: {failure}")
    passed += requests_made
    which = f"{requests_made} requests and {shown} examples; schemathesis {version('schemathesis')}"
    print(f"\n{passed} passed, {len(failures)} failed ({which}, Python {platform.python_version()})")
    return 0 if not failures and requests_made else 1


if __name__ == "__main__":
    sys.exit(main())
