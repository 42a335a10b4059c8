//! One generation of signing keys, one for each kind.

use super::Failure;
use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
        RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The keys of one generation.
#[derive(Debug)]
pub(super) struct Keys {
    generation: u64,
    rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
    p384: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
}

impl Keys {
    pub(super) fn generate(generation: u64) -> Result<Self, Failure> {
        Ok(Self {
            generation,
            rsa: RsaKeyPair::generate(KeySize::Rsa2048)?,
            p256: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
            p384: EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)?,
            ed25519: Ed25519KeyPair::generate()?,
        })
    }

    /// The name of the key that signs with an algorithm. A secret is nobody's key, so it takes the RSA key's name: that is the attack.
    pub(super) fn name(&self, algorithm: &str) -> String {
        let kind = match algorithm {
            "ES256" => "p256",
            "ES384" => "p384",
            "Ed25519" | "EdDSA" => "ed25519",
            _ => "rsa",
        };
        format!("{kind}-{}", self.generation)
    }

    /// The public keys as JWKs. The RSA key names no algorithm, since it signs with four.
    pub(super) fn jwks(&self, used: &str) -> Vec<Value> {
        // RFC 8017 A.1.1 in DER: nine octets of heads, 256 of modulus, two of head, three of exponent.
        let rsa = self.rsa.public_key().as_ref();
        let part = |range| text(rsa.get(range).unwrap_or_default());
        let rsa = json!({"kty": "RSA", "n": part(9..265), "e": part(267..270)});
        let p256 = curve("P-256", "ES256", self.p256.public_key().as_ref());
        let p384 = curve("P-384", "ES384", self.p384.public_key().as_ref());
        let x = text(self.ed25519.public_key().as_ref());
        let ed25519 = json!({"kty": "OKP", "crv": "Ed25519", "alg": "Ed25519", "x": x});
        let named = [("RS256", rsa), ("ES256", p256), ("ES384", p384), ("Ed25519", ed25519)];
        named.map(|(algorithm, jwk)| with(jwk, json!({"kid": self.name(algorithm), "use": used}))).to_vec()
    }

    /// Signs, also as nobody should: `none` gives nothing, `HS256` takes the RSA public key for a secret.
    pub(super) fn sign(&self, algorithm: &str, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let random = SystemRandom::new();
        match algorithm {
            "RS256" => self.sign_rsa(&RSA_PKCS1_SHA256, message),
            "RS384" => self.sign_rsa(&RSA_PKCS1_SHA384, message),
            "RS512" => self.sign_rsa(&RSA_PKCS1_SHA512, message),
            "PS256" => self.sign_rsa(&RSA_PSS_SHA256, message),
            "ES256" => Ok(self.p256.sign(&random, message)?.as_ref().to_vec()),
            "ES384" => Ok(self.p384.sign(&random, message)?.as_ref().to_vec()),
            "Ed25519" | "EdDSA" => Ok(self.ed25519.sign(message).as_ref().to_vec()),
            "HS256" => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, self.rsa.public_key().as_ref());
                Ok(hmac::sign(&secret, message).as_ref().to_vec())
            }
            "none" => Ok(Vec::new()),
            _ => Err("an algorithm the issuer does not know".into()),
        }
    }

    fn sign_rsa(&self, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        self.rsa.sign(encoding, &SystemRandom::new(), message, &mut signature)?;
        Ok(signature)
    }
}

/// Base64url without padding.
pub(super) fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The members of `base`, changed by those of `more`; null takes one away.
pub(super) fn with(mut base: Value, more: Value) -> Value {
    if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
        base.extend(more);
        base.retain(|_, value| !value.is_null());
    }
    base
}

/// A point as SEC 1 §2.3.3 writes it, uncompressed, as a JWK.
fn curve(name: &str, algorithm: &str, point: &[u8]) -> Value {
    let point = point.get(1..).unwrap_or_default();
    let (x, y) = point.split_at(point.len().div_euclid(2));
    json!({"kty": "EC", "crv": name, "alg": algorithm, "x": text(x), "y": text(y)})
}
