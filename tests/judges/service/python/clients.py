"""What clients and agents do, by requests_oauth2client."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests_oauth2client import DPoPKey, DPoPToken, EndpointError, OAuth2Client, PrivateKeyJwt, PublicApp
from requests_oauth2client.discovery import oauth2_discovery_document_url

from keys import KEYS
from service import Service

LAUNCH = "urn:keybound:params:oauth:grant-type:launch-token"
CWT = "urn:keybound:params:oauth:token-type:cwt-chain"
AAT = "urn:keybound:params:oauth:token-type:aat-chain"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"

TOOLS = "https://tools.example"
MAIL = "https://mail.example"

Launch = dict[str, Any]
TASK: Launch = {"workflow": "close", "task": "close-2026-11"}


def discover(issuer: str, auth: Any, url: str | None = None) -> OAuth2Client:
    """A client of the server at an issuer id; `testing` allows plain HTTP on this machine."""
    metadata = url or oauth2_discovery_document_url(issuer)
    return OAuth2Client.from_discovery_endpoint(url=metadata, issuer=issuer, auth=auth, testing=True)


def client(service: Service, name: str, key: str | None = None, **more: Any) -> OAuth2Client:
    """A client with private_key_jwt. For the issuer alone: by itself the library writes the endpoint's URL."""
    signer = KEYS[key or name]
    return discover(service.issuer, PrivateKeyJwt(name, signer, **{"aud": service.issuer, **more}))


def agent_client(service: Service) -> OAuth2Client:
    """A client that has nothing to show but the key it proves."""
    return discover(service.issuer, PublicApp("agent"))


def log_in(service: Service, name: str, **more: Any) -> DPoPToken:
    """An access token for the service itself."""
    token = client(service, name).client_credentials(dpop=True, **more)
    assert isinstance(token, DPoPToken)
    return token


def launch(service: Service, token: DPoPToken, **more: Any) -> str:
    """A launch token."""
    response = requests.post(f"{service.issuer}/launch", json={**TASK, **more}, auth=token, timeout=10)
    assert response.status_code == 201, response.text
    launched: str = response.json()["launch_token"]
    return launched


def first(service: Service, launch_token: str, key: DPoPKey, **more: Any) -> DPoPToken:
    """An agent's first token."""
    data = {"grant_type": LAUNCH, "launch_token": launch_token, **more}
    token = agent_client(service).token_request(data, dpop=True, dpop_key=key)
    assert isinstance(token, DPoPToken)
    return token


def ed25519() -> DPoPKey:
    """A key that can hold a chain."""
    return DPoPKey.generate(alg="EdDSA")


def agent(service: Service, by: str = "payables", **more: Any) -> DPoPToken:
    """An agent with its first token, which knows its key."""
    return first(service, launch(service, log_in(service, by)), ed25519(), **more)


def exchange(service: Service, held: DPoPToken, key: DPoPKey | None = None, **more: Any) -> DPoPToken:
    """RFC 8693 with the agent's token as subject; for one of the same form unless said otherwise."""
    kind = held.kwargs["issued_token_type"]
    asked = {"subject_token": held.access_token, "subject_token_type": kind, "requested_token_type": kind, **more}
    token = agent_client(service).token_exchange(dpop=True, dpop_key=key or held.dpop_key, **asked)
    assert isinstance(token, DPoPToken)
    return token


def refused(asked: Callable[[], object], status: int, error: str, code: str) -> None:
    """That a request is refused as it must be: status, the word of the RFC, and our code."""
    with pytest.raises(EndpointError) as refusal:
        asked()
    response = refusal.value.response
    assert (response.status_code, refusal.value.error, response.json()["code"]) == (status, error, code)


def forbidden(response: requests.Response, status: int, code: str) -> None:
    """The same of a protected resource, whose refusals are problem details."""
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()["code"]) == (status, code)
