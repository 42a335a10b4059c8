"""Ed25519 signatures to be judged, with the core's verdict on each.

The core's own verdicts are those of tests/tests/foreign/ed25519.rs: what a suite expects, but for the exceptions written
down there.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cbor2

import native
from keybound import DpopCall
from keys import Signer, agent, helper, issuer, stranger, unb64u
from ours import NOW, our_chain, our_proof

TESTS = Path(__file__).parents[2]
JUDGES = {"node-webcrypto", "workerd-webcrypto", "noble-strict", "noble-default", "cryptography"}


@dataclass(frozen=True)
class Case:
    """A signature; `expected` is whether the core takes it."""

    name: str
    key: bytes
    message: bytes
    signature: bytes
    expected: str


def _read(path: str) -> Any:
    return json.loads((TESTS / path).read_text(encoding="utf-8"))


def exceptions_of(judge: str) -> dict[str, tuple[str, str]]:
    """Where a judge and the core are known to differ: case to what is expected and what comes."""
    for exception in _read("judges/exceptions.json"):
        assert set(exception) == {"judge", "case", "expected", "actual", "reason"}, exception
        assert exception["judge"] in JUDGES, exception
        assert exception["expected"] != exception["actual"] and len(exception["reason"]) > 20, exception
    mine = [exception for exception in _read("judges/exceptions.json") if exception["judge"] == judge]
    return {exception["case"]: (exception["expected"], exception["actual"]) for exception in mine}


def cases() -> list[Case]:
    """All of them."""
    excepted = {name: entry["actual"] for entry in _read("foreign-exceptions.json") for name in entry["cases"]}
    foreign = [*_wycheproof(), *_speccheck()]
    return [*(replace(case, expected=excepted.get(case.name, case.expected)) for case in foreign), *_own()]


def _wycheproof() -> Iterator[Case]:
    for group in _read("vectors/foreign/wycheproof/ed25519_test.json")["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
            yield Case(f"wycheproof/{test['tcId']}", key, message, signature, test["result"])


def _speccheck() -> Iterator[Case]:
    for index, test in enumerate(_read("vectors/foreign/ed25519-speccheck/cases.json")):
        key, message, signature = (bytes.fromhex(test[name]) for name in ("pub_key", "message", "signature"))
        # The suite has no verdicts; foreign/ed25519.rs explains these.
        yield Case(f"ed25519-speccheck/{index}", key, message, signature, "valid" if index <= 3 else "invalid")


def _own() -> Iterator[Case]:
    """What we sign in both encodings, and the same with one bit of the signature turned."""
    for name, signer, message, signature in [*_own_jose(), *_own_cose()]:
        key = unb64u(signer.jwk["x"])
        yield Case(f"own/{name}", key, message, signature, "valid")
        for index in (0, 31, 32, 63):
            turned = signature[:index] + bytes([signature[index] ^ 1]) + signature[index + 1 :]
            yield Case(f"own/{name}-turned-{index}", key, message, turned, "invalid")


Signed = tuple[str, Signer, bytes, bytes]


def _own_jose() -> Iterator[Signed]:
    chain = our_chain("aat")
    tokens = [*json.loads(chain.to_bytes())["aat_chain"], our_proof(chain).decode()]
    tokens.append(DpopCall("GET", "https://tools.example/").sign(agent.ours, now=NOW))
    names, signers = ("0", "1", "2", "pop", "dpop"), (issuer, agent, helper, stranger, agent)
    for token, signer, name in zip(tokens, signers, names, strict=True):
        text, _, signature = token.rpartition(".")
        yield f"jose-{name}", signer, text.encode(), unb64u(signature)


def _own_cose() -> Iterator[Signed]:
    chain = our_chain("cwt")
    tokens = native.tokens_of(chain.to_bytes())
    aads = [b"", *(native.digest(token) for token in tokens[:-1]), b""]
    for index, (message, aad, signer) in enumerate(
        zip([*tokens, our_proof(chain)], aads, (issuer, agent, helper, stranger), strict=True)
    ):
        protected, _, payload, signature = cbor2.loads(message).value
        yield f"cose-{index}", signer, cbor2.dumps(["Signature1", protected, aad, payload]), signature
