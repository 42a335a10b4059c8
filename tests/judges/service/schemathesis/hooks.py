"""What schemathesis loads: who asks, and a note of what was answered.

Where an example of the description holds a token, a valid one is put in its place, so that examples are answered with yes; and what is
reported to the audit log is of a valid one. All else that schemathesis makes up is sent as it is.
"""

import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
import schemathesis

from clients import TOOLS, Agent, Key, Operator

WORLD = json.loads(os.environ["KEYBOUND_WORLD"])
ANSWERS = Path(os.environ["KEYBOUND_ANSWERS"])
OPERATOR = Operator(WORLD["issuer"], Key(bytes.fromhex(WORLD["operator"])))
STAFF = Key(bytes.fromhex(WORLD["staff"]))

# The tokens of the examples in the description.
CHAIN = "hEOh"
LAUNCH_TOKEN = "kbl_" + 48 * "A"
JWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZDI1NTE5In0.e30.c2lnbmF0dXJl"

OF_AGENTS = ("/release", "/heartbeat")
FORMS = ("/token", "/introspect", "/revoke")


def id_token() -> str:
    """A user's."""
    now = int(time.time())
    claims = {"iss": "https://login.example", "sub": "ada", "aud": WORLD["issuer"], "iat": now, "exp": now + 300}
    return STAFF.sign({"typ": "JWT"}, claims)


class Everybody(requests.auth.AuthBase):
    """Client, agent or holder, as the address has it, with a fresh proof for each request."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Signs what is about to be sent."""
        method, url = str(request.method), str(request.url)
        path = urlsplit(url).path
        agent = _enliven(request, path)
        if path == "/token":
            key = agent.key if agent else Key()
            request.headers["DPoP"] = key.proof(method, url, nonce=OPERATOR.nonce())
        elif path in OF_AGENTS:
            held = OPERATOR.agent()
            proof = held.key.proof(method, url, held.token)
            request.headers.update({"Authorization": f"DPoP {held.token}", "DPoP": proof})
        elif b"client_assertion=" not in _bytes(request):
            request.headers.update(OPERATOR.headers(method, url))
        return request


def _bytes(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    return body.encode() if isinstance(body, str) else bytes(body)


def _enliven(request: requests.PreparedRequest, path: str) -> Agent | None:
    """Puts valid tokens where the examples have theirs; the agent whose chain was put there."""
    body = _bytes(request)
    if path == "/audit/uses":
        _report_of(request, body)
        return None
    if path not in FORMS or not any(text.encode() in body for text in (CHAIN, LAUNCH_TOKEN, JWT)):
        return None
    pairs, agent = parse_qsl(body.decode(), keep_blank_values=True), None
    if any(value == CHAIN for _, value in pairs):
        agent = OPERATOR.agent()
    request.prepare_body(urlencode([(name, _live(name, value, agent)) for name, value in pairs]), None)
    return agent


def _report_of(request: requests.PreparedRequest, body: bytes) -> None:
    """Reports are of a live token for its server, whatever else they say: what is made up would be refused before it is read."""
    try:
        uses = json.loads(body)
    except ValueError:
        return
    token, is_changed = OPERATOR.agent().token, False
    for used in uses if isinstance(uses, list) else []:
        for member, live in (("token", token), ("audience", TOOLS)):
            if isinstance(used, dict) and isinstance(used.get(member), str):
                used[member], is_changed = live, True
    if is_changed:
        request.prepare_body(json.dumps(uses).encode(), None)


def _live(name: str, value: str, agent: Agent | None) -> str:
    if value == CHAIN and agent:
        return agent.token
    if value == LAUNCH_TOKEN:
        return OPERATOR.launch()
    if value == JWT:
        return {"client_assertion": OPERATOR.assertion, "subject_token": id_token}.get(name, lambda: value)()
    return value


if WORLD["who"] == "everybody":
    schemathesis.auth.set_from_requests(Everybody())


@schemathesis.deserializer("text/plain", "application/openmetrics-text", "application/statuslist+jwt")
def text_of(_context: Any, response: schemathesis.Response) -> str:
    """Text, which is held against its schema only if it can be read."""
    return response.content.decode()


@schemathesis.hook
def after_call(_context: Any, case: schemathesis.Case, response: schemathesis.Response) -> None:
    """Notes what was answered."""
    with ANSWERS.open("a") as answers:
        answers.write(f"{case.operation.label} {response.status_code}\n")
