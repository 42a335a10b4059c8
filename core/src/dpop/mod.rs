//! Proof of possession over HTTP as stock clients and servers speak it: DPoP (RFC 9449).
//!
//! A [`Proof`] is what a client sends; a [`Guard`] is what a server keeps. What DPoP leaves open, the body or the tool with its
//! arguments, goes into one additive claim that a stock server ignores and a guard checks.

mod binding;
mod call;
mod guard;
mod proof;
mod uri;

pub use call::Call;
pub use guard::{Accepted, Guard, Opened};
pub use proof::Proof;
