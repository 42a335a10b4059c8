"""Nothing that holds a key or a token shows it, or leaves the process unnoticed."""

import base64
import copy
import json
import logging
import pickle
import traceback

import pytest
import scene
from keybound import AgentId, Refusal
from scene import NOW

chain = scene.root()
request = scene.call(arguments={"amount": 5, "currency": "EUR", "note": "hush-hush"})
proof = scene.proof(scene.lead, chain, request)
verified = chain.verify(scene.trust(), NOW)
permit = verified.authorize(request, proof, NOW)
THINGS = [scene.lead, scene.lead.public_key, chain, proof, verified, permit]
OTHERS = [request, scene.trust(), permit.lineage[0], AgentId(scene.AGENT)]


def shows_nothing(text: str) -> bool:
    """No stretch of 8 bytes of a key, a chain or a proof, in hexadecimal, in base64 or as numbers."""
    secrets = [scene.SEEDS["lead"], scene.lead.public_key.to_bytes(), chain.to_bytes(), proof.to_bytes()]
    for secret in secrets:
        for start in range(0, len(secret) - 8):
            piece = secret[start : start + 8]
            forms = (piece.hex(), base64.urlsafe_b64encode(piece[:6]).decode(), str(list(piece))[1:-1])
            if any(form in text for form in forms):
                return False
    return True


@pytest.mark.parametrize("thing", [*THINGS, *OTHERS], ids=lambda thing: type(thing).__name__)
def test_repr_is_redacted(thing: object) -> None:
    for text in (repr(thing), str(thing), f"{thing}", repr([thing]), repr({"thing": thing})):
        assert shows_nothing(text) and "hush" not in text
    assert not hasattr(thing, "__dict__") or not vars(thing)
    assert logging.LogRecord("n", 1, "p", 1, "%r", (thing,), None).getMessage() == repr(thing)


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: type(thing).__name__)
def test_pickle_copy_and_json_refuse(thing: object) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            pickle.dumps(thing, protocol)
    for leave in (copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            leave(thing)
    with pytest.raises(TypeError):
        pickle.dumps({"nested": [thing]})


@pytest.mark.parametrize("thing", [*THINGS, *OTHERS], ids=lambda thing: type(thing).__name__)
def test_things_do_not_change(thing: object) -> None:
    with pytest.raises((AttributeError, TypeError)):
        thing.inner = 1  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        type("Sub", (type(thing),), {})


def test_signing_keys_have_no_way_out() -> None:
    public = {name for name in dir(scene.lead) if not name.startswith("_")}
    assert public == {"from_seed", "generate", "public_key"}
    assert scene.lead != type(scene.lead).from_seed(scene.SEEDS["lead"])


def test_a_refusal_shows_names_and_no_bytes() -> None:
    with pytest.raises(Refusal) as raised:
        chain.verify(scene.trust(), NOW + 1000)
    text = "".join(traceback.format_exception(raised.value)) + repr(vars(raised.value))
    assert shows_nothing(text)
    again = pickle.loads(pickle.dumps(raised.value))
    assert (type(again), str(again), again.code) == (type(raised.value), str(raised.value), raised.value.code)
