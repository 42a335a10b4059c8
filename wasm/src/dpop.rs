//! DPoP and access tokens.

use crate::{Result, key::SigningKey, seconds, text, throw, time};
use keybound_bindings::{
    AccessTokensData, DEFAULT_REPLAY_CAPACITY, DpopCallData, GuardData, JsonInput, Told,
    keybound::{self, dpop},
};
use wasm_bindgen::prelude::wasm_bindgen;

/// An HTTP request.
#[wasm_bindgen]
pub struct DpopCall(dpop::Call);

#[wasm_bindgen]
impl DpopCall {
    /// A request, with what of it a proof is to cover.
    #[wasm_bindgen(constructor)]
    pub fn new(
        method: String,
        uri: String,
        access_token: Option<String>,
        nonce: Option<String>,
        body: Option<Vec<u8>>,
        tool: Option<String>,
        arguments: Option<Vec<u8>>,
    ) -> Result<Self> {
        let arguments = arguments.map(JsonInput::Json);
        let data = DpopCallData { method, uri, access_token, nonce, body, tool, arguments };
        data.into_call().map(Self).map_err(throw)
    }

    /// Signs a proof.
    pub fn sign(&self, key: &SigningKey, proof_id: Option<Vec<u8>>, now: f64) -> Result<String> {
        DpopCallData::sign(&self.0, &key.0, proof_id, Some(seconds(now)?)).map_err(throw)
    }
}

/// A guard that is being described.
#[wasm_bindgen]
pub struct DpopGuardBuilder(GuardData);

#[wasm_bindgen]
impl DpopGuardBuilder {
    /// For a server reached under these origins.
    #[wasm_bindgen(constructor)]
    pub fn new(origins: Vec<String>) -> Self {
        Self(GuardData {
            origins,
            algorithms: None,
            nonce_secret: None,
            nonce_period: None,
            binding_required: false,
            replay_capacity: DEFAULT_REPLAY_CAPACITY,
            limits: Vec::new(),
        })
    }

    /// Sets the algorithms.
    pub fn algorithms(&mut self, names: Vec<String>) {
        self.0.algorithms = Some(names);
    }

    /// Demands nonces.
    pub fn nonces(&mut self, secret: Option<Vec<u8>>, period: Option<u32>) {
        self.0.nonce_secret = secret;
        self.0.nonce_period = period.map(Into::into);
    }

    /// Demands that proofs cover what is known.
    #[wasm_bindgen(js_name = bindingRequired)]
    pub fn binding_required(&mut self) {
        self.0.binding_required = true;
    }

    /// Sets how many proofs are remembered.
    #[wasm_bindgen(js_name = replayCapacity)]
    pub fn replay_capacity(&mut self, capacity: usize) {
        self.0.replay_capacity = capacity;
    }

    /// Sets a limit.
    pub fn limit(&mut self, name: String, value: u32) {
        self.0.limits.push((name, value.into()));
    }

    /// The guard described.
    pub fn build(self) -> Result<DpopGuard> {
        self.0.into_guard().map(DpopGuard).map_err(throw)
    }
}

/// What a server keeps.
#[wasm_bindgen]
pub struct DpopGuard(dpop::Guard);

#[wasm_bindgen]
impl DpopGuard {
    /// Reads the proof of a request.
    pub fn open(
        &self,
        headers: Vec<String>,
        call: &DpopCall,
        bound_to: Option<String>,
    ) -> Result<DpopOpened> {
        let bound_to = DpopCallData::thumbprint(bound_to.as_deref()).map_err(throw)?;
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        self.0.open(&headers, &call.0, bound_to.as_ref()).map(DpopOpened).map_err(throw)
    }

    /// A nonce to hand out.
    #[wasm_bindgen(js_name = freshNonce)]
    pub fn fresh_nonce(&self, now: f64) -> Result<Option<String>> {
        Ok(self.0.fresh_nonce(time(now)?))
    }
}

/// A proof whose signature is still to be checked.
#[wasm_bindgen]
pub struct DpopOpened(dpop::Opened);

#[wasm_bindgen]
impl DpopOpened {
    /// What the host has to check.
    pub fn check(&self, index: usize) -> Option<Vec<u8>> {
        self.0.es256().filter(|_| index == 0).map(question)
    }

    /// Decides, once; gives what the proof says.
    pub fn decide(self, answers: &[u8], now: f64) -> Result<String> {
        let told = told(self.0.es256(), answers);
        self.0.decide(&told, time(now)?).map(|accepted| text::accepted(&accepted)).map_err(throw)
    }
}

/// Rules for access tokens that are being described.
#[wasm_bindgen]
pub struct AccessTokensBuilder(AccessTokensData);

#[wasm_bindgen]
impl AccessTokensBuilder {
    /// Of an issuer with its key set, for a server known by these names.
    #[wasm_bindgen(constructor)]
    pub fn new(issuer: String, audience: Vec<String>, jwks: String) -> Self {
        let jwks = jwks.into_bytes();
        let (algorithms, limits) = (None, Vec::new());
        Self(AccessTokensData { issuer, audience, jwks, algorithms, bearer_allowed: false, limits })
    }

    /// Sets the algorithms.
    pub fn algorithms(&mut self, names: Vec<String>) {
        self.0.algorithms = Some(names);
    }

    /// Lets tokens be bound to no key.
    #[wasm_bindgen(js_name = bearerAllowed)]
    pub fn bearer_allowed(&mut self) {
        self.0.bearer_allowed = true;
    }

    /// Sets a limit.
    pub fn limit(&mut self, name: String, value: u32) {
        self.0.limits.push((name, value.into()));
    }

    /// The rules described.
    pub fn build(self) -> Result<AccessTokens> {
        self.0.into_access_tokens().map(AccessTokens).map_err(throw)
    }
}

/// What a resource server believes of access tokens.
#[wasm_bindgen]
pub struct AccessTokens(keybound::AccessTokens);

#[wasm_bindgen]
impl AccessTokens {
    /// Reads a token.
    pub fn open(&self, token: String) -> Result<OpenedToken> {
        self.0.open(&token).map(OpenedToken).map_err(throw)
    }
}

/// A token whose signature is still to be checked.
#[wasm_bindgen]
pub struct OpenedToken(keybound::OpenedToken);

#[wasm_bindgen]
impl OpenedToken {
    /// What the host has to check.
    pub fn check(&self, index: usize) -> Option<Vec<u8>> {
        self.0.es256().nth(index).map(question)
    }

    /// Decides, once; gives what the token says.
    pub fn decide(self, answers: &[u8], now: f64) -> Result<String> {
        let told = told(self.0.es256(), answers);
        self.0.decide(&told, time(now)?).map(|token| text::access_token(&token)).map_err(throw)
    }
}

/// What the host said of each check: 1 for yes.
fn told<'a>(checks: impl IntoIterator<Item = &'a keybound::jose::Es256Check>, answers: &[u8]) -> Told {
    let answers: Vec<bool> = answers.iter().map(|answer| *answer == 1).collect();
    Told::new(checks, &answers)
}

/// A check for WebCrypto: x, y and the signature, 32, 32 and 64 bytes, then the message.
fn question(check: &keybound::jose::Es256Check) -> Vec<u8> {
    [&check.key().x()[..], check.key().y(), check.signature(), check.message()].concat()
}
