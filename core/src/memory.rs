//! What a verifier remembers, and who keeps it: the host, behind three small traits.

use crate::{
    agent::AgentId,
    id::{Digest, ProofId, TokenId},
    key::PublicKey,
    limits::Limits,
    link::Link,
    time::UnixTime,
};
use alloc::sync::Arc;
use core::fmt;

/// A proof to be remembered: the holder's key and the proof's id, until the proof is too old to be accepted anyway.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReplayEntry {
    /// The key that made the proof.
    pub holder: [u8; 32],
    /// The proof's id, unique per holder.
    pub proof: ProofId,
    /// From this time on the entry may be forgotten. It depends on the proof alone, not on when it came.
    pub until: UnixTime,
}

/// What a replay store says of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// It was not known, and is now.
    Fresh,
    /// It was known.
    Seen,
    /// It is not known and cannot be remembered. The call is refused: forgetting a proof that could still be replayed
    /// would be worse.
    Full,
}

/// The memory against replays. One atomic check-and-insert, asked last and only for a call that would be
/// permitted, so a refused call consumes nothing.
///
/// Clocks differ and may be set back, so what has been forgotten must not look new. A store says [`Replay::Seen`] of every
/// entry whose `until` is not after the latest time at which it has forgotten anything; one that several servers share
/// may instead keep entries longer than `until`, by as much as the servers' clocks can differ.
pub trait ReplayStore: Send + Sync {
    /// Remembers `entry`, or says why not. Two calls at once with the same entry must not both be
    /// [`Replay::Fresh`].
    fn remember(&self, entry: &ReplayEntry, now: UnixTime) -> Replay;
}

impl<S: ReplayStore + ?Sized> ReplayStore for Arc<S> {
    fn remember(&self, entry: &ReplayEntry, now: UnixTime) -> Replay {
        (**self).remember(entry, now)
    }
}

/// What a link can be revoked by.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LinkIds<'a> {
    /// The token's id.
    pub token: &'a TokenId,
    /// The token's digest: SHA-256 of its bytes; of a token of AAT-02, of its signing input, as in `par_hash`.
    pub digest: Digest,
    /// The key the token is bound to.
    pub holder: &'a PublicKey,
    /// The agent in force at this link.
    pub agent: Option<&'a AgentId>,
    /// The task of the chain.
    pub task: Option<&'a str>,
    /// The issuer of the chain's root.
    pub issuer: &'a str,
}

/// What a view says of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing it belongs to is revoked.
    Good,
    /// It is revoked, or something it belongs to is.
    Revoked,
    /// The view has no answer, as when it has no list of this issuer or one that is too old. The call is refused.
    Unknown,
}

/// A view of what has been revoked. Asked for every link, cached or not: one revoked link kills everything below it.
pub trait Revocation: Send + Sync {
    /// How this link stands at `now`.
    fn standing(&self, link: &LinkIds<'_>, now: UnixTime) -> Standing;
}

impl<R: Revocation + ?Sized> Revocation for Arc<R> {
    fn standing(&self, link: &LinkIds<'_>, now: UnixTime) -> Standing {
        (**self).standing(link, now)
    }
}

/// A bounded memory of links whose signature has been checked, shared by every chain with the same prefix. It saves
/// work, never a rule: times, revocation, narrowing and constraints are checked again each time.
pub trait LinkCache: Send + Sync {
    /// The link remembered under the SHA-256 of its bytes.
    fn get(&self, token: &Digest) -> Option<CachedLink>;

    /// Remembers a link, forgetting others as it likes.
    fn put(&self, link: CachedLink);
}

impl<C: LinkCache + ?Sized> LinkCache for Arc<C> {
    fn get(&self, token: &Digest) -> Option<CachedLink> {
        (**self).get(token)
    }

    fn put(&self, link: CachedLink) {
        (**self).put(link);
    }
}

/// Remembers nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCache;

impl LinkCache for NoCache {
    fn get(&self, _: &Digest) -> Option<CachedLink> {
        None
    }

    fn put(&self, _: CachedLink) {}
}

/// Bytes of the heaviest token that is remembered. 2 KiB: a typical token has 300 bytes; what is parsed takes many times the bytes
/// it came from, and a holder chooses those.
const HEAVIEST: usize = 2048;

/// A link, the key its signature was checked under and the parent it was checked with. Only this crate makes one,
/// so a cache can lose links but not invent them.
#[derive(Clone)]
pub struct CachedLink {
    /// SHA-256 of the token's bytes, signature and all.
    digest: Digest,
    link: Arc<Link>,
    signer: PublicKey,
    parent: Option<Digest>,
    /// What it was parsed within: verifiers with other limits may share the cache.
    limits: Limits,
}

impl CachedLink {
    pub(crate) const fn new(
        digest: Digest,
        link: Arc<Link>,
        signer: PublicKey,
        parent: Option<Digest>,
        limits: Limits,
    ) -> Self {
        Self { digest, link, signer, parent, limits }
    }

    /// Whether the token is small enough to be worth remembering.
    pub(crate) fn is_light(&self) -> bool {
        self.link.size() <= HEAVIEST
    }

    /// SHA-256 of the token's bytes: the key to keep it under.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The same bytes within the same limits give the same parsed link, whoever signed it.
    pub(crate) fn link_of(&self, digest: Digest, limits: &Limits) -> Option<&Arc<Link>> {
        (self.digest == digest && self.limits == *limits).then_some(&self.link)
    }

    /// Whether exactly this signature check has been made: these bytes, this signer, this parent.
    pub(crate) fn vouches_for(&self, digest: Digest, signer: &PublicKey, parent: Option<Digest>) -> bool {
        self.digest == digest && self.signer == *signer && self.parent == parent
    }
}

impl fmt::Debug for CachedLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CachedLink({})", self.digest())
    }
}
