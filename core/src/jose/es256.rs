//! The one seam through which a host checks what core does not.

use super::P256Key;
use alloc::vec::Vec;
use core::fmt;

/// One question: is this the ES256 signature (RFC 7518 §3.4) of this key over these bytes?
#[derive(Clone, PartialEq, Eq)]
pub struct Es256Check {
    pub(super) key: P256Key,
    pub(super) message: Vec<u8>,
    pub(super) signature: [u8; 64],
}

impl Es256Check {
    /// Whose signature it should be. Nobody has checked yet that it is a point of the curve: importing it does.
    pub const fn key(&self) -> &P256Key {
        &self.key
    }

    /// What should be signed, before hashing.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// r and s, 32 bytes each, big-endian.
    pub const fn signature(&self) -> &[u8; 64] {
        &self.signature
    }
}

impl fmt::Debug for Es256Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Es256Check")
    }
}

/// A host's answer of no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSignature;

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature does not verify")
    }
}

impl core::error::Error for BadSignature {}

/// Who answers an [`Es256Check`]: the library a host has.
pub trait Es256 {
    /// Says yes only when the key is a point of P-256 and the signature is its over the message.
    ///
    /// # Errors
    /// [`BadSignature`] in every other case, also when the host cannot tell.
    fn verify(&self, check: &Es256Check) -> Result<(), BadSignature>;
}

/// A host without ES256: every check fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEs256;

impl Es256 for NoEs256 {
    fn verify(&self, _: &Es256Check) -> Result<(), BadSignature> {
        Err(BadSignature)
    }
}
