//! Believing a chain: the one road from [`Chain`] to [`VerifiedChain`].

#[cfg(feature = "jose")]
use crate::aat;
use crate::{
    agent::AgentId,
    authority::Authority,
    chain::{Chain, Tokens},
    code::Code,
    format::Format,
    id::Digest,
    key::PublicKey,
    link::{Link, Links},
    memory::{LinkIds, Standing},
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
    links: Links,
    format: Format,
    trust: Trust,
    anchor: PublicKey,
}

impl Chain {
    /// Checks the chain against `trust` at `now`: the anchor first, then link by link.
    ///
    /// # Errors
    /// The codes of SPEC 8 and 9, with the link; of a chain of AAT-02 also with the draft's step.
    pub fn verify(&self, trust: &Trust, now: UnixTime) -> Result<VerifiedChain, Refusal> {
        verify(self.clone(), trust, now, &mut Afresh)
    }
}

/// Whether a token was signed by a key: checked, or remembered to have been.
pub(crate) trait Signatures {
    /// Of a CWT, under its parent.
    fn check_link(
        &mut self,
        link: &Arc<Link>,
        signer: &PublicKey,
        parent: Option<Digest>,
    ) -> Result<(), Refusal>;

    /// Of a token of AAT-02.
    #[cfg(feature = "jose")]
    fn check_token(&mut self, token: &aat::Token, signer: &PublicKey) -> Result<(), Refusal>;

    /// A token of AAT-02 turned out to hold in every respect.
    #[cfg(feature = "jose")]
    fn believed(&mut self, token: &aat::Token, link: &Arc<Link>, signer: &PublicKey);
}

/// Remembers nothing.
struct Afresh;

impl Signatures for Afresh {
    fn check_link(
        &mut self,
        link: &Arc<Link>,
        signer: &PublicKey,
        parent: Option<Digest>,
    ) -> Result<(), Refusal> {
        link.verify(signer, parent)
    }

    #[cfg(feature = "jose")]
    fn check_token(&mut self, token: &aat::Token, signer: &PublicKey) -> Result<(), Refusal> {
        token.verify(signer)
    }

    #[cfg(feature = "jose")]
    fn believed(&mut self, _: &aat::Token, _: &Arc<Link>, _: &PublicKey) {}
}

/// Checks `chain`, leaving the signature check itself to `signatures`, which may remember earlier answers.
pub(crate) fn verify(
    chain: Chain,
    trust: &Trust,
    now: UnixTime,
    signatures: &mut dyn Signatures,
) -> Result<VerifiedChain, Refusal> {
    let chain = chain.within(trust.the_limits())?;
    let format = chain.format();
    let (links, anchor) = match chain.into_tokens() {
        Tokens::Cwt(links) => verify_cwt(links, trust, now, signatures)?,
        #[cfg(feature = "jose")]
        Tokens::Aat(tokens) => aat::verify(&tokens, trust, now, signatures)?,
    };
    check_identity(links.root(), trust)?;
    Ok(VerifiedChain { links, format, anchor, trust: trust.clone() })
}

/// SPEC 8.2, steps 4 to 16.
fn verify_cwt(
    links: Links,
    trust: &Trust,
    now: UnixTime,
    signatures: &mut dyn Signatures,
) -> Result<(Links, PublicKey), Refusal> {
    let limits = trust.the_limits();
    let anchor = anchor(links.root(), trust, signatures).map_err(|refusal| refusal.at(0))?;
    rules::check_root(links.root().claims(), limits).map_err(|refusal| refusal.at(0))?;
    check_in_force(&[], links.root(), trust, now).map_err(|refusal| refusal.at(0))?;

    let mut parent = links.root();
    for (index, (ancestors, link)) in links.with_ancestors().enumerate().skip(1) {
        signatures
            .check_link(link, &parent.claims().holder, Some(parent.digest()))
            .and_then(|()| rules::check_child(ancestors, link.claims(), limits))
            .and_then(|()| check_in_force(ancestors, link, trust, now))
            .map_err(|refusal| refusal.at(index))?;
        parent = link;
    }
    Ok((links, anchor))
}

/// Finds the anchor that signed the root. Nobody's signature is checked before somebody is found who could have made
/// it: a stranger's chain costs a look-up, however long it is.
fn anchor(root: &Arc<Link>, trust: &Trust, signatures: &mut dyn Signatures) -> Result<PublicKey, Refusal> {
    // A child has no issuer: a chain that begins in the middle has nobody to look up.
    let Some(issuer) = &root.claims().issuer else { return Err(Code::NotARoot.into()) };
    let mut refusal = Refusal::new(Code::UnknownIssuer);
    for key in trust.keys_of(issuer) {
        match signatures.check_link(root, key, None) {
            Ok(()) => return Ok(key.clone()),
            Err(reason) => refusal = reason,
        }
    }
    Err(refusal)
}

/// What changes while nothing moves: the time, and what has been revoked.
fn check_in_force(
    ancestors: &[Arc<Link>],
    link: &Arc<Link>,
    trust: &Trust,
    now: UnixTime,
) -> Result<(), Refusal> {
    link.claims().times().check_now(now, trust.the_limits())?;
    check_revoked(ancestors, link, trust, now)
}

/// Whether the link, or what it belongs to, has been revoked.
pub(crate) fn check_revoked(
    ancestors: &[Arc<Link>],
    link: &Arc<Link>,
    trust: &Trust,
    now: UnixTime,
) -> Result<(), Refusal> {
    let root = ancestors.first().unwrap_or(link).claims();
    let ids = LinkIds {
        token: &link.claims().id,
        digest: link.digest(),
        holder: &link.claims().holder,
        agent: link.claims().agent.as_ref().or_else(|| rules::agent(ancestors)),
        task: root.task.as_deref(),
        issuer: root.issuer.as_deref().unwrap_or_default(),
    };
    match trust.standing(&ids, now) {
        Standing::Good => Ok(()),
        Standing::Revoked => Err(Code::Revoked.into()),
        Standing::Unknown => Err(Code::RevocationStale.into()),
    }
}

fn check_identity(root: &Link, trust: &Trust) -> Result<(), Refusal> {
    if !trust.requires_identity() {
        return Ok(());
    }
    let root = root.claims();
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
        self.links.root().claims().issuer.as_deref().unwrap_or_default()
    }

    /// The user or system on whose behalf the chain acts.
    pub fn principal(&self) -> Option<&str> {
        self.links.root().claims().principal.as_deref()
    }

    /// The agent at the leaf.
    pub fn agent(&self) -> Option<&AgentId> {
        rules::agent(self.links.all())
    }

    /// The task the chain serves.
    pub fn task(&self) -> Option<&str> {
        self.links.root().claims().task.as_deref()
    }

    /// The parties that may accept the chain, as its narrowest link says; `None` when no link says.
    pub fn audience(&self) -> Option<&[String]> {
        rules::audience(self.links.all())
    }

    /// What the leaf grants. For display, and for an issuer who puts it into another form: only [`VerifiedChain::authorize`] decides.
    pub fn authority(&self) -> &Authority {
        &self.links.leaf().claims().authority
    }

    /// The key that must sign the proofs.
    pub fn holder(&self) -> &PublicKey {
        &self.links.leaf().claims().holder
    }

    /// Delegations below the root.
    pub const fn depth(&self) -> usize {
        self.links.len().saturating_sub(1)
    }

    /// The depth at which the chain must end, counted from its root, as its leaf says.
    pub fn max_depth(&self) -> u32 {
        self.links.leaf().claims().max_depth
    }

    /// When the first of its tokens expires.
    pub fn expires(&self) -> UnixTime {
        self.links.claims().map(|claims| claims.expires).min().unwrap_or(self.links.root().claims().expires)
    }

    /// What the leaf grants, as the JSON of AAT-02 §3.3. For display: only [`VerifiedChain::authorize`] decides.
    pub fn tools_json(&self) -> String {
        self.links.leaf().claims().authority.to_json()
    }

    /// The encoding the chain came in.
    pub const fn format(&self) -> Format {
        self.format
    }

    pub(crate) const fn links(&self) -> &Links {
        &self.links
    }

    pub(crate) const fn trust(&self) -> &Trust {
        &self.trust
    }

    pub(crate) const fn anchor(&self) -> &PublicKey {
        &self.anchor
    }

    /// "Verified at ten" is not "valid at noon".
    pub(crate) fn check_still_in_force(&self, now: UnixTime) -> Result<(), Refusal> {
        self.links.with_ancestors().enumerate().try_for_each(|(index, (ancestors, link))| {
            let checked = match self.format {
                Format::Cwt => check_in_force(ancestors, link, &self.trust, now),
                #[cfg(feature = "jose")]
                Format::Aat => {
                    aat::check_in_force(index, &link.claims().times(), now, self.trust.the_limits())
                        .and_then(|()| check_revoked(ancestors, link, &self.trust, now))
                }
            };
            checked.map_err(|refusal| refusal.at(index))
        })
    }
}

impl fmt::Debug for VerifiedChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedChain({} tokens from {:?})", self.links.len(), self.issuer())
    }
}
