//! The call, and the proof of it.

use crate::{chain::Chain, key::SigningKey, seconds, throw};
use keybound_bindings::{JsonInput, ProofData, RequestData, keybound};
use napi::{Result, bindgen_prelude::Uint8Array};
use napi_derive::napi;

/// A call.
#[napi]
pub struct Request(pub(crate) keybound::Request);

#[napi]
impl Request {
    /// A call whose arguments are JSON text.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        tool: String,
        arguments: Uint8Array,
        audience: String,
        method: Option<String>,
        uri: Option<String>,
        body: Option<Uint8Array>,
        nonce: Option<Uint8Array>,
    ) -> Result<Self> {
        let (body, nonce) = (body.map(|body| body.to_vec()), nonce.map(|nonce| nonce.to_vec()));
        let arguments = JsonInput::Json(arguments.to_vec());
        let data = RequestData { tool, arguments, audience, method, uri, body, nonce };
        data.into_request().map(Self).map_err(throw)
    }
}

/// A proof.
#[napi]
pub struct Proof(pub(crate) keybound::Proof);

#[napi]
impl Proof {
    /// Signs a call.
    #[napi(factory, catch_unwind)]
    pub fn sign(
        key: &SigningKey,
        chain: &Chain,
        request: &Request,
        proof_id: Option<Uint8Array>,
        now: f64,
    ) -> Result<Self> {
        let data = ProofData { proof_id: proof_id.map(|id| id.to_vec()), now: Some(seconds(now)?) };
        data.sign(&key.0, &chain.0, &request.0).map(Self).map_err(throw)
    }

    /// From bytes.
    #[napi(factory, catch_unwind)]
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        keybound::Proof::parse(bytes).map(Self).map_err(throw)
    }

    /// Its bytes.
    #[napi(catch_unwind)]
    pub fn to_bytes(&self) -> Uint8Array {
        self.0.as_bytes().to_vec().into()
    }
}

/// A chain with its proof.
#[napi]
pub struct Presentation(keybound::Presentation);

#[napi]
impl Presentation {
    /// Of a chain and its proof.
    #[napi(factory, catch_unwind)]
    pub fn of(chain: &Chain, proof: &Proof) -> Result<Self> {
        keybound::Presentation::new(chain.0.clone(), proof.0.clone()).map(Self).map_err(throw)
    }

    /// From JSON text.
    #[napi(factory, catch_unwind)]
    pub fn parse(json: &[u8]) -> Result<Self> {
        keybound::Presentation::parse(json).map(Self).map_err(throw)
    }

    /// Its JSON text.
    #[napi(catch_unwind)]
    pub fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// The chain.
    #[napi(catch_unwind)]
    pub fn chain(&self) -> Chain {
        Chain(self.0.chain().clone())
    }

    /// The proof.
    #[napi(catch_unwind)]
    pub fn proof(&self) -> Proof {
        Proof(self.0.proof().clone())
    }
}
