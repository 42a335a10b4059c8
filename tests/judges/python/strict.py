"""What stands between an ordinary Ed25519 verifier and ours (SPEC 4.3): R and A of small order are refused, and so is an A
that is not canonical. Written from the rule, with no code of ours: a service that has only OpenSSL can do the same."""

P = 2**255 - 19

# y of the points of order 8: with d = -121665/121666, the roots of d·y⁴ + 2·y² - 1 = 0 modulo P.
ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
assert (-121665 * pow(ORDER_8, 4, P) + 121666 * (2 * pow(ORDER_8, 2, P) - 1)) % P == 0

# The y of the eight points of small order as encodings may say them, also those that are not reduced: 7, twice with the
# sign of x, so 14 encodings.
SMALL = frozenset({0, 1, ORDER_8, P - ORDER_8, P - 1, P, P + 1})


def _y(encoded: bytes) -> int:
    """y of an encoded point, without the sign of x."""
    return int.from_bytes(encoded, "little") & (1 << 255) - 1


def may_be_shown(key: bytes, signature: bytes) -> bool:
    """Whether key and signature may be shown to a verifier at all."""
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r = _y(key), _y(signature[:32])
    return a < P and a not in SMALL and r not in SMALL
