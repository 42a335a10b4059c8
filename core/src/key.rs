//! Ed25519 keys and signatures, by the strict rule (SPEC 4.3).

use crate::{
    base64url,
    code::Code,
    id::{Digest, Random},
    refusal::Refusal,
};
use core::fmt;
use ed25519_dalek::{Signer as _, VerifyingKey};
use zeroize::Zeroizing;

/// A private key. It is wiped when dropped, does not print, does not compare and does not copy.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key that grows from a 32-byte seed (RFC 8032 §5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// A fresh key from `random`.
    ///
    /// # Errors
    /// What `random` says when it has no bytes to give.
    pub fn generate<R: Random>(random: &mut R) -> Result<Self, R::Error> {
        let mut seed = Zeroizing::new([0; 32]);
        random.fill(&mut *seed)?;
        Ok(Self::from_seed(&seed))
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(for {})", self.public_key().thumbprint())
    }
}

/// A public key that can hold authority: on the curve, canonical, not of small order.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// `p - 1`'s lowest byte plus one: y must stay below `p` = 2^255-19, whose encoding is
/// `ed ff … ff 7f`.
const P_LOWEST_BYTE: u8 = 0xed;

impl PublicKey {
    /// Parses the 32-byte encoding of RFC 8032 §5.1.2.
    ///
    /// # Errors
    /// `key.bad` for another length, a non-canonical encoding, bytes that are no curve point, and points of
    /// small order (under such a key a signature can hold for every message).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| Code::BadKey)?;
        if !is_canonical(bytes) {
            return Err(Code::BadKey.into());
        }
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| Code::BadKey)?;
        if key.is_weak() {
            return Err(Code::BadKey.into());
        }
        Ok(Self(key))
    }

    /// The 32-byte encoding.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The key's SHA-256 COSE Key Thumbprint (RFC 9679 §4): the name of a holder in logs and lineages.
    pub fn thumbprint(&self) -> Thumbprint {
        thumbprint_of(self.as_bytes())
    }

    /// Checks `signature` over `message`: cofactorless, with small-order `R` and non-canonical `S` refused
    /// (`verify_strict`), so whatever passes here passes everywhere.
    ///
    /// # Errors
    /// `envelope.signature_length` when it is not 64 bytes, `chain.bad_signature` when it does not hold.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        let signature: &[u8; 64] = signature.try_into().map_err(|_| Code::SignatureLength)?;
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0.verify_strict(message, &signature).map_err(|_| Code::BadSignature.into())
    }
}

fn thumbprint_of(x: &[u8; 32]) -> Thumbprint {
    // The deterministic encoding of {1: 1, -1: 6, -2: x}: the required members of an OKP key, sorted.
    const HEAD: [u8; 8] = [0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20];
    let mut input = alloc::vec::Vec::with_capacity(HEAD.len().saturating_add(x.len()));
    input.extend_from_slice(&HEAD);
    input.extend_from_slice(x);
    Thumbprint(Digest::of(&input))
}

/// `y < p`, whatever the sign bit says. Decompression would reduce `y` silently, and two encodings of one
/// key would make two thumbprints.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let [lowest, middle @ .., highest] = bytes;
    highest & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff) || *lowest < P_LOWEST_BYTE
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.thumbprint())
    }
}

/// A key's name: the SHA-256 COSE Key Thumbprint of RFC 9679. Prints as base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint(Digest);

impl Thumbprint {
    /// The digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(self.as_bytes()))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString};

    #[test]
    fn keys_print_their_thumbprint_and_nothing_else() {
        let key = SigningKey::from_seed(&[7; 32]);
        let thumbprint = key.public_key().thumbprint().to_string();
        assert_eq!(thumbprint.len(), 43);
        assert_eq!(format!("{key:?}"), format!("SigningKey(for {thumbprint})"));
        assert_eq!(format!("{:?}", key.public_key()), format!("PublicKey({thumbprint})"));
    }

    #[test]
    fn unusable_keys_are_refused() {
        let p = "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
        let identity = "0100000000000000000000000000000000000000000000000000000000000000";
        let off_curve = "0200000000000000000000000000000000000000000000000000000000000000";
        let of_order_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
        for hex in [p, identity, off_curve, of_order_8, "", "00"] {
            let refusal = PublicKey::from_bytes(&hex::decode(hex).unwrap()).unwrap_err();
            assert_eq!(refusal.code(), Code::BadKey, "{hex}");
        }
    }
}
