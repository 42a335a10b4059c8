//! Proofs: the leaf holder's signature over one call.

#[cfg(feature = "jose")]
use crate::aat;
use crate::{
    chain::Chain,
    code::Code,
    format::Format,
    id::{Digest, ProofId},
    key::SigningKey,
    limits::{Limits, exceeds},
    prepared::{Prepared, Signable, ToSign},
    refusal::Refusal,
    request::{HttpBinding, Nonce, Request},
    time::UnixTime,
    wire::{
        call,
        envelope::{Envelope, Kind, Unsigned},
    },
};
use alloc::{
    borrow::{Cow, ToOwned},
    boxed::Box,
    string::String,
    vec::Vec,
};
use core::fmt;

/// What a proof says about the call it was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProofClaims {
    pub(crate) audience: String,
    pub(crate) issued_at: UnixTime,
    pub(crate) id: ProofId,
    pub(crate) nonce: Option<Nonce>,
    pub(crate) tool: String,
    pub(crate) arguments: Digest,
    pub(crate) token: Digest,
    pub(crate) http: Option<HttpBinding>,
}

/// A well-formed proof whose signature nobody has checked.
#[derive(Clone)]
pub struct Proof {
    bytes: Vec<u8>,
    body: Body,
    /// What it was parsed within.
    limits: Limits,
}

/// A proof in the native encoding.
#[derive(Clone)]
pub(crate) struct Native {
    pub(crate) envelope: Envelope,
    pub(crate) claims: ProofClaims,
}

/// A proof in one of the encodings.
#[derive(Clone)]
pub(crate) enum Body {
    Cwt(Box<Native>),
    #[cfg(feature = "jose")]
    Aat(aat::Pop),
}

/// Nesting inside a proof's payload: claims, call, http.
const DEPTH: u32 = 4;

impl Proof {
    /// Proves that `key`, the leaf holder of `chain`, makes `request` at `now`.
    ///
    /// # Errors
    /// `proof.not_the_holder` when the leaf is bound to another key; `bytes.too_large` when tool, audience and
    /// target together exceed `proof_bytes`.
    pub fn sign(
        key: &SigningKey,
        chain: &Chain,
        request: &Request,
        id: ProofId,
        now: UnixTime,
    ) -> Result<Self, Refusal> {
        let prepared = Self::prepare(chain, request, id, now)?;
        if key.public_key() != *prepared.signer() {
            return Err(Code::NotTheHolder.into());
        }
        prepared.sign(key)
    }

    /// The first of three steps for a holder whose key lives elsewhere.
    ///
    /// # Errors
    /// As [`Proof::sign`], but for the key.
    pub fn prepare(
        chain: &Chain,
        request: &Request,
        id: ProofId,
        now: UnixTime,
    ) -> Result<Prepared<Self>, Refusal> {
        let links = chain.own_links()?;
        let leaf = links.leaf();
        let holder = leaf.claims().holder.clone();
        #[cfg(feature = "jose")]
        if let Some(leaf) = chain.aat_tokens().last() {
            return Ok(Prepared::new(ToSign::Jws(aat::prepare_pop(leaf, request, id, now)?), holder, ()));
        }
        let claims = ProofClaims {
            audience: request.audience().to_owned(),
            issued_at: now,
            id,
            nonce: request.nonce().cloned(),
            tool: request.tool().to_owned(),
            arguments: request.arguments().digest(),
            token: leaf.digest(),
            http: request.http().cloned(),
        };
        let unsigned = Unsigned::new(Kind::Proof, call::encode(&claims)?, &[]);
        Ok(Prepared::new(ToSign::Cose(Box::new(unsigned)), holder, ()))
    }

    /// Parses a proof within the default limits.
    ///
    /// # Errors
    /// The malformed codes of SPEC 3 to 5.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::parse_within(bytes, &Limits::default())
    }

    /// [`Proof::parse`] within other limits than the default ones.
    ///
    /// # Errors
    /// As there.
    pub fn parse_within(bytes: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        #[cfg(feature = "jose")]
        if aat::is_aat(bytes) {
            return Ok(Self::of_aat(aat::Pop::parse(bytes, limits)?, *limits));
        }
        if exceeds(bytes.len(), limits.proof_bytes) {
            return Err(Refusal::new(Code::TooLarge).with_part("proof"));
        }
        let envelope = Envelope::parse(bytes, Kind::Proof)?;
        let claims = call::decode(&envelope.payload(DEPTH)?, limits)?;
        Ok(Self {
            bytes: bytes.to_vec(),
            body: Body::Cwt(Box::new(Native { envelope, claims })),
            limits: *limits,
        })
    }

    #[cfg(feature = "jose")]
    pub(crate) fn of_aat(pop: aat::Pop, limits: Limits) -> Self {
        Self { bytes: pop.as_text().as_bytes().to_vec(), body: Body::Aat(pop), limits }
    }

    /// The encoding it is in: that of the chain it goes with.
    pub const fn format(&self) -> Format {
        match &self.body {
            Body::Cwt(_) => Format::Cwt,
            #[cfg(feature = "jose")]
            Body::Aat(_) => Format::Aat,
        }
    }

    pub(crate) const fn body(&self) -> &Body {
        &self.body
    }

    /// The proof as it travels.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The proof as it would have been parsed within `limits`.
    pub(crate) fn within(&self, limits: &Limits) -> Result<Cow<'_, Self>, Refusal> {
        if self.limits == *limits {
            Ok(Cow::Borrowed(self))
        } else {
            Self::parse_within(&self.bytes, limits).map(Cow::Owned)
        }
    }
}

impl ProofClaims {
    /// Whether the proof was made for this request under this leaf, in full: what one side names and the other does
    /// not is a difference like any other.
    pub(crate) fn check_is_for(&self, request: &Request, leaf: Digest) -> Result<(), Refusal> {
        let same = [
            (self.token == leaf, Code::WrongToken),
            (self.tool == request.tool(), Code::WrongTool),
            (self.arguments == request.arguments().digest(), Code::WrongArguments),
            (self.audience == request.audience(), Code::WrongAudience),
            (self.http.as_ref() == request.http(), Code::WrongHttp),
            (self.nonce.as_ref() == request.nonce(), Code::WrongNonce),
        ];
        same.into_iter().try_for_each(|(is_same, code)| if is_same { Ok(()) } else { Err(code.into()) })
    }
}

/// Whether a proof is fresh: the window is the proof's own, the skew for tokens is not added.
pub(crate) fn check_window(issued_at: UnixTime, now: UnixTime, limits: &Limits) -> Result<(), Refusal> {
    if now.since(issued_at) > u64::from(limits.proof_age) {
        return Err(Code::StaleProof.into());
    }
    if issued_at.since(now) > u64::from(limits.proof_ahead) {
        return Err(Code::FutureProof.into());
    }
    Ok(())
}

impl Signable for Proof {
    type Rest = ();
    const BAD_SIGNATURE: Code = Code::BadProofSignature;

    fn assemble((): (), signed: Vec<u8>) -> Result<Self, Refusal> {
        Self::parse(&signed)
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.body {
            Body::Cwt(native) => write!(f, "Proof({})", native.claims.id),
            #[cfg(feature = "jose")]
            Body::Aat(_) => f.write_str("Proof"),
        }
    }
}
