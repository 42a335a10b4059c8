#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]
#![doc = include_str!("../README.md")]

extern crate alloc;

mod agent;
mod authority;
mod authorize;
mod chain;
mod claims;
mod code;
mod grant;
mod id;
pub mod json;
mod key;
mod limits;
mod memory;
mod narrowing;
mod order;
mod permit;
mod prepared;
mod proof;
mod refusal;
mod request;
mod rules;
mod time;
mod trust;
mod verifier;
mod verify;
mod wire;

pub use agent::AgentId;
pub use authority::{Authority, Narrowed};
pub use chain::Chain;
pub use code::{Code, Family};
pub use grant::{DEFAULT_LIFETIME, Grant};
pub use id::{Digest, ProofId, Random, TokenId};
pub use key::{PublicKey, SigningKey, Thumbprint};
pub use limits::Limits;
pub use memory::{CachedLink, LinkCache, LinkIds, NoCache, Replay, ReplayEntry, ReplayStore, Revocation};
pub use narrowing::Narrowing;
pub use permit::{Hop, Permit};
pub use prepared::Prepared;
pub use proof::Proof;
pub use refusal::Refusal;
pub use request::{Arguments, Request};
pub use time::UnixTime;
pub use trust::Trust;
pub use verifier::Verifier;
pub use verify::VerifiedChain;
