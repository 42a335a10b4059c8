//! What issuers revoke.

use crate::{text, throw, time};
use napi::Result;
use napi_derive::napi;
use std::sync::Arc;

/// The newest list of an issuer.
#[napi]
pub struct RevocationFeed(pub(crate) Arc<keybound_bindings::RevocationFeed>);

#[napi]
impl RevocationFeed {
    /// Takes over a list or a delta.
    #[napi(catch_unwind)]
    pub fn apply(&self, update: &[u8], now: f64) -> Result<()> {
        self.0.apply(update, time(now)?).map_err(throw)
    }

    /// What is known of the list, as JSON text.
    #[napi(catch_unwind)]
    pub fn facts(&self) -> String {
        text::feed(&self.0)
    }
}
