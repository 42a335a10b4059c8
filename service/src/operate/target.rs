//! What an operator revokes: a token, a chain, an agent, a task or a key.

use crate::{
    audit::{Event, Name},
    hex,
    store::{Reason, Step},
};
use keybound::{
    AgentId, PublicKey, Refusal, TokenId, UnixTime,
    revocation::{Level, RevokedId},
};
use serde_json::Value;
use std::fmt;

/// Seconds for which a revocation is kept of whose tokens nobody here knows how long they live: as long as any can.
const LONGEST: u64 = 3600;

/// What is to be revoked.
#[derive(Clone, Debug)]
pub struct Target {
    level: Level,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Token(TokenId),
    Agent(AgentId),
    Task(String),
    /// A chain or a key.
    Other(RevokedId),
}

impl Target {
    /// Reads a level by its name, and an id of that level: a token's as a UUID or in hexadecimal, a chain's digest in hexadecimal,
    /// an agent's id, a task's name, a key as a JWK.
    ///
    /// # Errors
    /// [`BadTarget`] with the part that cannot be read.
    pub fn parse(level: &str, id: &str) -> Result<Self, BadTarget> {
        let bad = || BadTarget::Part("id");
        let level = Level::named(level).ok_or(BadTarget::Part("level"))?;
        let what = match level {
            Level::Token => What::Token(token(id).ok_or_else(bad)?),
            Level::Chain => What::Other(RevokedId::chain(hex::digest(id).ok_or_else(bad)?)),
            Level::Agent => What::Agent(AgentId::parse(id).map_err(|_| bad())?),
            // What could not be the task of an agent is none, and has no place in a record.
            Level::Task if AgentId::parse(&format!("spiffe://any/agent/any/{id}/any")).is_err() => {
                return Err(bad());
            }
            Level::Task => What::Task(id.to_owned()),
            Level::Key => {
                let jwk: Value = serde_json::from_str(id).map_err(|_| bad())?;
                let key = PublicKey::from_jwk(jwk.to_string().as_bytes()).map_err(BadTarget::Key)?;
                What::Other(RevokedId::holder(&key))
            }
        };
        Ok(Self { level, what })
    }

    /// At which level it is.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// What is done about it.
    pub fn step(&self, reason: Reason, now: UnixTime) -> Step {
        let now = now.as_secs();
        let expires = now.saturating_add(LONGEST);
        match &self.what {
            What::Token(id) => Step::Revoke { id: RevokedId::token(id), expires, reason, now },
            What::Other(id) => Step::Revoke { id: *id, expires, reason, now },
            What::Agent(agent) => Step::RevokeAgent { agent: agent.to_string(), reason, now },
            What::Task(task) => Step::RevokeTask { task: task.clone(), reason, now },
        }
    }

    /// Says in an event what it is about.
    pub fn describe(&self, event: &mut Event) {
        event.rule = Name::parse(self.level.as_str());
        match &self.what {
            What::Token(id) => event.token = Some(*id),
            What::Agent(agent) => {
                event.task = Name::parse(agent.task());
                event.orchestrator = Name::parse(agent.orchestrator());
                event.agent = Some(agent.clone());
            }
            What::Task(task) => event.task = Name::parse(task),
            What::Other(_) => {}
        }
    }
}

/// A token id as a UUID or in hexadecimal.
fn token(text: &str) -> Option<TokenId> {
    match hex::decode(text) {
        Some(bytes) => bytes.try_into().ok().map(TokenId::from_bytes),
        None => (text.len() == 36).then(|| TokenId::from_text(text)),
    }
}

/// What is wrong with what was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadTarget {
    /// The level, or the id.
    Part(&'static str),
    /// The key is none.
    Key(Refusal),
}

impl fmt::Display for BadTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part(name) => write!(f, "the {name} cannot be read"),
            Self::Key(refusal) => write!(f, "the key: {refusal}"),
        }
    }
}

impl std::error::Error for BadTarget {}
