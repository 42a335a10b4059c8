//! Issuing: the first token of a chain.

#[cfg(feature = "jose")]
use crate::aat;
use crate::{
    agent::AgentId,
    authority::Authority,
    chain::Chain,
    claims::Claims,
    code::Code,
    format::Format,
    id::TokenId,
    key::{PublicKey, SigningKey},
    limits::Limits,
    order::{by_length, sort},
    prepared::{Prepared, ToSign},
    refusal::Refusal,
    rules,
    time::UnixTime,
    wire::{
        claims as wire,
        claims::check_audiences,
        envelope::{Kind, Unsigned},
        read::is_name,
    },
};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};

/// Life of a token whose grant does not say, in seconds: five minutes, requirement B5.
pub const DEFAULT_LIFETIME: u32 = 300;

/// What an issuer is about to sign. Nothing is granted that is not named: no tool, no delegation.
#[derive(Clone, Debug)]
#[must_use = "a grant does nothing until it is signed"]
pub struct Grant {
    issuer: String,
    holder: PublicKey,
    authority: Authority,
    audience: Option<Vec<String>>,
    principal: Option<String>,
    agent: Option<AgentId>,
    task: Option<String>,
    lifetime: u32,
    not_before: Option<UnixTime>,
    max_depth: u32,
    format: Format,
}

impl Grant {
    /// `authority` for the holder of a key, in the name of `issuer`, an identifier (a URI) that verifiers
    /// have configured together with the issuer's key.
    pub fn new(issuer: &str, holder: PublicKey, authority: Authority) -> Self {
        Self {
            issuer: issuer.to_owned(),
            holder,
            authority,
            audience: None,
            principal: None,
            agent: None,
            task: None,
            lifetime: DEFAULT_LIFETIME,
            not_before: None,
            max_depth: 0,
            format: Format::default(),
        }
    }

    /// Only these parties may accept the token, and everything derived from it. An empty list is refused when signing.
    pub fn audience<S: AsRef<str>>(mut self, audience: impl IntoIterator<Item = S>) -> Self {
        self.audience = Some(sorted(audience));
        self
    }

    /// The user or system on whose behalf the chain acts.
    pub fn principal(mut self, principal: &str) -> Self {
        self.principal = Some(principal.to_owned());
        self
    }

    /// The agent instance that holds the key.
    pub fn agent(mut self, agent: AgentId) -> Self {
        self.agent = Some(agent);
        self
    }

    /// The task the chain serves.
    pub fn task(mut self, task: &str) -> Self {
        self.task = Some(task.to_owned());
        self
    }

    /// Life in seconds from now; [`DEFAULT_LIFETIME`] when not set.
    pub const fn lifetime(mut self, seconds: u32) -> Self {
        self.lifetime = seconds;
        self
    }

    /// Not valid before this time.
    pub const fn not_before(mut self, time: UnixTime) -> Self {
        self.not_before = Some(time);
        self
    }

    /// How many times the authority may be passed on; 0, no delegation at all, when not set.
    pub const fn max_depth(mut self, depth: u32) -> Self {
        self.max_depth = depth;
        self
    }

    /// In which encoding the chain begins, and so goes on; native when not set.
    pub const fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Signs the root with the issuer's `key`.
    ///
    /// # Errors
    /// What a verifier with default limits would say: `claims.wrong`, `time.bad_lifetime`,
    /// `chain.depth_exceeded`, `bytes.too_large`.
    pub fn sign(self, key: &SigningKey, id: TokenId, now: UnixTime) -> Result<Chain, Refusal> {
        self.prepare(&key.public_key(), id, now)?.sign(key)
    }

    /// The first of three steps for an issuer whose key lives elsewhere.
    ///
    /// # Errors
    /// As [`Grant::sign`].
    pub fn prepare(
        self,
        issuer_key: &PublicKey,
        id: TokenId,
        now: UnixTime,
    ) -> Result<Prepared<Chain>, Refusal> {
        let claims = Claims {
            issuer: Some(self.issuer),
            principal: self.principal,
            audience: self.audience,
            expires: now.plus(self.lifetime),
            not_before: self.not_before,
            issued_at: now,
            id,
            holder: self.holder,
            authority: self.authority,
            depth: 0,
            max_depth: self.max_depth,
            agent: self.agent,
            task: self.task,
        };
        let limits = Limits::default();
        check_names(&claims, &limits)?;
        rules::check_root(&claims, &limits)?;
        let to_sign = match self.format {
            Format::Cwt => ToSign::Cose(Box::new(Unsigned::new(Kind::Token, wire::encode(&claims)?, &[]))),
            #[cfg(feature = "jose")]
            Format::Aat => ToSign::Jws(aat::unsigned_token(&claims, None)),
        };
        Ok(Prepared::new(to_sign, issuer_key.clone(), Err(self.format)))
    }
}

/// What the reader will ask of the names, asked before anything is signed.
pub(crate) fn check_names(claims: &Claims, limits: &Limits) -> Result<(), Refusal> {
    for (part, name) in [("iss", &claims.issuer), ("sub", &claims.principal), ("task", &claims.task)] {
        if name.as_ref().is_some_and(|name| !is_name(name, limits)) {
            return Err(Refusal::new(Code::WrongClaim).with_part(part));
        }
    }
    claims.audience.as_ref().map_or(Ok(()), |audience| check_audiences(audience, limits))
}

/// Audiences in the order of their encodings, each once.
pub(crate) fn sorted<S: AsRef<str>>(audience: impl IntoIterator<Item = S>) -> Vec<String> {
    let mut names: Vec<String> = audience.into_iter().map(|name| name.as_ref().to_owned()).collect();
    sort(&mut names, |first, second| by_length(first, second));
    names.dedup();
    names
}
