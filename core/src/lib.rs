#![no_std]
#![forbid(unsafe_code)]
//! Keybound core.
extern crate alloc;
mod code;
mod limits;
mod refusal;
pub use code::{Code, Family};
pub use limits::Limits;
pub use refusal::Refusal;
