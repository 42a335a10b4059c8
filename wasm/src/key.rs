//! Keys and the names of agents.

use crate::{Result, throw};
use keybound_bindings::{Failure, generate_key, keybound};
use wasm_bindgen::prelude::wasm_bindgen;

/// A private key.
#[wasm_bindgen]
pub struct SigningKey(pub(crate) keybound::SigningKey);

#[wasm_bindgen]
impl SigningKey {
    /// A fresh key.
    pub fn generate() -> Result<Self> {
        generate_key().map(Self).map_err(throw)
    }

    /// The key of a seed.
    #[wasm_bindgen(js_name = fromSeed)]
    pub fn from_seed(mut seed: Vec<u8>) -> Result<Self> {
        let key = seed.as_slice().try_into().map(keybound::SigningKey::from_seed);
        // The copy that crossed into Wasm memory would outlive the key.
        seed.fill(0);
        std::hint::black_box(&seed);
        key.map(Self).map_err(|_| throw(Failure::misuse("seed", "be 32 bytes")))
    }

    /// Its public half.
    #[wasm_bindgen(js_name = publicKey)]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.public_key())
    }
}

/// A public key.
#[wasm_bindgen]
pub struct PublicKey(pub(crate) keybound::PublicKey);

#[wasm_bindgen]
impl PublicKey {
    /// From its bytes.
    #[wasm_bindgen(js_name = fromBytes)]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        keybound::PublicKey::from_bytes(bytes).map(Self).map_err(throw)
    }

    /// Its bytes.
    #[wasm_bindgen(js_name = toBytes)]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    /// Its thumbprint.
    pub fn thumbprint(&self) -> String {
        self.0.thumbprint().to_string()
    }
}

#[cfg(feature = "jose")]
#[wasm_bindgen]
impl PublicKey {
    /// From a JWK.
    #[wasm_bindgen(js_name = fromJwk)]
    pub fn from_jwk(jwk: &str) -> Result<Self> {
        keybound::PublicKey::from_jwk(jwk.as_bytes()).map(Self).map_err(throw)
    }

    /// Its JWK, as JSON text.
    #[wasm_bindgen(js_name = toJwk)]
    pub fn to_jwk(&self) -> String {
        self.0.to_jwk()
    }

    /// Its thumbprint in JOSE.
    #[wasm_bindgen(js_name = jwkThumbprint)]
    pub fn jwk_thumbprint(&self) -> String {
        self.0.jwk_thumbprint().to_string()
    }
}

/// The name of an agent.
#[wasm_bindgen]
pub struct AgentId(keybound::AgentId);

#[wasm_bindgen]
impl AgentId {
    /// From its text.
    pub fn parse(text: &str) -> Result<Self> {
        keybound::AgentId::parse(text).map(Self).map_err(throw)
    }

    /// Its trust domain.
    #[wasm_bindgen(js_name = trustDomain)]
    pub fn trust_domain(&self) -> String {
        self.0.trust_domain().to_owned()
    }

    /// Its orchestrator.
    pub fn orchestrator(&self) -> String {
        self.0.orchestrator().to_owned()
    }

    /// Its task.
    pub fn task(&self) -> String {
        self.0.task().to_owned()
    }

    /// Its instance.
    pub fn instance(&self) -> String {
        self.0.instance().to_owned()
    }
}
