//! The issuing service, from outside: over its routes, on SQLite, or on PostgreSQL where `KEYBOUND_TEST_POSTGRES` names a server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

#[path = "../support/oidc/mod.rs"]
mod oidc;
#[path = "../support/mod.rs"]
mod support;

mod clients;
mod errors;
mod heartbeats;
mod identity;
mod issuing;
mod log;
mod metrics;
mod platforms;
mod policies;
mod renewals;
mod revoking;
mod rotation;
mod secrets;
mod sessions;
mod tenants;
