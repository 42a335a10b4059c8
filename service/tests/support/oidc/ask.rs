//! What a token shall be like.

use super::{
    Failure,
    keys::{Keys, text, with},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// The body of `POST /token`. Nothing is checked: a test wants bad tokens as well as good ones.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ask {
    /// `alg`, and how it is signed. RS256 when not given; also `none` and `HS256` with the public RSA key as the secret.
    pub(crate) alg: Option<String>,
    /// How it is signed when that is not what `alg` says.
    pub(crate) signed_with: Option<String>,
    /// Changes to `iss`, `iat` and `exp` of now; null takes one away.
    pub(crate) claims: Value,
    /// `exp`, in seconds from now; 300 when not given. Also below 0.
    pub(crate) expires_in: Option<i64>,
    /// `typ`; `JWT` when not given.
    pub(crate) typ: Option<String>,
    /// `kid`; the key's own name when not given.
    pub(crate) kid: Option<String>,
    /// Changes to the header; null takes a member away.
    pub(crate) header: Value,
    /// The payload to the letter, in place of `claims`.
    pub(crate) payload: Option<String>,
}

impl Ask {
    /// The token.
    pub(super) fn sign(&self, keys: &Keys, issuer: &str, now: i64) -> Result<String, Failure> {
        let alg = self.alg.as_deref().unwrap_or("RS256");
        let signed_with = self.signed_with.as_deref().unwrap_or(alg);
        let name = self.kid.clone().unwrap_or_else(|| keys.name(signed_with));
        let typ = self.typ.as_deref().unwrap_or("JWT");
        let header = with(json!({"alg": alg, "typ": typ, "kid": name}), self.header.clone());
        let expires = now.saturating_add(self.expires_in.unwrap_or(300));
        let claims = with(json!({"iss": issuer, "iat": now, "exp": expires}), self.claims.clone());
        let payload = self.payload.clone().unwrap_or_else(|| claims.to_string());
        let signed = format!("{}.{}", text(header.to_string()), text(payload));
        let signature = keys.sign(signed_with, signed.as_bytes())?;
        Ok(format!("{signed}.{}", text(signature)))
    }
}
