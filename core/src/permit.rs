//! The evidence that one call was decided, and decided yes.

use crate::{
    agent::AgentId,
    authority::Narrowed,
    claims::Claims,
    id::{Digest, TokenId},
    key::{PublicKey, Thumbprint},
    link::Link,
    request::Request,
    rules,
    time::UnixTime,
    verify::VerifiedChain,
};
use alloc::{borrow::ToOwned, string::String, sync::Arc, vec::Vec};
use core::fmt;

/// One call was decided, and decided yes: who calls, for whom, in which task, under whose authority.
///
/// Only [`VerifiedChain::authorize`] makes one.
///
/// ```compile_fail
/// fn forge() -> keybound::Permit {
///     keybound::Permit { tool: "fs.read".into() }
/// }
/// ```
#[derive(Clone)]
#[must_use = "a permit nobody uses guards nothing"]
pub struct Permit {
    chain: VerifiedChain,
    tool: String,
    audience: String,
    leeway: u64,
}

impl Permit {
    pub(crate) fn new(chain: VerifiedChain, request: &Request, now: UnixTime) -> Self {
        let leeway =
            chain.links().claims().map(|claims| claims.times().leeway_at(now)).max().unwrap_or_default();
        Self { tool: request.tool().to_owned(), audience: request.audience().to_owned(), leeway, chain }
    }

    /// The agent that makes the call.
    pub fn agent(&self) -> Option<&AgentId> {
        self.chain.agent()
    }

    /// The user or system on whose behalf.
    pub fn principal(&self) -> Option<&str> {
        self.chain.principal()
    }

    /// The task it serves.
    pub fn task(&self) -> Option<&str> {
        self.chain.task()
    }

    /// The tool that may be called.
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// The party that may be called, by the name that the request was described with. Under a chain of AAT-02 chain and proof name
    /// it or another of the verifier's names.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// The issuer whose anchor signed the root.
    pub fn issuer(&self) -> &str {
        self.chain.issuer()
    }

    /// The key that proved the call.
    pub fn holder(&self) -> &PublicKey {
        self.chain.holder()
    }

    /// When the first token of the chain expires. Work that goes on beyond it needs a new permit.
    pub fn expires(&self) -> UnixTime {
        self.chain.expires()
    }

    /// Seconds of clock difference that had to be tolerated; worth counting.
    pub const fn leeway_used(&self) -> u64 {
        self.leeway
    }

    /// Who authorised whom, root first.
    pub fn lineage(&self) -> Vec<Hop> {
        self.chain.lineage()
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permit({:?} for {:?} at {:?})", self.tool, self.agent(), self.audience)
    }
}

impl VerifiedChain {
    /// Who authorised whom, root first.
    pub fn lineage(&self) -> Vec<Hop> {
        let mut delegator = self.anchor();
        let mut hops = Vec::with_capacity(self.links().len());
        for (ancestors, link) in self.links().with_ancestors() {
            hops.push(Hop::new(ancestors, link, delegator));
            delegator = &link.claims().holder;
        }
        hops
    }
}

/// One link of a lineage: who authorised whom, when, until when, and what was narrowed on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hop {
    /// Delegations below the root: 0 for the root.
    pub depth: u32,
    /// The key that signed the token: the anchor's for the root.
    pub delegator: Thumbprint,
    /// The key the token is bound to.
    pub holder: Thumbprint,
    /// The token's id.
    pub token_id: TokenId,
    /// The token's digest: what a child, a proof and a revocation of it name.
    pub digest: Digest,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// When it expires.
    pub expires: UnixTime,
    /// The agent it names; `None` when it names none and so acts for its parent's.
    pub agent: Option<AgentId>,
    /// How it is narrower than its parent; empty for the root and for a mere change of key.
    pub narrowed: Vec<Narrowed>,
}

impl Hop {
    fn new(ancestors: &[Arc<Link>], link: &Link, delegator: &PublicKey) -> Self {
        let claims = link.claims();
        Self {
            depth: claims.depth,
            delegator: delegator.thumbprint(),
            holder: claims.holder.thumbprint(),
            token_id: claims.id,
            digest: link.digest(),
            issued_at: claims.issued_at,
            expires: claims.expires,
            agent: claims.agent.clone(),
            narrowed: ancestors
                .last()
                .map(|parent| narrowed(ancestors, parent.claims(), claims))
                .unwrap_or_default(),
        }
    }
}

/// What `child` gives up of what was in force above it.
fn narrowed(ancestors: &[Arc<Link>], parent: &Claims, child: &Claims) -> Vec<Narrowed> {
    let mut all = child.authority.narrowed_from(&parent.authority);
    if child.audience.is_some() && child.audience.as_deref() != rules::audience(ancestors) {
        all.push(Narrowed::Audience);
    }
    if child.expires < parent.expires || child.not_before > rules::not_before(ancestors) {
        all.push(Narrowed::Lifetime);
    }
    if child.max_depth < parent.max_depth {
        all.push(Narrowed::Depth);
    }
    all
}
