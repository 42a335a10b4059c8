//! A forge: writes tokens, chains and proofs the product would never write.
//!
//! It shares no code with the core. The bytes come from [`cbor`] and [`jws`], the signatures from
//! `ed25519-dalek`, and nothing here checks anything, so that every fault can be made.

pub mod cbor;
pub mod es256;
pub mod jcs;
pub mod jws;
pub mod revocations;
pub mod token;
pub mod tools;

use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The Ed25519 public key that belongs to a seed.
pub fn public_key(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// An Ed25519 signature over a message.
pub fn sign(seed: &[u8; 32], message: &[u8]) -> [u8; 64] {
    SigningKey::from_bytes(seed).sign(message).to_bytes()
}
