//! Chains: tokens from root to leaf, before anybody believes them.

#[cfg(feature = "jose")]
use crate::aat;
use crate::{
    code::Code,
    format::Format,
    id::Digest,
    limits::Limits,
    link::{Link, Links},
    prepared::Signable,
    refusal::Refusal,
    wire::chain as framing,
};
use alloc::{borrow::Cow, sync::Arc, vec::Vec};
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
    /// INVARIANT: the tokens that `bytes` holds, in order.
    tokens: Tokens,
    /// What it was parsed within.
    limits: Limits,
}

/// The tokens of a chain, as far as they may be read before their signatures are checked.
#[derive(Clone)]
pub(crate) enum Tokens {
    /// Claims and all: one form is right, so reading them costs nothing that could be spared.
    Cwt(Links),
    /// AAT-02 wants nothing read of a token but its id before its signature holds.
    #[cfg(feature = "jose")]
    Aat(Vec<Arc<aat::Token>>),
}

impl Chain {
    /// Parses a chain of either format within the default limits: native bytes, or of AAT-02 the presentation object or a lone
    /// compact token.
    ///
    /// # Errors
    /// The malformed codes, with the link; of AAT-02 also `chain.repeated_token`, which is untrusted (step 2c).
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

    /// Parses with `link` to make, or remember, each native link from its bytes and their digest.
    pub(crate) fn parse_with(bytes: &[u8], limits: &Limits, link: LinkReader<'_>) -> Result<Self, Refusal> {
        #[cfg(feature = "jose")]
        if aat::is_aat(bytes) {
            return Ok(Self::of_aat(aat::parse_chain(bytes, limits)?, *limits));
        }
        let tokens = framing::split(bytes, limits)?;
        let links = tokens
            .into_iter()
            .enumerate()
            .map(|(index, token)| link(token, Digest::of(token)).map_err(|refusal| refusal.at(index)))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { bytes: bytes.to_vec(), tokens: Tokens::Cwt(Links::new(links)?), limits: *limits })
    }

    /// A chain of AAT-02, which has one form in which we hand it on.
    #[cfg(feature = "jose")]
    pub(crate) fn of_aat(tokens: Vec<Arc<aat::Token>>, limits: Limits) -> Self {
        let bytes = aat::write_chain(tokens.iter().map(|token| token.as_text())).into_bytes();
        Self { bytes, tokens: Tokens::Aat(tokens), limits }
    }

    /// The chain as it travels: in AAT-02 `{"aat_chain": […]}`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The encoding it is in.
    pub const fn format(&self) -> Format {
        match &self.tokens {
            Tokens::Cwt(_) => Format::Cwt,
            #[cfg(feature = "jose")]
            Tokens::Aat(_) => Format::Aat,
        }
    }

    /// How many tokens it has; at least one.
    #[expect(clippy::len_without_is_empty, reason = "a chain without a token cannot exist")]
    pub const fn len(&self) -> usize {
        match &self.tokens {
            Tokens::Cwt(links) => links.len(),
            #[cfg(feature = "jose")]
            Tokens::Aat(tokens) => tokens.len(),
        }
    }

    /// The links, for their holder: what the tokens claim, whoever signed them.
    pub(crate) fn own_links(&self) -> Result<Cow<'_, Links>, Refusal> {
        match &self.tokens {
            Tokens::Cwt(links) => Ok(Cow::Borrowed(links)),
            #[cfg(feature = "jose")]
            Tokens::Aat(tokens) => {
                let read = |(index, token): (usize, &Arc<aat::Token>)| {
                    aat::read_link(token, index == 0, &self.limits).map_err(|refusal| refusal.at(index))
                };
                Links::new(tokens.iter().enumerate().map(read).collect::<Result<_, _>>()?).map(Cow::Owned)
            }
        }
    }

    /// The digest of the last token: what a child, a proof and a revocation of it name. It says nothing of who signed it.
    ///
    /// # Errors
    /// Of AAT-02 the malformed codes: native claims have been read already.
    pub fn leaf_digest(&self) -> Result<Digest, Refusal> {
        Ok(self.own_links()?.leaf().digest())
    }

    pub(crate) fn into_tokens(self) -> Tokens {
        self.tokens
    }

    /// The tokens of AAT-02; none in another format.
    #[cfg(feature = "jose")]
    pub(crate) fn aat_tokens(&self) -> &[Arc<aat::Token>] {
        if let Tokens::Aat(tokens) = &self.tokens { tokens } else { &[] }
    }

    /// The chain as it would have been parsed within `limits`.
    pub(crate) fn within(self, limits: &Limits) -> Result<Self, Refusal> {
        if self.limits == *limits { Ok(self) } else { Self::parse_within(&self.bytes, limits) }
    }
}

/// Makes a link from a token's bytes and their digest, or remembers it.
pub(crate) type LinkReader<'a> = &'a mut dyn FnMut(&[u8], Digest) -> Result<Arc<Link>, Refusal>;

impl Signable for Chain {
    /// The chain that the new token continues; for a root its format.
    type Rest = Result<Self, Format>;
    const BAD_SIGNATURE: Code = Code::BadSignature;

    fn assemble(parent: Result<Self, Format>, token: Vec<u8>) -> Result<Self, Refusal> {
        match parent.as_ref().map_or_else(|format| *format, Self::format) {
            Format::Cwt => assemble_cwt(parent.ok(), &token),
            #[cfg(feature = "jose")]
            Format::Aat => assemble_aat(parent.ok(), token),
        }
    }
}

/// Reads back what was written: a builder cannot make what a reader refuses, limits included.
fn assemble_cwt(parent: Option<Chain>, token: &[u8]) -> Result<Chain, Refusal> {
    let limits = Limits::default();
    let (parents, links) = parent.as_ref().map_or((&[][..], 0), |parent| (parent.as_bytes(), parent.len()));
    let bytes = framing::append(parents, links, token)?;
    framing::split(&bytes, &limits)?;
    let link = Link::parse(token, Digest::of(token), &limits).map_err(|refusal| refusal.at(links))?;
    let tokens = match parent {
        // What was read within other limits stays marked with them, so that a verifier reads it again within its own.
        Some(parent) if parent.limits != limits => return Chain::parse_within(&bytes, &parent.limits),
        Some(Chain { tokens: Tokens::Cwt(links), .. }) => Tokens::Cwt(links.followed_by(link)),
        _ => Tokens::Cwt(Links::new(alloc::vec![link])?),
    };
    Ok(Chain { bytes, tokens, limits })
}

#[cfg(feature = "jose")]
fn assemble_aat(parent: Option<Chain>, token: Vec<u8>) -> Result<Chain, Refusal> {
    let limits = parent.as_ref().map_or_else(Limits::default, |parent| parent.limits);
    let parents = parent.as_ref().map_or(&[][..], |parent| parent.aat_tokens());
    let token = alloc::string::String::from_utf8(token).map_err(|_| Code::NotCompact)?;
    let bytes = aat::write_chain(parents.iter().map(|token| token.as_text()).chain([token.as_str()]));
    let chain = Chain::parse_within(bytes.as_bytes(), &limits)?;
    let link = parents.len();
    if let Some(leaf) = chain.aat_tokens().last() {
        aat::read_link(leaf, link == 0, &Limits::default()).map_err(|refusal| refusal.at(link))?;
    }
    Ok(chain)
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({} tokens, unverified)", self.len())
    }
}
