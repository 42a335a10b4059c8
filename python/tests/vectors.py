"""Runs the conformance vectors of `tests/vectors` through the package, nothing else than its public names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from keybound import (
    AccessToken,
    AccessTokens,
    AgentId,
    Chain,
    DpopAccepted,
    DpopCall,
    DpopGuard,
    Permit,
    Presentation,
    Proof,
    PublicKey,
    Refusal,
    Request,
    RevocationFeed,
    SigningKey,
    Trust,
    Verifier,
)

Vector = dict[str, Any]
FOLDER = Path(__file__).resolve().parents[2] / "tests" / "vectors"


def load(folder: Path = FOLDER) -> Iterator[tuple[str, Vector]]:
    """Every vector of every file of the folder, with a name to find it by."""
    for path in sorted(folder.glob("*.json")):
        if path.name == "schema.json":
            continue
        for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]:
            yield f"{path.stem}/{vector['name']}", vector


def check(vector: Vector) -> None:
    """Runs one vector. An `AssertionError` says what came out instead."""
    RUN[vector["operation"]](vector)


class NoRequest(Exception):
    """The request of the vector cannot be made: AAT-02 has a step for it, which only its maker can name."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def authorize(vector: Vector) -> None:
    """Both roads to a decision, with a fresh memory each, give the same answer."""
    for road in (bytes_to_decision, step_by_step):
        expect(vector, partial(decide, vector, road), same_permit)


def present(vector: Vector) -> None:
    """A presentation as it came, and one that was taken apart and put together again."""
    for road in (presented, presented_again):
        expect(vector, partial(decide, vector, road), same_permit)


Road = Callable[[Vector, Trust], Callable[[], Permit]]


def decide(vector: Vector, road: Road) -> Permit:
    answer = road(vector, trust_of(vector["trust"]))
    for earlier in range(vector.get("times", 1) - 1):
        try:
            answer()
        except Refusal as refusal:
            raise AssertionError(f"presentation {earlier + 1} was refused: {refusal.code}") from refusal
    return answer()


def bytes_to_decision(vector: Vector, trust: Trust) -> Callable[[], Permit]:
    verifier = Verifier(trust)
    chain, proof = bytes.fromhex(vector["chain"]), bytes.fromhex(vector["proof"])
    return lambda: verifier.authorize(chain, proof, call_of(vector), vector["now"])


def step_by_step(vector: Vector, trust: Trust) -> Callable[[], Permit]:
    def answer() -> Permit:
        request = call_of(vector)
        verified = Chain.parse(bytes.fromhex(vector["chain"])).verify(trust, vector["now"])
        return verified.authorize(request, Proof.parse(bytes.fromhex(vector["proof"])), vector["now"])

    return answer


def presented(vector: Vector, trust: Trust) -> Callable[[], Permit]:
    def answer() -> Permit:
        request = call_of(vector)
        presentation = Presentation.parse(vector["presentation"].encode())
        return presentation.chain.verify(trust, vector["now"]).authorize(request, presentation.proof, vector["now"])

    return answer


def presented_again(vector: Vector, trust: Trust) -> Callable[[], Permit]:
    def answer() -> Permit:
        request = call_of(vector)
        read = Presentation.parse(vector["presentation"].encode())
        made = Presentation.parse(Presentation(read.chain, read.proof).to_json().encode())
        return made.chain.verify(trust, vector["now"]).authorize(request, made.proof, vector["now"])

    return answer


def issue(vector: Vector) -> None:
    def run() -> Chain:
        return Chain.issue(
            key_of(vector),
            issuer=vector["issuer"],
            to=PublicKey(bytes.fromhex(vector["to"])),
            tools=vector["tools"],
            audience=vector.get("audience") or [],
            token_id=bytes.fromhex(vector["token_id"]),
            now=vector["now"],
            **given(vector, "principal", "agent", "task", "ttl", "not_before", "max_depth", "format"),
        )

    expect(vector, run, same_bytes)


def delegate(vector: Vector) -> None:
    def run() -> Chain:
        return Chain.parse(bytes.fromhex(vector["chain"])).delegate(
            key_of(vector),
            to=PublicKey(bytes.fromhex(vector["to"])),
            token_id=bytes.fromhex(vector["token_id"]),
            now=vector["now"],
            **given(vector, "tools", "audience", "agent", "ttl", "not_before", "max_depth"),
        )

    expect(vector, run, same_bytes)


def prove(vector: Vector) -> None:
    def run() -> Proof:
        chain = Chain.parse(bytes.fromhex(vector["chain"]))
        request, proof_id = request_of(vector["request"]), bytes.fromhex(vector["proof_id"])
        return Proof.sign(key_of(vector), chain, request, now=vector["now"], proof_id=proof_id)

    expect(vector, run, same_bytes)


def agent_id(vector: Vector) -> None:
    def same_text(vector: Vector, agent: AgentId) -> None:
        assert str(agent) == vector["text"]

    expect(vector, lambda: AgentId(vector["text"]), same_text)


def public_key(vector: Vector) -> None:
    def same_thumbprint(vector: Vector, key: PublicKey) -> None:
        assert key.to_bytes().hex() == vector["bytes"]
        assert key.thumbprint == vector.get("thumbprint", key.thumbprint)

    expect(vector, lambda: PublicKey(bytes.fromhex(vector["bytes"])), same_thumbprint)


def dpop(vector: Vector) -> None:
    """Presents the request as often as the vector says; only the last time may it be refused."""
    members = vector["guard"]

    def run() -> DpopAccepted:
        options = given(
            members, "algorithms", "nonce_period", "binding_required", "replay_capacity", "limits"
        )
        if "nonce_secret" in members:
            options["nonce_secret"] = bytes.fromhex(members["nonce_secret"])
        guard = DpopGuard(members["origins"], **options)
        for earlier in vector.get("before", []) + [vector] * (vector.get("times", 1) - 1):
            try:
                check_once(guard, earlier)
            except Refusal as refusal:
                raise AssertionError(f"an earlier check was refused: {refusal.code}") from refusal
        return check_once(guard, vector)

    def check_once(guard: DpopGuard, shown: Vector) -> DpopAccepted:
        call = http_call_of(vector["call"])
        return guard.check(shown["headers"], call, now=shown["now"], **given(vector, "bound_to"))

    expect(vector, run, same_facts)


def dpop_sign(vector: Vector) -> None:
    def run() -> str:
        proof_id = bytes.fromhex(vector["proof_id"])
        return http_call_of(vector["call"]).sign(key_of(vector), now=vector["now"], proof_id=proof_id)

    def same_header(vector: Vector, header: str) -> None:
        assert header.encode().hex() == vector["result"]

    expect(vector, run, same_header)


def access_token(vector: Vector) -> None:
    rules = vector["access_tokens"]

    def run() -> AccessToken:
        options = given(rules, "algorithms", "bearer_allowed")
        tokens = AccessTokens(rules["issuer"], rules["audience"], rules["jwks"], **options)
        return tokens.check(vector["text"], vector["now"])

    expect(vector, run, same_facts)


def public_jwk(vector: Vector) -> None:
    def same_thumbprint(vector: Vector, key: PublicKey) -> None:
        assert PublicKey.from_jwk(key.to_jwk()).jwk_thumbprint == vector["thumbprint"]

    expect(vector, lambda: PublicKey.from_jwk(vector["text"]), same_thumbprint)


def revocations(vector: Vector) -> None:
    def run() -> RevocationFeed:
        feed = feed_of(vector["feed"])
        feed.apply(bytes.fromhex(vector["bytes"]), vector["now"])
        return feed

    expect(vector, run, same_facts)


RUN: dict[str, Callable[[Vector], None]] = {
    "authorize": authorize,
    "present": present,
    "issue": issue,
    "delegate": delegate,
    "prove": prove,
    "agent_id": agent_id,
    "public_key": public_key,
    "dpop": dpop,
    "dpop_sign": dpop_sign,
    "access_token": access_token,
    "public_jwk": public_jwk,
    "revocations": revocations,
}


def expect(vector: Vector, run: Callable[[], Any], same: Callable[[Vector, Any], None]) -> None:
    """`run` ends as the vector says: with what `same` asks for, or with this code at this link in this step."""
    try:
        result = run()
    except NoRequest as unmade:
        same_refusal(vector, unmade.refusal, "6b" if "steps" in vector else None)
    except Refusal as refusal:
        same_refusal(vector, refusal, refusal.step)
    else:
        assert vector["expect"] == "ok", f"ok instead of {vector['expect']}"
        same(vector, result)


def same_refusal(vector: Vector, refusal: Refusal, step: str | None) -> None:
    wanted = vector["expect"]
    # Where the oracle is the draft's it knows none of our codes, only its steps.
    assert wanted in (refusal.code, "refused"), f"{refusal.code} instead of {wanted}: {refusal}"
    if "link" in vector:
        assert refusal.link == vector["link"], f"at link {refusal.link} instead of {vector['link']}: {refusal}"
    steps = vector.get("steps", [None])
    assert step in steps, f"in step {step} instead of {steps}: {refusal}"


def same_permit(vector: Vector, permit: Permit) -> None:
    wanted = vector.get("permit", {})
    got = {name: getattr(permit, name) for name in wanted if name != "depth"}
    if "depth" in wanted:
        got["depth"] = len(permit.lineage) - 1
    assert got == wanted, f"{got} instead of {wanted}"


def same_facts(vector: Vector, seen: DpopAccepted | AccessToken | RevocationFeed) -> None:
    wanted = vector["facts"]
    got = {name: getattr(seen, name) for name in wanted}
    assert got == wanted, f"{got} instead of {wanted}"


def same_bytes(vector: Vector, made: Chain | Proof) -> None:
    if vector.get("result") is not None:
        assert made.to_bytes().hex() == vector["result"]


def key_of(vector: Vector) -> SigningKey:
    return SigningKey.from_seed(bytes.fromhex(vector["key"]))


def given(vector: Vector, *names: str) -> dict[str, Any]:
    """The optional members that the vector has, as keywords."""
    return {name: vector[name] for name in names if vector.get(name) is not None}


def call_of(vector: Vector) -> Request:
    try:
        return request_of(vector["request"])
    except Refusal as refusal:
        raise NoRequest(refusal) from refusal


def http_call_of(members: dict[str, Any]) -> DpopCall:
    options = given(members, "access_token", "nonce", "tool", "arguments")
    if "body" in members:
        options["body"] = bytes.fromhex(members["body"])
    return DpopCall(members["method"], members["uri"], **options)


def request_of(members: dict[str, Any]) -> Request:
    http = members.get("http") or {}
    return Request(
        members["tool"],
        members["arguments"],
        members["audience"],
        method=http.get("method"),
        uri=http.get("uri"),
        body=bytes.fromhex(http["body"]) if http.get("body") is not None else None,
        nonce=bytes.fromhex(members["nonce"]) if members.get("nonce") is not None else None,
    )


def feed_of(members: dict[str, Any]) -> RevocationFeed:
    """The feed with what it was given earlier, all of which must have been accepted."""
    keys = [PublicKey(bytes.fromhex(key)) for key in members["keys"]]
    feed = RevocationFeed(members["issuer"], keys, **given(members, "limits"))
    for update in members.get("updates", []):
        try:
            feed.apply(bytes.fromhex(update["bytes"]), update["now"])
        except Refusal as refusal:
            raise AssertionError(f"an earlier list was refused: {refusal.code}") from refusal
    return feed


def trust_of(members: dict[str, Any], *feeds: RevocationFeed) -> Trust:
    anchors: dict[str, list[PublicKey]] = {}
    for anchor in members["anchors"]:
        anchors.setdefault(anchor["issuer"], []).append(PublicKey(bytes.fromhex(anchor["key"])))
    options = given(
        members, "limits", "replay_capacity", "identity", "audience_required", "proof_audience_required"
    )
    if members.get("revoked") is not None:
        options["revoked"] = [bytes.fromhex(token) for token in members["revoked"]]
    if feeds or "revocation" in members:
        options["revocation"] = [*feeds, *map(feed_of, members.get("revocation", []))]
    return Trust(anchors, members["audience"], **options)
