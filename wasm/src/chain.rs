//! Chains, and what they are made from.

use crate::{
    Result,
    call::{Proof, Request},
    key::{PublicKey, SigningKey},
    seconds, throw, time,
    verify::{Permit, Trust},
};
use keybound_bindings::{GrantData, JsonInput, NarrowingData, keybound};
use wasm_bindgen::prelude::wasm_bindgen;

/// What a root says.
#[wasm_bindgen]
pub struct Grant(GrantData);

#[wasm_bindgen]
impl Grant {
    /// With what every root must say.
    #[wasm_bindgen(constructor)]
    pub fn new(issuer: String, to: &PublicKey, tools: String, audience: Vec<String>) -> Self {
        Self(GrantData {
            issuer,
            to: to.0.clone(),
            tools: JsonInput::Json(tools.into_bytes()),
            audience,
            principal: None,
            agent: None,
            task: None,
            ttl: None,
            not_before: None,
            max_depth: 0,
            now: None,
            token_id: None,
            format: None,
        })
    }

    /// Sets the principal.
    pub fn principal(&mut self, principal: String) {
        self.0.principal = Some(principal);
    }

    /// Sets the task.
    pub fn task(&mut self, task: String) {
        self.0.task = Some(task);
    }

    /// Sets the agent.
    pub fn agent(&mut self, agent: String) {
        self.0.agent = Some(agent);
    }

    /// Sets the life.
    pub fn lifetime(&mut self, ttl: u32) {
        self.0.ttl = Some(ttl.into());
    }

    /// Sets the beginning.
    #[wasm_bindgen(js_name = notBefore)]
    pub fn not_before(&mut self, time: f64) -> Result<()> {
        self.0.not_before = Some(seconds(time)?);
        Ok(())
    }

    /// Sets how deep the chain may become.
    #[wasm_bindgen(js_name = maxDepth)]
    pub fn max_depth(&mut self, depth: u32) {
        self.0.max_depth = depth.into();
    }

    /// Sets the encoding.
    pub fn format(&mut self, name: String) {
        self.0.format = Some(name);
    }

    /// Signs the root.
    pub fn sign(self, key: &SigningKey, token_id: Option<Vec<u8>>, now: f64) -> Result<Chain> {
        let data = GrantData { token_id, now: Some(seconds(now)?), ..self.0 };
        data.sign(&key.0).map(Chain).map_err(throw)
    }
}

/// What a child narrows.
#[wasm_bindgen]
pub struct Narrowing(NarrowingData);

#[wasm_bindgen]
impl Narrowing {
    /// For a holder, with nothing narrowed yet.
    #[wasm_bindgen(constructor)]
    pub fn new(to: &PublicKey) -> Self {
        Self(NarrowingData {
            to: to.0.clone(),
            tools: None,
            audience: None,
            agent: None,
            ttl: None,
            not_before: None,
            max_depth: None,
            now: None,
            token_id: None,
        })
    }

    /// Sets the tools.
    pub fn tools(&mut self, tools: String) {
        self.0.tools = Some(JsonInput::Json(tools.into_bytes()));
    }

    /// Sets the audience.
    pub fn audience(&mut self, audience: Vec<String>) {
        self.0.audience = Some(audience);
    }

    /// Sets the agent.
    pub fn agent(&mut self, agent: String) {
        self.0.agent = Some(agent);
    }

    /// Sets the life.
    pub fn lifetime(&mut self, ttl: u32) {
        self.0.ttl = Some(ttl.into());
    }

    /// Sets the beginning.
    #[wasm_bindgen(js_name = notBefore)]
    pub fn not_before(&mut self, time: f64) -> Result<()> {
        self.0.not_before = Some(seconds(time)?);
        Ok(())
    }

    /// Sets how deep the chain may become.
    #[wasm_bindgen(js_name = maxDepth)]
    pub fn max_depth(&mut self, depth: u32) {
        self.0.max_depth = Some(depth.into());
    }
}

/// A chain nobody has checked.
#[wasm_bindgen]
pub struct Chain(pub(crate) keybound::Chain);

#[wasm_bindgen]
impl Chain {
    /// From bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        keybound::Chain::parse(bytes).map(Self).map_err(throw)
    }

    /// Its bytes.
    #[wasm_bindgen(js_name = toBytes)]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    /// The encoding.
    pub fn format(&self) -> String {
        self.0.format().as_str().to_owned()
    }

    /// Number of tokens.
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// A longer chain.
    pub fn delegate(
        &self,
        key: &SigningKey,
        narrowing: Narrowing,
        token_id: Option<Vec<u8>>,
        now: f64,
    ) -> Result<Self> {
        let data = NarrowingData { token_id, now: Some(seconds(now)?), ..narrowing.0 };
        data.delegate(&self.0, &key.0).map(Self).map_err(throw)
    }

    /// Believes it.
    pub fn verify(&self, trust: &Trust, now: f64) -> Result<VerifiedChain> {
        self.0.verify(&trust.0, time(now)?).map(VerifiedChain).map_err(throw)
    }
}

/// A chain that was believed.
#[wasm_bindgen]
pub struct VerifiedChain(keybound::VerifiedChain);

#[wasm_bindgen]
impl VerifiedChain {
    /// Decides a call.
    pub fn authorize(&self, request: &Request, proof: &Proof, now: f64) -> Result<Permit> {
        self.0.authorize(&request.0, &proof.0, time(now)?).map(Permit).map_err(throw)
    }

    /// The agent.
    pub fn agent(&self) -> Option<String> {
        self.0.agent().map(ToString::to_string)
    }

    /// The principal.
    pub fn principal(&self) -> Option<String> {
        self.0.principal().map(str::to_owned)
    }

    /// The task.
    pub fn task(&self) -> Option<String> {
        self.0.task().map(str::to_owned)
    }

    /// The issuer.
    pub fn issuer(&self) -> String {
        self.0.issuer().to_owned()
    }

    /// The holder's key.
    pub fn holder(&self) -> PublicKey {
        PublicKey(self.0.holder().clone())
    }

    /// Delegations below the root.
    pub fn depth(&self) -> usize {
        self.0.depth()
    }

    /// The earliest expiry.
    pub fn expires(&self) -> f64 {
        crate::number(self.0.expires())
    }

    /// What the leaf grants, as JSON text.
    pub fn tools(&self) -> String {
        self.0.tools_json()
    }
}
