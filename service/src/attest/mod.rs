//! Who somebody is, as others vouch for it: OIDC tokens and SPIFFE JWT-SVIDs, believed under configured rules only.
//!
//! A [`Rule`] names one issuer or trust domain, where its keys come from and for whom tokens must be. [`verify`] checks one token
//! under one rule; nothing a token says chooses a key source. What was believed is remembered as [`Evidence`].

mod algorithm;
mod choose;
mod evidence;
mod fetch;
mod json;
mod jwk;
mod jwks;
mod jws;
mod keys;
mod refused;
mod rule;
mod token;

pub use algorithm::{Algorithm, Algorithms};
pub use choose::rules_for;
pub use evidence::Evidence;
pub use keys::Health;
pub use refused::{Code, Refused};
pub use rule::{Kind, Rule, Source};
pub use token::{Verified, verify};
