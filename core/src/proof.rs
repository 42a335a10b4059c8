//! Proofs: the leaf holder's signature over one call.

use crate::{
    chain::Chain,
    code::Code,
    id::{Digest, ProofId},
    key::{PublicKey, SigningKey},
    limits::{Limits, exceeds},
    prepared::{Prepared, Signable},
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
    envelope: Envelope,
    claims: ProofClaims,
    /// What it was parsed within.
    limits: Limits,
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
        if key.public_key() != chain.leaf().claims().holder {
            return Err(Code::NotTheHolder.into());
        }
        let prepared = Self::prepare(chain, request, id, now)?;
        let signature = key.sign(prepared.to_be_signed());
        prepared.finish_own(&signature)
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
        let leaf = chain.leaf();
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
        Ok(Prepared::new(unsigned, leaf.claims().holder.clone(), ()))
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
        if exceeds(bytes.len(), limits.proof_bytes) {
            return Err(Refusal::new(Code::TooLarge).with_part("proof"));
        }
        let envelope = Envelope::parse(bytes, Kind::Proof)?;
        let claims = call::decode(&envelope.payload(DEPTH)?, limits)?;
        Ok(Self { bytes: bytes.to_vec(), envelope, claims, limits: *limits })
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

    /// The one signature check of a proof.
    pub(crate) fn verify(&self, holder: &PublicKey) -> Result<&ProofClaims, Refusal> {
        self.envelope.verify(holder, &[]).map_err(|_| Code::BadProofSignature)?;
        Ok(&self.claims)
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

    /// Whether the proof is fresh: the window is the proof's own, the skew for tokens is not added.
    pub(crate) fn check_window(&self, now: UnixTime, limits: &Limits) -> Result<(), Refusal> {
        if now.since(self.issued_at) > u64::from(limits.proof_age) {
            return Err(Code::StaleProof.into());
        }
        if self.issued_at.since(now) > u64::from(limits.proof_ahead) {
            return Err(Code::FutureProof.into());
        }
        Ok(())
    }
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
        write!(f, "Proof({})", self.claims.id)
    }
}
