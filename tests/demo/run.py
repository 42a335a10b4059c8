"""The demo: an issuing service, an orchestrator, agents, thieves, an operator and an auditor.

Everything is real but the model, which is a script: the service and its database, the LangChain agents, the keys,
the chains, the proofs, and the worker in workerd. All authority comes from the service. Exits with 1 if any outcome
is not the expected one.

    python tests/demo/run.py [path to the binary keybound]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

# The files beside this one are not a package; a Python started with -P would not find them.
sys.path.insert(0, str(Path(__file__).parent))

from edge import edge
from process import end_in_order
from service import service
from story import CLIENTS, EDGE, Story
from transcript import PERMITTED, Transcript

BINARY = Path(__file__).parents[2] / "target/debug/keybound"

EXPECTED = [
    ("orchestrator", "log_in", PERMITTED),
    ("orchestrator", "launch", "policy.principal_not_allowed"),
    ("orchestrator", "launch", "policy.outside_ceiling"),
    ("orchestrator", "launch", PERMITTED),
    ("manager", "register", PERMITTED),
    ("thief", "register", "launch.used"),
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
    ("thief", "renew", "proof.not_the_holder"),
    ("listener", "pay_invoice", "proof.replayed"),
    ("listener", "pay_invoice", "proof.wrong_arguments"),
    ("reader", "read_invoice", "time.expired"),
    ("manager", "pay_invoice", "chain.bad_signature"),
    ("manager", "renew", "policy.outside_ceiling"),
    ("manager", "renew", PERMITTED),
    ("manager", "read_invoice", "revocation.revoked"),
    ("manager", "read_invoice", PERMITTED),
    ("orchestrator", "launch", PERMITTED),
    ("colleague", "register", PERMITTED),
    ("manager", "read_invoice", PERMITTED),
    ("reader", "read_invoice", PERMITTED),
    ("orchestrator", "sessions", PERMITTED),
    ("operator", "log_in", PERMITTED),
    ("operator", "revoke", PERMITTED),
    ("manager", "read_invoice", "revocation.revoked"),
    ("reader", "read_invoice", "revocation.revoked"),
    ("manager", "pay_invoice", "revocation.revoked"),
    ("manager", "renew", "revocation.revoked"),
    ("colleague", "read_invoice", PERMITTED),
    ("colleague", "pay_invoice", PERMITTED),
    ("colleague", "exchange", PERMITTED),
    ("colleague", "post_entry", PERMITTED),
    ("thief", "post_entry", "dpop.wrong_key"),
    ("colleague", "release", PERMITTED),
    ("colleague", "read_invoice", "revocation.revoked"),
    ("colleague", "post_entry", "invalid_token"),
    ("colleague", "renew", "revocation.revoked"),
    ("orchestrator", "sessions", PERMITTED),
    ("auditor", "log_in", PERMITTED),
    ("auditor", "events", PERMITTED),
    ("auditor", "checkpoint", PERMITTED),
]


def main() -> int:
    end_in_order()
    binary = sys.argv[1] if len(sys.argv) > 1 else str(BINARY)
    began = time.monotonic()
    transcript = Transcript(EXPECTED)
    clients = {client.name: client.jwks for client in CLIENTS}
    with service(binary, clients) as issuer, edge(issuer.known, EDGE) as worker:
        Story(issuer, worker, transcript).tell()
    seconds = ", ".join(f"{delay:.2f}" for delay in transcript.delays)
    transcript.note(f"From revocation to refusal at the edge: {seconds} s. The worker asks for the list once a second.")
    transcript.note(f"The service and the worker have ended after {time.monotonic() - began:.0f} seconds.")
    return transcript.finish()


if __name__ == "__main__":
    sys.exit(main())
