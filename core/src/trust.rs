//! What a verifier believes before it has seen anything.

use crate::{
    key::PublicKey,
    limits::Limits,
    memory::{LinkIds, ReplayStore, Revocation, Standing},
    time::UnixTime,
};
use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::fmt;

/// Anchors, audience, limits, revocation view and replay memory. Cheap to clone; clones share the memories.
#[derive(Clone)]
pub struct Trust(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    anchors: Vec<Anchor>,
    audience: Vec<String>,
    limits: Limits,
    replay: Arc<dyn ReplayStore>,
    revocation: Arc<dyn Revocation>,
    requires_identity: bool,
    requires_audience: bool,
    requires_proof_audience: bool,
}

#[derive(Clone)]
struct Anchor {
    issuer: String,
    key: PublicKey,
}

impl Trust {
    /// A verifier known by any of the names in `audience`, with its memory against replays. It trusts nobody yet.
    ///
    /// Under a chain of AAT-02 the names are one party's: a token or a proof for one of them passes for the others (steps 6c and
    /// 7d). Parties that are to be told apart need a verifier each.
    pub fn new<S: AsRef<str>>(
        audience: impl IntoIterator<Item = S>,
        replay: impl ReplayStore + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            anchors: Vec::new(),
            audience: audience.into_iter().map(|name| name.as_ref().to_owned()).collect(),
            limits: Limits::default(),
            replay: Arc::new(replay),
            revocation: Arc::new(NothingRevoked),
            requires_identity: true,
            requires_audience: true,
            requires_proof_audience: true,
        }))
    }

    /// Believes roots that name `issuer` and are signed by `key`. Call it again for more keys or issuers.
    #[must_use]
    pub fn anchor(self, issuer: &str, key: &PublicKey) -> Self {
        self.with(|inner| inner.anchors.push(Anchor { issuer: issuer.to_string(), key: key.clone() }))
    }

    /// Other limits than the default ones.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        self.with(|inner| inner.limits = limits)
    }

    /// A view of what has been revoked.
    #[must_use]
    pub fn revocation(self, revocation: impl Revocation + 'static) -> Self {
        self.with(|inner| inner.revocation = Arc::new(revocation))
    }

    /// Accepts chains whose root names no principal, no agent or no task. By default all three must be there.
    #[must_use]
    pub fn identity_optional(self) -> Self {
        self.with(|inner| inner.requires_identity = false)
    }

    /// Accepts chains that no link restricts to an audience. Only for a verifier that shares its anchors with no other.
    #[must_use]
    pub fn audience_optional(self) -> Self {
        self.with(|inner| inner.requires_audience = false)
    }

    /// Accepts proofs of AAT-02 that do not say whom they are for (`aat_aud`); a native proof always does. Only for a
    /// verifier whose chains nobody else accepts, or that gives out nonces or shares its replay memory (AAT-02 §9.5).
    #[must_use]
    pub fn proof_audience_optional(self) -> Self {
        self.with(|inner| inner.requires_proof_audience = false)
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    pub(crate) fn keys_of<'a>(&'a self, issuer: &'a str) -> impl Iterator<Item = &'a PublicKey> {
        self.0.anchors.iter().filter(move |anchor| anchor.issuer == issuer).map(|anchor| &anchor.key)
    }

    #[cfg(feature = "jose")]
    pub(crate) fn anchors(&self) -> impl Iterator<Item = (&str, &PublicKey)> {
        self.0.anchors.iter().map(|anchor| (anchor.issuer.as_str(), &anchor.key))
    }

    #[cfg(feature = "jose")]
    pub(crate) fn requires_proof_audience(&self) -> bool {
        self.0.requires_proof_audience
    }

    pub(crate) fn is_our_name(&self, audience: &str) -> bool {
        self.0.audience.iter().any(|name| name == audience)
    }

    pub(crate) fn the_limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn replay(&self) -> &dyn ReplayStore {
        &*self.0.replay
    }

    pub(crate) fn standing(&self, link: &LinkIds<'_>, now: UnixTime) -> Standing {
        self.0.revocation.standing(link, now)
    }

    pub(crate) fn requires_identity(&self) -> bool {
        self.0.requires_identity
    }

    pub(crate) fn requires_audience(&self) -> bool {
        self.0.requires_audience
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers = self.0.anchors.iter().map(|anchor| anchor.issuer.as_str()).collect::<Vec<_>>();
        write!(f, "Trust(issuers {issuers:?}, audience {:?})", self.0.audience)
    }
}

/// Until a view is configured. Tokens live for minutes; expiry is the normal way for them to end.
struct NothingRevoked;

impl Revocation for NothingRevoked {
    fn standing(&self, _: &LinkIds<'_>, _: UnixTime) -> Standing {
        Standing::Good
    }
}
