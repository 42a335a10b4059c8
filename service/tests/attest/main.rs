//! Attestation against a real issuer over real HTTP: what is believed beside what is not.

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

mod evidence;
mod fetching;
mod refusals;
mod rules;
mod schedule;
mod shapes;
mod spiffe;
mod world;
