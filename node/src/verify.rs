//! Whom to believe, the decision, and the evidence of it.

use crate::{call::Request, feed::RevocationFeed, key::PublicKey, text, throw, time};
use keybound_bindings::{
    DEFAULT_CACHE_CAPACITY, DEFAULT_REPLAY_CAPACITY, FeedData, HostVerifier, MemoryLinkCache, TrustData,
    keybound,
};
use napi::{Result, bindgen_prelude::Uint8Array};
use napi_derive::napi;

/// A trust that is being described.
#[napi]
pub struct TrustBuilder(TrustData);

#[napi]
impl TrustBuilder {
    /// For a verifier known by these names; it believes nobody yet.
    #[napi(constructor, catch_unwind)]
    pub fn new(audience: Vec<String>) -> Self {
        Self(TrustData {
            anchors: Vec::new(),
            audience,
            limits: Vec::new(),
            revoked: Vec::new(),
            revocation: Vec::new(),
            replay_capacity: DEFAULT_REPLAY_CAPACITY,
            requires_identity: true,
            requires_audience: true,
            requires_proof_audience: true,
        })
    }

    /// Adds an anchor.
    #[napi(catch_unwind)]
    pub fn anchor(&mut self, issuer: String, key: &PublicKey) {
        self.0.anchors.push((issuer, key.0.clone()));
    }

    /// Sets a limit.
    #[napi(catch_unwind)]
    pub fn limit(&mut self, name: String, value: u32) {
        self.0.limits.push((name, value.into()));
    }

    /// Adds a revoked token.
    #[napi(catch_unwind)]
    pub fn revoke(&mut self, id: Uint8Array) {
        self.0.revoked.push(id.to_vec());
    }

    /// Adds what an issuer revokes.
    #[napi(catch_unwind)]
    pub fn revocation(&mut self, feed: &RevocationFeed) {
        self.0.revocation.push(feed.0.clone());
    }

    /// Sets how many proofs are remembered.
    #[napi(catch_unwind)]
    pub fn replay_capacity(&mut self, capacity: u32) {
        self.0.replay_capacity = room(capacity);
    }

    /// Lets chains name nobody.
    #[napi(catch_unwind)]
    pub fn identity_optional(&mut self) {
        self.0.requires_identity = false;
    }

    /// Lets tokens name no audience.
    #[napi(catch_unwind)]
    pub fn audience_optional(&mut self) {
        self.0.requires_audience = false;
    }

    /// Lets proofs of AAT-02 name no audience.
    #[napi(catch_unwind)]
    pub fn proof_audience_optional(&mut self) {
        self.0.requires_proof_audience = false;
    }

    /// A feed of the lists that the keys of the anchors sign: keys and limits are described alike, and every class costs.
    #[napi(catch_unwind)]
    pub fn feed(&self, issuer: String) -> Result<RevocationFeed> {
        let keys = self.0.anchors.iter().map(|(_, key)| key.clone()).collect();
        let data = FeedData { issuer, keys, limits: self.0.limits.clone() };
        data.into_feed().map(RevocationFeed).map_err(throw)
    }

    /// The trust described.
    #[napi(catch_unwind)]
    pub fn build(&self) -> Result<Trust> {
        self.0.clone().into_trust().map(Trust).map_err(throw)
    }
}

/// What a verifier believes.
#[napi]
pub struct Trust(pub(crate) keybound::Trust);

/// A trust and its memory of links.
#[napi]
pub struct Verifier(HostVerifier);

#[napi]
impl Verifier {
    /// With room for so many links.
    #[napi(constructor, catch_unwind)]
    pub fn new(trust: &Trust, capacity: Option<u32>) -> Self {
        let cache = MemoryLinkCache::with_capacity(capacity.map_or(DEFAULT_CACHE_CAPACITY, room));
        Self(HostVerifier::new(trust.0.clone(), cache))
    }

    /// Decides a call.
    #[napi(catch_unwind)]
    pub fn authorize(&self, chain: &[u8], proof: &[u8], request: &Request, now: f64) -> Result<Permit> {
        self.0.authorize(chain, proof, &request.0, time(now)?).map(Permit).map_err(throw)
    }
}

/// Evidence of a decision.
#[napi]
pub struct Permit(pub(crate) keybound::Permit);

#[napi]
impl Permit {
    /// What it says, as JSON text.
    #[napi(catch_unwind)]
    pub fn facts(&self) -> String {
        text::permit(&self.0)
    }
}

// Every machine this runs on can count to 2^32.
pub(crate) fn room(capacity: u32) -> usize {
    usize::try_from(capacity).unwrap_or(usize::MAX)
}
