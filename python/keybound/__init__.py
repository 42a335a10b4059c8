"""Authority tokens for AI agents: bound to a key, narrowed offline, verified offline."""

from keybound import constraint
from keybound._codes import Code, Family
from keybound._keybound import (
    AgentId,
    Chain,
    Denied,
    Hop,
    Malformed,
    Permit,
    Proof,
    PublicKey,
    Refusal,
    Request,
    SigningKey,
    Trust,
    Untrusted,
    VerifiedChain,
    Verifier,
    __version__,
)

__all__ = [
    "AgentId",
    "Chain",
    "Code",
    "Denied",
    "Family",
    "Hop",
    "Malformed",
    "Permit",
    "Proof",
    "PublicKey",
    "Refusal",
    "Request",
    "SigningKey",
    "Trust",
    "Untrusted",
    "VerifiedChain",
    "Verifier",
    "__version__",
    "constraint",
]
