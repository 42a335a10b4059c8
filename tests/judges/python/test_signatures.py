"""Ed25519 itself: OpenSSL, as cryptography brings it, and the core look at the same signatures."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bench import BOTH_VERIFY, Benches
from cases import Case, cases, exceptions_of
from strict import may_be_shown


def _holds(case: Case) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(case.key).verify(case.signature, case.message)
    except (InvalidSignature, ValueError):  # ValueError: the key is not 32 bytes
        return False
    return True


def test_after_the_checks_that_make_it_strict_it_says_what_the_core_says(bench: Benches) -> None:
    judge = bench("cryptography", BOTH_VERIFY, "Ed25519 signature")
    exceptions, bare = exceptions_of("cryptography"), 0
    for case in cases():
        holds = _holds(case)
        actual = "valid" if holds and may_be_shown(case.key, case.signature) else "invalid"
        if case.name in exceptions:
            assert (case.expected, actual) == exceptions.pop(case.name), f"{case.name} is excepted"
        else:
            assert actual == case.expected, case.name
        bare += holds != (case.expected == "valid")
        judge.accepted += actual == "valid"
        judge.refused += actual == "invalid"
    assert not exceptions, "excepted, and not there"
    assert bare > 0, "the checks change nothing: are they still needed?"
