"""Runs the conformance vectors of `tests/vectors` through the package, nothing else than its public names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from keybound import AgentId, Chain, Permit, Proof, PublicKey, Refusal, Request, SigningKey, Trust, Verifier

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


def authorize(vector: Vector) -> None:
    """Both roads to a decision, with a fresh memory each, give the same answer."""
    for road in (bytes_to_decision, step_by_step):
        expect(vector, partial(present, vector, road), same_permit)


Road = Callable[[Vector, Trust], Callable[[], Permit]]


def present(vector: Vector, road: Road) -> Permit:
    trust = trust_of(vector["trust"])
    decide = road(vector, trust)
    for earlier in range(vector.get("times", 1) - 1):
        try:
            decide()
        except Refusal as refusal:
            raise AssertionError(f"presentation {earlier + 1} was refused: {refusal.code}") from refusal
    return decide()


def bytes_to_decision(vector: Vector, trust: Trust) -> Callable[[], Permit]:
    verifier = Verifier(trust)
    chain, proof = bytes.fromhex(vector["chain"]), bytes.fromhex(vector["proof"])
    return lambda: verifier.authorize(chain, proof, request_of(vector["request"]), vector["now"])


def step_by_step(vector: Vector, trust: Trust) -> Callable[[], Permit]:
    def decide() -> Permit:
        request = request_of(vector["request"])
        verified = Chain.parse(bytes.fromhex(vector["chain"])).verify(trust, vector["now"])
        return verified.authorize(request, Proof.parse(bytes.fromhex(vector["proof"])), vector["now"])

    return decide


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
            **given(vector, "principal", "agent", "task", "ttl", "not_before", "max_depth"),
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


RUN: dict[str, Callable[[Vector], None]] = {
    "authorize": authorize,
    "issue": issue,
    "delegate": delegate,
    "prove": prove,
    "agent_id": agent_id,
    "public_key": public_key,
}


def expect(vector: Vector, run: Callable[[], Any], same: Callable[[Vector, Any], None]) -> None:
    """`run` ends as the vector says: with what `same` asks for, or with this code at this link."""
    try:
        result = run()
    except Refusal as refusal:
        assert refusal.code == vector["expect"], f"{refusal.code} instead of {vector['expect']}: {refusal}"
        if "link" in vector:
            assert refusal.link == vector["link"], f"at link {refusal.link} instead of {vector['link']}: {refusal}"
    else:
        assert vector["expect"] == "ok", f"ok instead of {vector['expect']}"
        same(vector, result)


def same_permit(vector: Vector, permit: Permit) -> None:
    wanted = vector.get("permit", {})
    got = {name: getattr(permit, name) for name in wanted if name != "depth"}
    if "depth" in wanted:
        got["depth"] = len(permit.lineage) - 1
    assert got == wanted, f"{got} instead of {wanted}"


def same_bytes(vector: Vector, made: Chain | Proof) -> None:
    if vector.get("result") is not None:
        assert made.to_bytes().hex() == vector["result"]


def key_of(vector: Vector) -> SigningKey:
    return SigningKey.from_seed(bytes.fromhex(vector["key"]))


def given(vector: Vector, *names: str) -> dict[str, Any]:
    """The optional members that the vector has, as keywords."""
    return {name: vector[name] for name in names if vector.get(name) is not None}


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


def trust_of(members: dict[str, Any]) -> Trust:
    anchors: dict[str, list[PublicKey]] = {}
    for anchor in members["anchors"]:
        anchors.setdefault(anchor["issuer"], []).append(PublicKey(bytes.fromhex(anchor["key"])))
    options = given(members, "limits", "replay_capacity", "identity", "audience_required")
    if members.get("revoked") is not None:
        options["revoked"] = [bytes.fromhex(token) for token in members["revoked"]]
    return Trust(anchors, members["audience"], **options)
