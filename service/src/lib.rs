//! The issuing service of Keybound: it issues, renews, revokes and remembers.
//!
//! [`app`] is the whole of it as a value, testable without a socket: requests go in, answers come out, and clock, randomness and
//! database are arguments. What tokens mean is decided in core; what may be issued is decided by the [`policy`]; everything that
//! happens is in the [`audit`] log in the same transaction.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

pub mod attest;
pub mod audit;
mod believe;
pub mod clock;
mod code;
mod code_table;
pub mod config;
pub mod feed;
pub mod follow;
pub mod hex;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod metrics;
pub mod operate;
pub mod policy;
pub mod random;
pub mod serve;
pub mod state;
pub mod status_list;
pub mod store;
pub mod tenant;

pub use code::{Cause, Code};
pub use http::app;
pub use state::App;
