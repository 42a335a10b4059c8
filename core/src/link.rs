//! One token of a chain, parsed.

use crate::{
    claims::Claims,
    code::Code,
    id::Digest,
    key::PublicKey,
    limits::Limits,
    refusal::Refusal,
    wire::{
        claims,
        envelope::{Envelope, Kind},
    },
};
#[cfg(feature = "jose")]
use alloc::string::String;
use alloc::{sync::Arc, vec::Vec};

/// One token, parsed. What it claims is not to be believed before its signature is checked.
#[derive(Debug)]
pub(crate) struct Link {
    digest: Digest,
    signed: Signed,
    claims: Claims,
    /// Bytes of the token.
    size: usize,
}

/// What an encoding needs besides the claims.
#[derive(Debug)]
enum Signed {
    Cwt(Envelope),
    #[cfg(feature = "jose")]
    Aat {
        /// The `jti` as written.
        id: String,
        /// Whether it has an entry that grants anything: a token in the middle of a chain may have none.
        grants: bool,
    },
}

/// Nesting inside a token's payload besides constraints and their values: claims, authority, tools, argument map.
const DEPTH: u32 = 4;

impl Link {
    /// Parses the CWT whose SHA-256 is `digest`.
    pub(crate) fn parse(token: &[u8], digest: Digest, limits: &Limits) -> Result<Arc<Self>, Refusal> {
        let envelope = Envelope::parse(token, Kind::Token)?;
        let depth = DEPTH
            .saturating_add(limits.constraint_depth.saturating_add(1))
            .saturating_add(limits.value_depth);
        let claims = claims::decode(&envelope.payload(depth)?, limits)?;
        Ok(Arc::new(Self { digest, signed: Signed::Cwt(envelope), claims, size: token.len() }))
    }

    /// A token of AAT-02 whose claims have been read; `digest` is SHA-256 of what is signed.
    #[cfg(feature = "jose")]
    pub(crate) fn read(digest: Digest, id: String, grants: bool, claims: Claims, size: usize) -> Arc<Self> {
        Arc::new(Self { digest, signed: Signed::Aat { id, grants }, claims, size })
    }

    /// The token's name in its child, in proofs and in revocation: SHA-256 of its bytes, in AAT-02 of what is signed.
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

    /// The `jti` of AAT-02, as written.
    #[cfg(feature = "jose")]
    pub(crate) fn aat_id(&self) -> Option<&str> {
        if let Signed::Aat { id, .. } = &self.signed { Some(id) } else { None }
    }

    /// Whether it has an entry that grants anything.
    #[cfg(feature = "jose")]
    pub(crate) const fn grants(&self) -> bool {
        !matches!(self.signed, Signed::Aat { grants: false, .. })
    }

    /// Checks that `signer` signed this CWT under this `parent` (SPEC 4.1).
    pub(crate) fn verify(&self, signer: &PublicKey, parent: Option<Digest>) -> Result<(), Refusal> {
        let external_aad: &[u8] = parent.as_ref().map_or(&[], |digest| digest.as_bytes());
        match &self.signed {
            Signed::Cwt(envelope) => {
                envelope.verify(signer, external_aad).map_err(|_| Code::BadSignature.into())
            }
            // Its signature was checked before anything was read of it.
            #[cfg(feature = "jose")]
            Signed::Aat { .. } => Err(Code::WrongType.into()),
        }
    }
}

/// The links of a chain, root first; at least one.
#[derive(Clone)]
pub(crate) struct Links {
    /// INVARIANT: begins with `root` and ends with `leaf`.
    all: Vec<Arc<Link>>,
    root: Arc<Link>,
    leaf: Arc<Link>,
}

impl Links {
    /// # Errors
    /// `chain.empty`.
    pub(crate) fn new(all: Vec<Arc<Link>>) -> Result<Self, Refusal> {
        let (Some(root), Some(leaf)) = (all.first().cloned(), all.last().cloned()) else {
            return Err(Code::EmptyChain.into());
        };
        Ok(Self { all, root, leaf })
    }

    pub(crate) const fn root(&self) -> &Arc<Link> {
        &self.root
    }

    pub(crate) const fn leaf(&self) -> &Arc<Link> {
        &self.leaf
    }

    pub(crate) fn all(&self) -> &[Arc<Link>] {
        &self.all
    }

    pub(crate) const fn len(&self) -> usize {
        self.all.len()
    }

    /// All links' claims, root first.
    pub(crate) fn claims(&self) -> impl DoubleEndedIterator<Item = &Claims> {
        self.all.iter().map(|link| link.claims())
    }

    /// Each link with the links above it, root first.
    pub(crate) fn with_ancestors(&self) -> impl Iterator<Item = (&[Arc<Link>], &Arc<Link>)> {
        self.all.iter().enumerate().map(|(index, link)| (self.all.get(..index).unwrap_or_default(), link))
    }

    /// The chain with one more link below.
    pub(crate) fn followed_by(mut self, link: Arc<Link>) -> Self {
        self.all.push(link.clone());
        self.leaf = link;
        self
    }
}
