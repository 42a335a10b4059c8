//! The call, and the proof of it.

use crate::{Result, chain::Chain, key::SigningKey, seconds, throw};
use keybound_bindings::{JsonInput, ProofData, RequestData, keybound};
use wasm_bindgen::prelude::wasm_bindgen;

/// A call.
#[wasm_bindgen]
pub struct Request(pub(crate) keybound::Request);

#[wasm_bindgen]
impl Request {
    /// A call whose arguments are JSON text.
    #[wasm_bindgen(constructor)]
    pub fn new(
        tool: String,
        arguments: Vec<u8>,
        audience: String,
        method: Option<String>,
        uri: Option<String>,
        body: Option<Vec<u8>>,
        nonce: Option<Vec<u8>>,
    ) -> Result<Self> {
        let data =
            RequestData { tool, arguments: JsonInput::Json(arguments), audience, method, uri, body, nonce };
        data.into_request().map(Self).map_err(throw)
    }
}

/// A proof.
#[wasm_bindgen]
pub struct Proof(pub(crate) keybound::Proof);

#[wasm_bindgen]
impl Proof {
    /// Signs a call.
    pub fn sign(
        key: &SigningKey,
        chain: &Chain,
        request: &Request,
        proof_id: Option<Vec<u8>>,
        now: f64,
    ) -> Result<Self> {
        let data = ProofData { proof_id, now: Some(seconds(now)?) };
        data.sign(&key.0, &chain.0, &request.0).map(Self).map_err(throw)
    }

    /// From bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        keybound::Proof::parse(bytes).map(Self).map_err(throw)
    }

    /// Its bytes.
    #[wasm_bindgen(js_name = toBytes)]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }
}

/// A chain with its proof.
#[cfg(feature = "jose")]
#[wasm_bindgen]
pub struct Presentation(keybound::Presentation);

#[cfg(feature = "jose")]
#[wasm_bindgen]
impl Presentation {
    /// Of a chain and its proof.
    pub fn of(chain: &Chain, proof: &Proof) -> Result<Self> {
        keybound::Presentation::new(chain.0.clone(), proof.0.clone()).map(Self).map_err(throw)
    }

    /// From JSON text.
    pub fn parse(json: &[u8]) -> Result<Self> {
        keybound::Presentation::parse(json).map(Self).map_err(throw)
    }

    /// Its JSON text.
    #[wasm_bindgen(js_name = toJson)]
    pub fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// The chain.
    pub fn chain(&self) -> Chain {
        Chain(self.0.chain().clone())
    }

    /// The proof.
    pub fn proof(&self) -> Proof {
        Proof(self.0.proof().clone())
    }
}
