//! One public key of an issuer (RFC 7517, RFC 7518 §6, RFC 8037), and what it verifies.

use super::{
    Algorithm,
    json::{bytes, text},
};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use keybound::{
    PublicKey,
    json::{Object, Value},
};

/// A key, by its kind. Which kind it is decides what it may verify, never a token.
#[derive(Debug)]
pub(super) enum Key {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// The point, uncompressed (SEC 1 §2.3.3). That it is one of the curve is checked with the signature.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(PublicKey),
}

/// The members that only a private or a shared key has (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl Key {
    /// Whether a JWK holds what nobody should publish. Shared secrets are not among it: they are passed over.
    pub(super) fn is_private(jwk: &Object) -> bool {
        text(jwk, "kty") != Some("oct") && PRIVATE.iter().any(|member| jwk.get(member).is_some())
    }

    /// Reads a JWK, if it is a public key of a kind that is known here.
    pub(super) fn from_jwk(jwk: &Object) -> Option<Self> {
        let part = |name| text(jwk, name).and_then(bytes);
        match (text(jwk, "kty")?, text(jwk, "crv")) {
            ("RSA", None) => rsa(&part("n")?, &part("e")?),
            ("EC", Some("P-256")) => point(&part("x")?, &part("y")?, 32).map(Self::P256),
            ("EC", Some("P-384")) => point(&part("x")?, &part("y")?, 48).map(Self::P384),
            ("OKP", Some("Ed25519")) => PublicKey::from_bytes(&part("x")?).ok().map(Self::Ed25519),
            _ => None,
        }
    }

    /// Whether signatures of that algorithm are made with keys of this kind.
    pub(super) const fn fits(&self, algorithm: Algorithm) -> bool {
        match algorithm {
            Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512 | Algorithm::Ps256 => {
                matches!(self, Self::Rsa { .. })
            }
            Algorithm::Es256 => matches!(self, Self::P256(_)),
            Algorithm::Es384 => matches!(self, Self::P384(_)),
            Algorithm::Ed25519 => matches!(self, Self::Ed25519(_)),
        }
    }

    /// Checks a signature. A key of another kind verifies nothing.
    pub(super) fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        match (self, algorithm) {
            (Self::Rsa { modulus, exponent }, _) => {
                let rules = rsa_rules(algorithm).ok_or(BadSignature)?;
                let key = RsaPublicKeyComponents { n: modulus, e: exponent };
                key.verify(rules, message, signature).map_err(|_| BadSignature)
            }
            (Self::P256(point), Algorithm::Es256) => {
                ecdsa(&ECDSA_P256_SHA256_FIXED, point, message, signature)
            }
            (Self::P384(point), Algorithm::Es384) => {
                ecdsa(&ECDSA_P384_SHA384_FIXED, point, message, signature)
            }
            (Self::Ed25519(key), Algorithm::Ed25519) => {
                key.verify(message, signature).map_err(|_| BadSignature)
            }
            _ => Err(BadSignature),
        }
    }
}

/// The signature is not this key's over these bytes.
#[derive(Debug)]
pub(super) struct BadSignature;

/// RFC 7518 §3.3: 2048 bits at least. 8192 at most, and 33 bits of exponent, or a key could be made to cost a second.
fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Key> {
    // Some issuers write the sign octet of their big integers along.
    let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
    let bits =
        modulus.len().checked_mul(8)?.checked_sub(usize::try_from(modulus.first()?.leading_zeros()).ok()?)?;
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let sound = (2048..=8192).contains(&bits)
        && odd(modulus)
        && odd(exponent)
        && exponent.len() <= 4
        && exponent != [1];
    sound.then(|| Key::Rsa { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// RFC 7518 §6.2.1.2: the length of a coordinate is that of the curve, zeros included.
fn point(x: &[u8], y: &[u8], size: usize) -> Option<Vec<u8>> {
    (x.len() == size && y.len() == size).then(|| [&[0x04], x, y].concat())
}

fn rsa_rules(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::Ed25519 => None,
    }
}

fn ecdsa(
    rules: &'static dyn VerificationAlgorithm,
    point: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    UnparsedPublicKey::new(rules, point).verify(message, signature).map_err(|_| BadSignature)
}

/// Whether the JWK itself lets the key check signatures of that algorithm, for that use (RFC 7517 §4.2 to §4.4). What it does
/// not say it does not forbid.
pub(super) fn allows(jwk: &Object, used: &str, algorithm: Algorithm) -> bool {
    let says = |name, fits: &dyn Fn(&Value) -> bool| jwk.get(name).is_none_or(fits);
    let is_text =
        |value: &Value, fits: &dyn Fn(&str) -> bool| matches!(value, Value::Text(text) if fits(text));
    says("use", &|value| is_text(value, &|text| text == used))
        && says("alg", &|value| is_text(value, &|name| algorithm.is_called(name)))
        && says(
            "key_ops",
            &|value| matches!(value, Value::Array(all) if all.iter().any(|one| is_text(one, &|text| text == "verify"))),
        )
}
