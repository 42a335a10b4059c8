//! The whole decision in one call, from bytes to permit.

#[cfg(feature = "jose")]
use crate::aat;
use crate::{
    chain::Chain,
    id::Digest,
    key::PublicKey,
    limits::Limits,
    link::Link,
    memory::{CachedLink, LinkCache},
    permit::Permit,
    proof::Proof,
    refusal::Refusal,
    request::Request,
    time::UnixTime,
    trust::Trust,
    verify::{Signatures, verify},
};
use alloc::{sync::Arc, vec::Vec};
use core::fmt;

/// Trust and a memory of links already checked. One per process is enough; it is shared between threads.
pub struct Verifier<C> {
    trust: Trust,
    cache: C,
}

impl<C: LinkCache> Verifier<C> {
    /// A verifier that believes what `trust` says and remembers links in `cache`.
    pub const fn new(trust: Trust, cache: C) -> Self {
        Self { trust, cache }
    }

    /// May whoever sent this chain and this proof make this call now?
    ///
    /// The same rules, in the same order, as [`Chain::parse`], [`Chain::verify`], [`Proof::parse`] and
    /// [`crate::VerifiedChain::authorize`]; only signatures already checked are not checked again.
    ///
    /// # Errors
    /// Any code of the table.
    pub fn authorize(
        &self,
        chain: &[u8],
        proof: &[u8],
        request: &Request,
        now: UnixTime,
    ) -> Result<Permit, Refusal> {
        let limits = self.trust.the_limits();
        let mut links = Remembered { cache: &self.cache, limits, known: Vec::new(), learnt: Vec::new() };
        let chain = Chain::parse_with(chain, limits, &mut |token, digest| links.read(token, digest))?;
        let verified = verify(chain, &self.trust, now, &mut links)?;
        let permit = verified.decide(request, &Proof::parse_within(proof, limits)?, now)?;
        // Only now: a holder whose calls are refused must not fill a memory that others share.
        links.learnt.into_iter().filter(CachedLink::is_light).for_each(|link| self.cache.put(link));
        Ok(permit)
    }
}

/// What the cache knows of one chain, and what it is to learn of it.
struct Remembered<'a, C> {
    cache: &'a C,
    limits: &'a Limits,
    known: Vec<CachedLink>,
    learnt: Vec<CachedLink>,
}

impl<C: LinkCache> Remembered<'_, C> {
    fn read(&mut self, token: &[u8], digest: Digest) -> Result<Arc<Link>, Refusal> {
        let cached = self.cache.get(&digest);
        let link = match cached.as_ref().and_then(|cached| cached.link_of(digest, self.limits)) {
            Some(link) => link.clone(),
            None => Link::parse(token, digest, self.limits)?,
        };
        self.known.extend(cached);
        Ok(link)
    }

    fn vouches_for(&self, digest: Digest, signer: &PublicKey, parent: Option<Digest>) -> bool {
        self.known.iter().any(|cached| cached.vouches_for(digest, signer, parent))
    }
}

impl<C: LinkCache> Signatures for Remembered<'_, C> {
    fn check_link(
        &mut self,
        link: &Arc<Link>,
        signer: &PublicKey,
        parent: Option<Digest>,
    ) -> Result<(), Refusal> {
        if self.vouches_for(link.digest(), signer, parent) {
            return Ok(());
        }
        link.verify(signer, parent)?;
        self.learnt.push(CachedLink::new(link.digest(), link.clone(), signer.clone(), parent, *self.limits));
        Ok(())
    }

    #[cfg(feature = "jose")]
    fn check_token(&mut self, token: &aat::Token, signer: &PublicKey) -> Result<(), Refusal> {
        let digest = token.digest();
        self.known.extend(self.cache.get(&digest));
        if self.vouches_for(digest, signer, None) { Ok(()) } else { token.verify(signer) }
    }

    #[cfg(feature = "jose")]
    fn believed(&mut self, token: &aat::Token, link: &Arc<Link>, signer: &PublicKey) {
        let digest = token.digest();
        // The signature does not cover the parent here; its hash is a claim, checked every time.
        if !self.vouches_for(digest, signer, None) {
            self.learnt.push(CachedLink::new(digest, link.clone(), signer.clone(), None, *self.limits));
        }
    }
}

impl<C> fmt::Debug for Verifier<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({:?})", self.trust)
    }
}
