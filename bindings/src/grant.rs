//! Issuing, delegating and proving from plain data.

use crate::{Failure, JsonInput, OsRandom, now};
use keybound::{
    AgentId, Chain, DEFAULT_LIFETIME, Format, Grant, Narrowing, Proof, ProofId, PublicKey, Request,
    SigningKey, TokenId, UnixTime,
};

/// What an issuer grants, as a language hands it over. Times are whole seconds.
#[derive(Clone, Debug)]
pub struct GrantData {
    /// The issuer's identifier.
    pub issuer: String,
    /// The key the root is bound to.
    pub to: PublicKey,
    /// The tools map.
    pub tools: JsonInput,
    /// The parties that may accept the chain; an empty list is refused.
    pub audience: Vec<String>,
    /// On whose behalf.
    pub principal: Option<String>,
    /// The agent instance.
    pub agent: Option<String>,
    /// The task.
    pub task: Option<String>,
    /// Life in seconds; the core's default when not given.
    pub ttl: Option<u64>,
    /// Not valid before.
    pub not_before: Option<u64>,
    /// How often the authority may be passed on.
    pub max_depth: u64,
    /// The time; the host's when not given.
    pub now: Option<u64>,
    /// The token's id; random when not given.
    pub token_id: Option<Vec<u8>>,
    /// The name of the encoding; native when not given.
    pub format: Option<String>,
}

impl GrantData {
    /// Signs the root.
    ///
    /// # Errors
    /// What [`Grant::sign`] says; [`Failure::Misuse`] for an id that is not 16 bytes or a number out of range.
    pub fn sign(self, key: &SigningKey) -> Result<Chain, Failure> {
        let (format, now) = (self.format.map_or(Ok(Format::default()), format)?, time(self.now)?);
        let mut grant = Grant::new(&self.issuer, self.to, self.tools.into_authority()?)
            .format(format)
            .audience(self.audience)
            .lifetime(self.ttl.map_or(Ok(DEFAULT_LIFETIME), |ttl| small(ttl, "ttl"))?)
            .max_depth(small(self.max_depth, "max depth")?);
        if let Some(principal) = &self.principal {
            grant = grant.principal(principal);
        }
        if let Some(agent) = &self.agent {
            grant = grant.agent(AgentId::parse(agent)?);
        }
        if let Some(task) = &self.task {
            grant = grant.task(task);
        }
        if let Some(time) = self.not_before {
            grant = grant.not_before(UnixTime::new(time)?);
        }
        Ok(grant.sign(key, token_id(self.token_id, format, now)?, now)?)
    }
}

/// What a holder passes on, as a language hands it over. What is not given stays as the parent has it.
#[derive(Clone, Debug)]
pub struct NarrowingData {
    /// The key the child is bound to.
    pub to: PublicKey,
    /// The tools map.
    pub tools: Option<JsonInput>,
    /// The parties that may accept the child; the parent's when not given, and an empty list is refused.
    pub audience: Option<Vec<String>>,
    /// The agent instance.
    pub agent: Option<String>,
    /// Life in seconds.
    pub ttl: Option<u64>,
    /// Not valid before.
    pub not_before: Option<u64>,
    /// The depth at which the chain must end.
    pub max_depth: Option<u64>,
    /// The time; the host's when not given.
    pub now: Option<u64>,
    /// The token's id; random when not given.
    pub token_id: Option<Vec<u8>>,
}

impl NarrowingData {
    /// Signs the child.
    ///
    /// # Errors
    /// What [`Chain::delegate`] says; [`Failure::Misuse`] for an id that is not 16 bytes or a number out of range.
    pub fn delegate(self, chain: &Chain, key: &SigningKey) -> Result<Chain, Failure> {
        let mut narrowing = Narrowing::to(self.to);
        if let Some(audience) = self.audience {
            narrowing = narrowing.audience(audience);
        }
        if let Some(tools) = self.tools {
            narrowing = narrowing.tools(tools.into_authority()?);
        }
        if let Some(agent) = &self.agent {
            narrowing = narrowing.agent(AgentId::parse(agent)?);
        }
        if let Some(ttl) = self.ttl {
            narrowing = narrowing.lifetime(small(ttl, "ttl")?);
        }
        if let Some(time) = self.not_before {
            narrowing = narrowing.not_before(UnixTime::new(time)?);
        }
        if let Some(depth) = self.max_depth {
            narrowing = narrowing.max_depth(small(depth, "max depth")?);
        }
        let now = time(self.now)?;
        Ok(chain.delegate(key, narrowing, token_id(self.token_id, chain.format(), now)?, now)?)
    }
}

/// When a proof is made and what it is called, as a language hands it over.
#[derive(Clone, Debug, Default)]
pub struct ProofData {
    /// The time; the host's when not given.
    pub now: Option<u64>,
    /// The proof's id; random when not given.
    pub proof_id: Option<Vec<u8>>,
}

impl ProofData {
    /// Signs the proof.
    ///
    /// # Errors
    /// What [`Proof::sign`] says; [`Failure::Misuse`] for an id that is not 16 bytes.
    pub fn sign(self, key: &SigningKey, chain: &Chain, request: &Request) -> Result<Proof, Failure> {
        let id = match self.proof_id {
            None => ProofId::generate(&mut OsRandom)?,
            Some(bytes) => ProofId::from_bytes(sixteen(&bytes, "proof id")?),
        };
        Ok(Proof::sign(key, chain, request, id, time(self.now)?)?)
    }
}

#[cfg_attr(
    not(feature = "jose"),
    expect(unused_variables, reason = "only ids of AAT-02 begin with the time")
)]
fn token_id(bytes: Option<Vec<u8>>, format: Format, now: UnixTime) -> Result<TokenId, Failure> {
    match (bytes, format) {
        (Some(bytes), _) => Ok(TokenId::from_bytes(sixteen(&bytes, "token id")?)),
        // What AAT-02 §3.2 recommends.
        #[cfg(feature = "jose")]
        (None, Format::Aat) => TokenId::generate_v7(&mut OsRandom, now),
        (None, _) => TokenId::generate(&mut OsRandom),
    }
}

fn format(name: String) -> Result<Format, Failure> {
    Format::named(&name).ok_or_else(|| {
        let names: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
        Failure::misuse("format", &format!("be one of {}", names.join(", ")))
    })
}

pub(crate) fn sixteen(bytes: &[u8], parameter: &str) -> Result<[u8; 16], Failure> {
    bytes.try_into().map_err(|_| Failure::misuse(parameter, "be 16 bytes"))
}

pub(crate) fn time(seconds: Option<u64>) -> Result<UnixTime, Failure> {
    seconds.map_or_else(now, |seconds| Ok(UnixTime::new(seconds)?))
}

pub(crate) fn small(value: u64, parameter: &str) -> Result<u32, Failure> {
    u32::try_from(value).map_err(|_| Failure::misuse(parameter, "be an integer below 2^32"))
}
