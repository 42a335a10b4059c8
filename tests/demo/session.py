"""What an agent has from the service: a key of its own, a chain bound to it, and the right to have it renewed."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

from keybound import Chain, SigningKey
from service import Service

LAUNCH = "urn:keybound:params:oauth:grant-type:launch-token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
CHAIN = "urn:keybound:params:oauth:token-type:cwt-chain"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


class Session:
    """The life of one agent instance. Its key never leaves it."""

    def __init__(self, service: Service) -> None:
        self.key = SigningKey.generate()
        self.agent = ""
        self.token = ""
        self._service = service

    @property
    def chain(self) -> Chain:
        """The chain it holds now."""
        return Chain.parse(urlsafe_b64decode(self.token + "=="))

    def register(self, launched: dict[str, Any]) -> Any:
        """Shows the launch token and proves the key: what it gets is bound to that key."""
        form = {"grant_type": LAUNCH, "launch_token": launched["launch_token"]}
        self._service.nonce = launched["dpop_nonce"]
        return self._obtain(form)

    def renew(self, tools: dict[str, Any] | None = None) -> Any:
        """Obtains a fresh token for the same key; the one before it ends."""
        form = {"grant_type": EXCHANGE, "subject_token": self.token, "subject_token_type": CHAIN}
        if tools is not None:
            form["authorization_details"] = json.dumps([{"type": "attenuating_agent_token", "tools": tools}])
        return self._obtain(form)

    def exchange(self, resource: str, scope: str) -> Any:
        """Obtains an access token (RFC 9068, RFC 8693) for a server that knows OAuth alone, bound to the same key."""
        form = {
            "grant_type": EXCHANGE,
            "subject_token": self.token,
            "subject_token_type": CHAIN,
            "requested_token_type": ACCESS_TOKEN,
            "resource": resource,
            "scope": scope,
        }
        return self._service.ask("POST", "/token", key=self.key, data=form)

    def release(self) -> Any:
        """Gives everything back."""
        return self._service.ask("POST", "/release", key=self.key, token=self.token)

    def _obtain(self, form: dict[str, str]) -> Any:
        answer = self._service.ask("POST", "/token", key=self.key, data=form)
        self.token, self.agent = answer["access_token"], answer["agent_id"]
        return answer
