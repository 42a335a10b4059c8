//! The one table of reasons for which an attestation is refused.

use crate::code_table::code_table;
use keybound::Family;
use std::fmt;

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $code:literal, $family:ident, fix $fix:literal;)+) => {
        code_table! {
            /// What was refused. Stable once released.
            Code;
            $($(#[doc = $meaning])+ $name = $code, fix $fix;)+
        }

        impl Code {
            /// The family the code belongs to, as in core.
            pub const fn family(self) -> Family { match self { $(Self::$name => Family::$family,)+ } }
        }
    };
}

codes! {
    // ── the bytes ─────────────────────────────────────────────────────────────
    /// the token is larger than 16 KiB
    TooLarge = "attest.too_large", Malformed, fix "ask the issuer for a token with fewer claims";
    /// this is not a signed token in its compact form, or its header asks for something no rule knows
    BadToken = "attest.bad_token", Malformed, fix "send the token as the issuer gave it: a JWS in compact serialization";
    /// a member occurs twice in the token's JSON
    DuplicateMember = "attest.duplicate_member", Malformed, fix "have the issuer write every member once";
    /// the token is of another type than the rule takes
    WrongType = "attest.wrong_type", Malformed, fix "send an identity token, or allow access tokens in the trust rule";
    /// a claim is missing, or not of its type
    BadClaim = "attest.bad_claim", Malformed, fix "have the issuer send the claim as RFC 7519 has it";
    // ── the issuer and its keys ───────────────────────────────────────────────
    /// no trust rule knows the issuer of the token
    UnknownIssuer = "attest.unknown_issuer", Untrusted, fix "use a token of a configured issuer; the issuer must be equal to the letter";
    /// the SVID is of another trust domain
    WrongTrustDomain = "attest.wrong_trust_domain", Untrusted, fix "use an SVID of the configured trust domain";
    /// the subject is not a SPIFFE ID with a path
    BadSubject = "attest.bad_subject", Untrusted, fix "use an SVID whose subject is spiffe://trust-domain/path, without query, fragment, port or encoding";
    /// the token is signed with an algorithm the rule does not take, or with none
    WrongAlgorithm = "attest.wrong_algorithm", Untrusted, fix "have the issuer sign with one of the rule's algorithms";
    /// the issuer has no usable key of that name
    UnknownKey = "attest.unknown_key", Untrusted, fix "use a token signed with a published key; a new key is picked up within a minute";
    /// the signature does not verify
    BadSignature = "attest.bad_signature", Untrusted, fix "send the token as the issuer gave it";
    /// the issuer's keys could not be had
    KeysUnavailable = "attest.keys_unavailable", Untrusted, fix "try again; if it lasts, check that the issuer's key set can be fetched from here";
    // ── what it says ──────────────────────────────────────────────────────────
    /// the token is not for this service
    WrongAudience = "attest.wrong_audience", Untrusted, fix "ask the issuer for a token with this service's audience";
    /// the token has expired
    Expired = "attest.expired", Untrusted, fix "get a fresh token";
    /// the token is not valid yet
    NotYetValid = "attest.not_yet_valid", Untrusted, fix "set the clocks; 30 seconds are tolerated";
    /// the token was issued too long ago for the rule
    TooOld = "attest.too_old", Untrusted, fix "get a fresh token";
    /// the identity is proved, but no rule admits it
    NoMatch = "attest.no_match", Denied, fix "add the identity to a trust rule, or run where a rule admits it";
    /// the evidence is not that of the session
    OtherEvidence = "attest.other_evidence", Denied, fix "renew from where the session began; start a new session elsewhere";
    // ── the configuration ─────────────────────────────────────────────────────
    /// the trust rule cannot be used
    BadRule = "attest.bad_rule", Malformed, fix "correct the trust rule";
}

impl Code {
    /// Whether the same token may pass a little later, without anybody changing anything about it.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::KeysUnavailable)
    }
}

/// An answer of no. It holds a code and a sentence of ours, never a word of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    code: Code,
    reason: Option<&'static str>,
}

impl Refused {
    /// What was refused.
    pub const fn code(self) -> Code {
        self.code
    }

    /// More about it, if there is more: the claim it is about, or why keys could not be had.
    pub const fn reason(self) -> Option<&'static str> {
        self.reason
    }

    pub(super) const fn because(code: Code, reason: &'static str) -> Self {
        Self { code, reason: Some(reason) }
    }
}

impl From<Code> for Refused {
    fn from(code: Code) -> Self {
        Self { code, reason: None }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.meaning())?;
        self.reason.map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_told_apart_and_explained() {
        let texts: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        for code in Code::ALL {
            let text = code.as_str();
            assert!(text.starts_with("attest."), "{text}");
            for sentence in [code.meaning(), code.fix()] {
                assert!(
                    !sentence.is_empty() && !sentence.ends_with('.') && sentence.trim() == sentence,
                    "{text}"
                );
            }
            assert_eq!(code.is_retryable(), text == "attest.keys_unavailable");
        }
    }

    #[test]
    fn a_reason_follows_the_meaning() {
        assert_eq!(Refused::from(Code::Expired).to_string(), "the token has expired");
        let refused = Refused::because(Code::BadClaim, "iat");
        assert_eq!(refused.to_string(), "a claim is missing, or not of its type: iat");
        assert_eq!(refused.reason(), Some("iat"));
    }
}
