//! The native half of the npm package `keybound`: the core's types as JavaScript classes.
//!
//! Nobody but `bindings/js` calls these. They check nothing and default nothing: each is one call
//! into `keybound-bindings`. The time comes from JavaScript, as it does in the Wasm module, so that
//! one surface serves both. `catch_unwind` is on every function: a panic becomes a JavaScript error.

mod call;
mod chain;
mod dpop;
mod feed;
mod key;
#[path = "../../bindings/js/text.rs"]
mod text;
mod verify;

use keybound_bindings::{Failure, keybound::UnixTime, whole};
use napi::{Error, Result};

fn throw(failure: impl Into<Failure>) -> Error {
    Error::from_reason(text::failure(failure.into()))
}

fn seconds(value: f64) -> Result<u64> {
    whole(value, "now").map_err(throw)
}

fn time(value: f64) -> Result<UnixTime> {
    UnixTime::new(seconds(value)?).map_err(throw)
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a time is below 2^53 by its type")]
fn number(time: UnixTime) -> f64 {
    time.as_secs() as f64
}
