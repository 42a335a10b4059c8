//! DPoP and access tokens.

use crate::{key::SigningKey, seconds, text, throw, time, verify::room};
use keybound_bindings::{
    AccessTokensData, DEFAULT_REPLAY_CAPACITY, DpopCallData, Failure, GuardData, JsonInput, P256,
    keybound::{self, dpop},
};
use napi::{Result, bindgen_prelude::Uint8Array};
use napi_derive::napi;

/// An HTTP request.
#[napi]
pub struct DpopCall(dpop::Call);

#[napi]
impl DpopCall {
    /// A request, with what of it a proof is to cover.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        method: String,
        uri: String,
        access_token: Option<String>,
        nonce: Option<String>,
        body: Option<Uint8Array>,
        tool: Option<String>,
        arguments: Option<Uint8Array>,
    ) -> Result<Self> {
        let body = body.map(|body| body.to_vec());
        let arguments = arguments.map(|arguments| JsonInput::Json(arguments.to_vec()));
        let data = DpopCallData { method, uri, access_token, nonce, body, tool, arguments };
        data.into_call().map(Self).map_err(throw)
    }

    /// Signs a proof.
    #[napi(catch_unwind)]
    pub fn sign(&self, key: &SigningKey, proof_id: Option<Uint8Array>, now: f64) -> Result<String> {
        let id = proof_id.map(|id| id.to_vec());
        DpopCallData::sign(&self.0, &key.0, id, Some(seconds(now)?)).map_err(throw)
    }
}

/// A guard that is being described.
#[napi]
pub struct DpopGuardBuilder(GuardData);

#[napi]
impl DpopGuardBuilder {
    /// For a server reached under these origins.
    #[napi(constructor, catch_unwind)]
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
    #[napi(catch_unwind)]
    pub fn algorithms(&mut self, names: Vec<String>) {
        self.0.algorithms = Some(names);
    }

    /// Demands nonces.
    #[napi(catch_unwind)]
    pub fn nonces(&mut self, secret: Option<Uint8Array>, period: Option<u32>) {
        self.0.nonce_secret = secret.map(|secret| secret.to_vec());
        self.0.nonce_period = period.map(Into::into);
    }

    /// Demands that proofs cover what is known.
    #[napi(catch_unwind)]
    pub fn binding_required(&mut self) {
        self.0.binding_required = true;
    }

    /// Sets how many proofs are remembered.
    #[napi(catch_unwind)]
    pub fn replay_capacity(&mut self, capacity: u32) {
        self.0.replay_capacity = room(capacity);
    }

    /// Sets a limit.
    #[napi(catch_unwind)]
    pub fn limit(&mut self, name: String, value: u32) {
        self.0.limits.push((name, value.into()));
    }

    /// The guard described.
    #[napi(catch_unwind)]
    pub fn build(&mut self) -> Result<DpopGuard> {
        // The secret is moved and not copied: whoever takes it wipes it.
        let nonce_secret = self.0.nonce_secret.take();
        GuardData { nonce_secret, ..self.0.clone() }.into_guard().map(DpopGuard).map_err(throw)
    }
}

/// What a server keeps.
#[napi]
pub struct DpopGuard(dpop::Guard);

#[napi]
impl DpopGuard {
    /// Reads the proof of a request.
    #[napi(catch_unwind)]
    pub fn open(
        &self,
        headers: Vec<String>,
        call: &DpopCall,
        bound_to: Option<String>,
    ) -> Result<DpopOpened> {
        let bound_to = DpopCallData::thumbprint(bound_to.as_deref()).map_err(throw)?;
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        self.0
            .open(&headers, &call.0, bound_to.as_ref())
            .map(|opened| DpopOpened(Some(opened)))
            .map_err(throw)
    }

    /// A nonce to hand out.
    #[napi(catch_unwind)]
    pub fn fresh_nonce(&self, now: f64) -> Result<Option<String>> {
        Ok(self.0.fresh_nonce(time(now)?))
    }
}

/// A proof whose signature is still to be checked.
#[napi]
pub struct DpopOpened(Option<dpop::Opened>);

#[napi]
impl DpopOpened {
    /// What the host would have to check: nothing, the addon has a library for it.
    #[napi(catch_unwind)]
    pub fn check(&self, _index: u32) -> Option<Uint8Array> {
        None
    }

    /// Decides, once; gives what the proof says.
    #[napi(catch_unwind)]
    pub fn decide(&mut self, _answers: Uint8Array, now: f64) -> Result<String> {
        let opened = self.0.take().ok_or_else(|| throw(Failure::misuse("opened", "be decided once")))?;
        opened.decide(&P256, time(now)?).map(|accepted| text::accepted(&accepted)).map_err(throw)
    }
}

/// Rules for access tokens that are being described.
#[napi]
pub struct AccessTokensBuilder(AccessTokensData);

#[napi]
impl AccessTokensBuilder {
    /// Of an issuer with its key set, for a server known by these names.
    #[napi(constructor, catch_unwind)]
    pub fn new(issuer: String, audience: Vec<String>, jwks: String) -> Self {
        let jwks = jwks.into_bytes();
        let (algorithms, limits) = (None, Vec::new());
        Self(AccessTokensData { issuer, audience, jwks, algorithms, bearer_allowed: false, limits })
    }

    /// Sets the algorithms.
    #[napi(catch_unwind)]
    pub fn algorithms(&mut self, names: Vec<String>) {
        self.0.algorithms = Some(names);
    }

    /// Lets tokens be bound to no key.
    #[napi(catch_unwind)]
    pub fn bearer_allowed(&mut self) {
        self.0.bearer_allowed = true;
    }

    /// Sets a limit.
    #[napi(catch_unwind)]
    pub fn limit(&mut self, name: String, value: u32) {
        self.0.limits.push((name, value.into()));
    }

    /// The rules described.
    #[napi(catch_unwind)]
    pub fn build(&self) -> Result<AccessTokens> {
        self.0.clone().into_access_tokens().map(AccessTokens).map_err(throw)
    }
}

/// What a resource server believes of access tokens.
#[napi]
pub struct AccessTokens(keybound::AccessTokens);

#[napi]
impl AccessTokens {
    /// Reads a token.
    #[napi(catch_unwind)]
    pub fn open(&self, token: String) -> Result<OpenedToken> {
        self.0.open(&token).map(|opened| OpenedToken(Some(opened))).map_err(throw)
    }
}

/// A token whose signature is still to be checked.
#[napi]
pub struct OpenedToken(Option<keybound::OpenedToken>);

#[napi]
impl OpenedToken {
    /// What the host would have to check: nothing, the addon has a library for it.
    #[napi(catch_unwind)]
    pub fn check(&self, _index: u32) -> Option<Uint8Array> {
        None
    }

    /// Decides, once; gives what the token says.
    #[napi(catch_unwind)]
    pub fn decide(&mut self, _answers: Uint8Array, now: f64) -> Result<String> {
        let opened = self.0.take().ok_or_else(|| throw(Failure::misuse("opened", "be decided once")))?;
        opened.decide(&P256, time(now)?).map(|token| text::access_token(&token)).map_err(throw)
    }
}
