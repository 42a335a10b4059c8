"""Nothing that holds a key or a token shows it, or leaves the process unnoticed."""

import base64
import copy
import json
import logging
import pickle
import traceback

import pytest
import scene
import vectors
from keybound import AccessTokens, AgentId, Chain, DpopCall, DpopGuard, Presentation, Refusal, Verifier
from scene import AUDIENCE, NOW

chain = scene.root()
request = scene.call(arguments={"amount": 5, "currency": "EUR", "note": "hush-hush"})
proof = scene.proof(scene.lead, chain, request)
verified = chain.verify(scene.trust(), NOW)
permit = verified.authorize(request, proof, NOW)
aat = scene.root(format="aat")
presentation = Presentation(aat, scene.proof(scene.lead, aat, request))

believed = dict(vectors.load())["access_token/access_token_ed25519_control"]
rules = believed["access_tokens"]
tokens = AccessTokens(rules["issuer"], rules["audience"], rules["jwks"])
token = tokens.check(believed["text"], believed["now"])

SECRET = bytes(range(100, 132))
guard = DpopGuard(AUDIENCE, nonce_secret=SECRET)
nonce = guard.fresh_nonce(NOW) or ""
http = DpopCall("POST", AUDIENCE, access_token=believed["text"], nonce=nonce, body=b"hush-hush")
header = http.sign(scene.lead, now=NOW)
accepted = guard.check(header, http, bound_to=scene.lead.public_key.jwk_thumbprint, now=NOW)

THINGS = [scene.lead, scene.lead.public_key, chain, proof, verified, permit, aat, presentation, token, accepted]
OTHERS = [request, scene.trust(), permit.lineage[0], AgentId(scene.AGENT), tokens, guard, http]
anchor = json.loads(rules["jwks"])["keys"][0]["x"]
TEXTS = [presentation.to_json(), believed["text"], header, nonce, token.subject, anchor]


def shows_nothing(text: str) -> bool:
    """No stretch of 8 bytes of a key, a chain or a proof, in hexadecimal, in base64, as numbers or as text."""
    if any(secret[start : start + 8] in text for secret in TEXTS for start in range(0, len(secret) - 8)):
        return False
    secrets = [scene.SEEDS["lead"], scene.lead.public_key.to_bytes(), chain.to_bytes(), proof.to_bytes(), SECRET]
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


KEPT = [request, scene.trust(), Verifier(scene.trust()), tokens, guard, http]


@pytest.mark.parametrize("thing", KEPT, ids=lambda thing: type(thing).__name__)
def test_what_a_server_or_a_client_keeps_stays_here(thing: object) -> None:
    """A copied memory would let every proof in a second time; a call holds its access token."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="cannot pickle"):
            pickle.dumps(thing, protocol)
    for leave in (copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            leave(thing)


@pytest.mark.parametrize("thing", [token, accepted], ids=lambda thing: type(thing).__name__)
def test_evidence_is_not_made_or_changed_by_hand(thing: object) -> None:
    with pytest.raises(TypeError, match="cannot create"):
        type(thing)()
    for name in [name for name in dir(thing) if not name.startswith("_")]:
        with pytest.raises(AttributeError):
            setattr(thing, name, getattr(thing, name))
        with pytest.raises(AttributeError):
            delattr(thing, name)


def test_what_evidence_hands_out_is_a_copy() -> None:
    token.claims["sub"] = "user:mallory"
    token.audience.append("https://mallory.example")
    assert token.claims["sub"] == token.subject == believed["facts"]["subject"]
    assert token.audience == rules["audience"]


def test_servers_and_calls_have_no_way_out() -> None:
    names = {thing: {name for name in dir(thing) if not name.startswith("_")} for thing in (tokens, guard, http)}
    assert names == {tokens: {"check"}, guard: {"check", "fresh_nonce"}, http: {"sign"}}
    assert guard != DpopGuard(AUDIENCE, nonce_secret=SECRET)


def test_a_refusal_of_a_text_shows_none_of_it() -> None:
    def turned(text: str) -> str:
        return text[:-9] + ("A" if text[-9] != "A" else "B") + text[-8:]

    other, plain = DpopCall("POST", AUDIENCE, access_token="another.access.token"), DpopCall("POST", AUDIENCE)
    bound = scene.lead.public_key.jwk_thumbprint
    later = scene.stranger.public_key.jwk_thumbprint
    for code, ask in (
        ("proof.bad_signature", lambda: guard.check(turned(header), http, bound_to=bound, now=NOW)),
        ("proof.replayed", lambda: guard.check(header, http, bound_to=bound, now=NOW)),
        ("dpop.wrong_access_token", lambda: guard.check(header, other, bound_to=bound, now=NOW)),
        ("dpop.wrong_key", lambda: guard.check(header, http, bound_to=later, now=NOW)),
        ("dpop.use_nonce", lambda: guard.check(plain.sign(scene.lead, now=NOW), plain, now=NOW)),
        ("access_token.bad_signature", lambda: tokens.check(turned(believed["text"]), NOW)),
        ("time.expired", lambda: tokens.check(believed["text"], NOW + 1000)),
        ("time.expired", lambda: aat.verify(scene.trust(), NOW + 1000)),
        ("jose.not_compact", lambda: guard.check(header.replace(".", "", 1), http, bound_to=bound, now=NOW)),
        ("json.bad", lambda: Presentation.parse(presentation.to_json()[:-1].encode())),
        ("json.bad", lambda: Chain.parse(aat.to_bytes()[:-1])),
    ):
        with pytest.raises(Refusal) as raised:
            ask()
        assert raised.value.code == code
        text = "".join(traceback.format_exception_only(raised.value)) + repr(vars(raised.value))
        assert shows_nothing(text), text
        again = pickle.loads(pickle.dumps(raised.value))
        assert vars(again) == vars(raised.value)


def test_a_refusal_shows_names_and_no_bytes() -> None:
    with pytest.raises(Refusal) as raised:
        chain.verify(scene.trust(), NOW + 1000)
    text = "".join(traceback.format_exception(raised.value)) + repr(vars(raised.value))
    assert shows_nothing(text)
    again = pickle.loads(pickle.dumps(raised.value))
    assert (type(again), str(again), again.code) == (type(raised.value), str(raised.value), raised.value.code)
