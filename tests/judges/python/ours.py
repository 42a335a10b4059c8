"""What we sign, in either encoding: a chain of three, calls under it, proofs of them."""

from typing import Any, Literal

from keybound import Chain, Proof, Request, Trust
from keybound.constraint import exact, one_of, range
from keys import agent, helper, issuer, stranger

ISSUER = "https://issuer.example"
AUDIENCE = "https://tools.example"
AGENT = "spiffe://acme.example/agent/orch/task-7/a1"
NOW = 1_800_000_000

TOOLS = {"pay": {"amount": range(max=100), "to": one_of("ada", "bob")}}
FEWER = {"pay": {"amount": range(max=20), "to": exact("bob")}}
ARGUMENTS = {"to": "bob", "amount": 18}
CANONICAL_ARGUMENTS = b'{"amount":18,"to":"bob"}'
"""The same by RFC 8785."""


def our_chain(form: Literal["cwt", "aat"]) -> Chain:
    """Issuer to agent to helper to stranger."""
    root = Chain.issue(
        issuer.ours,
        issuer=ISSUER,
        to=agent.ours.public_key,
        tools=TOOLS,
        audience=AUDIENCE,
        principal="user:ada",
        agent=AGENT,
        task="task-7",
        max_depth=2,
        now=NOW,
        format=form,
    )
    child = root.delegate(agent.ours, to=helper.ours.public_key, tools=FEWER, now=NOW + 1)
    return child.delegate(helper.ours, to=stranger.ours.public_key, ttl=60, now=NOW + 2)


def request(**changes: Any) -> Request:
    """A payment of 18 to bob."""
    return Request(**{"tool": "pay", "arguments": ARGUMENTS, "audience": AUDIENCE, **changes})


def our_proof(chain: Chain, call: Request | None = None) -> bytes:
    """The proof of a call under `our_chain`."""
    return Proof.sign(stranger.ours, chain, call or request(), now=NOW + 3).to_bytes()


def trust(**changes: Any) -> Trust:
    """Believes the issuer, is the audience. AAT-02 has no principal, agent or task: whoever writes by it names none."""
    return Trust({ISSUER: issuer.ours.public_key}, AUDIENCE, **{"identity": "optional", **changes})
