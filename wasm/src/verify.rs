//! Whom to believe, the decision, and the evidence of it.

use crate::{Result, call::Request, key::PublicKey, text, throw, time};
use keybound_bindings::{
    DEFAULT_CACHE_CAPACITY, DEFAULT_REPLAY_CAPACITY, HostVerifier, MemoryLinkCache, TrustData, keybound,
};
use wasm_bindgen::prelude::wasm_bindgen;

/// A trust that is being described.
#[wasm_bindgen]
pub struct TrustBuilder(pub(crate) TrustData);

#[wasm_bindgen]
impl TrustBuilder {
    /// For a verifier known by these names; it believes nobody yet.
    #[wasm_bindgen(constructor)]
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
    pub fn anchor(&mut self, issuer: String, key: &PublicKey) {
        self.0.anchors.push((issuer, key.0.clone()));
    }

    /// Sets a limit.
    pub fn limit(&mut self, name: String, value: u32) {
        self.0.limits.push((name, value.into()));
    }

    /// Adds a revoked token.
    pub fn revoke(&mut self, id: Vec<u8>) {
        self.0.revoked.push(id);
    }

    /// Sets how many proofs are remembered.
    #[wasm_bindgen(js_name = replayCapacity)]
    pub fn replay_capacity(&mut self, capacity: usize) {
        self.0.replay_capacity = capacity;
    }

    /// Lets chains name nobody.
    #[wasm_bindgen(js_name = identityOptional)]
    pub fn identity_optional(&mut self) {
        self.0.requires_identity = false;
    }

    /// Lets tokens name no audience.
    #[wasm_bindgen(js_name = audienceOptional)]
    pub fn audience_optional(&mut self) {
        self.0.requires_audience = false;
    }

    /// Lets proofs of AAT-02 name no audience.
    #[wasm_bindgen(js_name = proofAudienceOptional)]
    pub fn proof_audience_optional(&mut self) {
        self.0.requires_proof_audience = false;
    }

    /// The trust described.
    pub fn build(self) -> Result<Trust> {
        self.0.into_trust().map(Trust).map_err(throw)
    }
}

/// What a verifier believes.
#[wasm_bindgen]
pub struct Trust(pub(crate) keybound::Trust);

/// A trust and its memory of links.
#[wasm_bindgen]
pub struct Verifier(HostVerifier);

#[wasm_bindgen]
impl Verifier {
    /// With room for so many links.
    #[wasm_bindgen(constructor)]
    pub fn new(trust: &Trust, capacity: Option<usize>) -> Self {
        let cache = MemoryLinkCache::with_capacity(capacity.unwrap_or(DEFAULT_CACHE_CAPACITY));
        Self(HostVerifier::new(trust.0.clone(), cache))
    }

    /// Decides a call.
    pub fn authorize(&self, chain: &[u8], proof: &[u8], request: &Request, now: f64) -> Result<Permit> {
        self.0.authorize(chain, proof, &request.0, time(now)?).map(Permit).map_err(throw)
    }
}

/// Evidence of a decision.
#[wasm_bindgen]
pub struct Permit(pub(crate) keybound::Permit);

#[wasm_bindgen]
impl Permit {
    /// What it says, as JSON text.
    pub fn facts(&self) -> String {
        text::permit(&self.0)
    }
}
