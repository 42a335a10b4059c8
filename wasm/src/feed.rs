//! What issuers revoke.

use crate::{Result, text, throw, time, verify::TrustBuilder};
use keybound_bindings::FeedData;
use std::sync::Arc;
use wasm_bindgen::prelude::wasm_bindgen;

/// The newest list of an issuer.
#[wasm_bindgen]
pub struct RevocationFeed(pub(crate) Arc<keybound_bindings::RevocationFeed>);

#[wasm_bindgen]
impl RevocationFeed {
    /// Takes over a list or a delta.
    pub fn apply(&self, update: &[u8], now: f64) -> Result<()> {
        self.0.apply(update, time(now)?).map_err(throw)
    }

    /// What is known of the list, as JSON text.
    pub fn facts(&self) -> String {
        text::feed(&self.0)
    }
}

#[wasm_bindgen]
impl TrustBuilder {
    /// Adds what an issuer revokes.
    pub fn revocation(&mut self, feed: &RevocationFeed) {
        self.0.revocation.push(feed.0.clone());
    }

    /// A feed of the lists that the keys of the anchors sign: keys and limits are described alike, and every class costs.
    pub fn feed(self, issuer: String) -> Result<RevocationFeed> {
        let keys = self.0.anchors.into_iter().map(|(_, key)| key).collect();
        let data = FeedData { issuer, keys, limits: self.0.limits };
        data.into_feed().map(RevocationFeed).map_err(throw)
    }
}
