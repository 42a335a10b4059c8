//! JSON as authority sees it: strict on the way in, RFC 8785 on the way out.
//!
//! Two values are equal exactly when their RFC 8785 (JCS) serialisations are the same bytes
//! (AAT-02 §3.4). A number that a double cannot hold as written never becomes a [`Value`], so
//! equality here can be equality of doubles.

mod canonical;
mod named;
#[cfg(feature = "jose")]
mod node;
mod number;
mod object;
mod parse;
mod plain;
mod value;

pub(crate) use canonical::canonical;
#[cfg(feature = "jose")]
pub(crate) use canonical::write_text;
pub(crate) use named::Named;
#[cfg(feature = "jose")]
pub(crate) use node::{Members, Node, TokenNames, names_in};
pub use number::Number;
pub(crate) use number::{MAX_SAFE_INTEGER, shortest_float};
pub use object::Object;
pub(crate) use parse::{DEEPEST, parse};
pub use value::Value;
