//! Signing in three steps, for keys that live elsewhere: prepare, sign outside, finish.

use crate::{
    code::Code,
    key::{PublicKey, SigningKey},
    refusal::Refusal,
    wire::envelope::Unsigned,
};
#[cfg(feature = "jose")]
use alloc::string::String;
use alloc::{boxed::Box, vec::Vec};
use core::fmt;

/// A chain, a proof or a list of revocations that waits for the signature of a key this process does not hold: one in a KMS, an HSM
/// or WebCrypto. Every rule has been checked already; [`Prepared::finish`] checks the signature.
pub struct Prepared<T: Signable> {
    unsigned: ToSign,
    signer: PublicKey,
    rest: T::Rest,
}

impl<T: Signable> Prepared<T> {
    pub(crate) const fn new(unsigned: ToSign, signer: PublicKey, rest: T::Rest) -> Self {
        Self { unsigned, signer, rest }
    }

    /// The bytes to sign with Ed25519, as they are: the COSE Sig_structure of RFC 9052 §4.4, or in AAT-02 the JWS Signing Input
    /// of RFC 7515 §5.1.
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// The key whose signature is awaited.
    pub const fn signer(&self) -> &PublicKey {
        &self.signer
    }

    /// Puts the signature in.
    ///
    /// # Errors
    /// `chain.bad_signature`, `proof.bad_signature` or `revocation.bad_signature` when it is not the signer's over these bytes;
    /// `bytes.too_large` when the whole would exceed the default limits.
    pub fn finish(self, signature: &[u8; 64]) -> Result<T, Refusal> {
        self.signer
            .verify(self.unsigned.to_be_signed(), signature)
            .map_err(|_| Refusal::new(T::BAD_SIGNATURE))?;
        T::assemble(self.rest, self.unsigned.finish(signature)?)
    }

    /// The last two steps at once, with a key of this process: what it signs need not be checked again. The key is the one that was
    /// prepared for; the caller has seen to that.
    pub(crate) fn sign(self, key: &SigningKey) -> Result<T, Refusal> {
        let signature = key.sign(self.unsigned.to_be_signed());
        T::assemble(self.rest, self.unsigned.finish(&signature)?)
    }
}

/// What waits for a signature.
pub(crate) enum ToSign {
    Cose(Box<Unsigned>),
    /// Header and payload of a compact JWS.
    #[cfg(feature = "jose")]
    Jws(String),
}

impl ToSign {
    fn to_be_signed(&self) -> &[u8] {
        match self {
            Self::Cose(unsigned) => unsigned.to_be_signed(),
            #[cfg(feature = "jose")]
            Self::Jws(input) => input.as_bytes(),
        }
    }

    fn finish(self, signature: &[u8; 64]) -> Result<Vec<u8>, Code> {
        match self {
            Self::Cose(unsigned) => unsigned.finish(signature),
            #[cfg(feature = "jose")]
            Self::Jws(mut text) => {
                text.push('.');
                text.push_str(&crate::base64url::encode(signature));
                Ok(text.into_bytes())
            }
        }
    }
}

impl<T: Signable> fmt::Debug for Prepared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared(for {:?})", self.signer)
    }
}

mod sealed {
    use super::{Code, Refusal};
    use alloc::vec::Vec;

    /// What can be signed in three steps. Sealed: [`crate::Chain`], [`crate::Proof`] and
    /// [`crate::revocation::SignedList`].
    pub trait Signable: Sized {
        /// What belongs to it besides the signed bytes.
        type Rest;
        /// The code for a signature that does not hold.
        const BAD_SIGNATURE: Code;
        /// Makes the whole from its parts.
        ///
        /// # Errors
        /// When the whole would be too large.
        fn assemble(rest: Self::Rest, signed: Vec<u8>) -> Result<Self, Refusal>;
    }
}
pub(crate) use sealed::Signable;
