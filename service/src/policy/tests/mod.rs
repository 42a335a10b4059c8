//! The policy against its requirements: each rule with its nearest honest neighbour, random requests against the ceiling.

#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

mod decide;
mod example;
mod explain;
mod narrow;
mod parse;
mod properties;
mod trust;

use crate::policy::{Action, Ask, Denial, Policy, Principal, Terms};
use keybound::Authority;

/// An Ed25519 key, public: RFC 8037 appendix A.3.
pub(crate) const JWKS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// Every rule has something to say in it.
pub(crate) const CLOSE: &str = r#"
[clients.payables]
roles = ["orchestrator"]
[clients.other]
roles = ["orchestrator"]
[clients.tools]
roles = ["resource_server"]
audiences = ["https://a.example"]

[workflows.close]
orchestrators = ["payables"]
audiences = ["https://a.example", "https://b.example"]
ttl = { default = 300, min = 60, max = 600 }
session = 3600
renewals = 3
depth = 2
heartbeat = 30
launch_ttl = 20
agents = ["spiffe://acme.example/ns/agents/*"]
formats = ["cwt", "aat"]
on_behalf_of = true
[workflows.close.principals]
tiers = ["pro"]
[workflows.close.tools.list.arguments]
[workflows.close.tools.pay]
arguments = { amount = { constraint_type = "range", max = 500 }, id = { constraint_type = "wildcard" } }
category = "payments"
groups = ["finance"]
[workflows.close.tools.refund]
arguments = { id = { constraint_type = "wildcard" } }
category = "payments"
groups = ["finance"]
tiers = ["pro"]

[workflows.open]
orchestrators = ["payables"]
audiences = ["https://a.example"]
[workflows.open.tools.list.arguments]
[workflows.open.tools.pay]
arguments = {}
groups = ["finance"]

[workflows.team]
orchestrators = ["payables"]
audiences = ["https://a.example"]
principals = { groups = ["finance", "audit"] }
[workflows.team.tools.list.arguments]

[workflows.anyone]
orchestrators = ["payables"]
audiences = ["https://a.example"]
on_behalf_of = true
[workflows.anyone.tools.list.arguments]

[workflows.nobody]
audiences = ["https://a.example"]
[workflows.nobody.tools.list.arguments]
[workflows.nowhere]
orchestrators = ["payables"]
[workflows.nowhere.tools.list.arguments]
[workflows.nothing]
orchestrators = ["payables"]
audiences = ["https://a.example"]

[rates.payments]
limit = 10
per = "day"
"#;

pub(crate) fn policy() -> Policy {
    Policy::parse(CLOSE).unwrap()
}

pub(crate) fn user(tier: &str, groups: &[&str]) -> Option<Principal> {
    Some(Principal::new("alice@acme.example", Some(tier), groups.iter().copied()).unwrap())
}

/// A request that every rule lets through.
pub(crate) fn launch() -> Ask {
    Ask { principal: user("pro", &["finance"]), ..Ask::new(Action::Launch, "close", "payables") }
}

pub(crate) fn authority(json: &str) -> Authority {
    Authority::from_json(json).unwrap()
}

pub(crate) fn tools(authority: &Authority) -> Vec<&str> {
    authority.tools().collect()
}

/// The rule and the code, for tables.
pub(crate) fn outcome(decided: &Result<Terms, Denial>) -> Result<(), (&'static str, &'static str)> {
    decided.as_ref().map(drop).map_err(|denial| (denial.rule(), denial.code().as_str()))
}
