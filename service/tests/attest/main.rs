//! Attestation against a real issuer over real HTTP: what is believed beside what is not.

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
