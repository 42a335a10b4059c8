//! Making a DPoP proof.

use super::{Call, binding, uri};
use crate::{
    aat::seconds,
    base64url,
    code::Code,
    id::{Digest, ProofId},
    jose::Key,
    json::{Object, Value},
    key::{PublicKey, SigningKey},
    prepared::{Prepared, Signable, ToSign},
    refusal::Refusal,
    time::UnixTime,
};
use alloc::{format, string::String, vec, vec::Vec};
use core::fmt;

/// The value of one `DPoP` header.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof(String);

impl Proof {
    /// Proves that `key` sends this request at `now`. `id` becomes the `jti`.
    ///
    /// # Errors
    /// `request.bad` when the target is no `http` or `https` URI.
    pub fn sign(key: &SigningKey, call: &Call, id: ProofId, now: UnixTime) -> Result<Self, Refusal> {
        Self::prepare(&key.public_key(), call, id, now)?.sign(key)
    }

    /// The first of three steps for a client whose key lives elsewhere.
    ///
    /// # Errors
    /// As [`Proof::sign`].
    pub fn prepare(
        key: &PublicKey,
        call: &Call,
        id: ProofId,
        now: UnixTime,
    ) -> Result<Prepared<Self>, Refusal> {
        if uri::normal(&call.target).is_none() {
            return Err(Refusal::new(Code::BadRequest).with_part("uri"));
        }
        let text = Value::text_member;
        let object = |members| Value::Object(Object::of_distinct(members)).to_json();
        let jwk = ("jwk".into(), Key::from(key.clone()).to_value());
        let header = object(vec![text("typ", "dpop+jwt"), text("alg", "Ed25519"), jwk]);
        let mut claims = vec![
            text("jti", &id.to_text()),
            text("htm", &call.method),
            text("htu", &call.target),
            ("iat".into(), seconds(now)),
        ];
        if let Some(token) = &call.access_token {
            claims.push(text("ath", &hash_of(token)));
        }
        if let Some(nonce) = &call.nonce {
            claims.push(text("nonce", nonce));
        }
        claims.extend(binding::write(call));
        let input = format!(
            "{}.{}",
            base64url::encode(header.as_bytes()),
            base64url::encode(object(claims).as_bytes())
        );
        Ok(Prepared::new(ToSign::Jws(input), key.clone(), ()))
    }

    /// The header's value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `ath`: SHA-256 of the token's ASCII text (RFC 9449 §4.2).
pub(super) fn hash_of(access_token: &str) -> String {
    base64url::encode(Digest::of(access_token.as_bytes()).as_bytes())
}

impl Signable for Proof {
    type Rest = ();
    const BAD_SIGNATURE: Code = Code::BadProofSignature;

    fn assemble((): (), signed: Vec<u8>) -> Result<Self, Refusal> {
        String::from_utf8(signed).map(Self).map_err(|_| Code::NotCompact.into())
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dpop::Proof")
    }
}
