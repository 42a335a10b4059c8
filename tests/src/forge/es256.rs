//! ES256 for the forge: signatures of stock clients, the same every time (RFC 6979).

use super::jws::base64url;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};

fn key(seed: &[u8; 32]) -> SigningKey {
    SigningKey::from_slice(seed).expect("a scalar below the order")
}

/// The public JWK of a seed.
pub fn jwk(seed: &[u8; 32]) -> Value {
    let point = key(seed).verifying_key().to_sec1_point(false);
    let coordinate = |bytes: Option<&_>| {
        base64url(bytes.map(|bytes: &p256::FieldBytes| &bytes[..]).expect("a coordinate"))
    };
    json!({"crv": "P-256", "kty": "EC", "x": coordinate(point.x()), "y": coordinate(point.y())})
}

/// r and s over a message.
pub fn sign(seed: &[u8; 32], message: &[u8]) -> [u8; 64] {
    let signature: Signature = key(seed).sign(message);
    signature.to_bytes().into()
}

/// The other signature that holds for the same message: the same r, the order less s.
pub fn twin(signature: &[u8; 64]) -> [u8; 64] {
    let signature = Signature::from_slice(signature).expect("a signature");
    let (r, s) = (signature.r(), signature.s());
    let other = Signature::from_scalars(*r, -*s).expect("not zero");
    other.to_bytes().into()
}
