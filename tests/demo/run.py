"""The demo: an issuer, an agent, a sub-agent and thieves; every call decided by a worker at the edge.

Everything is real but the model, which is a script: the LangChain agents, the keys, the chains, the proofs, and the
worker in workerd. Exits with 1 if any outcome is not the expected one.
"""

from __future__ import annotations

import sys
from pathlib import Path

# The files beside this one are not a package; a Python started with -P would not find them.
sys.path.insert(0, str(Path(__file__).parent))

import attacks
from agent import AGENTS, Credential, manager
from edge import AUDIENCE, edge
from keybound import Chain, SigningKey
from keybound.constraint import exact, one_of, range
from langchain_core.messages import HumanMessage
from transcript import PERMITTED, Transcript

ISSUER = "https://iam.acme.example"

EXPECTED = [
    ("manager", "read_invoice", PERMITTED),
    ("manager", "pay_invoice", PERMITTED),
    ("manager", "pay_invoice", "call.argument_refused"),
    ("manager", "cancel_invoice", "call.tool_not_granted"),
    ("reader", "read_invoice", PERMITTED),
    ("reader", "read_invoice", "call.argument_refused"),
    ("reader", "pay_invoice", "call.tool_not_granted"),
    ("reader", "hire_payer", "chain.tool_added"),
    ("thief", "read_invoice", "proof.not_the_holder"),
    ("thief", "read_invoice", "proof.bad_signature"),
    ("thief", "read_invoice", "chain.unknown_issuer"),
    ("listener", "pay_invoice", "proof.replayed"),
    ("listener", "pay_invoice", "proof.wrong_arguments"),
    ("manager", "read_invoice", "time.expired"),
    ("manager", "pay_invoice", "chain.bad_signature"),
    ("manager", "read_invoice", PERMITTED),
]


def main() -> int:
    issuer, key = SigningKey.generate(), SigningKey.generate()
    chain = issue(issuer, key)
    transcript = Transcript(EXPECTED)
    with edge(ISSUER, issuer.public_key) as running:
        transcript.heading("The manager works through dana's payables, then has a sub-agent look at an invoice.")
        credential = Credential("manager", key, chain, running, transcript)
        answer = manager.invoke({"messages": [HumanMessage("Settle what is due.")]}, context=credential)
        transcript.quote("manager", answer["messages"][-1].content)

        transcript.heading("A thief has the manager's token, but not its key.")
        attacks.attack(running, transcript, chain)

        transcript.heading("Somebody on the path sends the manager's payment again, then with another amount.")
        attacks.replay(running, transcript)

        transcript.heading("The manager uses a token from an hour ago, then one in which it has raised its own limit.")
        attacks.outlive(running, transcript, key, issue(issuer, key, now=attacks.an_hour_ago()))
        attacks.raise_the_limit(running, transcript, key, chain)

        transcript.heading("After all that, the honest token still works.")
        credential.call("read_invoice", invoice_id="INV-1042")
    return transcript.finish()


def issue(issuer: SigningKey, key: SigningKey, *, now: int | None = None) -> Chain:
    """The root: what the manager may do for dana in this task, for five minutes, and hand on twice."""
    invoices = one_of("INV-1041", "INV-1042")
    return Chain.issue(
        issuer,
        issuer=ISSUER,
        to=key.public_key,
        tools={
            "read_invoice": {"invoice_id": invoices},
            "pay_invoice": {"invoice_id": invoices, "amount": range(max=500), "currency": exact("EUR")},
        },
        audience=AUDIENCE,
        principal="dana",
        agent=f"{AGENTS}/manager",
        task="close-2026-11",
        max_depth=2,
        now=now,
    )


if __name__ == "__main__":
    sys.exit(main())
