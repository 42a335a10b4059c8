"""Arguments of the wrong type, missing, or out of range are the caller's mistake, and are named."""

from collections.abc import Callable
from typing import Any

import pytest
import scene
from keybound import AccessTokens, AgentId, Chain, DpopCall, DpopGuard, Malformed, Presentation, Proof, PublicKey
from keybound import Request, SigningKey, Trust, Verifier, constraint
from scene import AUDIENCE, ISSUER, NOW

chain: Any = scene.root()
request = scene.call()
key: Any = scene.lead
to = scene.helper.public_key
URI = "https://tools.example/mcp"
KEYS = f'{{"keys":[{scene.issuer.public_key.to_jwk()}]}}'


def http(**changes: object) -> Any:
    """A request, for calls that a type checker would not let through."""
    members: dict[str, Any] = {"method": "POST", "uri": URI, **changes}
    return DpopCall(**members)


def guard(**changes: object) -> Any:
    """A server at `AUDIENCE`."""
    members: dict[str, Any] = {"origins": AUDIENCE, **changes}
    return DpopGuard(**members)


def tokens(**changes: object) -> Any:
    """A resource server that believes `issuer`."""
    members: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "jwks": KEYS, **changes}
    return AccessTokens(**members)


header = http().sign(key, now=NOW)

WRONG: list[tuple[str, Callable[[], object]]] = [
    ("seed", lambda: Any_(SigningKey).from_seed("x" * 32)),
    ("data", lambda: Any_(PublicKey)("00" * 32)),
    ("text", lambda: Any_(AgentId)(5)),
    ("data", lambda: Any_(Chain).parse("00")),
    ("data", lambda: Any_(Proof).parse(None)),
    ("issuer", lambda: scene.root(issuer=5)),
    ("to", lambda: scene.root(to=scene.lead)),
    ("to", lambda: scene.root(to=b"x" * 32)),
    ("tools", lambda: scene.root(tools=["pay"])),
    ("tools", lambda: scene.root(tools={"pay": {"amount": {1, 2}}})),
    ("tools", lambda: scene.root(tools={5: {}})),
    ("audience", lambda: scene.root(audience=5)),
    ("audience", lambda: scene.root(audience=["a", 5])),
    ("principal", lambda: scene.root(principal=5)),
    ("agent", lambda: scene.root(agent=5)),
    ("task", lambda: scene.root(task=b"t")),
    ("ttl", lambda: scene.root(ttl=1.5)),
    ("ttl", lambda: scene.root(ttl=True)),
    ("ttl", lambda: scene.root(ttl="300")),
    ("not_before", lambda: scene.root(not_before=1.5)),
    ("max_depth", lambda: scene.root(max_depth="2")),
    ("now", lambda: scene.root(now=1.5)),
    ("token_id", lambda: scene.root(token_id="0" * 16)),
    ("key", lambda: chain.delegate(to, to=to)),
    ("to", lambda: chain.delegate(key, to=None)),
    ("tools", lambda: chain.delegate(key, to=to, tools=5)),
    ("ttl", lambda: chain.delegate(key, to=to, ttl="1")),
    ("trust", lambda: chain.verify({})),
    ("now", lambda: chain.verify(scene.trust(), "1")),
    ("request", lambda: chain.verify(scene.trust(), NOW).authorize({}, None)),
    ("proof", lambda: chain.verify(scene.trust(), NOW).authorize(request, b"")),
    ("tool", lambda: scene.call(tool=None)),
    ("arguments", lambda: scene.call(arguments=[1])),
    ("arguments", lambda: scene.call(arguments={"a": object()})),
    ("arguments", lambda: scene.call(arguments={"a": b"bytes"})),
    ("arguments", lambda: scene.call(arguments={1: "a"})),
    ("arguments", lambda: scene.call(arguments={"a": 1j})),
    ("audience", lambda: scene.call(audience=[AUDIENCE])),
    ("method", lambda: scene.call(method=5, uri="u")),
    ("body", lambda: scene.call(method="POST", uri="u", body="text")),
    ("nonce", lambda: scene.call(nonce="12345678")),
    ("chain", lambda: Any_(Proof).sign(key, b"", request)),
    ("proof_id", lambda: Any_(Proof).sign(key, chain, request, proof_id="x")),
    ("anchors", lambda: Any_(Trust)([], AUDIENCE)),
    ("anchors", lambda: Any_(Trust)({"i": b"x" * 32}, AUDIENCE)),
    ("anchors", lambda: Any_(Trust)({"i": [b"x" * 32]}, AUDIENCE)),
    ("anchors", lambda: Any_(Trust)({5: scene.issuer.public_key}, AUDIENCE)),
    ("limits", lambda: scene.trust(limits=[])),
    ("limits", lambda: scene.trust(limits={"depth": "5"})),
    ("limits", lambda: scene.trust(limits={5: 5})),
    ("revoked", lambda: scene.trust(revoked=["0" * 16])),
    ("revoked", lambda: scene.trust(revoked=b"0" * 16)),
    ("replay_capacity", lambda: scene.trust(replay_capacity="1")),
    ("identity", lambda: scene.trust(identity=True)),
    ("audience_required", lambda: scene.trust(audience_required="no")),
    ("trust", lambda: Any_(Verifier)(None)),
    ("cache_capacity", lambda: Any_(Verifier)(scene.trust(), cache_capacity=1.5)),
    ("chain", lambda: Any_(Verifier)(scene.trust()).authorize(chain, b"", request)),
    ("proof", lambda: Any_(Verifier)(scene.trust()).authorize(b"", chain, request)),
    ("format", lambda: scene.root(format=5)),
    ("format", lambda: scene.root(format=b"aat")),
    ("proof_audience_required", lambda: scene.trust(proof_audience_required=1)),
    ("proof_audience_required", lambda: scene.trust(proof_audience_required=None)),
    ("jwk", lambda: Any_(PublicKey).from_jwk(to.to_jwk().encode())),
    ("jwk", lambda: Any_(PublicKey).from_jwk({"kty": "OKP"})),
    ("jwk", lambda: Any_(PublicKey).from_jwk(None)),
    ("data", lambda: Any_(Presentation).parse("{}")),
    ("data", lambda: Any_(Presentation).parse({})),
    ("chain", lambda: Any_(Presentation)(None, scene.proof(scene.lead, chain, request))),
    ("chain", lambda: Any_(Presentation)(chain.to_bytes(), scene.proof(scene.lead, chain, request))),
    ("proof", lambda: Any_(Presentation)(chain, chain)),
    ("method", lambda: http(method=None)),
    ("method", lambda: http(method=b"POST")),
    ("uri", lambda: http(uri=5)),
    ("uri", lambda: http(uri=b"/mcp")),
    ("access_token", lambda: http(access_token=b"a.b.c")),
    ("access_token", lambda: http(access_token=True)),
    ("nonce", lambda: http(nonce=b"12345678")),
    ("body", lambda: http(body="text")),
    ("body", lambda: http(body=5)),
    ("tool", lambda: http(tool=5, arguments={})),
    ("arguments", lambda: http(tool="pay", arguments=[1])),
    ("arguments", lambda: http(tool="pay", arguments={"a": object()})),
    ("arguments", lambda: http(tool="pay", arguments={"a": b"bytes"})),
    ("arguments", lambda: http(tool="pay", arguments={1: "a"})),
    ("key", lambda: http().sign(to)),
    ("key", lambda: http().sign(scene.SEEDS["lead"])),
    ("now", lambda: http().sign(key, now=True)),
    ("now", lambda: http().sign(key, now=1.5)),
    ("proof_id", lambda: http().sign(key, proof_id="x" * 16)),
    ("origins", lambda: guard(origins=None)),
    ("origins", lambda: guard(origins=b"https://tools.example")),
    ("origins", lambda: guard(origins=[AUDIENCE, 5])),
    ("algorithms", lambda: guard(algorithms="Ed25519")),
    ("algorithms", lambda: guard(algorithms=["Ed25519", 5])),
    ("nonce_secret", lambda: guard(nonce_secret="x" * 32)),
    ("nonce_period", lambda: guard(nonce_secret=bytes(32), nonce_period=True)),
    ("nonce_period", lambda: guard(nonce_secret=bytes(32), nonce_period=1.5)),
    ("nonce_period", lambda: guard(nonce_secret=bytes(32), nonce_period="60")),
    ("binding_required", lambda: guard(binding_required=1)),
    ("binding_required", lambda: guard(binding_required="no")),
    ("replay_capacity", lambda: guard(replay_capacity="1")),
    ("replay_capacity", lambda: guard(replay_capacity=True)),
    ("limits", lambda: guard(limits=[])),
    ("limits", lambda: guard(limits={"proof_age": True})),
    ("limits", lambda: guard(limits={5: 5})),
    ("headers", lambda: guard().check(None, http(), now=NOW)),
    ("headers", lambda: guard().check(header.encode(), http(), now=NOW)),
    ("headers", lambda: guard().check([header, None], http(), now=NOW)),
    ("call", lambda: guard().check(header, None, now=NOW)),
    ("call", lambda: guard().check(header, URI, now=NOW)),
    ("bound_to", lambda: guard().check(header, http(), bound_to=b"x" * 43, now=NOW)),
    ("bound_to", lambda: guard().check(header, http(), bound_to=to, now=NOW)),
    ("now", lambda: guard().check(header, http(), now=True)),
    ("now", lambda: guard().check(header, http(), now="1")),
    ("now", lambda: guard(nonce_secret=bytes(32)).fresh_nonce(1.5)),
    ("issuer", lambda: tokens(issuer=None)),
    ("audience", lambda: tokens(audience=5)),
    ("audience", lambda: tokens(audience=[AUDIENCE, 5])),
    ("jwks", lambda: tokens(jwks={"keys": []})),
    ("jwks", lambda: tokens(jwks=KEYS.encode())),
    ("algorithms", lambda: tokens(algorithms="Ed25519")),
    ("bearer_allowed", lambda: tokens(bearer_allowed=1)),
    ("bearer_allowed", lambda: tokens(bearer_allowed="no")),
    ("limits", lambda: tokens(limits={"skew": "30"})),
    ("token", lambda: tokens().check(b"a.b.c", NOW)),
    ("token", lambda: tokens().check(None, NOW)),
    ("now", lambda: tokens().check("a.b.c", True)),
    ("now", lambda: tokens().check("a.b.c", 1.5)),
]

MISSING: list[tuple[str, Callable[[], object]]] = [
    ("to", lambda: Any_(Chain).issue(key, issuer="i", tools={}, audience="a")),
    ("tools", lambda: Any_(Chain).issue(key, issuer="i", to=to, audience="a")),
    ("audience", lambda: Any_(Chain).issue(key, issuer="i", to=to, tools={})),
    ("to", lambda: chain.delegate(key)),
    ("audience", lambda: Any_(Request)("t", {})),
    ("request", lambda: Any_(Proof).sign(key, chain)),
    ("audience", lambda: Any_(Trust)({})),
    ("trust", lambda: chain.verify()),
    ("jwk", lambda: Any_(PublicKey).from_jwk()),
    ("proof", lambda: Any_(Presentation)(chain)),
    ("uri", lambda: Any_(DpopCall)("POST")),
    ("key", lambda: http().sign()),
    ("origins", lambda: Any_(DpopGuard)()),
    ("call", lambda: guard().check(header)),
    ("jwks", lambda: Any_(AccessTokens)(ISSUER, AUDIENCE)),
    ("token", lambda: tokens().check()),
]

OUTSIDE: list[tuple[str, Callable[[], object]]] = [
    ("uri", lambda: scene.call(method="POST")),
    ("method", lambda: scene.call(uri="https://tools.example/pay")),
    ("method", lambda: scene.call(body=b"{}")),
    ("seed", lambda: SigningKey.from_seed(b"short")),
    ("ttl", lambda: scene.root(ttl=-1)),
    ("ttl", lambda: scene.root(ttl=2**32)),
    ("max_depth", lambda: scene.root(max_depth=-1)),
    ("now", lambda: scene.root(now=-1)),
    ("now", lambda: chain.verify(scene.trust(), 2**64)),
    ("token_id", lambda: scene.root(token_id=b"x" * 15)),
    ("proof_id", lambda: scene.proof(scene.lead, chain, request, proof_id=b"")),
    ("identity", lambda: scene.trust(identity="maybe")),
    ("limits", lambda: scene.trust(limits={"deepth": 5})),
    ("limits", lambda: scene.trust(limits={"depth": -1})),
    ("revoked", lambda: scene.trust(revoked=[b"x"])),
    ("replay_capacity", lambda: scene.trust(replay_capacity=-1)),
    ("format", lambda: scene.root(format="jwt")),
    ("format", lambda: scene.root(format="AAT")),
    ("arguments", lambda: http(tool="pay")),
    ("tool", lambda: http(arguments={})),
    ("now", lambda: http().sign(key, now=-1)),
    ("now", lambda: http().sign(key, now=2**64)),
    ("proof_id", lambda: http().sign(key, proof_id=b"x" * 15)),
    ("algorithms", lambda: guard(algorithms=[])),
    ("algorithms", lambda: guard(algorithms=["ES256"])),
    ("algorithms", lambda: guard(algorithms=["Ed25519", "none"])),
    ("nonce_secret", lambda: guard(nonce_secret=b"")),
    ("nonce_secret", lambda: guard(nonce_secret=b"x" * 31)),
    ("nonce_period", lambda: guard(nonce_secret=bytes(32), nonce_period=-1)),
    ("nonce_period", lambda: guard(nonce_secret=bytes(32), nonce_period=2**32)),
    ("replay_capacity", lambda: guard(replay_capacity=-1)),
    ("limits", lambda: guard(limits={"proof_aeg": 5})),
    ("limits", lambda: guard(limits={"proof_age": -1})),
    ("bound_to", lambda: guard().check(header, http(), bound_to="x", now=NOW)),
    ("now", lambda: guard().check(header, http(), now=-1)),
    ("now", lambda: guard().check(header, http(), now=2**64)),
    ("now", lambda: guard(nonce_secret=bytes(32)).fresh_nonce(2**64)),
    ("algorithms", lambda: tokens(algorithms=["Ed25519", "RS256"])),
    ("limits", lambda: tokens(limits={"skwe": 5})),
    ("now", lambda: tokens().check("a.b.c", -1)),
    ("now", lambda: tokens().check("a.b.c", 2**64)),
]


def Any_(thing: object) -> Any:
    """The same, for calls that a type checker would not let through."""
    return thing


def ids(pairs: list[tuple[str, Callable[[], object]]]) -> list[str]:
    return [name for name, _ in pairs]


@pytest.mark.parametrize(("name", "mistake"), WRONG + MISSING, ids=ids(WRONG + MISSING))
def test_a_type_error_names_the_parameter(name: str, mistake: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match=f"'{name}'"):
        mistake()


@pytest.mark.parametrize(("name", "mistake"), OUTSIDE, ids=ids(OUTSIDE))
def test_a_value_error_names_the_parameter(name: str, mistake: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=name.replace("_", ".")):
        mistake()


@pytest.mark.parametrize("name", ["tools", "audience", "agent", "ttl", "not_before", "max_depth"])
def test_what_narrows_is_given_or_left_out_and_never_none(name: str) -> None:
    """A limit that came out as None must not become no limit at all."""
    with pytest.raises(TypeError, match=name):
        chain.delegate(key, to=to, now=NOW, **{name: None})


@pytest.mark.parametrize("bound", ["min", "max", "min_inclusive", "max_inclusive"])
def test_a_bound_is_never_none(bound: str) -> None:
    with pytest.raises(TypeError, match=bound):
        Any_(constraint).range(**{bound: None})


@pytest.mark.parametrize("name", ["one_of", "not_one_of", "contains", "subset"])
def test_values_are_given_one_by_one(name: str) -> None:
    helper = getattr(constraint, name)
    with pytest.raises(TypeError, match="one by one"):
        helper(["rm", "dd"])
    assert helper("rm", "dd")["constraint_type"] == name


def test_an_empty_audience_is_refused_and_not_read_as_any() -> None:
    with pytest.raises(Malformed) as refused:
        chain.delegate(key, to=to, audience=[], now=NOW)
    assert refused.value.code == "claims.wrong"
    with pytest.raises(Malformed) as refused:
        scene.root(audience=[])
    assert refused.value.code == "claims.wrong"


@pytest.mark.parametrize("name", ["limits", "revoked"])
def test_what_restricts_a_verifier_is_never_none(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        Any_(Trust)({scene.ISSUER: scene.issuer.public_key}, AUDIENCE, **{name: None})


COVERED: dict[str, object] = {"access_token": "a.b.c", "nonce": "n", "body": b"", "tool": "pay", "arguments": {}}


@pytest.mark.parametrize("name", COVERED)
def test_what_a_dpop_proof_covers_is_given_or_left_out_and_never_none(name: str) -> None:
    """What came out as None was meant to be checked."""
    http(**COVERED)
    with pytest.raises(TypeError, match=f"'{name}'"):
        http(**{**COVERED, name: None})


@pytest.mark.parametrize(
    ("make", "name", "right"),
    [
        (guard, "algorithms", ["Ed25519"]),
        (guard, "nonce_secret", bytes(32)),
        (guard, "binding_required", True),
        (guard, "limits", {"proof_age": 30}),
        (tokens, "algorithms", ["Ed25519"]),
        (tokens, "bearer_allowed", False),
        (tokens, "limits", {"skew": 5}),
    ],
)
def test_what_restricts_a_server_is_never_none(make: Callable[..., object], name: str, right: object) -> None:
    make(**{name: right})
    with pytest.raises(TypeError, match=f"'{name}'"):
        make(**{name: None})


def test_a_period_of_nonces_needs_their_secret() -> None:
    """Without it no nonce would come, and nobody would be asked for one."""
    guard(nonce_secret=bytes(32), nonce_period=60)
    with pytest.raises(TypeError, match="'nonce_period'"):
        guard(nonce_secret=bytes(32), nonce_period=None)
    with pytest.raises(ValueError, match="nonce secret"):
        guard(nonce_period=60)


def test_the_key_a_token_is_bound_to_is_never_none() -> None:
    """A `None` would let in whatever key there is."""
    bound = scene.lead.public_key.jwk_thumbprint
    guard().check(header, http(), bound_to=bound, now=NOW)
    guard().check(header, http(), now=NOW)
    with pytest.raises(TypeError, match="'bound_to'"):
        guard().check(header, http(), bound_to=None, now=NOW)


@pytest.mark.parametrize("kind", [list, tuple, bytearray, memoryview])
@pytest.mark.parametrize(
    ("name", "hand_over"),
    [
        ("seed", lambda data: Any_(SigningKey).from_seed(data)),
        ("body", lambda data: scene.call(method="POST", uri=URI, body=data)),
        ("body", lambda data: http(body=data)),
        ("nonce_secret", lambda data: guard(nonce_secret=data)),
        ("token_id", lambda data: scene.root(token_id=data[:16])),
        ("proof_id", lambda data: http().sign(key, proof_id=data[:16])),
    ],
    ids=["seed", "body", "dpop_body", "nonce_secret", "token_id", "dpop_proof_id"],
)
def test_bytes_are_bytes_and_nothing_like_them(
    name: str, hand_over: Callable[[Any], object], kind: Callable[[bytes], object]
) -> None:
    """Numbers in a list are a mistake, and a buffer may change in other hands."""
    hand_over(bytes(32))
    with pytest.raises(TypeError, match=f"'{name}'"):
        hand_over(kind(bytes(32)))


@pytest.mark.parametrize(
    "hand_over",
    [
        lambda text: scene.call(tool=text),
        lambda text: scene.root(format=text),
        lambda text: PublicKey.from_jwk(text),
        lambda text: http(method=text),
        lambda text: http(uri=text),
        lambda text: http(access_token=text),
        lambda text: http(nonce=text),
        lambda text: http(tool=text, arguments={}),
        lambda text: guard(origins=[AUDIENCE, text]),
        lambda text: guard(algorithms=["Ed25519", text]),
        lambda text: guard(limits={text: 1}),
        lambda text: guard().check(text, http(), now=NOW),
        lambda text: guard().check([text], http(), now=NOW),
        lambda text: guard().check(header, http(), bound_to=text, now=NOW),
        lambda text: tokens(issuer=text),
        lambda text: tokens(audience=text),
        lambda text: tokens(jwks=text),
        lambda text: tokens().check(text, NOW),
    ],
)
def test_half_a_character_is_a_value_error(hand_over: Callable[[str], object]) -> None:
    """Python's own: no lone surrogate has a form in UTF-8, and none is replaced by something that has."""
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        hand_over("\ud800")


def test_no_origin_is_refused_and_not_read_as_any() -> None:
    guard(origins=[AUDIENCE])
    with pytest.raises(Malformed) as refused:
        guard(origins=[])
    assert refused.value.code == "request.bad"
