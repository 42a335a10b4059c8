//! Believing a chain: the one road from [`Chain`] to [`VerifiedChain`].

use crate::{
    agent::AgentId,
    chain::{Chain, Link},
    code::Code,
    id::Digest,
    key::PublicKey,
    memory::LinkIds,
    refusal::Refusal,
    rules,
    time::UnixTime,
    trust::Trust,
};
use alloc::{string::String, sync::Arc};
use core::fmt;

/// A chain that holds: every signature, from an anchor down to the leaf, and every rule between neighbours.
///
/// It has a date: [`VerifiedChain::authorize`] takes the time again and checks it again. No public constructor:
///
/// ```compile_fail
/// fn forge(chain: keybound::Chain, trust: keybound::Trust) -> keybound::VerifiedChain {
///     keybound::VerifiedChain { chain, trust }
/// }
/// ```
#[derive(Clone)]
pub struct VerifiedChain {
    chain: Chain,
    trust: Trust,
    anchor: PublicKey,
}

impl Chain {
    /// Checks the chain against `trust` at `now`: the anchor first, then link by link.
    ///
    /// # Errors
    /// The codes of SPEC 8 and 9, with the link.
    pub fn verify(&self, trust: &Trust, now: UnixTime) -> Result<VerifiedChain, Refusal> {
        verify(self.clone(), trust, now, &mut |link, signer, parent| link.verify(signer, parent))
    }
}

/// Whether a link was signed by this key under this parent: checked, or remembered to have been.
pub(crate) type SignatureCheck<'a> =
    &'a mut dyn FnMut(&Arc<Link>, &PublicKey, Option<Digest>) -> Result<(), Refusal>;

/// Checks `chain`, leaving the signature check itself to `check_signature`, which may remember earlier answers.
pub(crate) fn verify(
    chain: Chain,
    trust: &Trust,
    now: UnixTime,
    check_signature: SignatureCheck<'_>,
) -> Result<VerifiedChain, Refusal> {
    let limits = trust.the_limits();
    let chain = chain.within(limits)?;
    let anchor = anchor(&chain, trust, check_signature).map_err(|refusal| refusal.at(0))?;
    let root = chain.root().claims();
    rules::check_root(root, limits).map_err(|refusal| refusal.at(0))?;
    check_in_force(&[], chain.root(), trust, now).map_err(|refusal| refusal.at(0))?;

    let mut parent = chain.root();
    for (index, (ancestors, link)) in with_ancestors(&chain).enumerate().skip(1) {
        check_signature(link, &parent.claims().holder, Some(parent.digest()))
            .and_then(|()| rules::check_child(ancestors, link.claims(), limits))
            .and_then(|()| check_in_force(ancestors, link, trust, now))
            .map_err(|refusal| refusal.at(index))?;
        parent = link;
    }
    check_identity(&chain, trust)?;
    Ok(VerifiedChain { anchor, trust: trust.clone(), chain })
}

/// Finds the anchor that signed the root. Nobody's signature is checked before somebody is found who could have made
/// it: a stranger's chain costs a look-up, however long it is.
fn anchor(chain: &Chain, trust: &Trust, check_signature: SignatureCheck<'_>) -> Result<PublicKey, Refusal> {
    let root = chain.root();
    // A child has no issuer: a chain that begins in the middle has nobody to look up.
    let Some(issuer) = &root.claims().issuer else { return Err(Code::NotARoot.into()) };
    let mut refusal = Refusal::new(Code::UnknownIssuer);
    for key in trust.keys_of(issuer) {
        match check_signature(root, key, None) {
            Ok(()) => return Ok(key.clone()),
            Err(reason) => refusal = reason,
        }
    }
    Err(refusal)
}

/// Each link with the links above it, root first.
pub(crate) fn with_ancestors(chain: &Chain) -> impl Iterator<Item = (&[Arc<Link>], &Arc<Link>)> {
    let links = chain.links();
    links.iter().enumerate().map(|(index, link)| (links.get(..index).unwrap_or_default(), link))
}

/// What changes while nothing moves: the time, and what has been revoked.
fn check_in_force(
    ancestors: &[Arc<Link>],
    link: &Arc<Link>,
    trust: &Trust,
    now: UnixTime,
) -> Result<(), Refusal> {
    link.claims().check_now(now, trust.the_limits())?;
    let root = ancestors.first().unwrap_or(link).claims();
    let ids = LinkIds {
        token: &link.claims().id,
        digest: link.digest(),
        holder: &link.claims().holder,
        agent: link.claims().agent.as_ref().or_else(|| rules::agent(ancestors)),
        task: root.task.as_deref(),
        issuer: root.issuer.as_deref().unwrap_or_default(),
    };
    if trust.is_revoked(&ids) { Err(Code::Revoked.into()) } else { Ok(()) }
}

fn check_identity(chain: &Chain, trust: &Trust) -> Result<(), Refusal> {
    if !trust.requires_identity() {
        return Ok(());
    }
    let root = chain.root().claims();
    for (part, is_named) in [
        ("principal", root.principal.is_some()),
        ("agent", root.agent.is_some()),
        ("task", root.task.is_some()),
    ] {
        if !is_named {
            return Err(Refusal::new(Code::IdentityMissing).at(0).with_part(part));
        }
    }
    Ok(())
}

impl VerifiedChain {
    /// The issuer whose anchor signed the root.
    pub fn issuer(&self) -> &str {
        self.chain.root().claims().issuer.as_deref().unwrap_or_default()
    }

    /// The user or system on whose behalf the chain acts.
    pub fn principal(&self) -> Option<&str> {
        self.chain.root().claims().principal.as_deref()
    }

    /// The agent at the leaf.
    pub fn agent(&self) -> Option<&AgentId> {
        rules::agent(self.chain.links())
    }

    /// The task the chain serves.
    pub fn task(&self) -> Option<&str> {
        self.chain.root().claims().task.as_deref()
    }

    /// The key that must sign the proofs.
    pub fn holder(&self) -> &PublicKey {
        &self.chain.leaf().claims().holder
    }

    /// Delegations below the root.
    pub const fn depth(&self) -> usize {
        self.chain.len().saturating_sub(1)
    }

    /// When the first of its tokens expires.
    pub fn expires(&self) -> UnixTime {
        self.chain.claims().map(|claims| claims.expires).min().unwrap_or(self.chain.root().claims().expires)
    }

    /// What the leaf grants, as the JSON of AAT-02 §3.3. For display: only [`VerifiedChain::authorize`] decides.
    pub fn tools_json(&self) -> String {
        self.chain.leaf().claims().authority.to_json()
    }

    pub(crate) const fn chain(&self) -> &Chain {
        &self.chain
    }

    pub(crate) const fn trust(&self) -> &Trust {
        &self.trust
    }

    pub(crate) const fn anchor(&self) -> &PublicKey {
        &self.anchor
    }

    /// "Verified at ten" is not "valid at noon".
    pub(crate) fn check_still_in_force(&self, now: UnixTime) -> Result<(), Refusal> {
        with_ancestors(&self.chain).enumerate().try_for_each(|(index, (ancestors, link))| {
            check_in_force(ancestors, link, &self.trust, now).map_err(|refusal| refusal.at(index))
        })
    }
}

impl fmt::Debug for VerifiedChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedChain({} tokens from {:?})", self.chain.len(), self.issuer())
    }
}
