"""Everybody's keys, made anew for each run. jwskate knows Ed25519 by its old name alone."""

import jwskate

ALGORITHMS = {
    "payables": "ES256",
    "closing": "EdDSA",
    "tools": "EdDSA",
    "mail": "ES256",
    "operator": "ES256",
    "staff": "ES256",
    "stranger": "ES256",
}

KEYS = {name: jwskate.Jwk.generate(alg=alg).with_kid_thumbprint() for name, alg in ALGORITHMS.items()}


def public_jwk(name: str) -> dict[str, str]:
    """What the policy has of it: without the algorithm, which follows from the curve."""
    return {member: value for member, value in KEYS[name].public_jwk().items() if member not in ("alg", "key_ops")}
