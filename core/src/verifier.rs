//! The whole decision in one call, from bytes to permit.

use crate::{
    chain::{Chain, Link},
    memory::{CachedLink, LinkCache},
    permit::Permit,
    proof::Proof,
    refusal::Refusal,
    request::Request,
    time::UnixTime,
    trust::Trust,
    verify::verify,
};
use alloc::vec::Vec;
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
        let mut known: Vec<CachedLink> = Vec::new();
        let mut learnt: Vec<CachedLink> = Vec::new();
        let chain = Chain::parse_with(chain, limits, &mut |token, digest| {
            let cached = self.cache.get(&digest);
            let link = match cached.as_ref().and_then(|cached| cached.link_of(digest, limits)) {
                Some(link) => link.clone(),
                None => Link::parse(token, digest, limits)?,
            };
            known.extend(cached);
            Ok(link)
        })?;
        let verified = verify(chain, &self.trust, now, &mut |link, signer, parent| {
            if known.iter().any(|cached| cached.vouches_for(link.digest(), signer, parent)) {
                return Ok(());
            }
            link.verify(signer, parent)?;
            learnt.push(CachedLink::new(link.clone(), signer.clone(), parent, *limits));
            Ok(())
        })?;
        let permit = verified.decide(request, &Proof::parse_within(proof, limits)?, now)?;
        // Only now: a holder whose calls are refused must not fill a memory that others share.
        learnt.into_iter().filter(CachedLink::is_light).for_each(|link| self.cache.put(link));
        Ok(permit)
    }
}

impl<C> fmt::Debug for Verifier<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({:?})", self.trust)
    }
}
