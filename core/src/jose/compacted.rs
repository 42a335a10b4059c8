//! Making a compact JWS that an issuer signs: access tokens, status lists.

use crate::{
    base64url,
    code::Code,
    json::{Object, Value},
    key::PublicKey,
    prepared::{Prepared, Signable, ToSign},
    refusal::Refusal,
};
use alloc::{format, string::String, vec, vec::Vec};
use core::fmt;

/// A compact JWS, signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Compacted(String);

impl Compacted {
    /// Puts `claims` under a header with the explicit type `typ` (RFC 8725 §3.11), `alg` Ed25519 (RFC 9864) and, as `kid`, the
    /// thumbprint of `key`, whose signature is then awaited.
    ///
    /// # Errors
    /// `json.not_an_object` when the claims are none.
    pub fn prepare(typ: &str, claims: &Value, key: &PublicKey) -> Result<Prepared<Self>, Refusal> {
        if claims.as_object().is_none() {
            return Err(Code::NotAnObject.into());
        }
        let text = Value::text_member;
        let kid = format!("{}", key.jwk_thumbprint());
        let header = vec![text("alg", "Ed25519"), text("kid", &kid), text("typ", typ)];
        let header = Value::Object(Object::of_distinct(header)).to_json();
        let [header, payload] = [header, claims.to_json()].map(|part| base64url::encode(part.as_bytes()));
        Ok(Prepared::new(ToSign::Jws(format!("{header}.{payload}")), key.clone(), ()))
    }

    /// The three segments.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Signable for Compacted {
    type Rest = ();
    const BAD_SIGNATURE: Code = Code::BadSignature;

    fn assemble((): (), signed: Vec<u8>) -> Result<Self, Refusal> {
        String::from_utf8(signed).map(Self).map_err(|_| Code::NotCompact.into())
    }
}

/// A token is a secret of its holder's.
impl fmt::Debug for Compacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compacted")
    }
}
