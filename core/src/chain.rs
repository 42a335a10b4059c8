//! Chains: tokens from root to leaf, before anybody believes them.

use crate::{
    claims::Claims,
    code::Code,
    id::Digest,
    key::PublicKey,
    limits::Limits,
    prepared::Signable,
    refusal::Refusal,
    wire::{
        chain as framing, claims,
        envelope::{Envelope, Kind},
    },
};
use alloc::{sync::Arc, vec::Vec};
use core::fmt;

/// A chain whose shape is right and whose signatures nobody has checked.
///
/// It offers no way to read what it grants: call [`Chain::verify`] first.
///
/// ```compile_fail
/// fn peek(chain: keybound::Chain, request: &keybound::Request, proof: &keybound::Proof, now: keybound::UnixTime) {
///     let _ = chain.authorize(request, proof, now); // only a VerifiedChain decides
/// }
/// ```
#[derive(Clone)]
pub struct Chain {
    bytes: Vec<u8>,
    /// INVARIANT: the links that `bytes` holds, in order, beginning with `root` and ending with `leaf`.
    links: Vec<Arc<Link>>,
    root: Arc<Link>,
    leaf: Arc<Link>,
    /// What it was parsed within.
    limits: Limits,
}

impl Chain {
    /// Parses a chain within the default limits.
    ///
    /// # Errors
    /// The malformed codes, with the link.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::parse_within(bytes, &Limits::default())
    }

    /// [`Chain::parse`] within other limits than the default ones.
    ///
    /// # Errors
    /// As there.
    pub fn parse_within(bytes: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        Self::parse_with(bytes, limits, &mut |token, digest| Link::parse(token, digest, limits))
    }

    /// Parses with `link` to make, or remember, each link from its bytes and their digest.
    pub(crate) fn parse_with(bytes: &[u8], limits: &Limits, link: LinkReader<'_>) -> Result<Self, Refusal> {
        let tokens = framing::split(bytes, limits)?;
        let links = tokens
            .into_iter()
            .enumerate()
            .map(|(index, token)| link(token, Digest::of(token)).map_err(|refusal| refusal.at(index)))
            .collect::<Result<Vec<_>, _>>()?;
        Self::of(bytes.to_vec(), links, *limits)
    }

    fn of(bytes: Vec<u8>, links: Vec<Arc<Link>>, limits: Limits) -> Result<Self, Refusal> {
        let (Some(root), Some(leaf)) = (links.first().cloned(), links.last().cloned()) else {
            return Err(Code::EmptyChain.into());
        };
        Ok(Self { bytes, links, root, leaf, limits })
    }

    /// The chain as it travels.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many tokens it has; at least one.
    #[expect(clippy::len_without_is_empty, reason = "a chain without a token cannot exist")]
    pub const fn len(&self) -> usize {
        self.links.len()
    }

    pub(crate) const fn leaf(&self) -> &Arc<Link> {
        &self.leaf
    }

    /// The chain as it would have been parsed within `limits`.
    pub(crate) fn within(self, limits: &Limits) -> Result<Self, Refusal> {
        if self.limits == *limits { Ok(self) } else { Self::parse_within(&self.bytes, limits) }
    }

    pub(crate) const fn root(&self) -> &Arc<Link> {
        &self.root
    }

    /// All links, root first.
    pub(crate) fn links(&self) -> &[Arc<Link>] {
        &self.links
    }

    /// All links' claims, root first.
    pub(crate) fn claims(&self) -> impl DoubleEndedIterator<Item = &Claims> {
        self.links.iter().map(|link| link.claims())
    }
}

/// Makes a link from a token's bytes and their digest, or remembers it.
pub(crate) type LinkReader<'a> = &'a mut dyn FnMut(&[u8], Digest) -> Result<Arc<Link>, Refusal>;

impl Signable for Chain {
    /// The chain that the new token continues, none for a root.
    type Rest = Option<Self>;
    const BAD_SIGNATURE: Code = Code::BadSignature;

    fn assemble(parent: Option<Self>, token: Vec<u8>) -> Result<Self, Refusal> {
        let limits = Limits::default();
        let (parents, links) =
            parent.as_ref().map_or((&[][..], 0), |parent| (parent.as_bytes(), parent.len()));
        let bytes = framing::append(parents, links, &token)?;
        // Read back what was written: a builder cannot make what a reader refuses, limits included.
        framing::split(&bytes, &limits)?;
        let link = Link::parse(&token, Digest::of(&token), &limits).map_err(|refusal| refusal.at(links))?;
        match parent {
            // What was read within other limits stays marked with them, so that a verifier reads it again within its own.
            Some(parent) if parent.limits != limits => Self::parse_within(&bytes, &parent.limits),
            parent => {
                let mut links = parent.map(|parent| parent.links).unwrap_or_default();
                links.push(link);
                Self::of(bytes, links, limits)
            }
        }
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({} tokens, unverified)", self.len())
    }
}

/// One token, parsed. What it claims is not to be believed before its signature is checked.
#[derive(Debug)]
pub(crate) struct Link {
    digest: Digest,
    envelope: Envelope,
    claims: Claims,
    /// Bytes of the token.
    size: usize,
}

/// Nesting inside a token's payload besides constraints and their values: claims, authority, tools, argument map.
const DEPTH: u32 = 4;

impl Link {
    /// Parses the token whose SHA-256 is `digest`.
    pub(crate) fn parse(token: &[u8], digest: Digest, limits: &Limits) -> Result<Arc<Self>, Refusal> {
        let envelope = Envelope::parse(token, Kind::Token)?;
        let depth = DEPTH
            .saturating_add(limits.constraint_depth.saturating_add(1))
            .saturating_add(limits.value_depth);
        let claims = claims::decode(&envelope.payload(depth)?, limits)?;
        Ok(Arc::new(Self { digest, envelope, claims, size: token.len() }))
    }

    /// SHA-256 of the token's bytes: its name in its child's signature, in proofs and in caches.
    pub(crate) const fn digest(&self) -> Digest {
        self.digest
    }

    pub(crate) const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Bytes of the token.
    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    /// Checks that `signer` signed this token under this `parent` (SPEC 4.1).
    pub(crate) fn verify(&self, signer: &PublicKey, parent: Option<Digest>) -> Result<(), Refusal> {
        let external_aad: &[u8] = parent.as_ref().map_or(&[], |digest| digest.as_bytes());
        self.envelope.verify(signer, external_aad).map_err(|_| Code::BadSignature.into())
    }
}
