//! Terms as JSON: how a store keeps them, and what `POST /policy/test` shows.

use crate::policy::{Charge, Terms, TokenFormat, Ttl, grammar, ttl, workflow};
use keybound::Authority;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;

/// The members. The tools are raw text: AAT-02 JSON has its own reader, which numbers survive.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    policy: String,
    workflow: String,
    tools: Box<RawValue>,
    audience: Vec<String>,
    ttl: Ttl,
    session: u64,
    renewals: u32,
    depth: u32,
    heartbeat: u64,
    launch_ttl: u64,
    formats: Vec<TokenFormat>,
    on_behalf_of: bool,
    charges: Vec<Charge>,
}

/// A text that is no terms, or terms that no policy can grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadTerms;

impl fmt::Display for BadTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the stored terms cannot be read")
    }
}

impl std::error::Error for BadTerms {}

impl Terms {
    /// The terms as JSON.
    ///
    /// # Errors
    /// None in practice; whoever stores them denies then.
    pub fn to_json(&self) -> Result<String, BadTerms> {
        serde_json::to_string(self).map_err(|_| BadTerms)
    }

    /// Reads what [`Terms::to_json`] wrote.
    ///
    /// # Errors
    /// Anything else, also where a bound is one that no policy could have set: a store that was tampered with, or is older than
    /// this program understands, grants nothing.
    pub fn from_json(text: &str) -> Result<Self, BadTerms> {
        let stored: Stored = serde_json::from_str(text).map_err(|_| BadTerms)?;
        let terms = Self {
            tools: Authority::from_json(stored.tools.get()).map_err(|_| BadTerms)?,
            policy: stored.policy,
            workflow: stored.workflow,
            audience: stored.audience,
            ttl: stored.ttl,
            session: stored.session,
            renewals: stored.renewals,
            depth: stored.depth,
            heartbeat: stored.heartbeat,
            launch_ttl: stored.launch_ttl,
            formats: stored.formats,
            on_behalf_of: stored.on_behalf_of,
            charges: stored.charges,
        };
        if terms.is_possible() { Ok(terms) } else { Err(BadTerms) }
    }

    /// Whether a policy could have granted them.
    fn is_possible(&self) -> bool {
        grammar::is_name(&self.workflow)
            && self.tools.tools().next().is_some()
            && !self.audience.is_empty()
            && self.audience.iter().all(|audience| grammar::is_audience(audience))
            && !self.formats.is_empty()
            && (ttl::SHORTEST..=workflow::LONGEST_SESSION).contains(&self.session)
            && self.ttl.max() <= self.session
            && self.renewals <= workflow::MOST_RENEWALS
            && self.depth <= workflow::DEEPEST
            && (1..=workflow::LONGEST_LAUNCH).contains(&self.launch_ttl)
    }
}

impl Serialize for Terms {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            policy: self.policy.clone(),
            workflow: self.workflow.clone(),
            tools: RawValue::from_string(self.tools.to_json()).map_err(serde::ser::Error::custom)?,
            audience: self.audience.clone(),
            ttl: self.ttl,
            session: self.session,
            renewals: self.renewals,
            depth: self.depth,
            heartbeat: self.heartbeat,
            launch_ttl: self.launch_ttl,
            formats: self.formats.clone(),
            on_behalf_of: self.on_behalf_of,
            charges: self.charges.clone(),
        }
        .serialize(serializer)
    }
}
