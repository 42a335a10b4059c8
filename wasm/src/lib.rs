//! The native half of `keybound-wasm`: the core's types as JavaScript classes.
//!
//! Nobody but `bindings/js` calls these. They check nothing and default nothing: each is one call
//! into `keybound-bindings`. The time comes from JavaScript, since Wasm has no clock.

mod call;
mod chain;
#[cfg(feature = "jose")]
mod dpop;
#[cfg(feature = "lists")]
mod feed;
mod key;
#[path = "../../bindings/js/text.rs"]
mod text;
mod verify;

use keybound_bindings::{Failure, keybound::UnixTime, whole};
use wasm_bindgen::JsValue;

type Result<T> = std::result::Result<T, JsValue>;

fn throw(failure: impl Into<Failure>) -> JsValue {
    text::failure(failure.into()).into()
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
