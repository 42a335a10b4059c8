//! What goes wrong around the service: it says so, does nothing by halves, and goes on when it is over.
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

mod clock;
mod database;
mod disk;
mod network;
#[path = "../process/mod.rs"]
mod process;
mod program;
