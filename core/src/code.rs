//! The one table of refusal codes.
//!
//! Everything that names a refusal grows from this table: [`Code`], the exception
//! classes and unions of every language, `docs/codes.md` and the vectors' `expect`.
//! A code is stable once released; its sentence may be reworded.

/// Why something was refused, in three families that tell a caller what kind of
/// thing went wrong. Exhaustive on purpose: every face maps each family to an
/// exception class without a wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// The bytes are not a token, a chain, a proof, a key or a request.
    Malformed,
    /// Well-formed, but not to be believed: signature, anchor, time, linkage, proof.
    Untrusted,
    /// Believed, and the answer is no: this call is outside what was granted.
    Denied,
}

impl Family {
    /// The family's name as every language spells it: `malformed`, `untrusted`, `denied`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Untrusted => "untrusted",
            Self::Denied => "denied",
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $code:literal, $family:ident, fix $fix:literal;)+) => {
        /// What was refused. Match on [`Code::as_str`] across languages, on the variant in Rust.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $meaning])+ $name,)+ }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable text of the code, such as `chain.tool_added`.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $code,)+ } }

            /// The family the code belongs to.
            pub const fn family(self) -> Family { match self { $(Self::$name => Family::$family,)+ } }

            /// One sentence: what is wrong. Lower-case, no full stop, no input in it.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($meaning,)+).trim_ascii(),)+ }
            }

            /// One sentence: what would fix it.
            pub const fn fix(self) -> &'static str { match self { $(Self::$name => $fix,)+ } }
        }
    };
}

codes! {
    // ── bytes: canonical CBOR (SPEC 3) ────────────────────────────────────────
    /// the input is larger than the limit
    TooLarge = "bytes.too_large", Malformed, fix "send a smaller token, chain, proof or argument object, or raise the limit";
    /// the input ends inside an item
    Truncated = "bytes.truncated", Malformed, fix "send the whole token, chain or proof";
    /// bytes are left over after the last item
    TrailingBytes = "bytes.trailing", Malformed, fix "send nothing after the token, chain or proof";
    /// items are nested deeper than the limit
    TooDeep = "bytes.too_deep", Malformed, fix "nest less";
    /// an item of indefinite length
    IndefiniteLength = "cbor.indefinite_length", Malformed, fix "use definite lengths only";
    /// an integer or a length is not in its shortest form
    NotShortest = "cbor.not_shortest", Malformed, fix "encode every integer and length in the fewest bytes";
    /// map keys, or the members of a set, are not in ascending order of their encodings
    NotSorted = "cbor.not_sorted", Malformed, fix "sort by the bytes of the encoding";
    /// a map key, or a member of a set, occurs twice
    DuplicateKey = "cbor.duplicate_key", Malformed, fix "give every key once";
    /// a text is not valid UTF-8
    BadText = "cbor.bad_text", Malformed, fix "encode text as UTF-8";
    /// a number outside what both encodings can hold, or not in its one form
    BadNumber = "cbor.bad_number", Malformed, fix "integers within 2^53-1 as integers, other finite numbers as the shortest float; no NaN, infinity or negative zero";
    /// an item of a kind that is not used here: a tag, a byte string in a value, undefined, a simple value
    UnexpectedItem = "cbor.unexpected_item", Malformed, fix "use only the items the CDDL names";

    // ── envelope: COSE_Sign1 (SPEC 4) ─────────────────────────────────────────
    /// the outer tag is not 18 alone
    WrongTag = "envelope.wrong_tag", Malformed, fix "tag each token and proof as COSE_Sign1 (18), with no other tag";
    /// not a COSE_Sign1 array of four items
    NotSign1 = "envelope.not_sign1", Malformed, fix "send a COSE_Sign1";
    /// the unprotected header map is not empty
    UnprotectedHeader = "envelope.unprotected_header", Malformed, fix "put nothing in the unprotected map";
    /// the algorithm is not one that is accepted here
    WrongAlgorithm = "envelope.wrong_algorithm", Malformed, fix "sign with Ed25519 (COSE alg -19, JOSE alg Ed25519); DPoP proofs and access tokens may use ES256 where the host checks it";
    /// the explicit type is absent or names another kind of object
    WrongType = "envelope.wrong_type", Malformed, fix "send a token where a token is expected, a proof where a proof is, a list where a list is";
    /// the protected header holds a parameter this format does not use
    UnknownHeader = "envelope.unknown_header", Malformed, fix "protect alg and typ, nothing else";
    /// the signature is not 64 bytes
    SignatureLength = "envelope.signature_length", Malformed, fix "send the 64 bytes of an Ed25519 signature";

    // ── envelope: JWS (SPEC 14) ───────────────────────────────────────────────
    /// not a compact JWS: three segments in base64url
    NotCompact = "jose.not_compact", Malformed, fix "send header, payload and signature, joined by dots";
    /// an encrypted token, or a JSON serialization
    Encrypted = "jose.encrypted", Malformed, fix "send a compact JWS; protect it in transit with TLS";
    /// a segment is not base64url in its one form: padding, other characters or left-over bits
    BadBase64 = "jose.bad_base64", Malformed, fix "encode as base64url without padding";
    /// the header is not a JSON object with each member once
    BadHeader = "jose.bad_header", Malformed, fix "send a JSON object as the header";
    /// the algorithm is none
    Unsigned = "jose.unsigned", Malformed, fix "sign the token";
    /// the algorithm needs a shared secret
    Symmetric = "jose.symmetric", Malformed, fix "sign with a private key";
    /// the key is of another kind or curve than the algorithm needs
    WrongKeyType = "jose.wrong_key_type", Malformed, fix "name the algorithm that fits the key";
    /// the header lists a parameter that must be understood and is not
    UnknownCritical = "jose.unknown_critical", Malformed, fix "leave crit out; no extension is in use here";
    /// the payload is not base64url encoded (b64 is false)
    Unencoded = "jose.unencoded", Malformed, fix "encode the payload; RFC 7797 §7 forbids the option for tokens";
    /// the payload is compressed
    Compressed = "jose.compressed", Malformed, fix "send the payload as it is";
    /// the payload is another token
    Nested = "jose.nested", Malformed, fix "send the inner token itself";
    /// a key set is not a JSON object with a list of keys
    BadKeySet = "jose.bad_key_set", Malformed, fix "give the JWK Set (RFC 7517 §5) that the issuer publishes";
    /// a presentation is not an object with a chain and a proof
    BadPresentation = "presentation.bad", Malformed, fix "send aat_chain, the tokens from root to leaf, and aat_pop beside it";

    // ── claims (SPEC 5) ───────────────────────────────────────────────────────
    /// a required claim or member is missing
    MissingClaim = "claims.missing", Malformed, fix "add the claim";
    /// a claim or member has the wrong type or size
    WrongClaim = "claims.wrong", Malformed, fix "give the claim the type the table of claims names";
    /// the authority, the confirmation or the call holds a member that this format does not define
    UnknownMember = "claims.unknown_member", Malformed, fix "remove the member";
    /// a key is not a usable Ed25519 public key: wrong kind, not on the curve, non-canonical or of small order
    BadKey = "key.bad", Malformed, fix "use the 32 bytes of a freshly generated Ed25519 public key";
    /// a key that holds its private part
    PrivateKey = "key.private", Malformed, fix "send the public key; consider the private one known";
    /// a key of a kind or on a curve that is not used here
    WrongCurve = "key.wrong_curve", Malformed, fix "use an Ed25519 key; for DPoP and access tokens P-256 may do";
    /// an agent id is not spiffe://trust-domain/agent/{orch}/{task}/{instance}
    BadAgentId = "agent.bad_id", Malformed, fix "follow the shape, in the characters SPIFFE allows";

    // ── authority (SPEC 6) ────────────────────────────────────────────────────
    /// more tools than the limit
    TooManyTools = "authority.too_many_tools", Malformed, fix "grant fewer tools";
    /// more arguments for one tool than the limit
    TooManyArguments = "authority.too_many_arguments", Malformed, fix "name fewer arguments";
    /// the tools map or an argument map has the wrong shape
    BadAuthority = "authority.bad", Malformed, fix "write tool -> argument -> constraint";
    /// the constraint for `*` is not a plain wildcard
    BadStar = "authority.bad_star", Malformed, fix "give `*` a plain wildcard without `optional`";
    /// a constraint of a type that is not known here
    UnknownConstraint = "constraint.unknown", Malformed, fix "use one of the nine constraint types";
    /// a constraint with wrong, missing or additional members
    BadConstraint = "constraint.bad", Malformed, fix "give the constraint the members its type names, and no others";
    /// constraints nested deeper, or made of more clauses, than the limit
    ConstraintTooComplex = "constraint.too_complex", Malformed, fix "nest less, use fewer clauses";

    // ── the call as data (SPEC 7) ─────────────────────────────────────────────
    /// what should be JSON is not
    BadJson = "json.bad", Malformed, fix "send strict JSON in UTF-8";
    /// a JSON object names a member twice
    DuplicateMember = "json.duplicate_member", Malformed, fix "name each member once";
    /// a JSON number that does not survive the way through a double
    InexactNumber = "json.inexact_number", Malformed, fix "send numbers that need more precision as strings";
    /// a JSON string holds a lone surrogate
    LoneSurrogate = "json.lone_surrogate", Malformed, fix "send well-formed Unicode";
    /// the arguments are not a JSON object
    NotAnObject = "json.not_an_object", Malformed, fix "send the arguments by name, in an object";
    /// a tool name, audience, method, target URI or nonce is empty or too long
    BadRequest = "request.bad", Malformed, fix "fill in the part named in the message";

    // ── chain: linkage (SPEC 8) ───────────────────────────────────────────────
    /// a chain without a token
    EmptyChain = "chain.empty", Malformed, fix "send the chain from root to leaf";
    /// more links than the limit
    ChainTooLong = "chain.too_long", Malformed, fix "delegate fewer times, or raise the limit";
    /// no configured anchor has this issuer
    UnknownIssuer = "chain.unknown_issuer", Untrusted, fix "configure the issuer and its key as an anchor, if it is to be trusted";
    /// a token names another issuer than the key that signed it belongs to
    WrongIssuer = "chain.wrong_issuer", Untrusted, fix "name the issuer the anchor is configured for; in a child, the thumbprint of the signing key";
    /// a token belongs to another parent
    WrongParent = "chain.wrong_parent", Untrusted, fix "send the chain as it was made; each token belongs to exactly one parent";
    /// a signature does not verify under the key that should have made it, over this token and its parent
    BadSignature = "chain.bad_signature", Untrusted, fix "send the chain as it was made; each token belongs to exactly one parent";
    /// the first token is not a root
    NotARoot = "chain.not_a_root", Untrusted, fix "send the chain from its root";
    /// two tokens of the chain have the same id
    RepeatedToken = "chain.repeated_token", Untrusted, fix "give every token a fresh id";
    /// a child's depth is not its parent's plus one
    WrongDepth = "chain.wrong_depth", Untrusted, fix "send every link, in order";
    /// a link is deeper than an ancestor allows
    DepthExceeded = "chain.depth_exceeded", Untrusted, fix "issue or delegate with a higher max depth";
    /// a child raises the depth its parent allows
    MaxDepthRaised = "chain.max_depth_raised", Untrusted, fix "ask for at most the parent's max depth";
    /// a child names another principal than its parent
    PrincipalChanged = "chain.principal_changed", Untrusted, fix "issue a new root for another principal";
    /// a child names another task than its parent
    TaskChanged = "chain.task_changed", Untrusted, fix "issue a new root for another task";
    /// a child's agent belongs to another trust domain than its parent's
    TrustDomainChanged = "chain.trust_domain_changed", Untrusted, fix "delegate within the trust domain";
    /// the chain does not name a principal, an agent and a task
    IdentityMissing = "chain.identity_missing", Untrusted, fix "issue the root with principal, agent and task, or make identity optional at the verifier";
    /// a child is for an audience its parent is not for
    AudienceWidened = "chain.audience_widened", Untrusted, fix "ask for a subset of the parent's audience";
    /// a child grants a tool its parent does not
    ToolAdded = "chain.tool_added", Untrusted, fix "ask only for tools the parent grants";
    /// a child admits an argument its parent does not, or gives back one that had to be given up
    ArgumentAdded = "chain.argument_added", Untrusted, fix "name the parent's arguments, and no others";
    /// a child makes an argument optional that its parent requires
    ArgumentMadeOptional = "chain.argument_made_optional", Untrusted, fix "keep the argument required";
    /// a child's constraint accepts more than its parent's
    ConstraintWidened = "chain.constraint_widened", Untrusted, fix "ask for a constraint within the limit named";

    // ── time (SPEC 9) ─────────────────────────────────────────────────────────
    /// the token has expired
    Expired = "time.expired", Untrusted, fix "obtain a fresh token";
    /// the token is not valid yet
    NotYetValid = "time.not_yet_valid", Untrusted, fix "wait, or check the clocks";
    /// the token was issued in the future
    IssuedInFuture = "time.issued_in_future", Untrusted, fix "check the clocks";
    /// the token ends before it begins, or lives longer than the limit
    BadLifetime = "time.bad_lifetime", Untrusted, fix "ask for a shorter life";
    /// a child outlives its parent
    ExpiresAfterParent = "time.expires_after_parent", Untrusted, fix "ask for at most the parent's expiry";
    /// a child begins before its parent
    BeginsBeforeParent = "time.begins_before_parent", Untrusted, fix "begin no earlier than the parent";

    /// a link, or what it belongs to, is revoked
    Revoked = "revocation.revoked", Untrusted, fix "obtain a fresh token; someone withdrew this one";

    // ── lists of revocations (SPEC 17) ────────────────────────────────────────
    /// there is no list of revocations for the issuer, or it is too old to be relied on
    RevocationStale = "revocation.stale", Untrusted, fix "at the verifier, fetch the issuer's list";
    /// a set of revocations is not made of whole records, or holds one that had ended when the list was made
    BadRevocations = "revocation.bad_set", Malformed, fix "write whole records that have not ended";
    /// the list of revocations is another issuer's
    RevocationIssuer = "revocation.wrong_issuer", Untrusted, fix "fetch the configured issuer's list";
    /// the list of revocations is not signed by a configured key
    RevocationSignature = "revocation.bad_signature", Untrusted, fix "configure the key that signs the issuer's lists";
    /// the list of revocations ends before it begins, is renewed too late, or lives longer than the limit
    RevocationLifetime = "revocation.bad_lifetime", Untrusted, fix "ask for a shorter life";
    /// the list of revocations was made in the future
    RevocationFuture = "revocation.issued_in_future", Untrusted, fix "check the clocks";
    /// the list of revocations is older than the one already known
    RevocationRollback = "revocation.rollback", Untrusted, fix "fetch the issuer's list";
    /// two lists of revocations with one number differ
    RevocationConflict = "revocation.conflict", Untrusted, fix "number every change";
    /// the delta does not begin at the list that is known
    RevocationGap = "revocation.gap", Untrusted, fix "fetch the whole list";
    /// the delta does not lead from the known list to the one it was made for
    RevocationResult = "revocation.wrong_result", Untrusted, fix "fetch the whole list";

    // ── proof (SPEC 10) ───────────────────────────────────────────────────────
    /// the key is not the one the leaf token is bound to
    NotTheHolder = "proof.not_the_holder", Untrusted, fix "sign with the key the leaf token names";
    /// the proof's signature does not verify under the key it must be from
    BadProofSignature = "proof.bad_signature", Untrusted, fix "sign each call with the key the leaf token, or the DPoP proof, names";
    /// the proof was made for another token
    WrongToken = "proof.wrong_token", Untrusted, fix "sign with the chain that is presented";
    /// the proof was made for another tool
    WrongTool = "proof.wrong_tool", Untrusted, fix "sign each call separately";
    /// the proof was made for other arguments
    WrongArguments = "proof.wrong_arguments", Untrusted, fix "sign the arguments that are sent";
    /// the proof was made for another audience
    WrongAudience = "proof.wrong_audience", Untrusted, fix "sign for the party the call goes to";
    /// the proof was made for another HTTP method, target or body, or for no HTTP call
    WrongHttp = "proof.wrong_http", Untrusted, fix "sign the method, target URI and body that are sent";
    /// the proof does not carry the nonce that was asked for, or carries one that was not
    WrongNonce = "proof.wrong_nonce", Untrusted, fix "sign again with the nonce the server gave";
    /// the proof is older than the window
    StaleProof = "proof.stale", Untrusted, fix "sign each call when it is made";
    /// the proof is dated after the window
    FutureProof = "proof.future", Untrusted, fix "check the clocks";
    /// the proof was used before
    Replayed = "proof.replayed", Untrusted, fix "sign each call separately";
    /// the replay memory could not take the proof, so the call cannot be known to be new
    ReplayMemoryFull = "proof.memory_full", Untrusted, fix "try again shortly; the operator should enlarge the replay memory";

    // ── DPoP and access tokens (SPEC 15) ──────────────────────────────────────
    /// the request carries no DPoP proof
    DpopMissing = "dpop.missing", Untrusted, fix "send a DPoP header";
    /// the request carries more than one DPoP proof
    DpopRepeated = "dpop.repeated", Untrusted, fix "send one DPoP header";
    /// the DPoP proof was made for another method
    DpopMethod = "dpop.wrong_method", Untrusted, fix "sign each request separately";
    /// the DPoP proof was made for another target URI
    DpopUri = "dpop.wrong_uri", Untrusted, fix "sign the URI that is called; behind a proxy, configure the public origin";
    /// the DPoP proof was made for another body, or for none
    DpopBody = "dpop.wrong_body", Untrusted, fix "sign the body that is sent";
    /// the DPoP proof does not cover what the server wants covered
    DpopUnbound = "dpop.not_bound", Untrusted, fix "sign the body, or the tool and its arguments, into the proof";
    /// the DPoP proof was made for another access token, or for none
    DpopAccessToken = "dpop.wrong_access_token", Untrusted, fix "sign with the access token that is sent";
    /// the DPoP proof is not by the key the access token is bound to, or nobody said which that is
    DpopKey = "dpop.wrong_key", Untrusted, fix "sign with the key the access token was issued for; at the server, say which it is";
    /// the server wants one of its own fresh nonces in the DPoP proof
    DpopNonce = "dpop.use_nonce", Untrusted, fix "sign again with the nonce of the DPoP-Nonce header";
    /// the access token, or SVID, is from another issuer
    AccessTokenIssuer = "access_token.wrong_issuer", Untrusted, fix "obtain a token from the configured issuer";
    /// no key of the issuer fits the access token, or SVID
    AccessTokenKey = "access_token.unknown_key", Untrusted, fix "fetch the issuer's key set again, at most once a minute: anybody can send such a token";
    /// the signature of the access token, or SVID, does not verify
    AccessTokenSignature = "access_token.bad_signature", Untrusted, fix "send the token as it was issued";
    /// the access token is bound to no key, or to one in another way than by its JWK thumbprint
    AccessTokenUnbound = "access_token.not_bound", Untrusted, fix "ask for a DPoP-bound token";

    // ── decision (SPEC 11) ────────────────────────────────────────────────────
    /// the call is for an audience that is not this verifier
    NotOurAudience = "call.not_our_audience", Denied, fix "configure the audience at the verifier, or send the call where it belongs";
    /// a link of the chain is for another audience
    AudienceNotGranted = "call.audience_not_granted", Denied, fix "obtain a token for this audience";
    /// a link does not grant the tool
    ToolNotGranted = "call.tool_not_granted", Denied, fix "obtain a token that grants the tool";
    /// an argument that a link does not name
    ArgumentNotGranted = "call.argument_not_granted", Denied, fix "leave the argument out";
    /// an argument is missing that a link requires
    ArgumentMissing = "call.argument_missing", Denied, fix "give the argument";
    /// an argument is outside what a link allows
    ArgumentRefused = "call.argument_refused", Denied, fix "stay within the limit named";
}

#[cfg(test)]
mod tests {
    use super::Code;
    use alloc::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_spelled_alike() {
        let mut seen = BTreeSet::new();
        for code in Code::ALL {
            let text = code.as_str();
            assert!(seen.insert(text), "{text} occurs twice");
            assert!(text.split('.').count() == 2, "{text}");
            assert!(
                text.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '_' | '0'..='9')),
                "{text}"
            );
            for sentence in [code.meaning(), code.fix()] {
                assert!(
                    !sentence.is_empty() && !sentence.ends_with('.') && sentence.trim() == sentence,
                    "{text}: {sentence}"
                );
            }
        }
    }
}
