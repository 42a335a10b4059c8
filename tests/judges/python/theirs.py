"""A chain of AAT-02 by somebody who has read the draft and has a JOSE library, but not us."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jose import Claims, hash_of, text
from keybound import Permit, Presentation, Request
from keys import Signer, agent, helper, issuer
from libraries import Library
from ours import ARGUMENTS, AUDIENCE, FEWER, ISSUER, NOW, TOOLS, request, trust

TOKEN = {"alg": "Ed25519", "typ": "aat+jwt"}
POP = {"alg": "Ed25519", "typ": "aat-pop+jwt"}
ROOT_ID, CHILD_ID, POP_ID = (f"019abcde-0000-7000-8000-00000000000{number}" for number in (1, 2, 3))


def details(tools: dict[str, Any]) -> list[dict[str, Any]]:
    """The one entry that grants tools (§3.3)."""
    return [{"type": "attenuating_agent_token", "tools": tools}]


def root_claims() -> Claims:
    """§3.2: a root for the agent."""
    return {
        "iss": ISSUER,
        "jti": ROOT_ID,
        "iat": NOW,
        "exp": NOW + 300,
        "aud": AUDIENCE,
        "cnf": {"jwk": agent.jwk},
        "del_depth": 0,
        "del_max_depth": 1,
        "authorization_details": details(TOOLS),
    }


def child_claims(root: str) -> Claims:
    """§6.2: a child for the helper, by the agent."""
    return {
        "iss": f"urn:ietf:params:oauth:jwk-thumbprint:sha-256:{agent.thumbprint}",
        "jti": CHILD_ID,
        "iat": NOW + 1,
        "exp": NOW + 120,
        "cnf": {"jwk": helper.jwk},
        "par_hash": hash_of(root),
        "del_depth": 1,
        "del_max_depth": 1,
        "authorization_details": details(FEWER),
    }


def pop_claims(leaf: str) -> Claims:
    """§7.2: a proof of the call under that child."""
    return {
        "aat_aud": AUDIENCE,
        "aat_hash": hash_of(leaf),
        "aat_id": CHILD_ID,
        "aat_tool": "pay",
        "hta": ARGUMENTS,
        "iat": NOW + 2,
        "jti": POP_ID,
    }


@dataclass(frozen=True)
class Change:
    """What of one object is not as an honest one has it."""

    claims: Claims = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    signer: Signer | None = None
    write: Callable[[Claims], bytes] = text


HONEST = Change()


@dataclass(frozen=True)
class Theirs:
    """Two tokens and a proof."""

    tokens: list[str]
    proof: str


def theirs(library: Library, root: Change = HONEST, child: Change = HONEST, pop: Change = HONEST) -> Theirs:
    """The three objects, signed by `library`, honest but for the changes."""

    def make(signer: Signer, header: dict[str, Any], claims: Claims, change: Change) -> str:
        payload = change.write({**claims, **change.claims})
        return library.sign(change.signer or signer, {**header, **change.header}, payload)

    first = make(issuer, TOKEN, root_claims(), root)
    second = make(agent, TOKEN, child_claims(first), child)
    return Theirs([first, second], make(helper, POP, pop_claims(second), pop))


def decide(made: Theirs, call: Request | None = None) -> Permit:
    """What we make of them."""
    presentation = Presentation.parse(json.dumps({"aat_chain": made.tokens, "aat_pop": made.proof}).encode())
    return presentation.chain.verify(trust(), now=NOW).authorize(call or request(), presentation.proof, now=NOW)
