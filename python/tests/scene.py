"""What the tests share: fixed keys, one grant, one call, one trust. Only public names of the package are used."""

from keybound import Chain, Proof, Request, SigningKey, Trust
from keybound.constraint import exact, optional, range

NOW = 1_700_000_000
AUDIENCE = "https://tools.example"
ISSUER = "https://issuer.example"
AGENT = "spiffe://prod.example/agent/orch/task-1/lead"
SEEDS = {name: bytes([number]) * 32 for number, name in enumerate(("issuer", "lead", "helper", "stranger"), start=1)}

issuer, lead, helper, stranger = (SigningKey.from_seed(seed) for seed in SEEDS.values())

TOOLS = {
    "pay": {"amount": range(max=500), "currency": exact("EUR"), "note": optional({"constraint_type": "wildcard"})},
    "read": {"path": exact("/invoices")},
}
ARGUMENTS = {"amount": 5, "currency": "EUR"}


def root(**changes: object) -> Chain:
    """A root for `lead`, which may hand it on twice."""
    grant: dict[str, object] = {
        "issuer": ISSUER,
        "to": lead.public_key,
        "tools": TOOLS,
        "audience": AUDIENCE,
        "principal": "user:dana",
        "agent": AGENT,
        "task": "task-1",
        "max_depth": 2,
        "now": NOW,
    }
    return Chain.issue(issuer, **{**grant, **changes})  # type: ignore[arg-type]


def trust(**changes: object) -> Trust:
    """Believes `issuer`, is `AUDIENCE`."""
    return Trust({ISSUER: issuer.public_key}, AUDIENCE, **changes)  # type: ignore[arg-type]


def call(**changes: object) -> Request:
    """A payment of 5 EUR."""
    members = {"tool": "pay", "arguments": ARGUMENTS, "audience": AUDIENCE, **changes}
    return Request(**members)  # type: ignore[arg-type]


def proof(key: SigningKey, chain: Chain, request: Request, **changes: object) -> Proof:
    """A proof of now."""
    return Proof.sign(key, chain, request, **{"now": NOW, **changes})  # type: ignore[arg-type]
