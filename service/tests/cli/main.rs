//! The command itself: each verb as it is typed, in a folder of its own, with its honest case and its failing one.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

// Each says that it is of the tests, since that is where clippy looks for leave to unwrap.
#[cfg(test)]
mod command;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod log;
#[cfg(test)]
mod plain;
#[cfg(test)]
mod running;
#[cfg(test)]
mod settings;
// The service of the other tests, which makes the logs that are looked at here.
#[cfg(test)]
#[allow(unused_imports, reason = "each test program uses its part")]
#[path = "../support/mod.rs"]
mod support;
#[cfg(test)]
mod trail;
