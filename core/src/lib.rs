#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]
#![doc = include_str!("../README.md")]

extern crate alloc;

#[cfg(feature = "jose")]
mod aat;
#[cfg(feature = "jose")]
mod access_grant;
#[cfg(feature = "jose")]
mod access_token;
mod agent;
mod authority;
mod authorize;
mod base64url;
mod chain;
mod claims;
mod code;
#[cfg(feature = "jose")]
pub mod dpop;
mod format;
mod grant;
#[cfg(feature = "jose")]
mod hmac;
mod id;
#[cfg(feature = "jose")]
pub mod jose;
pub mod json;
mod key;
mod limits;
mod link;
mod memory;
mod narrowing;
#[cfg(feature = "jose")]
mod nonce;
mod order;
mod permit;
mod prepared;
mod proof;
mod refusal;
mod request;
pub mod revocation;
mod rules;
#[cfg(feature = "jose")]
mod svid;
mod time;
mod times;
mod trust;
mod verifier;
mod verify;
mod wire;

#[cfg(feature = "jose")]
pub use aat::Presentation;
#[cfg(feature = "jose")]
pub use access_grant::AccessGrant;
#[cfg(feature = "jose")]
pub use access_token::{AccessToken, AccessTokens, OpenedToken};
pub use agent::AgentId;
pub use authority::{Authority, Narrowed};
pub use chain::Chain;
pub use code::{Code, Family};
pub use format::Format;
pub use grant::{DEFAULT_LIFETIME, Grant};
pub use id::{Digest, ProofId, Random, TokenId};
pub use key::{PublicKey, SigningKey, Thumbprint};
pub use limits::Limits;
pub use memory::{
    CachedLink, LinkCache, LinkIds, NoCache, Replay, ReplayEntry, ReplayStore, Revocation, Standing,
};
pub use narrowing::Narrowing;
#[cfg(feature = "jose")]
pub use nonce::Nonces;
pub use permit::{Hop, Permit};
pub use prepared::Prepared;
pub use proof::Proof;
pub use refusal::Refusal;
pub use request::{Arguments, Request};
#[cfg(feature = "jose")]
pub use svid::{JwtSvids, OpenedSvid, SpiffeId};
pub use time::UnixTime;
pub use trust::Trust;
pub use verifier::Verifier;
pub use verify::VerifiedChain;
