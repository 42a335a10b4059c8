//! Delegating: a child token, offline, never wider than its parent.

#[cfg(feature = "jose")]
use crate::aat;
use crate::{
    agent::AgentId,
    authority::Authority,
    chain::Chain,
    claims::Claims,
    code::Code,
    format::Format,
    grant::{check_names, sorted},
    id::TokenId,
    key::{PublicKey, SigningKey},
    limits::{Limits, exceeds},
    prepared::{Prepared, ToSign},
    refusal::Refusal,
    rules,
    time::UnixTime,
    wire::{
        claims as wire,
        envelope::{Kind, Unsigned},
    },
};
use alloc::{boxed::Box, string::String, vec::Vec};

/// What a holder passes on. Everything not named stays as the parent has it; asking for more is refused, never
/// cut down in silence.
#[derive(Clone, Debug)]
#[must_use = "a narrowing does nothing until a chain is delegated with it"]
pub struct Narrowing {
    holder: PublicKey,
    authority: Option<Authority>,
    audience: Option<Vec<String>>,
    agent: Option<AgentId>,
    lifetime: Option<u32>,
    not_before: Option<UnixTime>,
    max_depth: Option<u32>,
}

impl Narrowing {
    /// To the holder of another key. Across a process or trust boundary it must be a fresh key (AAT-02 §6.2): under the
    /// same key the recipient could present the parent itself.
    pub const fn to(holder: PublicKey) -> Self {
        Self {
            holder,
            authority: None,
            audience: None,
            agent: None,
            lifetime: None,
            not_before: None,
            max_depth: None,
        }
    }

    /// Only these tools, under these constraints.
    pub fn tools(mut self, authority: Authority) -> Self {
        self.authority = Some(authority);
        self
    }

    /// Only for these parties. An empty list is refused: leave the call out to keep the parent's audience.
    pub fn audience<S: AsRef<str>>(mut self, audience: impl IntoIterator<Item = S>) -> Self {
        self.audience = Some(sorted(audience));
        self
    }

    /// The agent instance that holds the key; the parent's when not set.
    pub fn agent(mut self, agent: AgentId) -> Self {
        self.agent = Some(agent);
        self
    }

    /// Life in seconds from now; until the parent ends when not set.
    pub const fn lifetime(mut self, seconds: u32) -> Self {
        self.lifetime = Some(seconds);
        self
    }

    /// Not valid before this time.
    pub const fn not_before(mut self, time: UnixTime) -> Self {
        self.not_before = Some(time);
        self
    }

    /// The depth at which the chain must end, counted from the root; the parent's when not set.
    pub const fn max_depth(mut self, depth: u32) -> Self {
        self.max_depth = Some(depth);
        self
    }

    fn under(self, parent: &Claims, id: TokenId, now: UnixTime) -> Claims {
        // AAT-02 §6.2: a clock behind the parent's must not make the child begin before it.
        let issued_at = now.max(parent.issued_at);
        Claims {
            issuer: None,
            principal: None,
            audience: self.audience,
            expires: self.lifetime.map_or(parent.expires, |seconds| issued_at.plus(seconds)),
            not_before: self.not_before,
            issued_at,
            id,
            holder: self.holder,
            authority: self.authority.unwrap_or_else(|| parent.authority.clone()),
            depth: parent.depth.saturating_add(1),
            max_depth: self.max_depth.unwrap_or(parent.max_depth),
            agent: self.agent,
            task: None,
        }
    }
}

impl Chain {
    /// Passes on what `narrowing` says, signed by `key`, the holder of this chain's leaf. Offline; nobody is asked.
    ///
    /// # Errors
    /// `proof.not_the_holder` for another key, `time.expired` when the parent has ended, and the codes a verifier
    /// would give for a child that is wider: `chain.tool_added`, `chain.constraint_widened`, … with the tool, the
    /// argument and the limit.
    pub fn delegate(
        &self,
        key: &SigningKey,
        narrowing: Narrowing,
        id: TokenId,
        now: UnixTime,
    ) -> Result<Self, Refusal> {
        if key.public_key() != self.own_links()?.leaf().claims().holder {
            return Err(Code::NotTheHolder.into());
        }
        self.prepare_delegation(narrowing, id, now)?.sign(key)
    }

    /// The first of three steps for a holder whose key lives elsewhere.
    ///
    /// # Errors
    /// As [`Chain::delegate`], but for the key.
    pub fn prepare_delegation(
        &self,
        narrowing: Narrowing,
        id: TokenId,
        now: UnixTime,
    ) -> Result<Prepared<Self>, Refusal> {
        let limits = Limits::default();
        let links = self.own_links()?;
        let parent = links.leaf();
        let link = self.len();
        let at_child = |refusal: Refusal| refusal.at(link);
        if now >= parent.claims().expires {
            return Err(Refusal::new(Code::Expired).at(link.saturating_sub(1)));
        }
        if exceeds(link, limits.depth) {
            return Err(at_child(Code::ChainTooLong.into()));
        }
        let child = narrowing.under(parent.claims(), id, now);
        check_names(&child, &limits).map_err(at_child)?;
        rules::check_child(links.all(), &child, &limits).map_err(at_child)?;
        let signer = parent.claims().holder.clone();
        let to_sign = match self.format() {
            Format::Cwt => ToSign::Cose(Box::new(Unsigned::new(
                Kind::Token,
                wire::encode(&child)?,
                parent.digest().as_bytes(),
            ))),
            #[cfg(feature = "jose")]
            Format::Aat => {
                let parent = self.aat_tokens().last().map(|parent| (&**parent, &signer));
                ToSign::Jws(aat::unsigned_token(&child, parent))
            }
        };
        Ok(Prepared::new(to_sign, signer, Ok(self.clone())))
    }
}
