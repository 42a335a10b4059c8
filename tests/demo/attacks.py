"""What somebody does who got hold of a token, a request or a key that is not theirs to use."""

from __future__ import annotations

import time

from agent import Credential
from edge import AUDIENCE, Edge
from keybound import Chain, Proof, Request, SigningKey
from keybound.constraint import wildcard
from service import Service
from session import Session
from transcript import Transcript

READ = {"invoice_id": "INV-1041"}
PAY = {"invoice_id": "INV-1041", "amount": 10000, "currency": "EUR"}

# The manager's limit as it stands in the token, a range without minimum up to 500 in CBOR (SPEC 6), and one up to
# 10000. Both have the same length, so the altered token is well-formed.
LIMIT, RAISED = b"\x83\x01\xf6\x19\x01\xf4", b"\x83\x01\xf6\x19\x27\x10"

# Seconds by which the worker lets clocks differ (worker.js).
SKEW = 1


def attack(edge: Edge, transcript: Transcript, stolen: Chain) -> None:
    """Every theft that the binding to a key, a call and an issuer is there to make worthless."""
    thief = SigningKey.generate()
    uri = str(edge.client.base_url.join("tools/read_invoice"))
    call = Request("read_invoice", READ, AUDIENCE, method="POST", uri=uri, body=b'{"invoice_id":"INV-1041"}')

    def with_the_wrong_key() -> dict[str, object]:
        proof = Proof.sign(thief, stolen, call)
        return edge.send("read_invoice", READ, chain=stolen.to_bytes(), proof=proof.to_bytes())

    # The library will not sign so; a thief's own tool would.
    own = Chain.issue(
        thief,
        issuer="https://thief.example",
        to=thief.public_key,
        tools={"read_invoice": {"invoice_id": wildcard()}},
        audience=AUDIENCE,
    )
    forged = Proof.sign(thief, own, call).to_bytes()

    transcript.attempt("thief", "read_invoice", READ, with_the_wrong_key)
    transcript.attempt(
        "thief", "read_invoice", READ, lambda: edge.send("read_invoice", READ, chain=stolen.to_bytes(), proof=forged)
    )
    transcript.attempt(
        "thief", "read_invoice", READ, lambda: edge.send("read_invoice", READ, chain=own.to_bytes(), proof=forged)
    )


def renew(service: Service, stolen: str) -> object:
    """A fresh token for the thief's own key."""
    session = Session(service)
    session.token = stolen
    return session.renew()


def replay(edge: Edge, transcript: Transcript) -> None:
    """Somebody on the path kept the manager's permitted payment."""
    payment = next(request for request in edge.wire if request.url.path == "/tools/pay_invoice")
    paid = {"invoice_id": "INV-1041", "amount": 420, "currency": "EUR"}
    more = {**paid, "amount": 500}
    body = payment.content.replace(b"420", b"500")
    transcript.attempt("listener", "pay_invoice", paid, lambda: edge.resend(payment))
    transcript.attempt("listener", "pay_invoice", more, lambda: edge.resend(payment, body))


def outlive(lender: Credential) -> None:
    """A sub-agent had one second, and calls when it is over: its key and its chain are its own."""
    borrower = lender.lend("INV-1042", ttl=1)
    time.sleep(1 + SKEW + 1)
    read = {"invoice_id": "INV-1042"}
    borrower.transcript.attempt("reader", "read_invoice", read, lambda: borrower.signed("read_invoice", **read))


def raise_the_limit(holder: Credential) -> None:
    """The manager edits its own token: at most 500 becomes at most 10000."""
    before = holder.chain.to_bytes()
    assert before.count(LIMIT) == 1, "the limit is not where it used to be"
    altered = Chain.parse(before.replace(LIMIT, RAISED))
    transcript = holder.transcript
    transcript.attempt("manager", "pay_invoice", PAY, lambda: holder.edge.call(holder.key, altered, "pay_invoice", PAY))
