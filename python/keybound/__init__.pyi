"""Authority tokens for AI agents: bound to a key, narrowed offline, verified offline.

Five operations: `SigningKey.generate`, `Chain.verify`, `Chain.delegate`, `Proof.sign`,
`VerifiedChain.authorize`. A "no" is an exception, never a return value.
"""

from typing import Any, Literal, NoReturn, SupportsIndex, final

from keybound import constraint as constraint
from keybound._codes import Code as Code
from keybound._codes import Family as Family
from keybound.constraint import Constraint

__all__ = [
    "AccessToken",
    "AccessTokens",
    "AgentId",
    "Chain",
    "Code",
    "Denied",
    "DpopAccepted",
    "DpopCall",
    "DpopGuard",
    "Family",
    "Hop",
    "Malformed",
    "Permit",
    "Presentation",
    "Proof",
    "PublicKey",
    "Refusal",
    "Request",
    "RevocationFeed",
    "SigningKey",
    "Trust",
    "Untrusted",
    "VerifiedChain",
    "Verifier",
    "__version__",
    "constraint",
]

__version__: str

class Refusal(Exception):
    """An answer of no, with its reason. Its text names the rule; it holds no key and no token bytes."""

    code: Code
    """What was refused; stable across releases and languages."""
    family: Family
    """What kind of thing went wrong; also the class: `Malformed`, `Untrusted` or `Denied`."""
    link: int | None
    """The link it happened at, 0 being the root; None when it is about no link."""
    tool: str | None
    """The tool it is about, shortened and escaped."""
    argument: str | None
    """The argument it is about, shortened and escaped."""
    limit: str | None
    """The limit that was exceeded, in words."""
    step: str | None
    """The step of AAT-02 §8 that failed, such as `4p4`; None in the native encoding."""
    expected: str | None
    """What was expected, such as the URI of a DPoP proof."""
    received: str | None
    """What came instead."""
    fix: str
    """What would fix it."""

class Malformed(Refusal):
    """The bytes are not a token, a chain, a proof, a key or a request."""

class Untrusted(Refusal):
    """Well-formed, but not to be believed: signature, anchor, time, linkage, proof."""

class Denied(Refusal):
    """Believed, and the answer is no: this call is outside what was granted."""

@final
class SigningKey:
    """A private Ed25519 key. It does not print, compare, copy or pickle, and is wiped when dropped."""

    @staticmethod
    def generate() -> SigningKey:
        """A fresh key from the operating system's randomness."""

    @staticmethod
    def from_seed(seed: bytes) -> SigningKey:
        """The key that grows from a 32-byte seed (RFC 8032 §5.1.5)."""

    @property
    def public_key(self) -> PublicKey:
        """The public half."""

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        """Refuses: a private key leaves the process in no form."""

@final
class PublicKey:
    """An Ed25519 public key that can hold authority: on the curve, canonical, not of small order."""

    def __new__(cls, data: bytes) -> PublicKey:
        """The key of the 32 bytes of RFC 8032 §5.1.2. Refusal: `key.bad`."""

    def to_bytes(self) -> bytes:
        """The 32 bytes."""

    @property
    def thumbprint(self) -> str:
        """The SHA-256 COSE Key Thumbprint (RFC 9679) in base64url: a holder's name in logs."""

    @staticmethod
    def from_jwk(jwk: str) -> PublicKey:
        """The key of a public JWK on Ed25519 (RFC 8037), as JSON text. Refusals: `key.*`, `json.*`."""

    def to_jwk(self) -> str:
        """The public JWK, as JSON text: `crv`, `kty` and `x`."""

    @property
    def jwk_thumbprint(self) -> str:
        """The SHA-256 JWK Thumbprint (RFC 7638) in base64url: the key's name in `cnf.jkt`."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        """Refuses: use `to_bytes`."""

@final
class AgentId:
    """One agent instance: `spiffe://trust-domain/agent/{orchestrator}/{task}/{instance}`."""

    def __new__(cls, text: str) -> AgentId:
        """Parses exactly this shape; nothing is normalized. Refusal: `agent.bad_id`."""

    @property
    def trust_domain(self) -> str:
        """Who vouches for the agent."""

    @property
    def orchestrator(self) -> str:
        """The orchestrator that launched it."""

    @property
    def task(self) -> str:
        """The task it was launched for."""

    @property
    def instance(self) -> str:
        """The instance."""

    def __str__(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Chain:
    """Tokens from root to leaf, well-formed and nothing more: signatures are not checked, so it shows nothing."""

    @staticmethod
    def issue(
        key: SigningKey,
        *,
        issuer: str,
        to: PublicKey,
        tools: dict[str, dict[str, Constraint]] | str | bytes,
        audience: str | list[str],
        principal: str | None = None,
        agent: AgentId | str | None = None,
        task: str | None = None,
        ttl: int = 300,
        not_before: int | None = None,
        max_depth: int = 0,
        now: int | None = None,
        token_id: bytes | None = None,
        format: Literal["cwt", "aat"] = "cwt",
    ) -> Chain:
        """Issues a root: `to` may call `tools` at `audience` for `ttl` seconds.

        `tools` is tool -> argument -> constraint (see `keybound.constraint`), or the same as JSON text.
        Times are whole seconds since 1970; `now` is the host's clock unless given. `max_depth` is how
        many times the chain may be delegated. `token_id` is 16 random bytes unless given. `format` is the
        encoding the whole chain is in: native CWT, or the JWS of AAT-02.

        Refusals: what is wrong with the grant, such as `constraint.bad`, `agent.bad_id`, `time.bad_lifetime`.
        """

    @staticmethod
    def parse(data: bytes) -> Chain:
        """Parses the bytes of `to_bytes`; of AAT-02 also the presentation object or a lone compact token.

        Refusals: the malformed family; of AAT-02 also `chain.repeated_token`, which is `Untrusted`.
        """

    @property
    def format(self) -> Literal["cwt", "aat"]:
        """The encoding it is in."""

    def to_bytes(self) -> bytes:
        """The chain as it travels. Worth nothing without the leaf's private key."""

    def __len__(self) -> int:
        """How many tokens it has."""

    def delegate(
        self,
        key: SigningKey,
        *,
        to: PublicKey,
        tools: dict[str, dict[str, Constraint]] | str | bytes = ...,
        audience: str | list[str] = ...,
        agent: AgentId | str = ...,
        ttl: int = ...,
        not_before: int = ...,
        max_depth: int = ...,
        now: int | None = None,
        token_id: bytes | None = None,
    ) -> Chain:
        """A longer chain whose leaf is bound to `to` and is equal or narrower in everything.

        `key` is the one this chain is bound to. What is not given stays as it is; `None` is a
        `TypeError`, since it was meant to be a limit.
        Refusals: `proof.not_the_holder`, and for what would be wider `chain.tool_added`,
        `chain.constraint_widened`, `chain.depth_exceeded`, `time.expires_after_parent` and their kin.
        """

    def verify(self, trust: Trust, now: int | None = None) -> VerifiedChain:
        """Checks every signature, time and link up to an anchor of `trust`.

        Refusals: the untrusted family, such as `chain.unknown_issuer`, `chain.bad_signature`, `time.expired`.
        """

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        """Refuses: use `to_bytes`."""

@final
class VerifiedChain:
    """A chain whose every link was checked. Being verified has a date: `authorize` checks times again."""

    def authorize(self, request: Request, proof: Proof, now: int | None = None) -> Permit:
        """Decides one call, once.

        Refusals: the `call.` codes (`Denied`) for what was not granted; `proof.` codes for a proof that is
        not for this call, is stale or was used before.
        """

    @property
    def agent(self) -> str | None:
        """The leaf's agent id."""

    @property
    def principal(self) -> str | None:
        """On whose behalf the chain acts; the same at every link."""

    @property
    def task(self) -> str | None:
        """The task; the same at every link."""

    @property
    def issuer(self) -> str:
        """Who issued the root."""

    @property
    def holder(self) -> PublicKey:
        """The key the leaf is bound to."""

    @property
    def depth(self) -> int:
        """How often it was delegated: 0 for a root alone."""

    @property
    def expires(self) -> int:
        """When the first of its tokens expires, in seconds since 1970."""

    @property
    def tools(self) -> dict[str, dict[str, Constraint]]:
        """What the leaf grants. Every earlier link restricts it too, and only `authorize` decides."""

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        """Refuses: a belief belongs to the process that checked it."""

@final
class Request:
    """One call to be proved or decided: tool, arguments, audience and, over HTTP, where it travels."""

    def __new__(
        cls,
        tool: str,
        arguments: dict[str, Any] | str | bytes,
        audience: str,
        *,
        method: str | None = None,
        uri: str | None = None,
        body: bytes | None = None,
        nonce: bytes | None = None,
    ) -> Request:
        """`arguments` is a dict, or JSON text exactly as received.

        `method` and `uri` come together; `body` is what travels, empty unless given.
        Refusals: `request.bad`, and the `json.` codes such as `json.inexact_number` for a number that
        does not survive the way through a double.
        """

    @property
    def tool(self) -> str:
        """The tool."""

    @property
    def audience(self) -> str:
        """Who is to decide it."""

@final
class Proof:
    """The leaf holder's signature over one concrete call."""

    @staticmethod
    def sign(
        key: SigningKey,
        chain: Chain,
        request: Request,
        *,
        now: int | None = None,
        proof_id: bytes | None = None,
    ) -> Proof:
        """Signs `request` with the key `chain` is bound to. Refusal: `proof.not_the_holder`."""

    @staticmethod
    def parse(data: bytes) -> Proof:
        """Parses the bytes of `to_bytes`. Refusals: the malformed family."""

    def to_bytes(self) -> bytes:
        """The proof as it travels."""

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        """Refuses: use `to_bytes`."""

@final
class Presentation:
    """A chain of AAT-02 with its proof, which must not be parted: `{"aat_chain": [...], "aat_pop": "..."}`."""

    def __new__(cls, chain: Chain, proof: Proof) -> Presentation:
        """Refusal: `envelope.wrong_type` unless both are in the format `aat`."""

    @staticmethod
    def parse(data: bytes) -> Presentation:
        """Reads the JSON object; members it does not know are ignored. Refusals: `presentation.bad`, `json.*`, `jose.*`."""

    def to_json(self) -> str:
        """The JSON object, as text."""

    @property
    def chain(self) -> Chain:
        """The chain, which nobody has checked."""

    @property
    def proof(self) -> Proof:
        """The proof, which nobody has checked."""

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        """Refuses: use `to_json`."""

@final
class DpopCall:
    """One HTTP request, as the client sends it or as the server received it, with what of it the proof is to cover."""

    def __new__(
        cls,
        method: str,
        uri: str,
        *,
        access_token: str = ...,
        nonce: str = ...,
        body: bytes = ...,
        tool: str = ...,
        arguments: dict[str, Any] | str | bytes = ...,
    ) -> DpopCall:
        """`uri` is the target URI; for a server the path as it was sent, never a URI built from the `Host` header.

        With `body`, or `tool` and `arguments`, a proof covers them in an additive claim that stock servers ignore.
        What is not there is left out: `None` is a `TypeError`, since it was meant to be checked.
        Refusals: `request.bad`, `json.*`.
        """

    def sign(self, key: SigningKey, *, now: int | None = None, proof_id: bytes | None = None) -> str:
        """The value of the `DPoP` header for this request (RFC 9449). Refusal: `request.bad` for no http URI."""

@final
class DpopGuard:
    """What a server keeps: its public origins, what it accepts, its memory against replays. Share one among threads."""

    def __new__(
        cls,
        origins: str | list[str],
        *,
        algorithms: list[Literal["Ed25519", "ES256", "EdDSA"]] = ...,
        nonce_secret: bytes = ...,
        nonce_period: int = 60,
        binding_required: bool = False,
        replay_capacity: int = 65536,
        limits: dict[str, int] = ...,
    ) -> DpopGuard:
        """`origins` is where clients reach it, such as `https://api.example.com`, whatever a proxy makes of it.

        With `nonce_secret` (32 random bytes, the same on every node) every proof must carry a nonce of
        `fresh_nonce`. Nonces date proofs; that each is used once is known to this guard alone. With `binding_required` it must cover the body or the tool that `check` is told of.
        """

    def check(
        self,
        headers: str | list[str],
        call: DpopCall,
        *,
        bound_to: str = ...,
        now: int | None = None,
    ) -> DpopAccepted:
        """Checks the values of all `DPoP` headers of a request: exactly one proof, made for this call.

        `bound_to` is `AccessToken.bound_to`, without which a call with an access token is refused. It may be left out
        where there is no access token yet, at a token endpoint, and may not be `None`.
        Refusals: `dpop.*`, `proof.*`, `jose.*`, `key.*`, `claims.*`, `envelope.*`, `bytes.too_large`; `dpop.wrong_uri`
        says `expected` and `received`.
        """

    def fresh_nonce(self, now: int | None = None) -> str | None:
        """The nonce for the `DPoP-Nonce` header of an answer; None when nonces are not in use."""

@final
class DpopAccepted:
    """Evidence that a DPoP proof was checked, and holds."""

    @property
    def thumbprint(self) -> str:
        """The JWK thumbprint of the key that signed it: what an access token is to be bound to."""

    @property
    def jwk(self) -> str:
        """The public JWK of that key, as JSON text."""

    @property
    def id(self) -> str:
        """The proof's `jti`."""

    @property
    def is_bound(self) -> bool:
        """Whether it covers all the server said of the request beyond method and URI."""

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        """Refuses: evidence belongs to the process that checked."""

@final
class AccessTokens:
    """What a resource server believes of JWT access tokens (RFC 9068): one issuer with its keys, and the server's names."""

    def __new__(
        cls,
        issuer: str,
        audience: str | list[str],
        jwks: str,
        *,
        algorithms: list[Literal["Ed25519", "ES256", "EdDSA"]] = ...,
        bearer_allowed: bool = False,
        limits: dict[str, int] = ...,
    ) -> AccessTokens:
        """`jwks` is the issuer's JWK Set as JSON text. With `bearer_allowed` a token need not be bound to a key.

        Refusals: `jose.bad_key_set`, `key.private`, `json.*`.
        """

    def check(self, token: str, now: int | None = None) -> AccessToken:
        """Checks a token. Refusals: `access_token.*`, `jose.*`, `claims.*`, `time.*`, `envelope.*`, `bytes.too_large`,
        `call.not_our_audience`.
        """

@final
class AccessToken:
    """An access token that holds."""

    @property
    def issuer(self) -> str:
        """Who issued it."""

    @property
    def subject(self) -> str:
        """On whose behalf it is used, or the client itself."""

    @property
    def client_id(self) -> str:
        """The client it was issued to."""

    @property
    def id(self) -> str:
        """Its `jti`."""

    @property
    def audience(self) -> list[str]:
        """Whom it is for."""

    @property
    def scope(self) -> str | None:
        """Its scopes, separated by blanks."""

    @property
    def expires(self) -> int:
        """When it expires, in seconds since 1970."""

    @property
    def bound_to(self) -> str | None:
        """The JWK thumbprint of the key it is bound to, for `DpopGuard.check`."""

    @property
    def claims(self) -> dict[str, Any]:
        """All its claims."""

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        """Refuses: a belief belongs to the process that checked it."""

@final
class Trust:
    """Whom a verifier believes, who it is, and what it remembers."""

    def __new__(
        cls,
        anchors: dict[str, PublicKey] | dict[str, list[PublicKey]] | dict[str, PublicKey | list[PublicKey]],
        audience: str | list[str],
        *,
        limits: dict[str, int] = ...,
        revoked: list[bytes] = ...,
        revocation: RevocationFeed | list[RevocationFeed] = ...,
        replay_capacity: int = 65536,
        identity: Literal["required", "optional"] = "required",
        audience_required: bool = True,
        proof_audience_required: bool = True,
    ) -> Trust:
        """`anchors` maps an issuer to its key or keys; `audience` is what this verifier is called.

        `limits` overrides single limits by name; `revoked` lists 16-byte token ids; `revocation` is what
        issuers revoke: with one or more feeds an issuer without one is refused, as is any whose list is
        missing or too old (`revocation.stale`). `replay_capacity` is how many live proofs are remembered. With `identity="optional"` a chain may leave out
        principal, agent and task; with `audience_required=False` it may leave out its audience. With
        `proof_audience_required=False` a proof of AAT-02 may leave out whom it is for (`aat_aud`).
        `limits`, `revoked` and `revocation` are given or left out: `None` is a `TypeError`, since it was meant to restrict.
        """

@final
class RevocationFeed:
    """What one issuer has revoked, for `Trust(revocation=...)`. Until it has a list, and when its list is too old,
    every call under that issuer is refused. `keybound.revocation.RevocationClient` keeps it fresh."""

    def __new__(cls, issuer: str, key: PublicKey | list[PublicKey], *, limits: dict[str, int] = ...) -> RevocationFeed:
        """`key` signs the issuer's lists; several while keys change. It is configured, never learned from a token.

        Of `limits`, `revocation_bytes`, `revocation_lifetime`, `skew` and `name_bytes` matter here.
        """

    def apply(self, update: bytes, now: int | None = None) -> None:
        """Takes over a whole list or a delta. When it is refused, the list before it stays.

        Refusals: `revocation.gap` and `revocation.wrong_result` ask for a whole list; `revocation.rollback` for
        nothing; the other `revocation.` codes and the malformed family.
        """

    @property
    def issuer(self) -> str:
        """The issuer whose tokens it is about."""

    @property
    def seq(self) -> int | None:
        """The number of the list; None before there is one."""

    @property
    def expires(self) -> int | None:
        """The last second at which the list counts, in seconds since 1970."""

    @property
    def next_update(self) -> int | None:
        """When the next list is due, in seconds since 1970."""

    @property
    def entries(self) -> int | None:
        """How many entries the list has."""

    @property
    def max_bytes(self) -> int:
        """The largest list or delta it reads, in bytes: the limit `revocation_bytes`."""

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        """Refuses: a feed belongs to the process that keeps it fresh."""

@final
class Verifier:
    """Bytes to decision in one call, remembering links it has already checked. Share one among threads."""

    def __new__(cls, trust: Trust, *, cache_capacity: int = 4096) -> Verifier:
        """`cache_capacity` is how many checked links are remembered."""

    def authorize(self, chain: bytes, proof: bytes, request: Request, now: int | None = None) -> Permit:
        """Parses, verifies and decides one call. Refusals: any; see `Chain.verify` and `VerifiedChain.authorize`."""

@final
class Permit:
    """Evidence that one call was decided, and decided yes."""

    @property
    def agent(self) -> str | None:
        """The agent id of the caller."""

    @property
    def principal(self) -> str | None:
        """On whose behalf."""

    @property
    def task(self) -> str | None:
        """For which task."""

    @property
    def tool(self) -> str:
        """The tool that may be called."""

    @property
    def audience(self) -> str:
        """Where, as the request said. A chain of AAT-02 and its proof name this or another of the verifier's names."""

    @property
    def issuer(self) -> str:
        """Who issued the root."""

    @property
    def holder(self) -> str:
        """Thumbprint of the key that signed the call."""

    @property
    def expires(self) -> int:
        """When the first of its tokens expires, in seconds since 1970."""

    @property
    def leeway_used(self) -> int:
        """Seconds of clock tolerance this decision needed; 0 when clocks agree."""

    @property
    def lineage(self) -> list[Hop]:
        """Who handed what to whom, from the root on."""

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        """Refuses: a permit belongs to the process that decided."""

@final
class Hop:
    """One link of a lineage."""

    @property
    def depth(self) -> int:
        """0 for the root."""

    @property
    def delegator(self) -> str:
        """Thumbprint of the key that signed the link."""

    @property
    def holder(self) -> str:
        """Thumbprint of the key the link is bound to."""

    @property
    def token_id(self) -> str:
        """The token's id, in hexadecimal."""

    @property
    def issued_at(self) -> int:
        """Seconds since 1970."""

    @property
    def expires(self) -> int:
        """Seconds since 1970."""

    @property
    def agent(self) -> str | None:
        """The agent id at this link."""

    @property
    def narrowed(self) -> list[str]:
        """What this link gave up, in words, such as "tool `pay` dropped"."""
