//! The shapes of the text. Reading is all they do: what they hold is checked where each becomes a thing of its own.

use crate::policy::document::problem_of;
use crate::policy::problem::PolicyError;
use crate::policy::{Per, Role, SignatureAlgorithm, TokenFormat, TrustKind};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// The whole text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) clients: BTreeMap<String, Client>,
    #[serde(default)]
    pub(super) workflows: BTreeMap<String, Workflow>,
    #[serde(default)]
    pub(super) rates: BTreeMap<String, Rate>,
    #[serde(default)]
    pub(super) trust: Vec<Trust>,
}

impl File {
    /// # Errors
    /// The first key that is unknown or missing, or has a value of the wrong type.
    pub(super) fn parse(text: &str) -> Result<Self, PolicyError> {
        toml::from_str(text).map_err(|error| problem_of(text, &error).into())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Client {
    pub(super) roles: Vec<Role>,
    pub(super) jwks: Option<String>,
    #[serde(default)]
    pub(super) audiences: Vec<String>,
    #[serde(default)]
    pub(super) bearer: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workflow {
    #[serde(default)]
    pub(super) orchestrators: Vec<String>,
    #[serde(default)]
    pub(super) audiences: Vec<String>,
    #[serde(default)]
    pub(super) ttl: Ttl,
    /// An hour: requirement B12.
    #[serde(default = "hour")]
    pub(super) session: u64,
    /// As many tokens of five minutes (B5) as an hour takes.
    #[serde(default = "dozen")]
    pub(super) renewals: u32,
    #[serde(default)]
    pub(super) depth: u32,
    #[serde(default)]
    pub(super) heartbeat: u64,
    /// Requirement L1.
    #[serde(default = "half_minute")]
    pub(super) launch_ttl: u64,
    #[serde(default)]
    pub(super) agents: Vec<String>,
    pub(super) formats: Option<Vec<TokenFormat>>,
    #[serde(default)]
    pub(super) on_behalf_of: bool,
    #[serde(default)]
    pub(super) principals: Principals,
    #[serde(default)]
    pub(super) tools: BTreeMap<String, Tool>,
}

const fn hour() -> u64 {
    3600
}

const fn dozen() -> u32 {
    12
}

const fn half_minute() -> u64 {
    30
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ttl {
    pub(super) default: Option<u64>,
    pub(super) min: Option<u64>,
    pub(super) max: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Principals {
    pub(super) required: Option<bool>,
    pub(super) tiers: Option<Vec<String>>,
    pub(super) groups: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tool {
    #[expect(dead_code, reason = "read from the tree instead, where numbers are still as they were written")]
    arguments: Option<IgnoredAny>,
    pub(super) category: Option<String>,
    pub(super) tiers: Option<Vec<String>>,
    pub(super) groups: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rate {
    pub(super) limit: u32,
    pub(super) per: Per,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trust {
    pub(super) name: String,
    pub(super) issuer: String,
    pub(super) kind: TrustKind,
    pub(super) keys: Keys,
    pub(super) audience: String,
    pub(super) algorithms: Vec<SignatureAlgorithm>,
    pub(super) role: TrustRole,
    #[serde(default)]
    pub(super) claims: BTreeMap<String, String>,
    /// Ten minutes: the most that requirement B5 gives a token of our own when nobody says otherwise.
    #[serde(default = "ten_minutes")]
    pub(super) max_age: u64,
    pub(super) issue: Option<Issue>,
    pub(super) user: Option<User>,
    pub(super) client: Option<LoginAs>,
}

const fn ten_minutes() -> u64 {
    600
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TrustRole {
    Agent,
    User,
    Orchestrator,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keys {
    pub(super) jwks_uri: Option<String>,
    pub(super) jwks: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Issue {
    pub(super) workflow: String,
    pub(super) orchestrator: String,
    pub(super) task: String,
    pub(super) principal: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    pub(super) principal: String,
    pub(super) tier: Option<String>,
    pub(super) groups: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginAs {
    pub(super) client: String,
}
