//! A JWS whose key is known, and the one place where its signature is checked.

use super::{Algorithm, BadSignature, Compact, Es256, Es256Check, Key};
use crate::refusal::Refusal;
use alloc::{borrow::ToOwned, vec::Vec};

/// What is to be checked before anything is read of a payload. Chains and their proofs, which use Ed25519 alone, are checked
/// where they are read; this is for objects whose signature a host may have to check.
#[derive(Clone, Debug)]
pub(crate) enum Signed {
    Ed25519 { key: crate::PublicKey, message: Vec<u8>, signature: [u8; 64] },
    Es256(Es256Check),
}

impl Signed {
    /// # Errors
    /// `jose.wrong_key_type` when the algorithm is not the key's; `jose.bad_base64`, `envelope.signature_length`.
    pub(crate) fn new(compact: Compact<'_>, algorithm: Algorithm, key: &Key) -> Result<Self, Refusal> {
        algorithm.check_fits(key)?;
        let (message, signature) = (compact.signing_input().as_bytes().to_owned(), compact.signature()?);
        Ok(match key {
            Key::Ed25519(key) => Self::Ed25519 { key: key.clone(), message, signature },
            Key::P256(key) => Self::Es256(Es256Check { key: key.clone(), message, signature }),
        })
    }

    /// What the host has to check, if it has.
    pub(crate) const fn es256(&self) -> Option<&Es256Check> {
        if let Self::Es256(check) = self { Some(check) } else { None }
    }

    pub(crate) fn verify(&self, es256: &dyn Es256) -> Result<(), BadSignature> {
        match self {
            Self::Ed25519 { key, message, signature } => {
                key.verify(message, signature).map_err(|_| BadSignature)
            }
            Self::Es256(check) => es256.verify(check),
        }
    }
}
