//! The service's own table of reasons, and the one name for all tables.

use crate::{attest, code_table::code_table, policy};
use std::fmt;

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $code:literal, $status:literal $oauth:literal, fix $fix:literal;)+) => {
        code_table! {
            /// Why the service refused, where neither core nor the policy nor an attestation is the reason. Stable once released.
            Code;
            $($(#[doc = $meaning])+ $name = $code, fix $fix;)+
        }

        impl Code {
            /// The HTTP status of an answer that is no OAuth answer.
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status,)+ } }

            /// The `error` of RFC 6749 §5.2, RFC 6750 §3.1, RFC 8707 §2 or RFC 9449 §5 that it is at an OAuth endpoint.
            pub const fn oauth(self) -> &'static str { match self { $(Self::$name => $oauth,)+ } }
        }
    };
}

codes! {
    // ── the request ───────────────────────────────────────────────────────────
    /// the request cannot be read
    BadRequest = "request.bad", 400 "invalid_request", fix "send what the description at /openapi.json says";
    /// a parameter is missing
    MissingParameter = "request.missing_parameter", 400 "invalid_request", fix "send the parameter";
    /// a parameter occurs twice
    RepeatedParameter = "request.repeated_parameter", 400 "invalid_request", fix "send every parameter but resource and audience once";
    /// the body is larger than the limit
    TooLarge = "request.too_large", 413 "invalid_request", fix "send less";
    /// the body took too long to arrive
    TooSlow = "request.too_slow", 408 "invalid_request", fix "send the request at once";
    /// the content type is not the one of this endpoint
    MediaType = "request.media_type", 415 "invalid_request", fix "send the content type that the description at /openapi.json says";
    /// there is nothing at this address
    NotFound = "request.not_found", 404 "invalid_request", fix "see /openapi.json for what there is";
    /// the method is not one of this address
    Method = "request.method", 405 "invalid_request", fix "use a method that the Allow header names";
    /// the grant type is not known
    UnsupportedGrant = "request.unsupported_grant", 400 "unsupported_grant_type", fix "see grant_types_supported in the server's metadata";
    /// the type of token is not known, or not for this
    UnsupportedTokenType = "request.unsupported_token_type", 400 "invalid_request", fix "use a token type that the guide for platform engineers lists";
    /// the authorization details cannot be read
    BadDetails = "request.bad_authorization_details", 400 "invalid_authorization_details", fix "send a list of entries of type attenuating_agent_token with their tools";
    /// the resource is not an absolute URI without a fragment
    BadResource = "request.bad_resource", 400 "invalid_target", fix "name each resource by its absolute URI";
    /// the proof is not by the key that req_cnf names
    ConfirmationMismatch = "request.confirmation_mismatch", 400 "invalid_request", fix "prove the key that req_cnf names";
    /// a token that delegates must be bound to an Ed25519 key
    KeyNotEd25519 = "request.key_not_ed25519", 400 "invalid_request", fix "prove an Ed25519 key, or ask for an access token";

    // ── clients ───────────────────────────────────────────────────────────────
    /// the request says not who makes it
    ClientMissing = "client.missing", 401 "invalid_client", fix "authenticate: with private_key_jwt at the token endpoint, elsewhere with an access token";
    /// the client cannot be believed
    ClientRefused = "client.refused", 401 "invalid_client", fix "sign a fresh assertion, for the issuer alone, with a key that the policy lists for the client";
    /// the client may not do this
    ClientNotAllowed = "client.not_allowed", 403 "unauthorized_client", fix "give the client the role in the policy";
    /// the access token cannot be believed
    TokenRefused = "client.token_refused", 401 "invalid_token", fix "obtain a fresh access token from the token endpoint";
    /// the access token does not allow this
    ScopeMissing = "client.scope_missing", 403 "insufficient_scope", fix "ask for the scope at the token endpoint";
    /// the token must be bound to a key
    Unbound = "client.unbound", 400 "invalid_request", fix "send a DPoP proof";

    // ── launches and sessions ─────────────────────────────────────────────────
    /// the launch token is not known
    LaunchUnknown = "launch.unknown", 400 "invalid_grant", fix "launch the agent and use the token within its life";
    /// the launch token was used before: somebody copied it
    LaunchUsed = "launch.used", 400 "invalid_grant", fix "find out who used it; launch the agent again";
    /// the launch token has expired
    LaunchExpired = "launch.expired", 400 "invalid_grant", fix "hand the launch token to the agent at once";
    /// there is no such agent instance here
    SessionUnknown = "session.unknown", 404 "invalid_grant", fix "launch the agent";
    /// the agent instance has given back its authority
    SessionEnded = "session.ended", 403 "invalid_grant", fix "launch the agent again; an instance never comes back";
    /// the agent instance's tokens have all expired
    SessionExpired = "session.expired", 403 "invalid_grant", fix "renew before the token expires; launch the agent again";
    /// the agent instance was revoked
    SessionRevoked = "session.revoked", 403 "invalid_grant", fix "ask the operator why; launch the agent again";
    /// a fresher token has taken the place of this one
    SessionSuperseded = "session.superseded", 403 "invalid_grant", fix "use the token that the renewal gave";
    /// the token is not what this needs
    WrongSubject = "token.wrong_subject", 400 "invalid_grant", fix "show the agent's own root token, as the token endpoint gave it";
    /// what the workload shows of its platform is not what it showed before
    EvidenceChanged = "token.evidence_changed", 403 "invalid_grant", fix "find out who shows it; launch the agent again";

    // ── the service itself ────────────────────────────────────────────────────
    /// the database did not take it: nothing happened
    StoreUnavailable = "service.store_unavailable", 503 "temporarily_unavailable", fix "try again shortly; the operator should look at the database";
    /// the signing key cannot be used
    SignerUnavailable = "service.signer_unavailable", 503 "temporarily_unavailable", fix "try again shortly; the operator should look at the signer";
    /// the service is being stopped
    Stopping = "service.stopping", 503 "temporarily_unavailable", fix "try again at once: another node, or this one when it is back, answers";
    /// something in the service is wrong
    Internal = "service.internal", 500 "server_error", fix "report the request id to the operator";
}

/// Why something was refused, whichever table says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Core: tokens, proofs, calls.
    Core(keybound::Code),
    /// The tenant's policy.
    Policy(policy::Code),
    /// A foreign token.
    Attest(attest::Code),
    /// The service.
    Service(Code),
}

impl Cause {
    /// The stable text of the code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Core(code) => code.as_str(),
            Self::Policy(code) => code.as_str(),
            Self::Attest(code) => code.as_str(),
            Self::Service(code) => code.as_str(),
        }
    }

    /// One sentence: what is wrong.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Core(code) => code.meaning(),
            Self::Policy(code) => code.meaning(),
            Self::Attest(code) => code.meaning(),
            Self::Service(code) => code.meaning(),
        }
    }

    /// One sentence: what would fix it.
    pub const fn fix(self) -> &'static str {
        match self {
            Self::Core(code) => code.fix(),
            Self::Policy(code) => code.fix(),
            Self::Attest(code) => code.fix(),
            Self::Service(code) => code.fix(),
        }
    }
}

impl From<keybound::Code> for Cause {
    fn from(code: keybound::Code) -> Self {
        Self::Core(code)
    }
}

impl From<policy::Code> for Cause {
    fn from(code: policy::Code) -> Self {
        Self::Policy(code)
    }
}

impl From<attest::Code> for Cause {
    fn from(code: attest::Code) -> Self {
        Self::Attest(code)
    }
}

impl From<Code> for Cause {
    fn from(code: Code) -> Self {
        Self::Service(code)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_spelled_alike() {
        // Core's word for a request that cannot be read is the service's too.
        let others =
            keybound::Code::ALL.iter().map(|code| code.as_str()).filter(|code| *code != "request.bad");
        let mut seen: BTreeSet<&str> =
            others.chain(crate::policy::Code::ALL.iter().map(|code| code.as_str())).collect();
        seen.extend(crate::attest::Code::ALL.iter().map(|code| code.as_str()));
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} occurs twice", code.as_str());
            assert!((400..600).contains(&code.status()), "{}", code.as_str());
        }
    }
}
