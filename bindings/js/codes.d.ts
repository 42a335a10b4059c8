// Generated from `core/src/code.rs` and `core/src/limits.rs`; do not edit.

/** The codes of the family `malformed`. */
export type MalformedCode =
  /** the input is larger than the limit */
  | 'bytes.too_large'
  /** the input ends inside an item */
  | 'bytes.truncated'
  /** bytes are left over after the last item */
  | 'bytes.trailing'
  /** items are nested deeper than the limit */
  | 'bytes.too_deep'
  /** an item of indefinite length */
  | 'cbor.indefinite_length'
  /** an integer or a length is not in its shortest form */
  | 'cbor.not_shortest'
  /** map keys, or the members of a set, are not in ascending order of their encodings */
  | 'cbor.not_sorted'
  /** a map key, or a member of a set, occurs twice */
  | 'cbor.duplicate_key'
  /** a text is not valid UTF-8 */
  | 'cbor.bad_text'
  /** a number outside what both encodings can hold, or not in its one form */
  | 'cbor.bad_number'
  /** an item of a kind that is not used here: a tag, a byte string in a value, undefined, a simple value */
  | 'cbor.unexpected_item'
  /** the outer tag is not 18 alone */
  | 'envelope.wrong_tag'
  /** not a COSE_Sign1 array of four items */
  | 'envelope.not_sign1'
  /** the unprotected header map is not empty */
  | 'envelope.unprotected_header'
  /** the algorithm is not one that is accepted here */
  | 'envelope.wrong_algorithm'
  /** the explicit type is absent or names another kind of object */
  | 'envelope.wrong_type'
  /** the protected header holds a parameter this format does not use */
  | 'envelope.unknown_header'
  /** the signature is not 64 bytes */
  | 'envelope.signature_length'
  /** not a compact JWS: three segments in base64url */
  | 'jose.not_compact'
  /** an encrypted token, or a JSON serialization */
  | 'jose.encrypted'
  /** a segment is not base64url in its one form: padding, other characters or left-over bits */
  | 'jose.bad_base64'
  /** the header is not a JSON object with each member once */
  | 'jose.bad_header'
  /** the algorithm is none */
  | 'jose.unsigned'
  /** the algorithm needs a shared secret */
  | 'jose.symmetric'
  /** the key is of another kind or curve than the algorithm needs */
  | 'jose.wrong_key_type'
  /** the header lists a parameter that must be understood and is not */
  | 'jose.unknown_critical'
  /** the payload is not base64url encoded (b64 is false) */
  | 'jose.unencoded'
  /** the payload is compressed */
  | 'jose.compressed'
  /** the payload is another token */
  | 'jose.nested'
  /** a key set is not a JSON object with a list of keys */
  | 'jose.bad_key_set'
  /** a presentation is not an object with a chain and a proof */
  | 'presentation.bad'
  /** a required claim or member is missing */
  | 'claims.missing'
  /** a claim or member has the wrong type or size */
  | 'claims.wrong'
  /** the authority, the confirmation or the call holds a member that this format does not define */
  | 'claims.unknown_member'
  /** a key is not a usable Ed25519 public key: wrong kind, not on the curve, non-canonical or of small order */
  | 'key.bad'
  /** a key that holds its private part */
  | 'key.private'
  /** a key of a kind or on a curve that is not used here */
  | 'key.wrong_curve'
  /** an agent id is not spiffe://trust-domain/agent/{orch}/{task}/{instance} */
  | 'agent.bad_id'
  /** more tools than the limit */
  | 'authority.too_many_tools'
  /** more arguments for one tool than the limit */
  | 'authority.too_many_arguments'
  /** the tools map or an argument map has the wrong shape */
  | 'authority.bad'
  /** the constraint for `*` is not a plain wildcard */
  | 'authority.bad_star'
  /** a constraint of a type that is not known here */
  | 'constraint.unknown'
  /** a constraint with wrong, missing or additional members */
  | 'constraint.bad'
  /** constraints nested deeper, or made of more clauses, than the limit */
  | 'constraint.too_complex'
  /** what should be JSON is not */
  | 'json.bad'
  /** a JSON object names a member twice */
  | 'json.duplicate_member'
  /** a JSON number that does not survive the way through a double */
  | 'json.inexact_number'
  /** a JSON string holds a lone surrogate */
  | 'json.lone_surrogate'
  /** the arguments are not a JSON object */
  | 'json.not_an_object'
  /** a tool name, audience, method, target URI or nonce is empty or too long */
  | 'request.bad'
  /** a chain without a token */
  | 'chain.empty'
  /** more links than the limit */
  | 'chain.too_long'
  /** a set of revocations is not made of whole records, or holds one that had ended when the list was made */
  | 'revocation.bad_set'

/** The codes of the family `untrusted`. */
export type UntrustedCode =
  /** no configured anchor has this issuer */
  | 'chain.unknown_issuer'
  /** a token names another issuer than the key that signed it belongs to */
  | 'chain.wrong_issuer'
  /** a token belongs to another parent */
  | 'chain.wrong_parent'
  /** a signature does not verify under the key that should have made it, over this token and its parent */
  | 'chain.bad_signature'
  /** the first token is not a root */
  | 'chain.not_a_root'
  /** two tokens of the chain have the same id */
  | 'chain.repeated_token'
  /** a child's depth is not its parent's plus one */
  | 'chain.wrong_depth'
  /** a link is deeper than an ancestor allows */
  | 'chain.depth_exceeded'
  /** a child raises the depth its parent allows */
  | 'chain.max_depth_raised'
  /** a child names another principal than its parent */
  | 'chain.principal_changed'
  /** a child names another task than its parent */
  | 'chain.task_changed'
  /** a child's agent belongs to another trust domain than its parent's */
  | 'chain.trust_domain_changed'
  /** the chain does not name a principal, an agent and a task */
  | 'chain.identity_missing'
  /** a child is for an audience its parent is not for */
  | 'chain.audience_widened'
  /** a child grants a tool its parent does not */
  | 'chain.tool_added'
  /** a child admits an argument its parent does not, or gives back one that had to be given up */
  | 'chain.argument_added'
  /** a child makes an argument optional that its parent requires */
  | 'chain.argument_made_optional'
  /** a child's constraint accepts more than its parent's */
  | 'chain.constraint_widened'
  /** the token has expired */
  | 'time.expired'
  /** the token is not valid yet */
  | 'time.not_yet_valid'
  /** the token was issued in the future */
  | 'time.issued_in_future'
  /** the token ends before it begins, or lives longer than the limit */
  | 'time.bad_lifetime'
  /** a child outlives its parent */
  | 'time.expires_after_parent'
  /** a child begins before its parent */
  | 'time.begins_before_parent'
  /** a link, or what it belongs to, is revoked */
  | 'revocation.revoked'
  /** there is no list of revocations for the issuer, or it is too old to be relied on */
  | 'revocation.stale'
  /** the list of revocations is another issuer's */
  | 'revocation.wrong_issuer'
  /** the list of revocations is not signed by a configured key */
  | 'revocation.bad_signature'
  /** the list of revocations ends before it begins, is renewed too late, or lives longer than the limit */
  | 'revocation.bad_lifetime'
  /** the list of revocations was made in the future */
  | 'revocation.issued_in_future'
  /** the list of revocations is older than the one already known */
  | 'revocation.rollback'
  /** two lists of revocations with one number differ */
  | 'revocation.conflict'
  /** the delta does not begin at the list that is known */
  | 'revocation.gap'
  /** the delta does not lead from the known list to the one it was made for */
  | 'revocation.wrong_result'
  /** the key is not the one the leaf token is bound to */
  | 'proof.not_the_holder'
  /** the proof's signature does not verify under the key it must be from */
  | 'proof.bad_signature'
  /** the proof was made for another token */
  | 'proof.wrong_token'
  /** the proof was made for another tool */
  | 'proof.wrong_tool'
  /** the proof was made for other arguments */
  | 'proof.wrong_arguments'
  /** the proof was made for another audience */
  | 'proof.wrong_audience'
  /** the proof was made for another HTTP method, target or body, or for no HTTP call */
  | 'proof.wrong_http'
  /** the proof does not carry the nonce that was asked for, or carries one that was not */
  | 'proof.wrong_nonce'
  /** the proof is older than the window */
  | 'proof.stale'
  /** the proof is dated after the window */
  | 'proof.future'
  /** the proof was used before */
  | 'proof.replayed'
  /** the replay memory could not take the proof, so the call cannot be known to be new */
  | 'proof.memory_full'
  /** the request carries no DPoP proof */
  | 'dpop.missing'
  /** the request carries more than one DPoP proof */
  | 'dpop.repeated'
  /** the DPoP proof was made for another method */
  | 'dpop.wrong_method'
  /** the DPoP proof was made for another target URI */
  | 'dpop.wrong_uri'
  /** the DPoP proof was made for another body, or for none */
  | 'dpop.wrong_body'
  /** the DPoP proof does not cover what the server wants covered */
  | 'dpop.not_bound'
  /** the DPoP proof was made for another access token, or for none */
  | 'dpop.wrong_access_token'
  /** the DPoP proof is not by the key the access token is bound to, or nobody said which that is */
  | 'dpop.wrong_key'
  /** the server wants one of its own fresh nonces in the DPoP proof */
  | 'dpop.use_nonce'
  /** the access token, or SVID, is from another issuer */
  | 'access_token.wrong_issuer'
  /** no key of the issuer fits the access token, or SVID */
  | 'access_token.unknown_key'
  /** the signature of the access token, or SVID, does not verify */
  | 'access_token.bad_signature'
  /** the access token is bound to no key, or to one in another way than by its JWK thumbprint */
  | 'access_token.not_bound'

/** The codes of the family `denied`. */
export type DeniedCode =
  /** the call is for an audience that is not this verifier */
  | 'call.not_our_audience'
  /** a link of the chain is for another audience */
  | 'call.audience_not_granted'
  /** a link does not grant the tool */
  | 'call.tool_not_granted'
  /** an argument that a link does not name */
  | 'call.argument_not_granted'
  /** an argument is missing that a link requires */
  | 'call.argument_missing'
  /** an argument is outside what a link allows */
  | 'call.argument_refused'

/** Why something was refused. Codes are stable; more may be added. */
export type Code = MalformedCode | UntrustedCode | DeniedCode

/** The kind of thing that went wrong. */
export type Family = 'malformed' | 'untrusted' | 'denied'

/** What a verifier is willing to spend and to believe. */
export interface Limits {
  /** @defaultValue 8 */
  readonly depth?: number
  /** @defaultValue 8192 */
  readonly token_bytes?: number
  /** @defaultValue 32768 */
  readonly chain_bytes?: number
  /** @defaultValue 4096 */
  readonly proof_bytes?: number
  /** @defaultValue 262144 */
  readonly arguments_bytes?: number
  /** @defaultValue 32 */
  readonly value_depth?: number
  /** @defaultValue 64 */
  readonly tools?: number
  /** @defaultValue 32 */
  readonly arguments?: number
  /** @defaultValue 8 */
  readonly constraint_depth?: number
  /** @defaultValue 64 */
  readonly constraint_clauses?: number
  /** @defaultValue 2097152 */
  readonly comparisons?: number
  /** @defaultValue 16 */
  readonly audiences?: number
  /** @defaultValue 512 */
  readonly name_bytes?: number
  /** @defaultValue 30 */
  readonly skew?: number
  /** @defaultValue 30 */
  readonly proof_age?: number
  /** @defaultValue 5 */
  readonly proof_ahead?: number
  /** @defaultValue 86400 */
  readonly lifetime?: number
  /** @defaultValue 25165824 */
  readonly revocation_bytes?: number
  /** @defaultValue 3600 */
  readonly revocation_lifetime?: number
}
