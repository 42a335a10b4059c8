//! Chains, and what they are made from.

use crate::{
    call::{Proof, Request},
    key::{PublicKey, SigningKey},
    seconds, throw, time,
    verify::{Permit, Trust},
};
use keybound_bindings::{GrantData, JsonInput, NarrowingData, keybound};
use napi::{Result, bindgen_prelude::Uint8Array};
use napi_derive::napi;

/// What a root says.
#[napi]
pub struct Grant(GrantData);

#[napi]
impl Grant {
    /// With what every root must say.
    #[napi(constructor, catch_unwind)]
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
    #[napi(catch_unwind)]
    pub fn principal(&mut self, principal: String) {
        self.0.principal = Some(principal);
    }

    /// Sets the task.
    #[napi(catch_unwind)]
    pub fn task(&mut self, task: String) {
        self.0.task = Some(task);
    }

    /// Sets the agent.
    #[napi(catch_unwind)]
    pub fn agent(&mut self, agent: String) {
        self.0.agent = Some(agent);
    }

    /// Sets the life.
    #[napi(catch_unwind)]
    pub fn lifetime(&mut self, ttl: u32) {
        self.0.ttl = Some(ttl.into());
    }

    /// Sets the beginning.
    #[napi(catch_unwind)]
    pub fn not_before(&mut self, time: f64) -> Result<()> {
        self.0.not_before = Some(seconds(time)?);
        Ok(())
    }

    /// Sets how deep the chain may become.
    #[napi(catch_unwind)]
    pub fn max_depth(&mut self, depth: u32) {
        self.0.max_depth = depth.into();
    }

    /// Sets the encoding.
    #[napi(catch_unwind)]
    pub fn format(&mut self, name: String) {
        self.0.format = Some(name);
    }

    /// Signs the root.
    #[napi(catch_unwind)]
    pub fn sign(&self, key: &SigningKey, token_id: Option<Uint8Array>, now: f64) -> Result<Chain> {
        let data = GrantData {
            token_id: token_id.map(|id| id.to_vec()),
            now: Some(seconds(now)?),
            ..self.0.clone()
        };
        data.sign(&key.0).map(Chain).map_err(throw)
    }
}

/// What a child narrows.
#[napi]
pub struct Narrowing(NarrowingData);

#[napi]
impl Narrowing {
    /// For a holder, with nothing narrowed yet.
    #[napi(constructor, catch_unwind)]
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
    #[napi(catch_unwind)]
    pub fn tools(&mut self, tools: String) {
        self.0.tools = Some(JsonInput::Json(tools.into_bytes()));
    }

    /// Sets the audience.
    #[napi(catch_unwind)]
    pub fn audience(&mut self, audience: Vec<String>) {
        self.0.audience = Some(audience);
    }

    /// Sets the agent.
    #[napi(catch_unwind)]
    pub fn agent(&mut self, agent: String) {
        self.0.agent = Some(agent);
    }

    /// Sets the life.
    #[napi(catch_unwind)]
    pub fn lifetime(&mut self, ttl: u32) {
        self.0.ttl = Some(ttl.into());
    }

    /// Sets the beginning.
    #[napi(catch_unwind)]
    pub fn not_before(&mut self, time: f64) -> Result<()> {
        self.0.not_before = Some(seconds(time)?);
        Ok(())
    }

    /// Sets how deep the chain may become.
    #[napi(catch_unwind)]
    pub fn max_depth(&mut self, depth: u32) {
        self.0.max_depth = Some(depth.into());
    }
}

/// A chain nobody has checked.
#[napi]
pub struct Chain(pub(crate) keybound::Chain);

#[napi]
impl Chain {
    /// From bytes.
    #[napi(factory, catch_unwind)]
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        keybound::Chain::parse(bytes).map(Self).map_err(throw)
    }

    /// Its bytes.
    #[napi(catch_unwind)]
    pub fn to_bytes(&self) -> Uint8Array {
        self.0.as_bytes().to_vec().into()
    }

    /// The encoding.
    #[napi(catch_unwind)]
    pub fn format(&self) -> String {
        self.0.format().as_str().to_owned()
    }

    /// Number of tokens.
    #[napi(catch_unwind)]
    pub fn length(&self) -> u32 {
        count(self.0.len())
    }

    /// A longer chain.
    #[napi(catch_unwind)]
    pub fn delegate(
        &self,
        key: &SigningKey,
        narrowing: &Narrowing,
        token_id: Option<Uint8Array>,
        now: f64,
    ) -> Result<Self> {
        let data = NarrowingData {
            token_id: token_id.map(|id| id.to_vec()),
            now: Some(seconds(now)?),
            ..narrowing.0.clone()
        };
        data.delegate(&self.0, &key.0).map(Self).map_err(throw)
    }

    /// Believes it.
    #[napi(catch_unwind)]
    pub fn verify(&self, trust: &Trust, now: f64) -> Result<VerifiedChain> {
        self.0.verify(&trust.0, time(now)?).map(VerifiedChain).map_err(throw)
    }
}

/// A chain that was believed.
#[napi]
pub struct VerifiedChain(keybound::VerifiedChain);

#[napi]
impl VerifiedChain {
    /// Decides a call.
    #[napi(catch_unwind)]
    pub fn authorize(&self, request: &Request, proof: &Proof, now: f64) -> Result<Permit> {
        self.0.authorize(&request.0, &proof.0, time(now)?).map(Permit).map_err(throw)
    }

    /// The agent.
    #[napi(catch_unwind)]
    pub fn agent(&self) -> Option<String> {
        self.0.agent().map(ToString::to_string)
    }

    /// The principal.
    #[napi(catch_unwind)]
    pub fn principal(&self) -> Option<String> {
        self.0.principal().map(str::to_owned)
    }

    /// The task.
    #[napi(catch_unwind)]
    pub fn task(&self) -> Option<String> {
        self.0.task().map(str::to_owned)
    }

    /// The issuer.
    #[napi(catch_unwind)]
    pub fn issuer(&self) -> String {
        self.0.issuer().to_owned()
    }

    /// The holder's key.
    #[napi(catch_unwind)]
    pub fn holder(&self) -> PublicKey {
        PublicKey(self.0.holder().clone())
    }

    /// Delegations below the root.
    #[napi(catch_unwind)]
    pub fn depth(&self) -> u32 {
        count(self.0.depth())
    }

    /// The earliest expiry.
    #[napi(catch_unwind)]
    pub fn expires(&self) -> f64 {
        crate::number(self.0.expires())
    }

    /// What the leaf grants, as JSON text.
    #[napi(catch_unwind)]
    pub fn tools(&self) -> String {
        self.0.tools_json()
    }
}

// A chain has a handful of links.
fn count(links: usize) -> u32 {
    u32::try_from(links).unwrap_or(u32::MAX)
}
