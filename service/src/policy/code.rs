//! The one table of what a policy says no with. A code is stable once released; its sentence may be reworded.

use crate::code_table::code_table;

/// What kind of no it is, for whoever has to answer over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request makes no sense under this policy, whoever asks: 400.
    Invalid,
    /// The request makes sense, and the answer is no: 403.
    Denied,
    /// The answer is no until later: 429.
    Limited,
}

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $code:literal, $kind:ident, fix $fix:literal;)+) => {
        code_table! {
            /// Why something was denied. Match on [`Code::as_str`] outside of Rust.
            Code;
            $($(#[doc = $meaning])+ $name = $code, fix $fix;)+
        }

        impl Code {
            /// What kind of no it is.
            pub const fn kind(self) -> Kind { match self { $(Self::$name => Kind::$kind,)+ } }
        }
    };
}

codes! {
    // ── who asks ──────────────────────────────────────────────────────────────
    /// the policy declares no such workflow
    UnknownWorkflow = "policy.unknown_workflow", Invalid, fix "name a workflow of the policy, or declare this one";
    /// the orchestrator may not launch the workflow
    NotYourWorkflow = "policy.not_your_workflow", Denied, fix "name the client in the workflow's orchestrators";
    /// the attested identity may not obtain the workflow
    AgentNotAllowed = "policy.agent_not_allowed", Denied, fix "name the identity, or a pattern that fits it, in the workflow's agents";
    /// the workflow does not act on behalf of users who send a token
    OnBehalfOfNotAllowed = "policy.on_behalf_of_not_allowed", Denied, fix "set on_behalf_of for the workflow";
    /// the request names no user, and needs one
    PrincipalMissing = "policy.principal_missing", Invalid, fix "name the user on whose behalf the agent acts";
    /// the user may not trigger the workflow
    PrincipalNotAllowed = "policy.principal_not_allowed", Denied, fix "add the user's tier or one of their groups to the workflow's principals";
    /// the name, the tier or a group of the user is not written as one
    BadPrincipal = "policy.bad_principal", Invalid, fix "name the user in 1 to 512 bytes of printable ASCII without blanks; a tier or group in 1 to 256 bytes without control characters";
    /// a claim that the trust rule uses is not in the token
    ClaimMissing = "policy.claim_missing", Denied, fix "have the issuer add the claim, or name another in the trust rule";
    /// a claim that the trust rule uses has a value that cannot be used as it is
    ClaimUnusable = "policy.claim_unusable", Denied, fix "name a claim in the trust rule whose values fit; they are never changed to fit";

    // ── what is asked for ─────────────────────────────────────────────────────
    /// the workflow does not declare the tool
    ToolNotDeclared = "policy.tool_not_declared", Denied, fix "ask for a tool of the workflow, or declare this one";
    /// the request is outside of what may be granted at most
    OutsideCeiling = "policy.outside_ceiling", Denied, fix "ask for no more than the limit named";
    /// the user is not entitled to the tool
    NotEntitled = "policy.not_entitled", Denied, fix "ask without the tool, or add the user's tier or one of their groups to it";
    /// nothing would be granted
    Empty = "policy.empty", Denied, fix "ask for at least one tool that the workflow declares and the user is entitled to";
    /// the request is for a place that the workflow is not for
    AudienceNotAllowed = "policy.audience_not_allowed", Denied, fix "ask for one of the audiences named, or add this one to the workflow";
    /// the time to live is outside of its bounds
    TtlOutOfBounds = "policy.ttl_out_of_bounds", Denied, fix "ask for a time to live within the bounds named";
    /// more delegations than allowed
    DepthOutOfBounds = "policy.depth_out_of_bounds", Denied, fix "ask for no more delegations than the limit named";
    /// the form of the token is not allowed
    FormatNotAllowed = "policy.format_not_allowed", Denied, fix "ask for one of the formats named";

    // ── how often, how long ───────────────────────────────────────────────────
    /// the user has had tools of this category as often as allowed
    RateLimited = "policy.rate_limited", Limited, fix "try again in the next window";
    /// the token has been renewed as often as allowed
    RenewalsExhausted = "policy.renewals_exhausted", Denied, fix "launch the agent again";
    /// the session is over, or has less left than the shortest token lives
    SessionEnded = "policy.session_ended", Denied, fix "launch the agent again";
}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_spelled_alike() {
        let mut seen = BTreeSet::new();
        for code in Code::ALL {
            let text = code.as_str();
            assert!(seen.insert(text), "{text} occurs twice");
            let name = text.strip_prefix("policy.").unwrap();
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{text}");
            for sentence in [code.meaning(), code.fix()] {
                assert!(
                    !sentence.is_empty() && !sentence.ends_with('.') && sentence.trim() == sentence,
                    "{text}"
                );
            }
        }
    }
}
