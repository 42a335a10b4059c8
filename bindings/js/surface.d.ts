/**
 * Authority tokens for AI agents: bound to a key, narrowed offline, verified offline.
 *
 * The same declarations serve the packages `keybound` (Node addon) and `keybound-wasm` (any
 * runtime with WebAssembly). Times are whole seconds since 1970, spans are whole seconds.
 * `now` is the host's clock unless it is given. An argument of the wrong type throws a
 * `TypeError` that names the parameter; everything else that is wrong throws a {@link Refusal}.
 */

import type { Code, Family, Limits } from './codes.js'

export type { Code, Family, Limits }

/** A value JSON can hold. Anything else (`NaN`, `undefined`, a `Date`) is a `TypeError`, never changed in silence. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** A value that {@link constraint.exact} compares with. */
export type Scalar = null | boolean | number | string

/** A constraint on one argument, in the JSON shape a token carries. Make one with {@link constraint}. */
export type Constraint =
  | { readonly constraint_type: 'exact'; readonly value: Scalar; readonly optional?: boolean }
  | {
      readonly constraint_type: 'range'
      readonly min?: number
      readonly max?: number
      readonly min_inclusive?: boolean
      readonly max_inclusive?: boolean
      readonly optional?: boolean
    }
  | { readonly constraint_type: 'one_of'; readonly values: readonly Json[]; readonly optional?: boolean }
  | { readonly constraint_type: 'not_one_of'; readonly excluded: readonly Json[]; readonly optional?: boolean }
  | { readonly constraint_type: 'contains'; readonly required: readonly Json[]; readonly optional?: boolean }
  | { readonly constraint_type: 'subset'; readonly allowed: readonly Json[]; readonly optional?: boolean }
  | { readonly constraint_type: 'wildcard'; readonly optional?: boolean }
  | { readonly constraint_type: 'all' | 'any'; readonly constraints: readonly Constraint[]; readonly optional?: boolean }

/**
 * What is granted: tool, then argument, then constraint. The world is closed: an argument that is
 * not named is refused, unless the tool's arguments are `{}` or have `'*'`, which admit any.
 */
export type Tools = { readonly [tool: string]: { readonly [argument: string]: Constraint } }

/** When something is decided or made. */
export interface At {
  /** Seconds since 1970. The host's clock when left out. */
  readonly now?: number
}

/** A private Ed25519 key. It cannot be read back, and nothing that prints an object shows it. */
export declare class SigningKey {
  #private
  private constructor()
  /** A fresh key from the host's randomness. */
  static generate(): SigningKey
  /** The key of a 32-byte seed. The seed stays the caller's to erase. */
  static fromSeed(seed: Uint8Array): SigningKey
  /** The key others know this one by. */
  get publicKey(): PublicKey
}

/** A public Ed25519 key, checked when it was made. */
export declare class PublicKey {
  #private
  /**
   * From its 32 bytes.
   * @throws {Malformed} `key.bad`: not on the curve, not canonical, or of small order.
   */
  constructor(bytes: Uint8Array)
  /** Its 32 bytes. */
  toBytes(): Uint8Array
  /** SHA-256 thumbprint of the COSE key (RFC 9679), base64url. */
  get thumbprint(): string
  /**
   * From a public JWK on Ed25519 (RFC 8037): the object, or its JSON text.
   * @throws {Malformed} `key.*`, `json.*`
   */
  static fromJwk(jwk: { readonly [member: string]: Json } | string): PublicKey
  /** The public JWK: `crv`, `kty` and `x`. */
  toJwk(): { readonly crv: 'Ed25519'; readonly kty: 'OKP'; readonly x: string }
  /** SHA-256 JWK thumbprint (RFC 7638), base64url: the key's name in `cnf.jkt`. */
  get jwkThumbprint(): string
  /** Whether both are the same key. */
  equals(other: PublicKey): boolean
}

/** The name of one running agent: `spiffe://trust-domain/agent/{orchestrator}/{task}/{instance}`. */
export declare class AgentId {
  #private
  /** @throws {Malformed} `agent.bad_id` */
  constructor(id: string)
  /** @throws {Malformed} `agent.bad_id` */
  static parse(id: string): AgentId
  readonly trustDomain: string
  readonly orchestrator: string
  readonly task: string
  readonly instance: string
  /** The id as text. */
  toString(): string
  toJSON(): string
}

/** What both a new chain and a delegation may set. */
export interface Narrowable extends At {
  /** The agent that will hold the token. */
  readonly agent?: AgentId | string
  /** Life of the token, in seconds. */
  readonly ttl?: number
  /** Not valid before, in seconds since 1970. */
  readonly notBefore?: number
  /** How many delegations deep the chain may become; the root is 0. */
  readonly maxDepth?: number
  /** The token's id, 16 bytes. Random when left out. */
  readonly tokenId?: Uint8Array
}

/** What a root token says. `ttl` is 300 and `maxDepth` 0 when left out. */
export interface Grant extends Narrowable {
  /** Who issues: the name a verifier has an anchor for. */
  readonly issuer: string
  /** The key the token is bound to. */
  readonly to: PublicKey
  /** What is granted, or its JSON text. */
  readonly tools: Tools | string
  /** Whom calls may go to. */
  readonly audience: string | readonly string[]
  /** The user, or system, on whose behalf the chain acts. */
  readonly principal?: string
  /** The task the chain belongs to. */
  readonly task?: string
  /** The encoding of the whole chain: native CWT, or the JWS of AAT-02. `'cwt'` when left out. */
  readonly format?: Format
}

/** The encodings of a chain. */
export type Format = 'cwt' | 'aat'

/** What a child token narrows. What is left out stays as the parent has it. */
export interface Narrowing extends Narrowable {
  /** The key the child is bound to. */
  readonly to: PublicKey
  /** What is granted, or its JSON text. */
  readonly tools?: Tools | string
  /** Whom calls may go to. */
  readonly audience?: string | readonly string[]
}

/** A well-formed chain of tokens that nobody has checked. Nothing can be read from it: verify it first. */
export declare class Chain {
  #private
  private constructor()
  /**
   * A new chain of one token, signed by an issuer.
   * @throws {Refusal} `authority.*`, `constraint.*`, `time.bad_lifetime`, `agent.bad_id`, `claims.wrong`
   */
  static issue(key: SigningKey, grant: Grant): Chain
  /**
   * From the bytes of `toBytes`; of AAT-02 also the presentation object or a lone compact token.
   * @throws {Malformed} when the bytes are not a chain in its one form
   * @throws {Untrusted} `chain.repeated_token`, of AAT-02 alone
   */
  static parse(bytes: Uint8Array): Chain
  /** The bytes to send. */
  toBytes(): Uint8Array
  /** Number of tokens. */
  get length(): number
  /** The encoding it is in. */
  get format(): Format
  /**
   * A longer chain: a child token, equal or narrower in everything, signed by the holder. Needs no network.
   * @throws {Untrusted} `proof.not_the_holder`, `chain.*`, `time.*` when the child would be wider than its parent
   */
  delegate(key: SigningKey, narrowing: Narrowing): Chain
  /**
   * Believes the chain, or says why not.
   * @throws {Refusal} `chain.*`, `time.*`, `revocation.revoked`; `link` says which token
   */
  verify(trust: Trust, at?: At): VerifiedChain
}

/** A chain that was believed at one moment. */
export declare class VerifiedChain {
  #private
  private constructor()
  /**
   * Decides one call.
   * @throws {Untrusted} `proof.*`, `time.*`
   * @throws {Denied} `call.*`
   */
  authorize(request: Request, proof: Proof, at?: At): Permit
  /** The agent the last token names. */
  get agent(): string | undefined
  /** The user, or system, on whose behalf the chain acts. */
  get principal(): string | undefined
  /** The task the chain belongs to. */
  get task(): string | undefined
  /** Who issued the root. */
  get issuer(): string
  /** The key the last token is bound to. */
  get holder(): PublicKey
  /** Delegations below the root. */
  get depth(): number
  /** The earliest expiry in the chain, in seconds since 1970. */
  get expires(): number
  /** What the last token grants. */
  get tools(): Tools
}

/** How a call is described. An HTTP call has `method` and `uri`; its body is empty when left out. */
export interface Call {
  readonly tool: string
  /** A plain object; or JSON text as it was received, as a string or as UTF-8. */
  readonly arguments: { readonly [name: string]: Json } | string | Uint8Array
  /** Whom the call goes to. */
  readonly audience: string
  readonly method?: string
  /** The target URI. */
  readonly uri?: string
  readonly body?: Uint8Array
  /** The nonce the receiver asked for. */
  readonly nonce?: Uint8Array
}

/** One call: a tool, its arguments, whom it goes to and how it travels. */
export declare class Request {
  #private
  /** @throws {Malformed} `json.*`, `request.bad`, `bytes.*` */
  constructor(call: Call)
}

/** The leaf holder's signature over one call. */
export declare class Proof {
  #private
  private constructor()
  /**
   * Signs a call with the key the chain's last token is bound to.
   * @param more `proofId` is 16 bytes, random when left out
   * @throws {Untrusted} `proof.not_the_holder`
   */
  static sign(key: SigningKey, chain: Chain, request: Request, more?: At & { readonly proofId?: Uint8Array }): Proof
  /**
   * From bytes.
   * @throws {Malformed} when the bytes are not a proof in its one form
   */
  static parse(bytes: Uint8Array): Proof
  /** The bytes to send. */
  toBytes(): Uint8Array
}

/** A chain of AAT-02 with its proof, which must not be parted: `{"aat_chain": […], "aat_pop": "…"}`. */
export declare class Presentation {
  #private
  /** @throws {Malformed} `envelope.wrong_type` unless both are in the format `aat` */
  constructor(chain: Chain, proof: Proof)
  /**
   * From the JSON object, best as its text; members it does not know are ignored.
   * @throws {Malformed} `presentation.bad`, `json.*`, `jose.*`
   */
  static parse(json: string | Uint8Array | { readonly [member: string]: Json }): Presentation
  /** The chain, which nobody has checked. */
  get chain(): Chain
  /** The proof, which nobody has checked. */
  get proof(): Proof
  /** The JSON object. */
  toJSON(): { readonly aat_chain: readonly string[]; readonly aat_pop: string }
}

/** How an HTTP request is described, by the client that sends it or the server that received it. */
export interface DpopRequest {
  readonly method: string
  /** The target URI; for a server the path as it was sent, never a URI built from the `Host` header. */
  readonly uri: string
  /** The access token that the request carries. */
  readonly accessToken?: string
  /** The nonce the server gave; for a server the one it wants. */
  readonly nonce?: string
  /** Covers the body, in an additive claim that stock servers ignore. */
  readonly body?: Uint8Array
  /** Covers the tool and its arguments; they go together. */
  readonly tool?: string
  readonly arguments?: { readonly [name: string]: Json } | string | Uint8Array
}

/** One HTTP request and what of it a DPoP proof (RFC 9449) is to cover. */
export declare class DpopCall {
  #private
  /** @throws {Malformed} `request.bad`, `json.*` */
  constructor(call: DpopRequest)
  /**
   * The value of the `DPoP` header for this request.
   * @param more `proofId` is 16 bytes, random when left out
   * @throws {Malformed} `request.bad` when `uri` is no http URI
   */
  sign(key: SigningKey, more?: At & { readonly proofId?: Uint8Array }): string
}

/** Names of signature algorithms. `EdDSA` is the old name of `Ed25519`. */
export type Algorithm = 'Ed25519' | 'ES256' | 'EdDSA'

/** What a server accepts of DPoP proofs. */
export interface DpopGuardConfig {
  /** Where clients reach it, such as `https://api.example.com`, whatever a proxy makes of it. */
  readonly origins: string | readonly string[]
  /** `['Ed25519', 'ES256']` when left out; `Ed25519` must be there. */
  readonly algorithms?: readonly Algorithm[]
  /**
   * 32 random bytes, the same on every node: then every proof must carry a nonce of {@link DpopGuard.freshNonce}. Nonces date
   * proofs; that each is used once is known to this guard alone.
   */
  readonly nonceSecret?: Uint8Array
  /** Seconds; a nonce lives for one to two of them. 60 when left out. */
  readonly noncePeriod?: number
  /** Whether a proof must cover the body or the tool that `check` is told of. `false` when left out. */
  readonly bindingRequired?: boolean
  /** Proofs remembered at once. 65,536 when left out. */
  readonly replayCapacity?: number
  /** Limits other than the defaults. */
  readonly limits?: Limits
}

/** Evidence that a DPoP proof was checked, and holds. */
export interface DpopAccepted {
  /** JWK thumbprint of the key that signed it: what an access token is to be bound to. */
  readonly thumbprint: string
  /** The public JWK of that key. */
  readonly jwk: { readonly [member: string]: string }
  /** The proof's `jti`. */
  readonly id: string
  /** Whether it covers all the server said of the request beyond method and URI. */
  readonly isBound: boolean
}

/** What a server keeps against DPoP proofs. Make one and keep it. */
export declare class DpopGuard {
  #private
  /** @throws {Malformed} `request.bad` for an origin that is none */
  constructor(config: DpopGuardConfig)
  /**
   * Checks the values of all `DPoP` headers of a request: exactly one proof, made for this call.
   * @param more `boundTo` is {@link AccessToken.boundTo}; without it a call with an access token is refused. It may be left
   * out where there is no access token yet, at a token endpoint
   * @throws {Refusal} `dpop.*`, `proof.*`, `jose.*`, `key.*`, `claims.*`, `envelope.*`, `bytes.too_large`; `dpop.wrong_uri` says
   * `expected` and `received`
   */
  check(headers: string | readonly string[], call: DpopCall, more?: At & { readonly boundTo?: string }): Promise<DpopAccepted>
  /** The nonce for the `DPoP-Nonce` header of an answer; `undefined` when nonces are not in use. */
  freshNonce(at?: At): string | undefined
}

/** What a resource server believes of access tokens. */
export interface AccessTokensConfig {
  readonly issuer: string
  /** The server's own names. */
  readonly audience: string | readonly string[]
  /** The issuer's JWK Set, or its JSON text. */
  readonly jwks: { readonly keys: readonly { readonly [member: string]: Json }[] } | string
  /** `['Ed25519', 'ES256']` when left out; `Ed25519` must be there. */
  readonly algorithms?: readonly Algorithm[]
  /** Whether a token need not be bound to a key. `false` when left out. */
  readonly bearerAllowed?: boolean
  readonly limits?: Limits
}

/** A JWT access token (RFC 9068) that holds. */
export interface AccessToken {
  readonly issuer: string
  readonly subject: string
  readonly clientId: string
  /** Its `jti`. */
  readonly id: string
  readonly audience: readonly string[]
  readonly scope?: string
  /** Seconds since 1970. */
  readonly expires: number
  /** JWK thumbprint of the key it is bound to, for {@link DpopGuard.check}. */
  readonly boundTo?: string
  /** All its claims. */
  readonly claims: { readonly [name: string]: unknown }
}

/** Checks JWT access tokens of one issuer. Make one and keep it. */
export declare class AccessTokens {
  #private
  /** @throws {Malformed} `jose.bad_key_set`, `key.private`, `json.*` */
  constructor(config: AccessTokensConfig)
  /** @throws {Refusal} `access_token.*`, `jose.*`, `claims.*`, `time.*`, `envelope.*`, `bytes.too_large`, `call.not_our_audience` */
  check(token: string, at?: At): Promise<AccessToken>
}

/** What a verifier is to believe. */
export interface TrustConfig {
  /** Issuers, each with its key or keys. */
  readonly anchors: { readonly [issuer: string]: PublicKey | readonly PublicKey[] }
  /** Who we are: the audiences we accept calls for. */
  readonly audience: string | readonly string[]
  /** Limits other than the defaults. */
  readonly limits?: Limits
  /** Revoked token ids, 16 bytes each. A revoked token takes every token below it along. */
  readonly revoked?: readonly Uint8Array[]
  /**
   * What issuers revoke. With one or more feeds an issuer without one is refused, as is any whose list is missing or too old
   * (`revocation.stale`).
   */
  readonly revocation?: RevocationFeed | readonly RevocationFeed[]
  /** Proofs remembered at once. 65,536 when left out. A full memory refuses (`proof.memory_full`). */
  readonly replayCapacity?: number
  /** Whether a chain must name principal, agent and task. `'required'` when left out. */
  readonly identity?: 'required' | 'optional'
  /** Whether every token must name an audience. `true` when left out. */
  readonly audienceRequired?: boolean
  /** Whether a proof of AAT-02 must say whom it is for (`aat_aud`). `true` when left out. */
  readonly proofAudienceRequired?: boolean
}

/** What a verifier believes, and its memory of the proofs it has seen. Make one and keep it. */
export declare class Trust {
  #private
  constructor(config: TrustConfig)
}

/** Whose lists of revocations are believed. */
export interface RevocationFeedConfig {
  /** The issuer of the tokens that the lists are about. */
  readonly issuer: string
  /** The key that signs the lists; several while keys change. It is configured, never learned from a token. */
  readonly key: PublicKey | readonly PublicKey[]
  /** Limits other than the defaults; of them `revocation_bytes`, `revocation_lifetime`, `skew` and `name_bytes` matter here. */
  readonly limits?: Limits
}

/**
 * What one issuer has revoked, for {@link TrustConfig.revocation}. Until it has a list, and when its list is too old, every call under
 * that issuer is refused. A {@link RevocationClient} keeps it fresh.
 */
export declare class RevocationFeed {
  #private
  constructor(config: RevocationFeedConfig)
  /**
   * Takes over a whole list or a delta. When it is refused, the list before it stays.
   * @throws {Refusal} `revocation.gap` and `revocation.wrong_result` ask for a whole list
   */
  apply(update: Uint8Array, at?: At): void
  /** The issuer whose tokens it is about. */
  get issuer(): string
  /** The number of the list; `undefined` before there is one. */
  get seq(): number | undefined
  /** The last second at which the list counts. */
  get expires(): number | undefined
  /** When the next list is due. */
  get nextUpdate(): number | undefined
  /** How many entries the list has. */
  get entries(): number | undefined
  /** The largest list or delta it reads, in bytes: the limit `revocation_bytes`. */
  get maxBytes(): number
}

/** Where lists come from, and how often. */
export interface RevocationClientConfig {
  /** Serves the whole list, changes to it at `?since=` and events at `/stream`. Configured, never learned from a token. */
  readonly url: string
  readonly feed: RevocationFeed
  /** Seconds between two questions. 5 when left out. */
  readonly interval?: number
  /** Whether to follow the service's events and ask only when they break off. `false` when left out. */
  readonly stream?: boolean
  /** Seconds a request may take. 5 when left out. */
  readonly timeout?: number
  /** What fetches; the host's `fetch` when left out. It is given a `signal` and `redirect: 'manual'`. */
  readonly fetch?: (url: string, init: { readonly redirect: 'manual' }) => Promise<{ readonly status: number }>
  /** What lists are held against, in seconds since 1970; the host's clock when left out. */
  readonly clock?: () => number
  /** Hears of each failure. Without it failures are silent here, and loud where calls are refused. */
  readonly onError?: (error: unknown) => void
}

/** Fetches lists for a feed. */
export declare class RevocationClient {
  #private
  constructor(config: RevocationClientConfig)
  /** Starts fetching, at once. Until the first list is there every call is refused. */
  start(): void
  /** Stops fetching. What the feed holds goes on to count until it is too old. */
  stop(): void
  /** Asks once. Rejects with a {@link Refusal} for what the feed does not believe; the list before stays. */
  refresh(): Promise<void>
  /**
   * Asks when it is time to, for runtimes in which nothing runs between requests: await it before a decision. It does not reject: a list
   * that is too old refuses by itself.
   */
  fresh(): Promise<void>
}

/** A trust and a memory of the tokens it has verified: the quick way to decide. Make one and keep it. */
export declare class Verifier {
  #private
  /** @param more `cacheCapacity` is the number of tokens remembered, 4,096 when left out */
  constructor(trust: Trust, more?: { readonly cacheCapacity?: number })
  /**
   * Decides one call from the bytes that came with it.
   * @throws {Refusal} with the code of what was wrong
   */
  authorize(chain: Uint8Array, proof: Uint8Array, request: Request, at?: At): Permit
}

/** One token of the chain behind a permit. */
export interface Hop {
  /** 0 is the root. */
  readonly depth: number
  /** Thumbprint of the key that signed the token. */
  readonly delegator: string
  /** Thumbprint of the key the token is bound to. */
  readonly holder: string
  /** The token's id, 32 hexadecimal digits. */
  readonly tokenId: string
  /** Seconds since 1970. */
  readonly issuedAt: number
  /** Seconds since 1970. */
  readonly expires: number
  readonly agent?: string
  /** What the token gave up against its parent, one sentence each. */
  readonly narrowed: readonly string[]
}

/** Evidence that one call was decided, and decided yes. Only `authorize` makes one. */
export declare class Permit {
  #private
  private constructor()
  /** The agent that made the call. */
  get agent(): string | undefined
  /** The user, or system, it acts for. */
  get principal(): string | undefined
  get task(): string | undefined
  get tool(): string
  /** As the request said. A chain of AAT-02 and its proof name this or another of the verifier's names. */
  get audience(): string
  get issuer(): string
  /** The earliest expiry in the chain, in seconds since 1970. */
  get expires(): number
  /** Seconds past an expiry that clock tolerance allowed; 0 as a rule. */
  get leewayUsed(): number
  /** Thumbprint of the key that made the call. */
  get holder(): string
  /** Who authorised whom, from the root to the leaf. */
  get lineage(): readonly Hop[]
  /** Everything above, for an audit record. It holds no token and no key. */
  toJSON(): { readonly [fact: string]: unknown }
}

/** An answer of no. */
export declare class Refusal extends Error {
  protected constructor()
  /** The stable code, the same in every language. */
  readonly code: Code
  /** The kind of thing that went wrong, also told by the class. */
  readonly family: Family
  /** The token it happened at; 0 is the root. `undefined` when it is about none. */
  readonly link: number | undefined
  readonly tool: string | undefined
  readonly argument: string | undefined
  /** The limit that was exceeded, in words. */
  readonly limit: string | undefined
  /** The step of AAT-02 §8 that failed, such as `4p4`; `undefined` in the native encoding. */
  readonly step: string | undefined
  /** What was expected, such as the URI of a DPoP proof. */
  readonly expected: string | undefined
  /** What came instead. */
  readonly received: string | undefined
  /** What would fix it. */
  readonly fix: string
}

/** The bytes are not a token, a chain, a proof, a key or a request. */
export declare class Malformed extends Refusal {
  readonly family: 'malformed'
}

/** Well-formed, but not to be believed: signature, anchor, time, linkage, proof. */
export declare class Untrusted extends Refusal {
  readonly family: 'untrusted'
}

/** Believed, and the answer is no: this call is outside what was granted. */
export declare class Denied extends Refusal {
  readonly family: 'denied'
}

/** The bounds of {@link constraint.range}; both ends are included unless said otherwise. */
export interface Bounds {
  readonly min?: number
  readonly max?: number
  readonly minInclusive?: boolean
  readonly maxInclusive?: boolean
}

/** Constraints on one argument of a tool. */
export declare const constraint: {
  /** Equal to `value`. */
  exact(value: Scalar): Constraint
  /** A number within the bounds given. */
  range(bounds?: Bounds): Constraint
  /** Equal to one of `values`. */
  oneOf(...values: readonly Json[]): Constraint
  /** Equal to none of `excluded`. */
  notOneOf(...excluded: readonly Json[]): Constraint
  /** An array that has every one of `required`. */
  contains(...required: readonly Json[]): Constraint
  /** An array that has nothing but `allowed`. */
  subset(...allowed: readonly Json[]): Constraint
  /** Any value. */
  wildcard(): Constraint
  /** Accepted by every one of `constraints`. */
  all(...constraints: readonly Constraint[]): Constraint
  /** Accepted by at least one of `constraints`. */
  any(...constraints: readonly Constraint[]): Constraint
  /** The same constraint on an argument that may be left out. */
  optional(constraint: Constraint): Constraint
}
