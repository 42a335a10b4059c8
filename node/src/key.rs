//! Keys and the names of agents.

use crate::throw;
use keybound_bindings::{Failure, generate_key, keybound};
use napi::{Result, bindgen_prelude::Uint8Array};
use napi_derive::napi;

/// A private key.
#[napi]
pub struct SigningKey(pub(crate) keybound::SigningKey);

#[napi]
impl SigningKey {
    /// A fresh key.
    #[napi(factory, catch_unwind)]
    pub fn generate() -> Result<Self> {
        generate_key().map(Self).map_err(throw)
    }

    /// The key of a seed.
    #[napi(factory, catch_unwind)]
    pub fn from_seed(seed: &[u8]) -> Result<Self> {
        let seed = seed.try_into().map_err(|_| throw(Failure::misuse("seed", "be 32 bytes")))?;
        Ok(Self(keybound::SigningKey::from_seed(seed)))
    }

    /// Its public half.
    #[napi(catch_unwind)]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.public_key())
    }
}

/// A public key.
#[napi]
pub struct PublicKey(pub(crate) keybound::PublicKey);

#[napi]
impl PublicKey {
    /// From its bytes.
    #[napi(factory, catch_unwind)]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        keybound::PublicKey::from_bytes(bytes).map(Self).map_err(throw)
    }

    /// From a JWK.
    #[napi(factory, catch_unwind)]
    pub fn from_jwk(jwk: String) -> Result<Self> {
        keybound::PublicKey::from_jwk(jwk.as_bytes()).map(Self).map_err(throw)
    }

    /// Its JWK, as JSON text.
    #[napi(catch_unwind)]
    pub fn to_jwk(&self) -> String {
        self.0.to_jwk()
    }

    /// Its thumbprint in JOSE.
    #[napi(catch_unwind)]
    pub fn jwk_thumbprint(&self) -> String {
        self.0.jwk_thumbprint().to_string()
    }

    /// Its bytes.
    #[napi(catch_unwind)]
    pub fn to_bytes(&self) -> Uint8Array {
        self.0.as_bytes().to_vec().into()
    }

    /// Its thumbprint.
    #[napi(catch_unwind)]
    pub fn thumbprint(&self) -> String {
        self.0.thumbprint().to_string()
    }
}

/// The name of an agent.
#[napi]
pub struct AgentId(keybound::AgentId);

#[napi]
impl AgentId {
    /// From its text.
    #[napi(factory, catch_unwind)]
    pub fn parse(text: String) -> Result<Self> {
        keybound::AgentId::parse(&text).map(Self).map_err(throw)
    }

    /// Its trust domain.
    #[napi(catch_unwind)]
    pub fn trust_domain(&self) -> String {
        self.0.trust_domain().to_owned()
    }

    /// Its orchestrator.
    #[napi(catch_unwind)]
    pub fn orchestrator(&self) -> String {
        self.0.orchestrator().to_owned()
    }

    /// Its task.
    #[napi(catch_unwind)]
    pub fn task(&self) -> String {
        self.0.task().to_owned()
    }

    /// Its instance.
    #[napi(catch_unwind)]
    pub fn instance(&self) -> String {
        self.0.instance().to_owned()
    }
}
