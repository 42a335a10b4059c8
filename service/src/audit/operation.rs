//! What can happen: one table of operations, so that each is recorded under one name and with one outcome.

/// Whether what was asked for was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done.
    Allowed,
    /// It was refused.
    Denied,
}

impl Outcome {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
        }
    }
}

macro_rules! operations {
    ($($(#[doc = $meaning:literal])+ $name:ident = $text:literal, $outcome:ident;)+) => {
        /// What happened. The outcome belongs to the operation: no record can say that a denial was allowed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation { $($(#[doc = $meaning])+ $name,)+ }

        impl Operation {
            /// Every operation, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable name, such as `token.issued`.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $text,)+ } }

            /// Whether it was done or refused.
            pub const fn outcome(self) -> Outcome { match self { $(Self::$name => Outcome::$outcome,)+ } }
        }
    };
}

operations! {
    // The log and the service itself.
    /// The log of a tenant begins.
    LogStarted = "log.started", Allowed;
    /// The service came up.
    ServiceStarted = "service.started", Allowed;
    /// Another policy is in force.
    PolicyChanged = "policy.changed", Allowed;
    /// A policy could not be loaded; the one before stays in force.
    PolicyDenied = "policy.denied", Denied;
    /// A signing key took over, the one before lives on until its tokens expire.
    KeyRotated = "key.rotated", Allowed;
    /// A signing key was withdrawn at once, with everything it signed.
    KeyEmergency = "key.emergency", Allowed;

    // Clients, on every endpoint.
    /// A client could not be authenticated, or may not use the endpoint at all.
    ClientDenied = "client.denied", Denied;

    // /launch
    /// An orchestrator launched an agent and got its one-time launch token.
    LaunchCreated = "launch.created", Allowed;
    /// A launch was refused.
    LaunchDenied = "launch.denied", Denied;
    /// A launch token was shown a second time: it was copied.
    LaunchUsedTwice = "launch.used_twice", Denied;

    // /token
    /// An agent instance got its first token; the grant says how.
    TokenIssued = "token.issued", Allowed;
    /// A token took the place of its parent before that expired.
    TokenRenewed = "token.renewed", Allowed;
    /// A token in another form, or for another audience, was issued for its parent.
    TokenExchanged = "token.exchanged", Allowed;
    /// A token for another agent, acting on behalf of the same principal, was issued for its parent.
    TokenDelegated = "token.delegated", Allowed;
    /// A token was refused; the grant says which was asked for.
    TokenDenied = "token.denied", Denied;

    // /introspect, /revoke, /admin/revocations
    /// A caller may not learn about the token it showed. Introspections that were answered are not recorded.
    IntrospectionDenied = "introspection.denied", Denied;
    /// The holder or its orchestrator revoked a token (RFC 7009).
    TokenRevoked = "token.revoked", Allowed;
    /// An operator revoked a token, an agent, a task or a chain.
    RevocationAdded = "revocation.added", Allowed;
    /// A revocation was refused.
    RevocationDenied = "revocation.denied", Denied;

    // /release, /heartbeat, and the end of a session
    /// An agent gave back its authority.
    AgentReleased = "agent.released", Allowed;
    /// A release was refused.
    ReleaseDenied = "release.denied", Denied;
    /// A session ended because its time was up.
    AgentExpired = "agent.expired", Allowed;
    /// A session ended because a revocation covers it.
    AgentRevoked = "agent.revoked", Allowed;
    /// A session ended because its agent was silent for too long.
    HeartbeatMissed = "agent.heartbeat_missed", Allowed;
    /// An agent reported another state. Heartbeats that change nothing are not recorded.
    HeartbeatState = "heartbeat.state", Allowed;
    /// A heartbeat was refused.
    HeartbeatDenied = "heartbeat.denied", Denied;

    // /audit/uses
    /// A resource server reported a call it permitted.
    UseReported = "use.reported", Allowed;
    /// A resource server reported permitted reads that repeat each other; the count says how many.
    UseAggregated = "use.aggregated", Allowed;
    /// A resource server reported a call it refused.
    UseDenied = "use.denied", Denied;
    /// The report of a use was refused.
    ReportDenied = "report.denied", Denied;
}

impl Operation {
    /// The operation of that name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.as_str() == text)
    }

    /// Whether it brings a token into the world.
    pub(super) const fn issues(self) -> bool {
        matches!(self, Self::TokenIssued | Self::TokenRenewed | Self::TokenExchanged | Self::TokenDelegated)
    }
}

/// How a token was asked for at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grant {
    /// The agent's own credentials (RFC 6749 section 4.4).
    ClientCredentials,
    /// The one-time launch token.
    Launch,
    /// A foreign assertion (RFC 7523).
    JwtBearer,
    /// Token exchange for a fresh token of the same agent.
    Renewal,
    /// Token exchange with an actor token: another agent takes over (RFC 8693).
    OnBehalfOf,
    /// Token exchange for an OAuth access token (RFC 9068).
    AccessToken,
}

impl Grant {
    /// Every grant.
    pub const ALL: &'static [Self] = &[
        Self::ClientCredentials,
        Self::Launch,
        Self::JwtBearer,
        Self::Renewal,
        Self::OnBehalfOf,
        Self::AccessToken,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::Launch => "launch",
            Self::JwtBearer => "jwt_bearer",
            Self::Renewal => "renewal",
            Self::OnBehalfOf => "on_behalf_of",
            Self::AccessToken => "access_token",
        }
    }

    /// The grant of that name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|grant| grant.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_read_back() {
        let names: BTreeSet<&str> = Operation::ALL.iter().map(|operation| operation.as_str()).collect();
        assert_eq!(names.len(), Operation::ALL.len());
        for operation in Operation::ALL {
            assert_eq!(Operation::parse(operation.as_str()), Some(*operation));
            let says_denied =
                operation.as_str().ends_with(".denied") || *operation == Operation::LaunchUsedTwice;
            assert_eq!(operation.outcome() == Outcome::Denied, says_denied, "{operation:?}");
        }
        for grant in Grant::ALL {
            assert_eq!(Grant::parse(grant.as_str()), Some(*grant));
        }
        assert_eq!(Operation::parse("token.Issued"), None);
        assert_eq!(Grant::parse(""), None);
    }
}
